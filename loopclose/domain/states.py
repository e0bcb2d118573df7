"""The states of an obligation: what evidence makes of its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

ORDER = {"owed": 0, "held": 0, "drafted": 1, "signed": 2, "sent": 3, "confirmed": 4}
BY_EHR, BY_LOOPCLOSE = "ehr", "loopclose"


HELD = "held"
BOUNCED = "bounced"
"""The code of a step back from ``sent``: what had been transmitted did not arrive."""


class Evidence(msgspec.Struct, frozen=True):
    """Something in the EHR on which a state rests: a resource, and what it shows."""

    state: str
    at: datetime
    source: str
    because: str
    code: str | None = None
    """What it says, where that is one of several things (``request_answers``)."""


class Transition(msgspec.Struct, frozen=True):
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
    waiver stands until a person reopens it. A report on hold stays on hold when its note is signed in the EHR; that
    the EHR sent it is a fact, and moves it. ``now`` dates a withdrawal.
    """
    if not history or history[-1].to_state == "waived":
        return []
    state = history[-1].to_state
    sources = {(one.state, one.source) for one in evidence}
    new: list[Transition] = []
    if any(_rested_on(step, sources) for step in _in_force(history)):
        supported = _supported(history, sources)
        if is_on_hold(history) and ORDER[supported] < ORDER["sent"]:
            supported = HELD
        if ORDER[supported] < ORDER[state]:
            note = "The evidence it rested on is no longer in the chart."
            new.append(Transition(state, supported, now, BY_EHR, code="evidence_withdrawn", note=note))
            state = supported
    for one in sorted(evidence, key=lambda found: (ORDER[found.state], found.at, found.source)):
        if ORDER[one.state] > ORDER[state] and (state, one.state) != (HELD, "signed"):
            new.append(Transition(state, one.state, one.at, BY_EHR, one.source, one.code, one.because))
            state = one.state
    return new


def first_sent(history: Sequence[Transition]) -> datetime | None:
    """When it was first transmitted, by which lateness is judged; what bounced was not."""
    found: datetime | None = None
    for step in history:
        if step.code == BOUNCED:
            found = None
        elif step.to_state == "sent" and found is None:
            found = step.effective_at
    return found


def is_on_hold(history: Sequence[Transition]) -> bool:
    """Whether it was put on hold and no person has moved it on since: the EHR, or a visit that comes and goes, do not
    release it."""
    held, before = False, None
    for step in history:
        if step.to_state == HELD:
            held = True
        elif before == HELD and step.actor not in (BY_EHR, BY_LOOPCLOSE):
            held = False
        before = step.to_state
    return held


def _in_force(history: Sequence[Transition]) -> list[Transition]:
    """The steps since the obligation last stood at its beginning or was reopened."""
    start = max((n for n, step in enumerate(history) if step.to_state == "owed"), default=0)
    return list(history[start:])


def _rested_on(step: Transition, sources: set[tuple[str, str]]) -> bool:
    return step.actor == BY_EHR and step.evidence is not None and (step.to_state, step.evidence) not in sources


def _supported(history: Sequence[Transition], sources: set[tuple[str, str]]) -> str:
    best = "owed"
    for step in _in_force(history):
        if step.code == BOUNCED:
            best = step.to_state
            continue
        holds = step.actor != BY_EHR or (step.to_state, step.evidence) in sources
        if holds and step.to_state in ORDER and step.code != "evidence_withdrawn":
            best = max(best, step.to_state, key=lambda state: ORDER[state])
    return best
