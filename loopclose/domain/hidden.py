"""What a record that could not be read whole makes us owe: a visit of ours may hide there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.deadlines import Deadline, Reason, other_deadline
from loopclose.domain.directory import Directory
from loopclose.domain.judgement import Owed
from loopclose.domain.practice import Practice
from loopclose.domain.visits import with_us

WHY = "Not everything of this patient could be read, and a visit of ours may hide there."
_LATEST = datetime.max.replace(tzinfo=UTC)


def hidden(
    chart: Chart,
    practice: Practice,
    directory: Directory,
    referrals: Sequence[Referral],
    visits: Sequence[Visit],
    owed: Sequence[Owed],
) -> list[Owed]:
    """A ``resolve`` about the oldest referral, else a booking or a visit with us; none where nothing ties to us, or
    where the same thing is asked about already.
    """
    asked = {(one.visit, one.referral, one.appointment) for one in owed if one.kind == "resolve"}
    found = _hidden(chart, practice, directory, referrals, visits)
    return [one for one in found if (one.visit, one.referral, one.appointment) not in asked]


def _hidden(
    chart: Chart, practice: Practice, directory: Directory, referrals: Sequence[Referral], visits: Sequence[Visit]
) -> list[Owed]:
    if chart.unread_since is None:
        return []
    since = chart.unread_since
    own = other_deadline("resolve", since, practice.calendar)
    deadline = Deadline(own.due_at, own.winner, (*own.reasons, Reason("policy", own.due_at, WHY)))
    if referrals:
        oldest = min(referrals, key=lambda one: (one.authored_at or _LATEST, one.id))
        return [Owed("resolve", oldest.patient, deadline, since, referral=oldest.id)]
    for one in sorted(chart.appointments, key=lambda one: one.key):
        patients = [key for part in one.participant if (key := local_key(part.actor)) and key.startswith("Patient/")]
        if patients and with_us(one, practice, directory):
            return [Owed("resolve", patients[0], deadline, since, appointment=one.key)]
    if visits:
        first = min(visits, key=lambda one: (one.start, one.id))
        return [Owed("resolve", first.patient, deadline, since, visit=first.id, author=first.author)]
    return []
