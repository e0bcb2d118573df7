"""The index of the words of what is closed: found by the beginnings of words, however much there is.

What is open is few and is looked through. On SQLite a table of FTS5 holds the words, under numbers that another
table gives out, as a row's own number may change when a database is compacted; triggers keep both. On PostgreSQL a
GIN index over its own text search does, which is there in every installation. The migration that makes them
(``0007_size``) says how.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, Select, and_, bindparam, column, literal_column, select, table, text
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.lateness import is_closed
from loopclose.store.obligations import Obligation

OWN = ("closed_number", "closed_words", "ix_obligation_closed_words")
"""How the names of tables and indexes begin that no model describes."""
_NUMBER = table("closed_number", column("no"), column("practice_id"), column("obligation"))
_WORDS = table("closed_words", column("rowid"))
_MATCH = {
    "sqlite": "closed_words MATCH :asked",
    "postgresql": "array_to_tsvector(string_to_array(obligation.words, ' ')) @@ CAST(:asked AS tsquery)",
}


def with_words(session: Session, scope: Scope, words: Sequence[str]) -> Select[str]:
    """Ids of what is closed and has, for each of ``words``, a word that begins with it; other conditions may be added.

    ``words`` are of ``domain.searching.asked_words``: letters and digits, nothing that would have to be escaped. The
    database finds one after another, so a limit saves it the rest.
    """
    if not words or not all(word.isalnum() for word in words):
        raise ValueError("only what asked_words gives can be looked for")
    name = session.connection().dialect.name
    each = [f'"{word}" *' if name == "sqlite" else f"'{word}':*" for word in words]
    asked: BindParameter[str] = bindparam("asked", (" " if name == "sqlite" else " & ").join(each))
    found = select(Obligation.id).where(mine(Obligation, scope), is_closed(), text(_MATCH[name]).bindparams(asked))
    if name != "sqlite":
        return found
    # with the plus nothing is looked for by its rowid among the words: so SQLite asks the words first
    numbered = _WORDS.join(_NUMBER, _NUMBER.c.no == literal_column("+closed_words.rowid"))
    same = and_(Obligation.practice_id == _NUMBER.c.practice_id, Obligation.id == _NUMBER.c.obligation)
    return found.select_from(numbered.join(Obligation, same))
