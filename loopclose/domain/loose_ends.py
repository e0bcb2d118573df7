"""What is owed beside the visits: requests and tasks that wait, bookings missed or never closed, and what is unread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from fhir_adapters.facts import Encounter
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Admission, Missed
from loopclose.domain.bookings import kept_at_no_time, missed_of, never_closed, still_planned, with_us
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.judgement import Owed
from loopclose.domain.loose_questions import Questions, patient_key
from loopclose.domain.named_requests import REQUEST
from loopclose.domain.stated import Stated

LEFT = "Nobody closed the booking: was the patient seen?"
PLANNED = "The visit is past and still planned: was the patient seen?"
HIDDEN = "Not everything of this patient could be read, and a visit of ours may hide there."
UNREAD_VISIT = "A visit in the chart cannot be read: look at it in the EHR."
UNREAD_BOOKING = "A booking with us cannot be read, and a referral waits: look at it in the EHR."
UNDATED_BOOKING = "The patient came, and the booking has no time that can be: look at it in the EHR."
UNDATED = "The visit has no time at all: look at it in the EHR."


class LooseEnds(Questions):
    """One person's loose ends."""

    def owed(self, encounters: Mapping[str, Admission]) -> Iterator[Owed]:
        """Everything that is owed beside the visits."""
        yield from self._undecided()
        yield from self._tasks()
        yield from self._missed()
        yield from self._never_closed(encounters)
        yield from self._undated(encounters)
        yield from self._unread_visits()
        yield from self._unread_bookings()
        yield from self._unread()

    @cached_property
    def asked(self) -> set[str]:
        """Requests that the question about some visit is about too, or its answer: one question is enough."""
        found: set[str] = set()
        for visit in self.case.visits:
            verdict, decision = self.case.verdicts[visit.id], self.case.decisions.links.get(visit.id)
            if self.outcomes[visit.id] == "resolve":
                found.update((*verdict.unseen, *(one.referral for one in verdict.candidates)))
            elif decision is not None:
                found.update(decision.unseen)
                if not decision.referrals:
                    found.update(one.id for one in self.undecided if self._fits(one, visit.day))
        return found

    def _undecided(self) -> Iterator[Owed]:
        """Requests whose codes nobody has mapped: a person says whether they are referrals.

        What one of us ordered at a visit of ours is none.
        """
        live_since = self.practice.live_since()
        for one in self.undecided:
            request = one.request
            written = request.authored_on or (request.meta.updated if request.meta else None)
            since = written.start(self.practice.zone) if written else live_since
            if one.ordered_by_us_at in self.outcomes:
                continue
            if one.id not in self.asked and since is not None and not self._is_before(since):
                yield self._resolve(one.patient, since, "", referral=one.id)

    def _tasks(self) -> Iterator[Owed]:
        """A referral that only a task tells of: the request itself cannot be seen."""
        if not self.case.chart.tasks:
            return
        case = self.case
        stated = Stated(case.chart, self.referrals, self.undecided, self.practice, case.directory, case.rules.code_map)
        for task, key in stated.hidden_tasks:
            written = task.authored_on or (task.meta.updated if task.meta else None)
            since = written.start(self.practice.zone) if written else self.now
            if key not in self.asked and not self._is_before(since):
                self.asked.add(key)
                why = f"{task.key} names a referral that we cannot see."
                yield self._resolve(local_key(task.for_) or "", since, why, referral=key, first_seen=written is None)

    def _missed(self) -> Iterator[Owed]:
        """No-shows and cancellations under a referral: the referrer is told."""
        for missed in missed_of(self.case.chart, self.referrals, self.practice, self.case.directory):
            if self._is_before(missed.at) or self._came(missed):
                continue
            referral = self.case.referrals[missed.referral]
            yield Owed(
                "no_show",
                referral.patient,
                other_deadline("no_show", missed.at, self.practice.calendar),
                missed.at,
                referral=referral.id,
                appointment=missed.appointment,
                referrer=self.case.referrer(referral, None),
                priority=referral.priority,
            )

    def _came(self, missed: Missed) -> bool:
        """Whether the patient was seen for it all the same, or may have been: late, or later that day."""
        for visit in self.case.visits:
            booked = {local_key(one) for one in visit.encounter.appointment} if visit.encounter else set()
            verdict = self.case.verdicts[visit.id]
            may_be = missed.referral in verdict.referrals or verdict.band == "person"
            if missed.appointment in booked or (may_be and visit.day == self.practice.calendar.day_of(missed.at)):
                return True
        return False

    def _never_closed(self, encounters: Mapping[str, Admission]) -> Iterator[Owed]:
        """What was booked or planned with us and is past, under a referral: the desk says whether the patient came."""
        chart, ours = self.case.chart, {one.id for one in self.referrals}
        met = self.days_seen | {visit.day for visit in self.case.visits}
        for appointment, end in never_closed(chart, met, self.practice, self.case.directory, self.now, ours):
            if self._is_under(appointment.based_on, end):
                patients = (patient_key(one.actor) for one in appointment.participant)
                patient = next((key for key in patients if key), self._patient())
                yield self._resolve(patient, end, LEFT, appointment=appointment.key)
        for encounter, end in still_planned(chart, encounters, met, self.practice, self.now):
            if self._is_under(encounter.based_on, end):
                yield self._resolve(local_key(encounter.subject) or "", end, PLANNED, visit=encounter.key)

    def _undated(self, encounters: Mapping[str, Admission]) -> Iterator[Owed]:
        """Visits of ours without any time that name a referral of ours."""
        for encounter in self.case.chart.encounters:
            if encounters[encounter.key].code == "no_time" and self._names_ours(encounter):
                yield self._resolve(
                    local_key(encounter.subject) or "", self.now, UNDATED, visit=encounter.key, first_seen=True
                )

        ours = {one.id for one in self.referrals}
        for appointment in kept_at_no_time(self.case.chart, self.practice, self.case.directory, self.now, ours):
            if self._is_under(appointment.based_on, self.now):
                patient = next((key for one in appointment.participant if (key := patient_key(one.actor))), "")
                why = UNDATED_BOOKING
                yield self._resolve(patient, self.now, why, appointment=appointment.key, first_seen=True)

    def _unread_bookings(self) -> Iterator[Owed]:
        """The first booking in quarantine that is ours, where a referral waits and nothing else asks: a visit of which
        no encounter tells may stand there."""
        waiting = {one.id for one in self.referrals if self._waits(one)}
        if not waiting or "resolve" in self.outcomes.values():
            return
        ours = self.practice.organizations | self.practice.clinicians
        for key in sorted(one for one in self.case.chart.quarantined if one.startswith("Appointment/")):
            told = self.case.chart.held.get(key)
            names = told.names if told else frozenset()
            requests = {name for name in names if name.startswith(REQUEST)}
            since = told.since if told else None
            if (names & ours or self._may_be_ours({*names})) and (not requests or requests & waiting):
                if since is None or not self._is_before(since):
                    at, first_seen = since or self.now, since is None
                    yield self._resolve(self._patient(), at, UNREAD_BOOKING, appointment=key, first_seen=first_seen)
                return

    def _unread_visits(self) -> Iterator[Owed]:
        """Encounters in quarantine that are ours, or may be."""
        practice = self.practice
        ours = practice.organizations | practice.clinicians
        for key in sorted(self.case.chart.quarantined):
            if not key.startswith("Encounter/"):
                continue
            told = self.case.chart.held.get(key)
            names = told.names if told else frozenset()
            people = {name for name in names if name.startswith(("Practitioner", "Organization/"))}
            named = any(name.startswith(REQUEST) and self._may_be_referral(name) for name in names)
            theirs = people and not people & ours and not practice.takes_all and not self._may_be_ours(people)
            if theirs and not named:
                continue
            since = told.since if told else None
            if since is None or not self._is_before(since):
                patient = next((name for name in sorted(names) if name.startswith("Patient/")), self._patient())
                yield self._resolve(patient, since or self.now, UNREAD_VISIT, visit=key, first_seen=since is None)

    def _unread(self) -> Iterator[Owed]:
        """The person's records could not be read whole: a visit of ours may hide there, if anything ties them to us."""
        since, why = self.case.chart.unread_since, HIDDEN
        if self.case.chart.unread is None:
            return
        at, first_seen = since or self.now, since is None
        oldest = min(self.referrals, key=lambda one: (str(one.authored_at or "9999"), one.id), default=None)
        if oldest is not None:
            yield self._resolve(oldest.patient, at, why, referral=oldest.id, first_seen=first_seen)
            return
        for one in sorted(self.case.chart.appointments, key=lambda booking: booking.key):
            patient = next((key for part in one.participant if (key := patient_key(part.actor))), None)
            if patient is not None and with_us(one, self.practice, self.case.directory):
                yield self._resolve(patient, at, why, appointment=one.key, first_seen=first_seen)
                return
        first = self.case.visits[0] if self.case.visits else None
        if first is not None and self.outcomes[first.id] != "resolve":
            yield self._resolve(first.patient, at, why, visit=first.id, first_seen=first_seen)

    def _names_ours(self, encounter: Encounter) -> bool:
        named = {local_key(reference) for reference in encounter.based_on}
        booked = {local_key(reference) for reference in encounter.appointment}
        for appointment in self.case.chart.appointments:
            if appointment.key in booked:
                named |= {local_key(reference) for reference in appointment.based_on}
        return bool(self._hidden(named) or named & {one.id for one in self.referrals})
