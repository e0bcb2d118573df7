"""What a person says that a local code means, and taking it back. Both are audited, and judged at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from loopclose.domain.code_elements import (
    ELEMENTS,
    LONGEST,
    TEXT,
    can_be_said,
    meaning_of,
    meanings_of,
    named_in,
)
from loopclose.domain.code_map import CodeMap
from loopclose.domain.code_tables import tables_of
from loopclose.domain.roles import may, refused
from loopclose.errors import UsageError
from loopclose.flows.judging.set_aside import taken_up
from loopclose.flows.site import Site, code_map_of, own_map
from loopclose.flows.work import Work
from loopclose.store import audit_log, code_assignments, unmapped, users
from loopclose.store.base import Scope
from loopclose.store.persons import touch_persons

MAP = "map_codes"


@dataclass(frozen=True)
class Code:
    """One code, or text, of one element of one EHR."""

    ehr: str
    element: str
    token: str

    @property
    def about(self) -> tuple[str, str]:
        """(element, token)."""
        return self.element, self.token


@dataclass(frozen=True)
class Effect:
    """What hangs on a code, before anything is said of it."""

    now: str | None
    """What it means by now, by whosever word."""
    resources: int
    patients: int
    owed: Mapping[str, int]
    """By kind: what is open and owed for them."""
    read_later: int
    """Patients of whom all was set aside by this code, and who are read whole at the next sync."""
    seen: str
    """Of the newest word on it: changes with every other."""


@dataclass
class Mapper:
    """Where one user of one practice says what codes mean."""

    work: Work
    scope: Scope
    by: str
    judged: int = field(default=0, init=False)
    """How many people were judged again for what was said last."""

    def effect(self, code: Code, meaning: str | None) -> Effect:
        """What saying so, or taking it back (None), is about. Nothing is changed."""
        site = self._site(code)
        with self.work.db.read() as session:
            met = unmapped.concerned(session, self.scope, code.ehr, code.element, code.token)
            last = code_assignments.last_about(session, self.scope, code.ehr, code.element, code.token)
            now, later = meaning_of(*code.about, site.rules.code_map), 0
            if now not in (None, meaning):
                other = self._map(session, site, code, meaning)
                found = taken_up(session, site, other, self.work.clock())
                later = len({one.patient for one, _ in found})
        return Effect(now, met.resources, len(met.persons), met.owed, later, _seen(last))

    def assign(self, code: Code, meaning: str, seen: str | None = None) -> None:
        """From now on it means that, wherever it stands in that EHR.

        ``seen``: of the newest word that the maker had before them. Raises ``UsageError`` where the user may not,
        somebody said something since, or no map can take it so.
        """
        site = self._site(code)
        _check_named(code, meaning, site)
        with self.work.db.read() as session:
            read_as = meaning_of(*code.about, self._map(session, site, code, meaning))
        if read_as != meaning:
            raise UsageError(
                f"The map reads it as {read_as} by its words, which go before: write it into the site's own map."
            )
        self._note(code, meaning, seen)

    def withdraw(self, code: Code, seen: str | None = None) -> None:
        """What was said of it last does not hold any more; raises ``UsageError`` as ``assign`` does."""
        self._note(code, None, seen)

    def _note(self, code: Code, meaning: str | None, seen: str | None) -> None:
        persons: tuple[str, ...] = ()
        about = (code.ehr, code.element, code.token)

        def write(session: Session) -> None:
            nonlocal persons
            now, scope = self.work.clock(), self.scope
            user = users.named(session, scope, self.by)
            role = user.role if user is not None else ""
            if user is None or not may(role, MAP):
                raise UsageError(refused(role, MAP))
            last = code_assignments.last_about(session, scope, *about)
            if seen is not None and seen != _seen(last):
                raise UsageError("Meanwhile somebody said something else of this code. Look at it again.")
            if meaning is not None:
                key = code_assignments.note_assignment(session, scope, *about, meaning, user.email, now)
            elif last is None or last.taken_back_at is not None:
                raise UsageError("Nobody's word on this code holds: there is nothing to take back.")
            else:
                last.taken_back_by, last.taken_back_at, key = user.email, now, last.id
            persons = unmapped.concerned(session, scope, *about).persons
            touch_persons(session, scope, code.ehr, persons)
            action = "map_code" if meaning is not None else "unmap_code"
            detail = {"ehr": code.ehr, "element": code.element, "meaning": meaning}
            audit_log.record(session, scope, now, user.email, action, key, detail)

        self.work.db.in_write(write)
        self.work.judge(self.scope, code.ehr, persons)
        self.judged = len(persons)

    def _site(self, code: Code) -> Site:
        if code.element not in ELEMENTS:
            raise UsageError(f"There is no map of {code.element}: there is one of {', '.join(ELEMENTS)}.")
        return self.work.site_of(self.scope.practice_id, code.ehr)

    def _map(self, session: Session, site: Site, code: Code, meaning: str | None) -> CodeMap:
        """The map as it would be."""
        said = code_assignments.in_force(session, self.scope, code.ehr)
        said.pop(code.about, None)
        return code_map_of(site.settings, said | ({code.about: meaning} if meaning is not None else {}))


def _check_named(code: Code, meaning: str, site: Site) -> None:
    known = meanings_of(code.element, site.rules.code_map)
    if meaning not in known:
        raise UsageError(f"{code.element} cannot mean {meaning}: it is one of {', '.join(known)}.")
    if code.token in ("", TEXT, "|"):
        raise UsageError("Where nothing stands, nothing can be said of it: each is answered by itself.")
    if not can_be_said(code.token):
        raise UsageError(
            f"A text of {LONGEST} characters and more cannot be named whole: write words of it into the site's own map."
        )
    if any(named_in(code.element, code.token, tables_of(own)) for own in own_map(site.settings)):
        raise UsageError(
            f"The site's own map ({site.settings.code_map}) names this code, and has the last word: change it there."
        )


def _seen(last: code_assignments.CodeAssignmentRow | None) -> str:
    if last is None:
        return "0"
    return f"{last.no} taken back" if last.taken_back_at is not None else str(last.no)
