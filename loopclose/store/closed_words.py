"""The index of the words of what is closed: found by the beginnings of words, however much there is.

What is open is few and is looked through. On SQLite a table of FTS5 holds the words, under numbers that another
table gives out, as a row's own number may change when a database is compacted; triggers keep both. On PostgreSQL a
GIN index over its own text search does, which is there in every installation. The migration that makes them
(``0006_size``) says how.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Dialect, bindparam, text

OWN = ("closed_number", "closed_words", "ix_obligation_closed_words")
"""How the names of tables and indexes begin that no model describes."""
_FOUND = {
    "sqlite": """(obligation.practice_id, obligation.id) IN (
  SELECT closed_number.practice_id, closed_number.obligation FROM closed_number
  WHERE closed_number.no IN (SELECT closed_words.rowid FROM closed_words WHERE closed_words MATCH :asked)
)""",
    "postgresql": "array_to_tsvector(string_to_array(obligation.words, ' ')) @@ CAST(:asked AS tsquery)",
}


def has_words(dialect: Dialect, words: Sequence[str]) -> ColumnElement[bool]:
    """Whether something closed has, for each of ``words``, a word that begins with it.

    ``words`` are of ``domain.searching.asked_words``: letters and digits, nothing that would have to be escaped.
    """
    if not all(word.isalnum() for word in words):
        raise ValueError("only what asked_words gives can be looked for")
    each = [f'"{word}" *' if dialect.name == "sqlite" else f"'{word}':*" for word in words]
    asked = (" " if dialect.name == "sqlite" else " & ").join(each)
    return text(_FOUND[dialect.name]).bindparams(bindparam("asked", asked))  # type: ignore[return-value]
