"""Answers to "who really asked?": for one request, for a requester, and taking one back."""

from __future__ import annotations

from dataclasses import replace

from msgspec import to_builtins

from loopclose.domain.chart import Referrer
from loopclose.domain.codes import HOW
from loopclose.domain.commands import NameRequester, TakeBack
from loopclose.flows.decisions.effects import Handle, NotThere, Taking, Touched
from loopclose.flows.decisions.on_obligations import held
from loopclose.flows.decisions.situations import of_answer, of_obligation
from loopclose.store import decisions, requester_answers
from loopclose.store.requester_answers import REQUEST, REQUESTER


def name(taking: Taking, command: NameRequester) -> Handle:
    """An answer for the request of one thing owed, or for its requester."""
    session, scope = taking.session, taking.scope
    owed = held(taking, command.obligation)
    situation = of_obligation(session, scope, taking.practice, owed)
    about, key = REQUEST, owed.referral or ""
    people = {owed.person}
    if command.for_requester and situation.requester is not None:
        about, key = REQUESTER, situation.requester
        found = requester_answers.touched(session, scope, owed.ehr, about, key)
        people |= {one.person for one in found}
        taking.hold(owed.ehr, sorted(people))
        again = requester_answers.touched(session, scope, owed.ehr, about, key)
        situation = replace(situation, touched=requester_answers.digest_of(again))

    def write() -> None:
        answer = None if command.internal else to_builtins(_referrer(command))
        requester_answers.note_answer(session, scope, owed.ehr, about, key, answer, taking.actor.email, taking.now)
        given = {"for": about, "key": key}
        decisions.note_decision(session, scope, owed.id, "requester", taking.actor.email, taking.now, given)

    return Handle(situation, write, owed.id, Touched(owed.ehr, frozenset(people)), {"for": about, "key": key})


def take_back(taking: Taking, command: TakeBack) -> Handle:
    """An answer that holds does so no more: whoever it touched is judged, and asked about, again."""
    session, scope = taking.session, taking.scope
    first = requester_answers.answer(session, scope, command.answer)
    if first is None:
        raise NotThere("There is no such answer.")
    ehr, about, key = first.ehr, first.about, first.key
    people = {one.person for one in requester_answers.touched(session, scope, ehr, about, key)}
    taking.hold(ehr, sorted(people))
    row = requester_answers.answer(session, scope, command.answer, hold=True)
    if row is None:
        raise NotThere("There is no such answer.")

    def write() -> None:
        row.taken_back_by, row.taken_back_at = taking.actor.email, taking.now

    return Handle(of_answer(session, scope, row), write, row.id, Touched(ehr, frozenset(people)), {"key": key})


def _referrer(command: NameRequester) -> Referrer:
    return Referrer(command.name.strip(), HOW[-1], False, npi=command.npi.strip() or None)
