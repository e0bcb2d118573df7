"""Reading those who are followed: whole, or what changed of them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fhir_adapters.errors import GoesOn
from fhir_adapters.pace import because
from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading import plan, ways
from loopclose.flows.reading.changes import Marks, first_marks, read_changes
from loopclose.flows.reading.counts import count_both
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.met import Met
from loopclose.flows.reading.missing import look_for_missing
from loopclose.flows.reading.patients import mark_read, read_records
from loopclose.flows.reading.worklist import Progress

READ_AT_ONCE, SOME = 2000, 100
"""Patients read before it is looked whom they lead to, or whether to stop."""
LONGEST = timedelta(minutes=10)
"""How long a run reads patients whole before it judges what it has: somebody may have come meanwhile."""
KEPT_FOR_PRESSING, KEPT_FOR_THE_DAY = 0.1, 0.5
"""Shares of a day's requests that first reads, and the pass over everybody, leave to what is more pressing."""


def begin(intake: Intake) -> ways.Ways:
    """In which ways to keep up in this run; a pass begins where one is due.

    While none is under way, whoever is known is not asked for again.
    """
    found = plan.passing(intake, ways.known(intake))
    if found.under_way is None:
        intake.people.trust_known()
    return found


def read_gently(intake: Intake, found: ways.Ways, sources: Mapping[str, str], note_progress: Progress) -> Marks:
    """Read what changed, and whoever is to be read whole; gives the marks to move.

    The pressing come first. Whoever was never read comes before those who were, and neither keeps a run longer than
    ``LONGEST`` or takes what the day has for the pressing: the next run goes on from there. At the end of a pass it is
    tried out in which ways to go on: then something of everybody is known to compare with.
    """
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.by_patient]
    found = count_both(intake, found, sources, note_progress)
    marks, found = read_changes(intake, found, sources)
    new, again = plan.gently(intake, found, kinds)
    with because("pressing"):
        for part in plan.in_part(intake, found, kinds, [*new, *again]):
            if part.patients and part.kinds:
                read_records(intake, part.patients, part.kinds, found.together)
    until = intake.clock() + LONGEST
    with because("first reads"):
        left = read_whole(intake, new, found.together, note_progress, Stop(intake, until, KEPT_FOR_PRESSING))
    if left:
        many = "1 patient is" if left == 1 else f"{left} patients are"
        intake.incomplete.append(GoesOn(f"{many} still to be read for the first time; the next sync goes on."))
        return marks
    with because("pass"):
        left = read_whole(intake, again, found.together, note_progress, Stop(intake, until, KEPT_FOR_THE_DAY))
    if found.under_way is None or left:
        return marks
    up_to = found.under_way.server
    with because("trials"):
        found = replace(ways.try_ways(intake, kinds, found), under_way=None, passed=found.under_way.began)
    ways.keep(intake, found)
    return marks | first_marks(intake, found, up_to)


def read_everybody(intake: Intake, note_progress: Progress) -> None:
    """Read everybody of whom something is open, and whoever was met in this run."""
    found = ways.known(intake)
    together = found.together if ways.relied_on(found, intake.clock()) else 1
    with because("whole"):
        read_whole(intake, plan.whole(intake), together, note_progress)


def read_whole(
    intake: Intake, patients: Sequence[str], together: int, note_progress: Progress, stop: Stop | None = None
) -> int:
    """Read some patients, and whomever they lead to, each once; gives how many are left where it was to ``stop``.

    Who was read is remembered by a digest: a practice has many patients.
    """
    intake.followed.update(patients)
    met = Met()
    for one in intake.followed:
        met.add("Patient", one)
    waiting = [*reversed(patients)]
    done = 0
    while waiting:
        most = READ_AT_ONCE if stop is None else stop.how_many(done)
        if not most:
            return len(waiting)
        batch = [waiting.pop() for _ in range(min(most, len(waiting)))]
        whole = read_records(intake, batch, None, together)
        mark_read(intake, whole if intake.first else {*whole} - look_for_missing(intake, whole))
        new = sorted(one for one in intake.followed if met.add("Patient", one))
        waiting[:0] = reversed(new)
        done += len(batch)
        note_progress("patients", done, done + len(waiting))
    return 0


@dataclass(frozen=True)
class Stop:
    """When a run leaves the rest to the next: at a time, or when the day has but a ``share`` of its requests left."""

    intake: Intake
    until: datetime
    share: float

    def how_many(self, done: int) -> int:
        """How many patients to read next, so many being ``done``; some in every run, however slow the EHR is."""
        if done and self.intake.clock() > self.until:
            return 0
        pace = self.intake.client.pace
        left = pace.left_today()
        if left is None or pace.per_day is None:
            return SOME
        each = len(self.intake.by_patient) + 2  # the patient, and whoever the records name
        return max(0, min(SOME, int(left - self.share * pace.per_day) // each))
