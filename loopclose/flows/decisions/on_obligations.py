"""Moves on what is owed: confirm, attest, waive, reopen, assign, and its times entered by hand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.domain.commands import (
    Assign,
    Attest,
    Command,
    Countersign,
    DueBy,
    Hold,
    OnObligation,
    Release,
    Reopen,
    ReturnsOn,
)
from loopclose.domain.holds import Ground
from loopclose.domain.move import Move
from loopclose.domain.moves import move_of
from loopclose.domain.situation import Proposal, Situation
from loopclose.domain.states import Transition
from loopclose.flows.decisions.effects import Handle, MoveRefused, NotThere, Taking, Touched
from loopclose.flows.decisions.situations import of_obligation, plain
from loopclose.flows.signing_clock import begin_clock
from loopclose.store import decisions, holds, users
from loopclose.store.obligations import Obligation

_NOT_GIVEN = frozenset({"obligation", "seen", "sure"})
"""Of a command: what its maker did not enter."""
_IN_THE_AUDIT = frozenset({"code", "to", "day", "source", "at", "channel", "sent_at"})
"""Of what its maker entered: nothing that may hold a patient's name."""


def about(taking: Taking, command: OnObligation) -> Handle:
    """The command with how things stand; nothing is written yet."""
    owed = held(taking, command.obligation)
    situation = of_obligation(taking.session, taking.scope, taking.practice, owed)
    given = {name: plain(value) for name, value in asdict(command).items() if name not in _NOT_GIVEN and value}
    detail = {name: value for name, value in given.items() if name in _IN_THE_AUDIT}

    def write() -> None:
        _write(taking, owed, situation, command, given)

    return Handle(situation, write, owed.id, Touched(owed.ehr, frozenset({owed.person})), detail or None)


def held(taking: Taking, obligation: str) -> Obligation:
    """The thing owed with its person's records held first, as judging holds them."""
    first = taking.session.get(Obligation, (taking.scope.practice_id, obligation))
    if first is None:
        raise NotThere(f"There is no obligation {obligation}.")
    ehr, person = first.ehr, first.person
    taking.hold(ehr, [person])
    owed = decisions.obligation_held(taking.session, taking.scope, obligation)
    if owed is None or owed.person != person:  # two records became one person in between
        raise MoveRefused("Meanwhile the patient's records were joined. Look at it again before you decide.")
    return owed


def _write(taking: Taking, owed: Obligation, situation: Situation, command: Command, given: dict[str, Any]) -> None:
    session, scope, actor, now = taking.session, taking.scope, taking.actor, taking.now
    move = move_of(command)
    becomes = move.becomes(situation, command, now)
    if isinstance(command, Attest):
        given["sent_at"] = plain(command.sent_at or now)
    if move.name == "decline" or becomes is not None:
        decisions.nothing_waits(session, scope, owed.id)
    waits = isinstance(command, Attest) and becomes is None
    decisions.note_decision(session, scope, owed.id, move.name, actor.email, now, given, waits=waits)
    if isinstance(command, Assign):
        user = users.named(session, scope, command.to)
        owed.assigned_to = owed.owner = user.email if user else command.to
    elif isinstance(command, ReturnsOn):
        owed.return_by_hand = command.day
        owed.return_source = (command.source or None) if command.day else None
    elif isinstance(command, DueBy):
        owed.due_by_hand = command.at
    elif isinstance(command, Hold):
        holds.add_holds(session, scope, owed.id, [Ground(command.code)], actor.email, now, command.note.strip())
    elif isinstance(command, Release):
        words = command.note.strip()
        holds.release_holds(session, scope, owed, situation.recipient, command.code, words, actor.email, now)
    if becomes is not None:
        _step(taking, owed, situation, command, move, becomes)
    if isinstance(command, Release):
        begin_clock(session, scope, taking.practice, owed, now)


def _step(taking: Taking, owed: Obligation, situation: Situation, command: Command, move: Move, becomes: str) -> None:
    """The state that follows, with who made it so and by what."""
    actor, now = taking.actor, taking.now
    effective, maker, evidence, code = now, actor.email, None, getattr(command, "code", None)
    note = getattr(command, "note", "").strip() or None
    if isinstance(command, Attest):
        effective, code = command.sent_at or now, "attested"
        evidence = _attested(actor.name, command)
    elif isinstance(command, Countersign) and situation.proposal is not None:
        effective, code, maker = situation.proposal.sent_at, "attested", situation.proposal.by
        first = users.named(taking.session, taking.scope, situation.proposal.by)
        evidence = _attested(first.name if first else situation.proposal.by, situation.proposal)
        note = f"{actor.name} ({actor.email}) stands for it as the second person."
    elif isinstance(command, Reopen):
        code = "reopened"
    elif move.name == "confirm":
        evidence = f"said by {actor.name}"
    step = Transition(owed.state, becomes, effective, maker, evidence, code, note)
    decisions.add_step(taking.session, taking.scope, owed.id, step, now)
    owed.state = becomes
    if becomes == "sent":
        _note_sent(owed, effective)
    if isinstance(command, Reopen):
        owed.alert_after = now
    elif becomes not in NOT_YET_SENT:
        owed.alert_after = None


def _attested(name: str, said: Attest | Proposal) -> str:
    return f"attested by {name}: {said.channel} to {said.recipient.strip()}"


def _note_sent(owed: Obligation, sent_at: datetime) -> None:
    owed.sent_at, owed.on_time = sent_at, sent_at <= owed.due_at
