"""The page of one thing owed: the loop, the deadline and why, the papers, and the moves that are possible now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.entries import Unreadable, entered
from loopclose.domain.holds import GROUNDS, RELEASES
from loopclose.domain.moves import MOVES, barred, possible
from loopclose.domain.recalling import REASONS
from loopclose.domain.roles import may
from loopclose.domain.situation import Situation
from loopclose.drafting.keeping import MEDIA_TYPE
from loopclose.errors import UsageError
from loopclose.flows.decisions.desk import MoveRefused, actor_of
from loopclose.flows.decisions.situations import of_obligation
from loopclose.flows.papers.answered import answer_of
from loopclose.flows.papers.asking import ask_for_draft, drafting_of
from loopclose.flows.papers.correcting import correcting_of
from loopclose.flows.papers.sheet import signed_here
from loopclose.flows.papers.signed import SIGNED, signed_note
from loopclose.store import alerts, decisions, drafts, holds, letter_choices, letter_duties, recipient_words, users
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist import of_person, one
from loopclose.web.access import audit, desk, now, scope, work, zone
from loopclose.web.delivering import letter_panel
from loopclose.web.history import Reader, milestones
from loopclose.web.kinds import SIGNS, sign
from loopclose.web.letter_kinds import kind_of_letter
from loopclose.web.mails import SIGNS as MAIL_SIGNS
from loopclose.web.needs import needs
from loopclose.web.next_step import step_of
from loopclose.web.recall import called_back
from loopclose.web.returning import known_returns

blueprint = Blueprint("obligation", __name__)
ON_THIS_PAGE = frozenset(name for name, move in MOVES.items() if move.is_on_obligation) - {"requester"}
"""The requester is named beside the list of referrals."""
REFUSED = 422
"""The status of a page that comes back with what was typed, and why it was not taken."""


@dataclass(frozen=True)
class Tried:
    """A form that was not taken: the page comes back with it."""

    move: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


@blueprint.get("/obligation/<obligation_id>")
@needs("see_reports")
def show(obligation_id: str) -> str:
    """The page."""
    audit("view_obligation", obligation_id)
    return _page(obligation_id, Tried())


def _page(obligation_id: str, tried: Tried) -> str:
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None:
            abort(404)
        owed = item.obligation
        situation = of_obligation(session, scope(), desk().practice, owed)
        steps = decisions.history_of(session, scope(), obligation_id)
        deadlines = decisions.deadlines_of(session, scope(), obligation_id)
        made = decisions.decisions_of(session, scope(), obligation_id)
        told = alerts.alerts_of(session, scope(), obligation_id)
        here = signed_here(session, scope(), obligation_id)
        signed = here is not None and here.counts
        papers = drafts.papers(session, scope(), obligation_id, signed=signed)
        correcting = correcting_of(session, scope(), owed)
        duty = letter_duties.duty_of(session, scope(), obligation_id)
        duties = letter_duties.with_state(session, scope(), obligation_id)
        said = recipient_words.said_of(session, scope(), [obligation_id, *(owed.id for _, owed in duties)])
        words = recipient_words.of_letter(session, scope(), duty.letter if duty else obligation_id)
        word = recipient_words.word_of(session, scope(), obligation_id)
        answer = answer_of(session, scope(), obligation_id)
        held = holds.holds_of(session, scope(), obligation_id)
        panel = letter_panel(session, owed)
        choice = letter_choices.choice_of(session, scope(), obligation_id)
        note = signed_note(session, scope(), owed.ehr, steps) if owed.state in SIGNED else None
        people = [one for one in users.of_practice(session, scope()) if may(one.role, "be_given")]
        names = users.names(session, scope())
        alike = namesakes(session, scope(), [item.patient])
        recall = called_back(session, obligation_id)
        others = [
            other
            for other in of_person(session, scope(), now(), owed.ehr, owed.person)
            if other.obligation.id != obligation_id
        ]
    user = g.signed_in.user
    actor = actor_of(user)
    return render_template(
        "obligation.html",
        item=item,
        namesakes=alike,
        names=names,
        step=step_of(item, panel["way"], work().config.delivery.automatic, names, user),
        history=Reader(zone(), now(), names).lines(owed.kind, steps, made),
        loop=milestones(item, steps),
        deadlines=deadlines,
        returns=known_returns(deadlines, made),
        told=told,
        others=others,
        people=people,
        papers=papers,
        correcting=correcting,
        duty=duty,
        duties=duties,
        said=said,
        words=[one for one in words if one.about not in {row.key for row, _ in duties}],
        see_to={one.about: one.obligation for one in words if one.withdrawn_at is None},
        word=word,
        letter=correcting.letter,
        changes=correcting.changes,
        corrections=correcting.corrections,
        of_letter=kind_of_letter(papers, choice, note),
        answer=answer,
        held=held,
        grounds=GROUNDS,
        releases=RELEASES,
        signed_here=here,
        recall=recall,
        recall_reasons=REASONS,
        paper_type=MEDIA_TYPE,
        note=note,
        drafting=drafting_of(work(), scope(), item.obligation),
        situation=situation,
        moves={move.name: move for move in possible(situation, actor, now())},
        barred=barred(situation, actor, now()),
        values=_entered_before(situation) | ({tried.move: tried.form} if tried.move else {}),
        tried=tried.move,
        sign=sign,
        signs=SIGNS,
        mail_signs=MAIL_SIGNS,
        **panel,
    )


@blueprint.post("/obligation/<obligation_id>/draft")
@needs("draft")
def draft(obligation_id: str) -> Response:
    """Have it drafted, out of the chart as it stands now or, where the EHR could not be read, of what is kept."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None:
        abort(404)
    kept = request.form.get("from") == "kept"
    try:
        ask_for_draft(work(), scope(), item.obligation, g.signed_in.user.email, from_kept=kept)
    except UsageError as problem:
        flash(str(problem), "refused")
    return redirect(url_for("obligation.show", obligation_id=obligation_id, _anchor="draft"), 303)


@blueprint.post("/obligation/<obligation_id>/<move>")
@needs("{move}")
def change(obligation_id: str, move: str) -> Response | tuple[str, int]:
    """One move by the person who is signed in; what is not possible now is said, and nothing that was typed is lost."""
    row = MOVES.get(move)
    if row is None or move not in ON_THIS_PAGE:
        abort(404)
    try:
        given = entered(row, request.form, zone())
        becomes = desk().do(row.command(obligation=obligation_id, seen=request.form.get("seen"), **given))
    except (MoveRefused, Unreadable) as problem:
        flash(str(problem), "refused")
        return _page(obligation_id, Tried(move, request.form)), REFUSED
    flash(row.kept if becomes is None and row.kept else "Done.")
    return _back(obligation_id)


def _entered_before(situation: Situation) -> dict[str, Mapping[str, str]]:
    """By move: what its fields hold already."""
    day, at = situation.return_by_hand, situation.due_by_hand
    return {
        "returns_on": {"day": day.isoformat() if day else "", "source": situation.return_source or ""},
        "due_by": {"at": at.astimezone(zone()).strftime("%Y-%m-%dT%H:%M") if at else ""},
    }


def _back(obligation_id: str) -> Response:
    return redirect(url_for("obligation.show", obligation_id=obligation_id), 303)
