"""What stands about the one thing that a person wants to move, out of the store: what the table of moves looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.dates import moment_in_full
from loopclose.domain.holds import standing
from loopclose.domain.moves import MOVES
from loopclose.domain.practice import Practice
from loopclose.domain.roles import may
from loopclose.domain.situation import CLOSED, Proposal, Situation
from loopclose.domain.states import BY_EHR, BY_LOOPCLOSE, HELD
from loopclose.store import decisions, drafts, holds, letter_changes, requester_answers, signatures, users
from loopclose.store.base import Scope
from loopclose.store.loop import LinkDecisionRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation, TransitionRow
from loopclose.store.people import ClinicianRow
from loopclose.store.referrals import referral, referrals_of
from loopclose.store.requester_answers import RequesterAnswerRow

NO_LONGER_OWED = "no_longer_owed"
_MAKERS = {BY_EHR: "the chart", BY_LOOPCLOSE: "the rules"}


def of_obligation(session: Session, scope: Scope, practice: Practice, owed: Obligation) -> Situation:
    """About one thing owed."""
    history = decisions.history_of(session, scope, owed.id)
    deadlines = decisions.deadlines_of(session, scope, owed.id)
    made = decisions.decisions_of(session, scope, owed.id)
    visit = decisions.visit(session, scope, owed.ehr, owed.visit) if owed.visit else None
    asked = referral(session, scope, owed.ehr, owed.referral) if owed.referral else None
    who = asked.requester if asked else {}
    answered = _answered(session, scope, owed, who.get("key"))
    names = users.names(session, scope)
    held = holds.holds_of(session, scope, owed.id) if owed.kind == "report" else ()
    seen, news = _numbers(practice, history, deadlines, made, names)
    return Situation(
        kind=owed.kind,
        state=owed.state,
        zone=practice.zone,
        due_at=owed.due_at,
        rules_due=_rules_due(owed, deadlines),
        visit=owed.visit,
        visit_start=visit.start if visit else None,
        visit_end=visit.end if visit else None,
        author=_author(session, scope, owed.ehr, owed.author),
        stood=_stood(history),
        ground_gone=history[-1].note if history and _is_rules_end(history[-1]) else None,
        users=frozenset(one.email.lower() for one in users.of_practice(session, scope) if may(one.role, "be_given")),
        return_by_hand=owed.return_by_hand,
        return_source=owed.return_source,
        due_by_hand=owed.due_by_hand,
        proposal=_proposal(made, names),
        referral=owed.referral if asked else None,
        requester=who.get("key"),
        requester_name=who.get("name"),
        requester_is_ours=_is_ours(who, practice),
        recipient=(owed.referrer or {}).get("name") or "" if not owed.guessed else "",
        holds=standing([row.kept for row in held], holds.recipient_of(owed)),
        corrected=owed.kind != "correction" or letter_changes.is_signed_anew(session, scope, owed.id),
        released_to=_released_to(session, scope, owed) if owed.state == HELD else "owed",
        seen=f"{seen}.{_answer_number(answered)}{f'.{len(held)}' if held else ''}",
        news=(*news, _answer_news(answered, practice, names), *(["something else holds it"] if held else [])),
    )


def of_visit(session: Session, scope: Scope, practice: Practice, visit: VisitRow) -> Situation:
    """About which referrals a visit answers."""
    links = decisions.links_of(session, scope, visit.ehr, visit.id)
    said = decisions.last_link_decision(session, scope, visit.ehr, visit.id)
    known = frozenset(row.id for row in referrals_of(session, scope, visit.ehr, visit.person))
    certain = next((link for link in reversed(links) if link.band == "automatic"), None)
    named = tuple(key for key in certain.referrals if key in known) if certain else ()
    return Situation(
        kind="visit",
        state="baseline" if visit.baseline and not visit.promoted else "counted",
        zone=practice.zone,
        visit=visit.id,
        visit_start=visit.start,
        visit_end=visit.end,
        author=_author(session, scope, visit.ehr, visit.author),
        reports=decisions.unsent_reports(session, scope, visit.ehr, visit.id),
        certain=named,
        certain_because=" ".join(certain.because) if certain and named else "",
        referrals=known,
        seen=f"{said.no if said else 0}.{links[-1].no if links else 0}",
        news=(_link_news(said, practice, users.names(session, scope)), "the chart changed what the visit may answer"),
    )


def of_answer(session: Session, scope: Scope, row: RequesterAnswerRow) -> Situation:
    """About an answer to "who really asked?"."""
    newest = requester_answers.last_about(session, scope, row.ehr, row.about, row.key)
    held = "holds" if newest is not None and newest.id == row.id else "superseded"
    return Situation(kind="said", state="taken_back" if row.taken_back_at else held, seen=str(row.no))


def _numbers(
    practice: Practice,
    history: Sequence[TransitionRow],
    deadlines: Sequence[DeadlineRow],
    made: Sequence[decisions.DecisionRow],
    names: Mapping[str, str],
) -> tuple[str, tuple[str, ...]]:
    """The numbers of the last decision, step and deadline, and the news of each."""
    zone = practice.zone
    decided = moved = due = ""
    if made:
        decided = f"{_name(made[-1].by, names)} {MOVES[made[-1].move].did} on {moment_in_full(made[-1].at, zone)}"
    if history:
        maker = _MAKERS.get(history[-1].actor) or _name(history[-1].actor, names)
        moved = f"{maker} made it {history[-1].to_state} on {moment_in_full(history[-1].detected_at, zone)}"
    if deadlines:
        because = deadlines[0].changed_because or deadlines[0].winner
        due = f"the deadline moved to {moment_in_full(deadlines[0].due_at, zone)} ({because.rstrip('.')})"
    numbers = [rows[-1].no if rows else 0 for rows in (made, history)]
    return ".".join(map(str, [*numbers, deadlines[0].no if deadlines else 0])), (decided, moved, due)


def _link_news(said: LinkDecisionRow | None, practice: Practice, names: Mapping[str, str]) -> str:
    if said is None:
        return ""
    answers = ", ".join(said.referrals) or "no referral"
    return f"{_name(said.by, names)} said that the visit answers {answers} on {moment_in_full(said.at, practice.zone)}"


def _answer_number(row: RequesterAnswerRow | None) -> str:
    return f"{row.no}{'-' if row.taken_back_at else ''}" if row else "0"


def _answer_news(row: RequesterAnswerRow | None, practice: Practice, names: Mapping[str, str]) -> str:
    if row is None:
        return ""
    if row.taken_back_at is not None:
        when = moment_in_full(row.taken_back_at, practice.zone)
        return f"{_name(row.taken_back_by or '', names)} took back who asked on {when}"
    return f"{_name(row.by, names)} said who asked on {moment_in_full(row.at, practice.zone)}"


def _answered(session: Session, scope: Scope, owed: Obligation, requester: str | None) -> RequesterAnswerRow | None:
    """The newest answer about the request or its requester."""
    about = [(requester_answers.REQUEST, owed.referral), (requester_answers.REQUESTER, requester)]
    found = [requester_answers.last_about(session, scope, owed.ehr, what, key) for what, key in about if key]
    return max((one for one in found if one), key=lambda one: one.at, default=None)


def _rules_due(owed: Obligation, deadlines: Sequence[DeadlineRow]) -> datetime:
    reasons = deadlines[0].reasons if deadlines else []
    instants = [datetime.fromisoformat(reason["at"]) for reason in reasons if reason["rule"] != "by_hand"]
    return min(instants, default=owed.due_at).astimezone(UTC)


def _author(session: Session, scope: Scope, ehr: str, author: str | None) -> frozenset[str]:
    if author is None:
        return frozenset()
    clinician = session.get(ClinicianRow, (scope.practice_id, ehr, author))
    return frozenset({author, *((clinician.npi,) if clinician and clinician.npi else ())})


def _stood(history: Sequence[TransitionRow]) -> str:
    """The last state before it was closed."""
    return next((step.to_state for step in reversed(history) if step.to_state not in CLOSED), "owed")


def _released_to(session: Session, scope: Scope, owed: Obligation) -> str:
    """Where a report on hold goes back to: signed only by a signature given here, as one in the EHR is seen there."""
    if signatures.is_signed_here(session, scope, owed.id):
        return "signed"
    return "drafted" if drafts.papers(session, scope, owed.id) else "owed"


def _is_rules_end(step: TransitionRow) -> bool:
    return step.actor == BY_LOOPCLOSE and step.code == NO_LONGER_OWED


def _proposal(made: Sequence[decisions.DecisionRow], names: Mapping[str, str]) -> Proposal | None:
    waiting = next((one for one in reversed(made) if one.waits), None)
    if waiting is None:
        return None
    given = waiting.given
    sent_at = datetime.fromisoformat(given["sent_at"])
    return Proposal(waiting.by, given["channel"], given["recipient"], sent_at, _name(waiting.by, names))


def _name(email: str, names: Mapping[str, str]) -> str:
    """Whoever has or had that account, by name."""
    return names.get(email.lower(), email)


def _is_ours(who: dict[str, Any], practice: Practice) -> bool:
    """Whether the requester is one of our clinicians, or our organization."""
    return who.get("key") in practice.clinicians | practice.organizations or who.get("npi") in practice.npis


def plain(value: Any) -> Any:
    """A field's value for keeping as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
