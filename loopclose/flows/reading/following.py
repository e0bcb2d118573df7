"""Reading those who are followed: whole, or what changed of them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading import plan, ways
from loopclose.flows.reading.changes import Marks, first_marks, read_changes
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.missing import look_for_missing
from loopclose.flows.reading.patients import mark_read, read_records
from loopclose.flows.reading.worklist import Progress

READ_AT_ONCE = 2000


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

    At the end of a pass it is tried out in which ways to go on: then something of everybody is known to compare with.
    """
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.by_patient]
    marks, found = read_changes(intake, found, sources)
    whole = plan.gently(intake, found, kinds)
    for part in plan.in_part(intake, found, kinds, whole):
        if part.patients and part.kinds:
            read_records(intake, part.patients, part.kinds, found.together)
    read_whole(intake, whole, found.together, note_progress)
    if found.under_way is None:
        return marks
    up_to = found.under_way.server
    found = replace(ways.try_ways(intake, kinds, found), under_way=None, passed=found.under_way.began)
    ways.keep(intake, found)
    return marks | first_marks(intake, found, up_to)


def read_everybody(intake: Intake, note_progress: Progress) -> None:
    """Read everybody of whom something is open, and whoever was met in this run."""
    found = ways.known(intake)
    together = found.together if ways.relied_on(found, intake.clock()) else 1
    read_whole(intake, plan.whole(intake), together, note_progress)


def read_whole(intake: Intake, patients: Sequence[str], together: int, note_progress: Progress) -> None:
    """Read some patients, and whomever they lead to, each once. Who was read is remembered by a digest: a practice has
    many patients.
    """
    intake.followed.update(patients)
    met = {*map(hash, intake.followed)}
    waiting = [*reversed(patients)]
    done = 0
    while waiting:
        batch = [waiting.pop() for _ in range(min(READ_AT_ONCE, len(waiting)))]
        whole = read_records(intake, batch, None, together)
        mark_read(intake, whole if intake.first else {*whole} - look_for_missing(intake, whole))
        new = sorted(one for one in intake.followed if hash(one) not in met)
        met.update(map(hash, new))
        waiting[:0] = reversed(new)
        done += len(batch)
        note_progress("patients", done, done + len(waiting))
