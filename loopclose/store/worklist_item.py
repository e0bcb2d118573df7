"""One thing owed with what it is about: as a row for the screens, and as JSON for the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from loopclose.domain.codes import NOT_YET_SENT, OPEN_STATES
from loopclose.domain.deadlines import hours_late, is_late
from loopclose.domain.letter_waits import NEXT
from loopclose.domain.loose_ends import HIDDEN
from loopclose.store.loop import AppointmentRow, LinkRow, ReferralRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation

REPORT_STEPS = {
    "owed": "Draft the report",
    "drafted": "Sign the report",
    "signed": "Send the report",
    "sent": "Await the confirmation",
    "held": "Release the report, or reword it",
}
OTHER_STEPS = {
    "no_show": "Tell the referrer",
    "answer": "Answer them",
    "schedule": "Book the visit",
    "receipt": "Confirm that it arrived",
    "correction": "Sign the corrected letter, and send it to whoever has the old one",
    "handover": "Ask whether the referrer takes the medicine over",
    "ask": "Ask the referrer what became of it",
    "pending_result": "Send the result on; where it has not come, ask for it",
}


@dataclass(frozen=True)
class Patient:
    """What a row shows of a patient; nothing of one whose record was never read."""

    ehr: str
    id: str
    """``Patient/id``."""
    name: str | None
    birth_date: str | None
    gender: str | None
    mrn: str | None
    mrn_kind: str | None
    """What the number is called."""


def patient_of(owed: Obligation) -> Patient:
    """Of whom something owed is."""
    number = (owed.patient_mrn, owed.patient_mrn_kind)
    return Patient(owed.ehr, owed.patient, owed.patient_name, owed.patient_birth_date, owed.patient_gender, *number)


@dataclass(frozen=True)
class Item:
    """One thing owed, with all that a row on the screen or the command line says of it."""

    obligation: Obligation
    now: datetime
    """The instant at which it is looked at."""
    deadline: DeadlineRow | None
    referral: ReferralRow | None
    visit: VisitRow | None
    appointment: AppointmentRow | None
    link: LinkRow | None
    author_name: str | None
    letter: str | None = None
    """Of a report that was signed here: what its letter waits for, by a code of ``domain.letter_waits.NEXT``."""

    @property
    def patient(self) -> Patient:
        """Of whom it is, as it stands on the row."""
        return patient_of(self.obligation)

    @property
    def late(self) -> bool:
        """Whether it is late."""
        return is_late(self.obligation.due_at, self.obligation.state, self.now)

    @property
    def is_open(self) -> bool:
        """Whether it is neither confirmed nor waived."""
        return self.obligation.state in OPEN_STATES

    @property
    def is_unanswered_referral(self) -> bool:
        """Of an answer: whether a referral waits for it, and not somebody who got a letter of ours after a visit."""
        return self.obligation.visit is None and self.obligation.appointment is None

    @property
    def waits(self) -> bool:
        """Whether the time by which it is due matters still: it is neither sent nor closed."""
        return self.obligation.state in NOT_YET_SENT

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """``{rule, at, because}`` of every rule that applied to the deadline."""
        return list(self.deadline.reasons) if self.deadline else []

    @property
    def because(self) -> str | None:
        """The sentence of the rule that won."""
        return next((r["because"] for r in self.reasons if r["rule"] == self.obligation.winner), None)

    @property
    def next_step(self) -> str | None:
        """What has to happen next, in a few words; None once it is closed."""
        owed = self.obligation
        if owed.state in ("confirmed", "waived"):
            return None
        if owed.kind == "report":
            unknown = owed.guessed and owed.state == "signed"
            return "Find out who referred" if unknown else NEXT.get(self.letter or "", REPORT_STEPS[owed.state])
        if owed.kind == "resolve":
            if any(reason["because"].startswith(HIDDEN) for reason in self.reasons):
                return "Look in the EHR: not everything could be read"
            if owed.appointment is not None:
                return "Ask whether the patient came"
            if owed.visit is None:
                return "Say whether it is a referral"
            if self.visit is None:
                return "Look at the visit in the EHR"
            return "Say who referred" if owed.referral else "Pick the referral"
        if owed.kind == "answer" and self.is_unanswered_referral:
            return "Accept or decline the referral"
        return OTHER_STEPS[owed.kind]


def to_json(item: Item) -> dict[str, Any]:
    """The item as ``loopclose worklist --json`` prints it: ids as ``Type/id``, instants in UTC with ``Z``."""
    owed = item.obligation
    return {
        "obligation": owed.id,
        "practice": owed.practice_id,
        "ehr": owed.ehr,
        "kind": owed.kind,
        "state": owed.state,
        "late": item.late,
        "late_by_hours": hours_late(owed.due_at, owed.state, item.now),
        "on_time": owed.on_time,
        "due_at": instant(owed.due_at),
        "winner": owed.winner,
        "due_reasons": item.reasons,
        "referral": _referral(item),
        "visit": _visit(item),
        "appointment": _appointment(item),
        "patient": {"id": owed.patient},
        "referrer": _referrer(item),
        "link": _link(item),
        "owner": owed.owner,
        "next_step": item.next_step,
    }


def instant(moment: datetime | None) -> str | None:
    """A moment in UTC, to the second, with ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _referral(item: Item) -> dict[str, Any] | None:
    row, owed = item.referral, item.obligation
    if row is None:
        if owed.referral is None:
            return None
        return {"ehr": owed.ehr, "id": owed.referral, "identifiers": [], "authored_on": None, "priority": owed.priority}
    return {
        "ehr": row.ehr,
        "id": row.id,
        "identifiers": row.identifiers,
        "authored_on": row.authored_on,
        "priority": row.priority,
    }


def _visit(item: Item) -> dict[str, Any] | None:
    row = item.visit
    if row is None and item.obligation.visit is not None:  # a visit that cannot be read, or that has no time at all
        return {"id": item.obligation.visit, "start": None, "end": None, "assumed": False}
    if row is None:
        return None
    return {"id": row.id, "start": instant(row.start), "end": instant(row.end), "assumed": row.assumed}


def _appointment(item: Item) -> dict[str, Any] | None:
    if item.obligation.appointment is None:
        return None
    row = item.appointment
    return {"id": item.obligation.appointment, "start": instant(row.start) if row else None}


def _referrer(item: Item) -> dict[str, Any] | None:
    known = item.obligation.referrer
    return {key: known.get(key) for key in ("name", "npi", "reference", "how", "guessed")} if known else None


def _link(item: Item) -> dict[str, Any] | None:
    row = item.link
    return {"method": row.method, "confidence": row.confidence, "because": row.because} if row else None
