"""The page of one thing owed: the loop, the deadline and why, the draft, and the moves that are possible now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.entries import Unreadable, entered
from loopclose.domain.moves import MOVES, barred, possible
from loopclose.domain.situation import Situation
from loopclose.flows.decisions.desk import MoveRefused, actor_of
from loopclose.flows.decisions.situations import of_obligation
from loopclose.flows.papers.draft import draft as make_draft
from loopclose.flows.site import client_of
from loopclose.store import alerts, decisions, drafts, users
from loopclose.store.obligations import TransitionRow
from loopclose.store.worklist import of_person, one
from loopclose.store.worklist_item import Item
from loopclose.web.access import audit, desk, now, scope, signed_in, work, zone
from loopclose.web.kinds import SIGNS
from loopclose.web.words import moment_words

blueprint = Blueprint("obligation", __name__)
ON_THIS_PAGE = frozenset(name for name, move in MOVES.items() if move.is_on_obligation) - {"requester"}
"""The requester is named beside the list of referrals."""
QUIET = frozenset({"assign", "returns_on", "due_by", "decline", "requester"})
"""Moves that leave the state as it was: no step tells of them."""


@blueprint.get("/obligation/<obligation_id>")
@signed_in
def show(obligation_id: str) -> str:
    """The page."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None:
            abort(404)
        situation = of_obligation(session, scope(), desk().practice, item.obligation)
        steps = decisions.history_of(session, scope(), obligation_id)
        deadlines = decisions.deadlines_of(session, scope(), obligation_id)
        made = decisions.decisions_of(session, scope(), obligation_id)
        told = alerts.alerts_of(session, scope(), obligation_id)
        papers = drafts.papers(session, scope(), obligation_id)
        people = users.of_practice(session, scope())
        others = [
            other
            for other in of_person(session, scope(), now(), item.obligation.ehr, item.obligation.person)
            if other.obligation.id != obligation_id
        ]
    audit("view_obligation", obligation_id)
    actor = actor_of(g.signed_in.user)
    return render_template(
        "obligation.html",
        item=item,
        history=_history(steps, made),
        deadlines=deadlines,
        told=told,
        others=others,
        people=people,
        papers=papers,
        digests=papers,
        situation=situation,
        moves={move.name: move for move in possible(situation, actor, now())},
        barred=barred(situation, actor, now()),
        values=_entered_before(situation),
        signs=SIGNS,
        loop=_loop(item, steps),
    )


@blueprint.post("/obligation/<obligation_id>/draft")
@signed_in
def draft(obligation_id: str) -> Response:
    """Make the draft out of the chart as it stands now."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None:
        abort(404)
    site = work().site_of(scope().practice_id, item.obligation.ehr)
    with client_of(site) as client:
        make_draft(work().db, work().clock, site, client, obligation_id, g.signed_in.user.email)
    flash("Drafted from the chart as it stands now. Nothing was sent.")
    return _back(obligation_id)


@blueprint.post("/obligation/<obligation_id>/<move>")
@signed_in
def change(obligation_id: str, move: str) -> Response:
    """One move by the person who is signed in; what is not possible now is said."""
    row = MOVES.get(move)
    if row is None or move not in ON_THIS_PAGE:
        abort(404)
    try:
        given = entered(row, request.form, zone())
        becomes = desk().do(row.command(obligation=obligation_id, seen=request.form.get("seen"), **given))
    except (MoveRefused, Unreadable) as problem:
        flash(str(problem), "refused")
    else:
        flash(row.kept if becomes is None and row.kept else "Done.")
    return _back(obligation_id)


def _history(
    steps: Sequence[TransitionRow], made: Sequence[decisions.DecisionRow]
) -> list[tuple[datetime, str, str | None, str | None]]:
    """(when, what, what it rests on, note) of every step, and of every decision that left the state as it was."""
    found = [
        (
            step.detected_at,
            step.effective_at,
            f"{step.to_state} ({step.actor}{', ' + step.code.replace('_', ' ') if step.code else ''})",
            step.evidence,
            step.note,
        )
        for step in steps
    ]
    for one_made in made:
        if one_made.move in QUIET or one_made.waits:
            what = f"{one_made.by} {MOVES[one_made.move].did}"
            found.append((one_made.at, one_made.at, what, None, _given(one_made.given)))
    return [line[1:] for line in sorted(found, key=lambda line: line[0])]


def _given(given: dict[str, Any]) -> str | None:
    """What was entered, with its times as the practice reads them."""
    moments = ("sent_at", "at")
    words = [
        moment_words(datetime.fromisoformat(text), zone()) if name in moments else str(text)
        for name, text in given.items()
    ]
    return ", ".join(words) or None


def _entered_before(situation: Situation) -> dict[str, str]:
    """What the fields of a move hold already."""
    day, at = situation.return_by_hand, situation.due_by_hand
    return {
        "day": day.isoformat() if day else "",
        "at": at.astimezone(zone()).strftime("%Y-%m-%dT%H:%M") if at else "",
    }


def _loop(item: Item, steps: Any) -> list[tuple[str, datetime | None, str]]:
    """The milestones of the loop: (name, when, what it rests on)."""
    reached = {step.to_state: step for step in steps}
    referral, visit = item.referral, item.visit
    found: list[tuple[str, datetime | None, str]] = []
    if referral is not None:
        found.append(
            (f"Referred {referral.authored_on[:10] if referral.authored_on else ''}".strip(), None, referral.id)
        )
    if visit is not None:
        found.append(("Seen" + (" (assumed: the chart was left open)" if visit.assumed else ""), visit.end, visit.id))
    for state, name in (("drafted", "Drafted"), ("signed", "Signed"), ("sent", "Sent"), ("confirmed", "Confirmed")):
        step = reached.get(state)
        if step is not None:
            found.append((name, step.effective_at, step.evidence or step.actor))
    return found


def _back(obligation_id: str) -> Response:
    return redirect(url_for("obligation.show", obligation_id=obligation_id), 303)
