"""Whom a run reads: everybody of whom something is open, or, gently, only whoever that is needed of.

Gently is how a scheduler reads while the practice is open: what changed is asked for in the cheapest way that the EHR
has (see ``ways``), and everybody is read whole once a day, in a pass that may take several runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from fhir_adapters.failures import NO_DATE
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.ways import Pass, Ways, keep
from loopclose.store import followed
from loopclose.store.persons import to_read
from loopclose.store.unread import unread

PASS_EVERY, PASS_AT_LAST = timedelta(hours=12), timedelta(hours=26)
"""How old a pass is when another begins: while the practice is closed, and whatever the hour."""
GOES_ON_FOR = timedelta(hours=20)
"""How long a pass that broke off goes on; later it begins anew, with those who were read the longest ago."""
TRIED_FOR = timedelta(days=1)
"""How long a patient who cannot be read whole is tried in every run; later, in every pass."""
SOON, LATELY = timedelta(days=1), timedelta(hours=12)
"""What is due within a day, or was within the last, is pressing; so is whoever was expected half a day ago or later."""
EVIDENCE = ("DocumentReference", "Communication", "Task")
"""What closes a report."""
ATTENDANCE = ("Encounter", "Appointment")
"""What tells that a visit is over."""


@dataclass(frozen=True)
class Part:
    """Some patients of whom only some types are asked for."""

    patients: list[str]
    kinds: tuple[str, ...]


def whole(intake: Intake) -> list[str]:
    """Everybody met in this run, everybody of whom something is open, and who could not be read before."""
    scope, ehr = intake.site.scope, intake.site.ehr
    with intake.db.read() as session:
        intake.followed.update(to_read(session, scope, ehr), (one.patient for one in unread(session, scope, ehr)))
    return sorted(intake.followed)


def passing(intake: Intake, ways: Ways) -> Ways:
    """The same ways with the pass that is due, or under way already; kept, so that a run that breaks off loses
    nothing of it.
    """
    now, server = intake.clock(), intake.client.met_at
    if ways.under_way is not None and now - ways.under_way.began < GOES_ON_FOR:
        return ways
    age = now - ways.passed if ways.passed else None
    is_open = intake.site.practice.calendar.is_open(now)
    if age is not None and age < (PASS_AT_LAST if is_open else PASS_EVERY):
        return ways
    began = Pass(now, server if server and server != NO_DATE else now)
    keep(intake, found := replace(ways, under_way=began))
    return found


def gently(intake: Intake, ways: Ways, kinds: Collection[str]) -> tuple[list[str], list[str]]:
    """Whom to read whole: (who never was, and who could not be lately; whoever changed where that tells not everything,
    and whomever the pass has not come to yet, those first who were read the longest ago: of whom something is open,
    and then whoever stands on a roster, whose next visit nothing else would show).
    """
    scope, ehr = intake.site.scope, intake.site.ehr
    with intake.db.write() as session:
        followed.follow(session, scope, ehr, intake.followed)
    with intake.db.read() as session:
        lately = (one.patient for one in unread(session, scope, ehr) if intake.clock() - one.since < TRIED_FOR)
        new = dict.fromkeys((*followed.never_read(session, scope, ehr), *lately))
        again = dict.fromkeys(() if ways.covers(kinds) else sorted(intake.changed & intake.followed))
        if ways.under_way is not None:
            began = ways.under_way.began
            again.update(dict.fromkeys(followed.open_patients(session, scope, ehr, began)))
            again.update(dict.fromkeys(followed.read_long_ago(session, scope, ehr, intake.followed, began)))
    return list(new), [one for one in again if one not in new]


def in_part(intake: Intake, ways: Ways, kinds: Collection[str], read_whole: Collection[str]) -> Iterator[Part]:
    """Of whom to ask what is not given by type: of everybody where that takes few requests, else of the pressing."""
    scope, ehr, now = intake.site.scope, intake.site.ehr, intake.clock()
    left, done = tuple(kind for kind in kinds if kind not in ways.by_type), {*read_whole}
    if not left:
        return
    with intake.db.read() as session:
        coming = followed.expected(session, scope, ehr, now - LATELY, now) | {*intake.expected}
        coming -= followed.seen(session, scope, ehr, intake.expected)
        due = followed.due_between(session, scope, ehr, now - SOON, now + SOON)
        everybody = followed.open_patients(session, scope, ehr) if ways.together > 1 else []
    if ways.together > 1:
        yield Part([one for one in sorted({*everybody, *coming}) if one not in done], left)
        return
    yield Part([one for one in sorted(coming) if one not in done], tuple(one for one in ATTENDANCE if one in left))
    yield Part([one for one in due if one not in done], tuple(one for one in EVIDENCE if one in left))
