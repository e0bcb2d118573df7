"""Moves on visits: which referrals one answers, and whether one from before go-live counts."""

from __future__ import annotations

from sqlalchemy.orm import Session

from loopclose.domain.commands import Link, OnVisit
from loopclose.flows.decisions.effects import Handle, MoveRefused, NotThere, Taking, Touched
from loopclose.flows.decisions.situations import of_visit
from loopclose.store import decisions, links, quarantine, records
from loopclose.store.base import Scope
from loopclose.store.loop import VisitRow
from loopclose.store.persons import patients_of

TIES = ("Encounter", "Appointment", "Task", "Procedure", "DiagnosticReport", "EpisodeOfCare")
"""What can name the referral of a visit."""


def about(taking: Taking, command: OnVisit) -> Handle:
    """The command with how things stand; nothing is written yet."""
    visit = _held(taking, command)
    situation = of_visit(taking.session, taking.scope, taking.practice, visit)
    unseen = unread_named(taking.session, taking.scope, visit) if isinstance(command, Link) else []

    def write() -> None:
        if isinstance(command, Link):
            decisions.note_link(
                taking.session,
                taking.scope,
                visit.ehr,
                visit.id,
                command.referrals,
                taking.actor.email,
                taking.now,
                unseen,
            )
        else:
            visit.promoted = True

    detail = {"referrals": list(command.referrals)} if isinstance(command, Link) else None
    return Handle(situation, write, visit.id, Touched(visit.ehr, frozenset({visit.person})), detail)


def unread_named(session: Session, scope: Scope, visit: VisitRow) -> list[str]:
    """What the chart names as a referral and nobody can read, or all in quarantine where the visit waits for nothing
    else.

    A decision taken without them is asked again once they can be read.
    """
    unseen = links.unseen_of(session, scope, visit.ehr, visit.id)
    held = quarantine.held_requests(session, scope, visit.ehr, visit.person)
    if not held:
        return unseen
    rows = records.read_patients(session, scope, visit.ehr, patients_of(session, scope, visit.ehr, visit.person), TIES)
    # a name is looked for in the bytes: what is in quarantine itself names things, too
    named = [one.key for one in held if any(f'{one.key}"'.encode() in row[-1] for row in rows)]
    waits = visit.outcome == "resolve"
    return list(dict.fromkeys([*unseen, *(named or ([one.key for one in held] if waits else []))]))


def _held(taking: Taking, command: OnVisit) -> VisitRow:
    """The visit with its person's records held, as judging holds them."""
    first = decisions.visit(taking.session, taking.scope, command.ehr, command.visit)
    if first is None:
        raise NotThere(f"There is no visit {command.visit} in {command.ehr}.")
    person = first.person
    taking.hold(command.ehr, [person])
    visit = decisions.visit(taking.session, taking.scope, command.ehr, command.visit)
    if visit is None or visit.person != person:
        raise MoveRefused("Meanwhile the patient's records were joined. Look at it again before you decide.")
    return visit
