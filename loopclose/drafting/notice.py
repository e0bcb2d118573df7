"""The notice that a patient did not come, or that the visit was cancelled: who, when, and what becomes of the referral.

Nothing clinical is in it, neither what was asked nor why somebody cancelled: it is of an appointment. Staff release it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs

from fhir_adapters.facts import Appointment, Patient, ServiceRequest, When
from loopclose.domain.appointment_status import status_of
from loopclose.domain.chart import Referrer
from loopclose.domain.dates import moment_in_full
from loopclose.domain.letter_kinds import CANCELLATION, KINDS, NO_SHOW
from loopclose.drafting.material import Material, heading
from loopclose.drafting.orders import BOOKED
from loopclose.drafting.page_one import INFORMATION, NO_DATE
from loopclose.drafting.paper import NOTICE, Ask, Item, PageOne, Paper, Section, Sentence
from loopclose.drafting.sentences import cited
from loopclose.drafting.wording import date_words

HEADINGS = {NO_SHOW: "Your patient did not come", CANCELLATION: "The visit was cancelled"}
MISSED = {
    NO_SHOW: "The patient did not come to the appointment with us on {day}.",
    CANCELLATION: "The appointment with us on {day} was cancelled.",
}
ASK = "Please tell us whether the patient is still to be seen."
ANEW = "A new appointment is booked for {day}."


@dataclass(frozen=True, kw_only=True)
class Missed:
    """What a notice is made from."""

    practice_name: str
    zone: ZoneInfo
    appointment: Appointment
    """The one that was missed; it has a start."""
    referral: ServiceRequest | None = None
    referrer: Referrer | None = None
    patient: Patient | None = None
    bookings: tuple[Appointment, ...] = ()
    """The patient's other appointments under the same referral."""
    phone: str | None = None


def notice_kind(appointment: Appointment) -> str:
    """Which notice it is, by the status of the appointment."""
    return CANCELLATION if status_of(appointment) == "cancelled" else NO_SHOW


def missed_notice(missed: Missed) -> Paper:
    """The notice of one missed appointment; raises ``ValueError`` where that has no start."""
    start = missed.appointment.start
    if start is None:
        raise ValueError("a missed appointment without a start")
    kind = notice_kind(missed.appointment)
    material = Material(
        practice_name=missed.practice_name,
        zone=missed.zone,
        day=start.start(missed.zone).astimezone(missed.zone).date(),
        patient=missed.patient,
        referrer=missed.referrer,
    )
    paper = heading(material, NOTICE, KINDS[kind].title, ())
    seen = f"no visit; booked for {date_words(start, missed.zone)}"
    return structs.replace(paper, seen=seen, letter=kind, page_one=_page_one(missed, kind))


def _page_one(missed: Missed, kind: str) -> PageOne:
    """All of it: what happened, and what is asked, unless a new appointment is booked."""
    again = tuple(_booked_anew(missed))
    status = cited(missed.appointment, "status", missed.appointment.status or "")
    asks = () if again else (Ask((Sentence(ASK, (status,)),)),)
    told = (
        Section("missed", "What happened", tuple(_told(missed, kind)), ""),
        Section("next", "Next visit", again, ""),
    )
    return PageOne(
        flag=NO_DATE if asks else INFORMATION,
        heading=HEADINGS[kind],
        asks=asks,
        answer=(),
        answer_needed=False,
        candidates=(),
        sections=tuple(one for one in told if one.items),
        not_said=(),
        absent="",
        call_back=missed.phone or UNSET,
    )


def _told(missed: Missed, kind: str) -> Iterator[Item]:
    one, request = missed.appointment, missed.referral
    if one.start is not None:
        sources = (cited(one, "status", one.status or ""), cited(one, "start", str(one.start)))
        yield (Sentence(MISSED[kind].format(day=_day(one.start, missed.zone)), sources),)
    if request is not None and request.authored_on is not None:
        words = f"It was for your referral of {date_words(request.authored_on, missed.zone)}."
        yield (Sentence(words, (cited(request, "authoredOn", str(request.authored_on)),)),)


def _booked_anew(missed: Missed) -> Iterator[Item]:
    """Appointments after the missed one, the next first: their days alone."""
    was = missed.appointment.start
    starts = [
        (one.start.start(missed.zone), one.start, one)
        for one in missed.bookings
        if one.start is not None and status_of(one) in BOOKED
    ]
    for at, start, one in sorted(starts, key=lambda each: each[0]):
        if was is not None and at > was.start(missed.zone):
            yield (Sentence(ANEW.format(day=_day(start, missed.zone)), (cited(one, "start", str(start)),)),)


def _day(when: When, zone: ZoneInfo) -> str:
    return moment_in_full(when.start(zone), zone) if when.has_time else date_words(when, zone)
