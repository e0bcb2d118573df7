"""The local codes of a practice's EHRs: what no file knows, what people said of it, and the map as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from loopclose.domain.code_elements import ELEMENTS, TEXT, meanings_of
from loopclose.domain.code_elements import said as tables_said
from loopclose.domain.code_tables import Tables, laid_over, tables_of, written
from loopclose.flows.decisions.on_codes import Code
from loopclose.flows.site import Site, own_map
from loopclose.flows.work import Work
from loopclose.store import code_assignments, unmapped
from loopclose.store.base import Scope, natural_id
from loopclose.store.code_assignments import CodeAssignmentRow


@dataclass(frozen=True)
class Listed:
    """One code as it is listed."""

    code: Code
    shown: str
    count: int
    """In how many resources it is met, up to ``unmapped.COUNTED``."""
    example: str | None
    """Something owed for one of them, by its id."""
    said: CodeAssignmentRow | None
    """The word that holds."""

    @property
    def key(self) -> str:
        """By what its page is found: nothing can be told from it."""
        return natural_id(self.code.ehr, self.code.element, self.code.token)

    @property
    def asks(self) -> bool:
        """Whether somebody is asked for each while nobody says what it means."""
        return ELEMENTS[self.code.element].asks and self.said is None


def listed(session: Session, scope: Scope, ehr: str | None = None) -> list[Listed]:
    """Every code that no file knows, and every code that somebody said something of that holds."""
    holds = {(one.ehr, one.element, one.token): one for one in _holding(session, scope, ehr)}
    found = []
    for one in unmapped.unmapped(session, scope, ehr):
        about = (one["ehr"], one["element"], one["token"])
        example = unmapped.example(session, scope, *about)
        found.append(Listed(Code(*about), one["code"], one["count"], example, holds.pop(about, None)))
    gone = [Listed(Code(*about), about[2].removeprefix(TEXT), 0, None, row) for about, row in sorted(holds.items())]
    return sorted([*found, *gone], key=lambda one: (not one.asks, one.said is not None, -one.count))


def history(session: Session, scope: Scope, code: Code) -> list[CodeAssignmentRow]:
    """Everything that was said of a code, the newest first."""
    rows = code_assignments.assignments(session, scope, code.ehr)
    return [one for one in rows if (one.element, one.token) == code.about]


def as_file(work: Work, site: Site) -> str:
    """The site's map as a file that the configuration reads: its own file with what people said."""
    with work.db.read() as session:
        said = code_assignments.in_force(session, site.scope, site.ehr)
    own = Tables()
    for text in own_map(site.settings):
        own = laid_over(own, tables_of(text))
    about = f"The code map of [ehr.{site.ehr}]: name this file under code_map there."
    return written(laid_over(tables_said(said), own), about)


def words_for(element: str, meaning: str, site: Site) -> str:
    """A meaning in words."""
    return meanings_of(element, site.rules.code_map).get(meaning, meaning)


def _holding(session: Session, scope: Scope, ehr: str | None) -> Sequence[CodeAssignmentRow]:
    newest: dict[tuple[str, str, str], CodeAssignmentRow] = {}
    for one in code_assignments.assignments(session, scope, ehr):
        about = (one.ehr, one.element, one.token)
        if about not in newest or newest[about].no < one.no:
            newest[about] = one
    return [one for one in newest.values() if one.taken_back_at is None]
