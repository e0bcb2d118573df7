"""The states of an obligation: what evidence and people make of it, and what may come next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loopclose.domain.codes import WAIVERS

ORDER = {"owed": 0, "held": 0, "drafted": 1, "signed": 2, "sent": 3, "confirmed": 4}
BY_EHR, BY_LOOPCLOSE = "ehr", "loopclose"
ENDED = frozenset({"confirmed", "waived"})


class MoveRefused(Exception):
    """A person's move that is not allowed now; the message says why and what to do."""


@dataclass(frozen=True)
class Evidence:
    """Something in the EHR on which a state rests: a resource, and what it shows."""

    state: str
    at: datetime
    source: str
    because: str


@dataclass(frozen=True)
class Transition:
    """One change of state. ``actor`` is ``ehr``, ``loopclose`` or a user's e-mail."""

    from_state: str | None
    to_state: str
    effective_at: datetime
    actor: str
    evidence: str | None = None
    code: str | None = None
    note: str | None = None


def settle(history: Sequence[Transition], evidence: Sequence[Evidence], now: datetime) -> list[Transition]:
    """The transitions that the evidence adds to a history; none when it says nothing new.

    Evidence moves forward only. Where the evidence that an EHR-made state rests on is no longer there, the
    obligation falls back to the best state still supported, by people or by what evidence remains. A person's
    waiver stands until a person reopens it. ``now`` dates a withdrawal.
    """
    state = history[-1].to_state
    if state == "waived" or not history:
        return []
    sources = {(one.state, one.source) for one in evidence}
    new: list[Transition] = []
    if any(_rested_on(step, sources) for step in _in_force(history)):
        supported = _supported(history, sources)
        if ORDER[supported] < ORDER[state]:
            note = "The evidence it rested on is no longer in the chart."
            new.append(Transition(state, supported, now, BY_EHR, code="evidence_withdrawn", note=note))
            state = supported
    for one in sorted(evidence, key=lambda found: (ORDER[found.state], found.at, found.source)):
        if ORDER[one.state] > ORDER[state]:
            new.append(Transition(state, one.state, one.at, BY_EHR, one.source, note=one.because))
            state = one.state
    return new


def move(
    kind: str,
    state: str,
    action: str,
    now: datetime,
    actor: str,
    *,
    code: str | None = None,
    note: str | None = None,
    at: datetime | None = None,
    late: bool = False,
    is_author: bool = False,
) -> Transition:
    """A person's move, or ``MoveRefused``: ``draft sign attest confirm waive reopen``.

    ``at`` is when it came true (a transmission may be attested later); a late report is not waived by its
    author alone.
    """
    target = {
        "draft": "drafted",
        "sign": "signed",
        "attest": "sent",
        "confirm": "confirmed",
        "waive": "waived",
        "reopen": "owed",
    }[action]
    if kind != "report" and action in ("draft", "sign", "attest"):
        raise MoveRefused(f"A {kind} obligation is confirmed or waived; it has no {target} state.")
    if action == "reopen":
        if state not in ENDED and state != "sent":
            raise MoveRefused("It is open already.")
    elif state in ENDED:
        raise MoveRefused(f"It is {state} already; reopen it first.")
    elif action == "waive":
        _check_waiver(kind, code, note, late, is_author)
    elif ORDER[target] <= ORDER[state] and not (action == "draft" and state == "drafted"):
        raise MoveRefused(f"It is {state} already.")
    return Transition(state, target, at or now, actor, code=code, note=note)


def next_step(kind: str, state: str, guessed: bool = False) -> str:
    """Whose move it is, in a few words."""
    if kind != "report":
        steps = {
            "resolve": "Coordinator: pick the referral",
            "no_show": "Coordinator: tell the referrer",
            "receipt": "Waiting for the referrer's receipt",
            "answer": "Coordinator: accept or decline",
            "schedule": "Coordinator: book the visit",
            "correction": "Send the corrected version",
        }
        return {"confirmed": "Done", "waived": "Waived"}.get(state, steps[kind])
    if guessed and state in ("owed", "drafted", "signed"):
        return "Coordinator: confirm the referrer"
    return {
        "owed": "Your move: draft the report",
        "drafted": "Your move: sign",
        "signed": "Coordinator: send it",
        "sent": "Waiting for the referrer's receipt",
        "confirmed": "Done",
        "waived": "Waived",
        "held": "On hold: a person must clear it",
    }[state]


def _check_waiver(kind: str, code: str | None, note: str | None, late: bool, is_author: bool) -> None:
    if code not in WAIVERS:
        raise MoveRefused(f"A waiver needs a code: {', '.join(WAIVERS)}.")
    if code == "other" and not (note or "").strip():
        raise MoveRefused("The code other needs the reason in words.")
    if kind == "report" and late and is_author:
        raise MoveRefused("A late report is not waived by its author alone: ask the coordinator or the lead.")


def _in_force(history: Sequence[Transition]) -> list[Transition]:
    """The steps since the obligation last stood at its beginning or was reopened."""
    start = max((n for n, step in enumerate(history) if step.to_state == "owed"), default=0)
    return list(history[start:])


def _rested_on(step: Transition, sources: set[tuple[str, str]]) -> bool:
    return step.actor == BY_EHR and step.evidence is not None and (step.to_state, step.evidence) not in sources


def _supported(history: Sequence[Transition], sources: set[tuple[str, str]]) -> str:
    best = "owed"
    for step in _in_force(history):
        stands = step.actor != BY_EHR or (step.to_state, step.evidence) in sources
        if stands and step.to_state in ORDER and step.code != "evidence_withdrawn":
            best = max(best, step.to_state, key=lambda state: ORDER[state])
    return best
