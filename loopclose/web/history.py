"""What happened to one thing owed, as lines for a person: its steps, the decisions beside them, and who did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from loopclose.domain.codes import WAIVERS
from loopclose.domain.dates import day_words, moment_words
from loopclose.domain.holds import GROUNDS, RELEASES
from loopclose.domain.moves import MOVES
from loopclose.domain.returns import SOURCES
from loopclose.domain.states import BY_EHR, BY_LOOPCLOSE
from loopclose.store.decisions import DecisionRow
from loopclose.store.obligations import TransitionRow
from loopclose.store.worklist_item import Item
from loopclose.web.words import called

QUIET = frozenset({"assign", "returns_on", "due_by", "decline", "requester"})
"""Moves that leave the state as it was: no step tells of them."""
STEPS = {
    "owed": "Owed",
    "drafted": "Drafted",
    "signed": "Signed",
    "sent": "Sent",
    "confirmed": "Done",
    "waived": "Waived",
    "held": "On hold",
}
ARRIVED = frozenset({"report", "receipt"})
CODES = {
    **GROUNDS,
    **RELEASES,
    **WAIVERS,
    "attested": "as somebody attested",
    "reopened": "reopened",
    "signed_here": "here",
    "signed_anew": "the corrected letter was signed, and the old one had not been sent",
    "evidence_withdrawn": "what it rested on is gone",
    "no_longer_owed": "not owed as the chart stands",
    "bounced": "it did not arrive",
}
MOMENTS, DAYS, USERS = ("sent_at", "at"), ("day",), ("to",)
FOR = {"request": "for that one request", "requester": "for everything that this requester asks"}


@dataclass(frozen=True)
class Line:
    """One thing that happened."""

    at: datetime
    what: str
    source: str | None
    """What it rests on: a resource, or a person's word."""
    note: str | None


@dataclass(frozen=True)
class Reader:
    """How times and people are written for whoever reads."""

    zone: ZoneInfo
    now: datetime
    names: Mapping[str, str]
    """Of users, by e-mail in lower case."""

    def lines(self, kind: str, steps: Sequence[TransitionRow], made: Sequence[DecisionRow]) -> list[Line]:
        """Every step, and every decision that left the state as it was, the oldest first."""
        found = [
            (step.detected_at, Line(step.effective_at, self._step(kind, step), step.evidence, step.note))
            for step in steps
        ]
        for one in made:
            if one.move in QUIET or one.waits:
                what = f"{self._maker(one.by)} {MOVES[one.move].did}"
                found.append((one.at, Line(one.at, what, None, self._given(one))))
        return [line for _, line in sorted(found, key=lambda pair: pair[0])]

    def _step(self, kind: str, step: TransitionRow) -> str:
        arrived = step.to_state == "confirmed" and kind in ARRIVED
        words = "Arrived" if arrived else STEPS.get(step.to_state, step.to_state)
        by = {BY_EHR: "seen in the EHR", BY_LOOPCLOSE: "by the rules"}.get(step.actor)
        code = CODES.get(step.code, step.code.replace("_", " ")) if step.code else ""
        parts = (by or f"by {called(step.actor, self.names)}", code[:1].lower() + code[1:].rstrip("."))
        return f"{words}, {': '.join(part for part in parts if part)}"

    def _maker(self, email: str) -> str:
        """At the beginning of a sentence; a name is written as it is."""
        words = called(email, self.names)
        return words if email.lower() in self.names else words[0].upper() + words[1:]

    def _given(self, one: DecisionRow) -> str | None:
        """What was entered, as a person reads it."""
        if one.move == "requester":
            return FOR.get(one.given.get("for", ""))
        words = []
        for name, text in one.given.items():
            if name in MOMENTS:
                words.append(moment_words(datetime.fromisoformat(text), self.zone, self.now))
            elif name in DAYS:
                words.append(day_words(date.fromisoformat(text), self.zone, self.now))
            elif name in USERS:
                words.append(f"to {called(text, self.names)}")
            elif name == "source":
                words.append(SOURCES.get(text, text))
            else:
                words.append(f"to {text}" if name == "recipient" else str(text))
        return ", ".join(words) or None


@dataclass(frozen=True)
class Milestone:
    """One step of the loop that was reached."""

    name: str
    at: datetime | None
    written: str | None
    """The time as the EHR wrote it, where that is all there is."""
    source: str


def milestones(item: Item, steps: Sequence[TransitionRow]) -> list[Milestone]:
    """How far the loop of one thing owed has come, from the referral on."""
    reached = {step.to_state: step for step in steps}
    found = []
    if item.referral is not None:
        found.append(Milestone("Referred", None, item.referral.authored_on, item.referral.id))
    if item.visit is not None:
        assumed = " (assumed: the chart was left open)" if item.visit.assumed else ""
        found.append(Milestone(f"Seen{assumed}", item.visit.end, None, item.visit.id))
    for state in ("drafted", "signed", "sent", "confirmed"):
        step = reached.get(state)
        if step is not None:
            name = "Arrived" if state == "confirmed" and item.obligation.kind in ARRIVED else STEPS[state]
            source = step.evidence or ("seen in the EHR" if step.actor == BY_EHR else "")
            found.append(Milestone(name, step.effective_at, None, source))
    return found
