"""A made-up specialist practice: referrals, visits and what surrounds them, with the truth beside it.

The same style, size, seed and time give the same resources, byte for byte. Times are relative to ``as_of``.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from loopclose.sandbox.clinical import office_visit, visit_resources
from loopclose.sandbox.dialects import speak
from loopclose.sandbox.elements import SNOMED, concept, ref, stamp
from loopclose.sandbox.mess import add_mess
from loopclose.sandbox.model import Plan, Sandbox
from loopclose.sandbox.people import OUR_ORGANIZATION, Clinician, ours, patient, person_resources, referrers
from loopclose.sandbox.stories import story_for
from loopclose.sandbox.styles import STYLES, referral_code, requester, tie

ZONE = ZoneInfo("America/New_York")
LATE, DUE_TODAY, LATER = range(1, 4), 0, 4


def generate(style: str, size: int, seed: int, as_of: datetime) -> Sandbox:
    """A practice with ``size`` referrals, as its EHR would hold it at ``as_of`` (aware)."""
    if style not in STYLES:
        raise ValueError(f"the style {style!r} is not known: {', '.join(STYLES)} are")
    as_of = as_of.astimezone(UTC).replace(microsecond=0)
    rng = Random(f"{style}/{seed}")  # noqa: S311
    box = Sandbox(style, as_of)
    staff, outside = ours(), referrers(max(6, size // 20), rng)
    long_ago = as_of - timedelta(days=400)
    for resource in person_resources([*staff, *outside]):
        box.add(resource, long_ago)
    box.practice = {
        "name": "Harbor Heart Sample Practice",
        "timezone": ZONE.key,
        "holidays": "US-MA",
        "specialty": "cardiology",
        "organizations": [OUR_ORGANIZATION],
        "clinicians": [one.key for one in staff],
    }
    for n in range(size):
        _one_referral(box, _plan(n, staff, outside, as_of, rng), style, outside, rng)
    return box


def _plan(n: int, staff: tuple[Clinician, ...], outside: list[Clinician], as_of: datetime, rng: Random) -> Plan:
    clinician = staff[n % len(staff)]
    draw = rng.random()
    end = _visit_end(n, as_of, rng) if n <= LATER or draw < 0.85 else None
    authored = (end or as_of) - timedelta(days=rng.randint(4, 60), hours=rng.randint(1, 8))
    priority = "stat" if n == DUE_TODAY else rng.choices(("routine", "urgent", "asap"), (80, 15, 5))[0]
    old = end is not None and as_of - end > timedelta(days=3)
    note = rng.choices(("preliminary", "final", "none"), (12, 84, 4) if old else (60, 30, 10))[0]
    if n <= LATER:
        note = "preliminary"
    return Plan(
        n,
        f"Patient/pat{n}",
        clinician,
        rng.choice(outside),
        story_for(clinician.specialty),
        authored,
        end,
        priority if n not in LATE else "routine",
        note,
        rng.random() < 0.15,
        n <= LATER,
    )


def _visit_end(n: int, as_of: datetime, rng: Random) -> datetime:
    """Within working hours of the last month; the first few fall where late, due today and later need them."""
    local = as_of.astimezone(ZONE)
    if n == DUE_TODAY:  # 24 hours later is still today, and not yet over
        midnight = datetime.combine(local.date() + timedelta(days=1), time(0), tzinfo=ZONE)
        return as_of - timedelta(hours=24) + min(timedelta(hours=3), (midnight - local) / 2)
    if n == LATER:
        return as_of - timedelta(hours=1)
    days = rng.randint(7, 12) if n in LATE else rng.randint(0, 28)
    at = datetime.combine(
        local.date() - timedelta(days=days), time(rng.randint(8, 16), rng.choice((0, 20, 40))), tzinfo=ZONE
    )
    while at.weekday() > 4 or at > as_of:
        at -= timedelta(days=1)
    return at.astimezone(UTC)


def _one_referral(box: Sandbox, plan: Plan, style: str, outside: list[Clinician], rng: Random) -> None:
    first = len(box.resources)
    box.add(patient(plan.n, rng), plan.authored)
    _story(box, plan, style, outside, rng)
    speak(box, plan, first, rng)


def _story(box: Sandbox, plan: Plan, style: str, outside: list[Clinician], rng: Random) -> None:
    n = str(plan.n)
    referral = box.add(
        {
            "resourceType": "ServiceRequest",
            "id": f"sr{n}",
            "status": "active",
            "priority": plan.priority,
            **referral_code(plan.clinician.specialty),
            "subject": ref(plan.patient),
            "identifier": [{"system": "urn:oid:2.16.840.1.113883.3.9999.1", "value": f"R{plan.n:06d}"}],
            "authoredOn": stamp(plan.authored),
            "requester": requester(plan.referrer),
            "reasonCode": [{**concept(SNOMED, *plan.story.reason), "text": plan.story.question}],
        },
        plan.authored,
    )
    if plan.end is None:
        _not_seen(box, plan, rng)
        return
    encounter, appointment = _visit(box, plan)
    tied = tie(box, style, rng, encounter, appointment, f"ServiceRequest/{referral['id']}")
    visit = f"Encounter/{encounter['id']}"
    status = plan.note
    for resource in visit_resources(n, plan.patient, visit, plan.clinician.key, plan.story, plan.end, status, rng):
        box.add(resource, plan.end)
    if status == "final" and rng.random() < 0.8:
        _sent(box, plan, n, rng.random() < 0.6)
    if plan.returns:
        _returns(box, plan, rng)
    if style == "messy" and not plan.plain:
        add_mess(box, plan, referral, encounter, tied, outside, rng)
    else:
        box.tell(visit, f"ServiceRequest/{referral['id']}", plan.referrer.npi, "report")


def _visit(box: Sandbox, plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    assert plan.end is not None
    start = plan.end - timedelta(minutes=30)
    appointment = box.add(
        {
            "resourceType": "Appointment",
            "id": f"app{plan.n}",
            "status": "fulfilled",
            "start": stamp(start),
            "end": stamp(plan.end),
            "participant": [
                {"actor": ref(plan.patient), "status": "accepted"},
                {"actor": ref(plan.clinician.key), "status": "accepted"},
            ],
        },
        plan.end,
    )
    encounter = box.add(office_visit(f"enc{plan.n}", plan.patient, plan.clinician, start, plan.end), plan.end)
    return encounter, appointment


def _not_seen(box: Sandbox, plan: Plan, rng: Random) -> None:
    """Booked, cancelled, or missed."""
    status, days = rng.choice((("booked", 9), ("booked", 20), ("noshow", -3), ("cancelled", -2)))
    start = box.as_of + timedelta(days=days)
    box.add(
        {
            "resourceType": "Appointment",
            "id": f"app{plan.n}",
            "status": status,
            "start": stamp(start),
            "end": stamp(start + timedelta(minutes=30)),
            "basedOn": [ref(f"ServiceRequest/sr{plan.n}")],
            "participant": [
                {"actor": ref(plan.patient), "status": "accepted"},
                {"actor": ref(plan.clinician.key), "status": "accepted"},
            ],
        },
        box.as_of - timedelta(days=1),
    )


def _returns(box: Sandbox, plan: Plan, rng: Random) -> None:
    """The patient's next appointment with the referrer."""
    assert plan.end is not None
    start = plan.end + timedelta(days=rng.randint(1, 9), hours=rng.randint(0, 3))
    box.add(
        {
            "resourceType": "Appointment",
            "id": f"back{plan.n}",
            "status": "booked",
            "start": stamp(start),
            "end": stamp(start + timedelta(minutes=20)),
            "participant": [
                {"actor": ref(plan.patient), "status": "accepted"},
                {"actor": ref(plan.referrer.key), "status": "accepted"},
            ],
        },
        plan.authored,
    )


def _sent(box: Sandbox, plan: Plan, n: str, received: bool) -> None:
    """The EHR sent the final note, and perhaps knows that it was received."""
    assert plan.end is not None
    at = min(plan.end + timedelta(minutes=90), box.as_of)
    receipt = {"received": stamp(min(at + timedelta(hours=1), box.as_of))} if received else {}
    box.add(
        {
            **receipt,
            "resourceType": "Communication",
            "id": f"com{n}",
            "status": "completed",
            "subject": ref(plan.patient),
            "sent": stamp(at),
            "recipient": [ref(plan.referrer.key)],
            "payload": [{"contentReference": ref(f"DocumentReference/note{n}")}],
        },
        at,
    )
