"""A file of return dates: each line taken by the same door as a person's word, or left out with a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from fhir_adapters.facts import Patient
from fhir_adapters.facts.reading import read
from loopclose.domain.code_tables import plain_token
from loopclose.domain.commands import ReturnsOn
from loopclose.domain.move_checks import return_day
from loopclose.domain.return_lines import Line
from loopclose.domain.roles import may, refused
from loopclose.domain.situation import Actor
from loopclose.errors import UsageError
from loopclose.flows.decisions.desk import Desk
from loopclose.flows.decisions.effects import MoveRefused
from loopclose.flows.decisions.situations import of_obligation
from loopclose.flows.work import Work
from loopclose.store import records, returns, users
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

TAKEN, KNOWN = "taken", "known"
UNKNOWN, NO_REPORT, PAST, UNREADABLE = "unknown_patient", "no_report", "past", "unreadable"
NOBODY = Actor("", "", "")
LEFT_OUT = (UNKNOWN, NO_REPORT, PAST, UNREADABLE)


@dataclass(frozen=True)
class Outcome:
    """What became of one line. Neither name nor number of a patient stands in its sentence."""

    line: int
    what: str
    says: str
    obligations: tuple[str, ...] = ()


@dataclass
class ReturnFile:
    """Where one user of one practice hands in a file; ``dry``: nothing is kept."""

    work: Work
    scope: Scope
    by: str | None
    dry: bool = False

    def take(self, lines: Iterator[Line]) -> Iterator[Outcome]:
        """Line after line; raises ``UsageError`` before the first where the user may not."""
        desk = self._desk()
        with self.work.db.read() as session:
            named = _Named(self.work, self.scope, returns.patients(session, self.scope))
        today = desk.practice.calendar.day_of(self.work.clock())
        for line in list(lines):
            yield self._one(desk, named, line, today)

    def _desk(self) -> Desk:
        if self.by is None and not self.dry:
            raise UsageError("Say with --by EMAIL who hands the dates in, or try it with --dry-run.")
        if self.by is not None:
            with self.work.db.read() as session:
                user = users.named(session, self.scope, self.by)
            if user is None or not may(user.role, "returns_on"):
                raise UsageError(refused(user.role if user else "", "returns_on"))
        return Desk(self.work, self.scope, self.by or "")

    def _one(self, desk: Desk, named: _Named, line: Line, today: date) -> Outcome:
        if line.wrong is not None or line.on is None:
            return Outcome(line.no, UNREADABLE, line.wrong or "")
        who = named.persons(line.patient)
        if len(who) != 1:
            several = "It names several patients: write Patient/id."
            return Outcome(line.no, UNKNOWN, several if who else "No patient of this practice has that number.")
        if line.on < today:
            return Outcome(line.no, PAST, f"{line.on.isoformat()} has passed.")
        with self.work.db.read() as session:
            owed = returns.reports_of(session, self.scope, *who[0])
        owed = [one for one in owed if line.referrer in ("", one.referrer_npi)]
        if not owed:
            return Outcome(line.no, NO_REPORT, "No report that is not sent yet waits for it.")
        if len({one.referrer_key for one in owed}) > 1:
            says = "Reports to several referrers wait: name the referrer's NPI."
            return Outcome(line.no, UNREADABLE, says)
        return self._keep(desk, line, owed)

    def _keep(self, desk: Desk, line: Line, owed: Sequence[Obligation]) -> Outcome:
        new = [one for one in owed if not _is_known(one, line, desk)]
        if not new:
            ids = tuple(one.id for one in owed)
            return Outcome(line.no, KNOWN, "That day, or an earlier one, is known already.", ids)
        taken: list[str] = []
        for one in new:
            command = ReturnsOn(obligation=one.id, day=line.on, source=line.source)
            wrong = self._objection(desk, one, command)
            if wrong is None and not self.dry:
                try:
                    desk.do(command)
                except MoveRefused as problem:  # somebody decided something meanwhile
                    wrong = str(problem)
            if wrong is None:
                taken.append(one.id)
            elif not taken:
                return Outcome(line.no, PAST, wrong)
        return Outcome(line.no, TAKEN, "It would be taken." if self.dry else "Taken.", tuple(taken))

    def _objection(self, desk: Desk, owed: Obligation, command: ReturnsOn) -> str | None:
        """Why that day cannot be, whoever says so."""
        with self.work.db.read() as session:
            situation = of_obligation(session, self.scope, desk.practice, owed)
        return return_day(situation, NOBODY, command, self.work.clock())


class _Named:
    """Patients by how a line names them."""

    def __init__(self, work: Work, scope: Scope, found: Sequence[returns.Named]) -> None:
        self._work, self._scope, self._found = work, scope, found
        self._by: dict[str, set[tuple[str, str]]] = {}
        for one in found:
            for name in {one.id, *([one.mrn] if one.mrn else [])}:
                self._by.setdefault(name, set()).add((one.ehr, one.person))
        self._identified = False

    def persons(self, name: str) -> list[tuple[str, str]]:
        """(EHR, person) of each who has that name, or that number."""
        if "|" in name and not self._identified:
            self._identify()
        return sorted(self._by.get(plain_token(name) if "|" in name else name, ()))

    def _identify(self) -> None:
        """Numbers with their systems stand in the records alone: read once, where a line has such a number."""
        self._identified = True
        person_of = {(one.ehr, one.id): one.person for one in self._found}
        for ehr in sorted({one.ehr for one in self._found}):
            with self._work.db.read() as session:
                rows = records.read_types(session, self._scope, ehr, ["Patient"])
            for kind, fhir_id, raw in rows:
                fact, person = read(kind, raw), person_of.get((ehr, f"Patient/{fhir_id}"))
                if isinstance(fact, Patient) and person is not None:
                    for one in fact.identifier:
                        if one.value:
                            token = plain_token(f"{one.system or ''}|{one.value}")
                            self._by.setdefault(token, set()).add((ehr, person))


def _is_known(owed: Obligation, line: Line, desk: Desk) -> bool:
    """An earlier day stays: the report must be there before the first return, and no file makes a deadline later."""
    days = [owed.return_by_hand] if owed.return_by_hand else []
    if owed.returns_at is not None:
        days.append(desk.practice.calendar.day_of(owed.returns_at))
    return line.on is not None and any(day <= line.on for day in days)
