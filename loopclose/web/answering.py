"""The pages on which a visit without a sure referral is answered, each with what was typed where it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, g, render_template, request

from loopclose.domain.moves import MOVES, possible, refusal
from loopclose.domain.situation import only_of_the_requester
from loopclose.flows.decisions.desk import NotSure, actor_of
from loopclose.flows.decisions.legible import legible
from loopclose.flows.decisions.on_visits import unread_named
from loopclose.flows.decisions.situations import of_obligation, of_visit
from loopclose.store import decisions, quarantine, requester_answers, unmatched
from loopclose.store.namesakes import namesakes
from loopclose.store.referrals import referrals_of
from loopclose.store.worklist import one
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Filters
from loopclose.web.access import desk, now, scope, work
from loopclose.web.asked import asked_for
from loopclose.web.lists import Narrowed
from loopclose.web.question import WHO, question_of

KINDS = ("resolve", "report")
"""Of what is owed: a report's visit may be linked to the wrong referral, or its referrer be a guess."""
CLOSING = ("confirm", "waive")
"""Moves that answer what is not answered by picking a referral or naming who asked."""
NOT_CARRIED = frozenset({"csrf_token", "seen", "sure", "back"})


def under() -> Filters:
    """The filters in the address, under which what waits is gone through."""
    return Narrowed.of(asked_for(request.args, "resolve")).filters


def picking(obligation_id: str, typed: Mapping[str, Any] | None = None) -> str:
    """The page, with what was typed on a form that comes back."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind not in KINDS:
            abort(404)
        owed, practice = item.obligation, desk().practice
        situation = of_obligation(session, scope(), practice, owed)
        visit = decisions.visit(session, scope(), owed.ehr, owed.visit) if owed.visit else None
        seeing = of_visit(session, scope(), practice, visit) if visit else None
        rows = referrals_of(session, scope(), owed.ehr, owed.person)
        held = quarantine.held_requests(session, scope(), owed.ehr, owed.person)
        unseen = unread_named(session, scope(), visit) if visit else []
        alike = namesakes(session, scope(), [item.patient])
        waits = owed.kind == "resolve" and owed.state not in ("confirmed", "waived")
        place = unmatched.place(session, scope(), now(), under(), owed) if waits else None
    fits = {one["referral"]: one for one in (item.link.candidates if item.link else [])}
    best_first = sorted(rows, key=lambda row: (-fits.get(row.id, {}).get("confidence", 0), row.id))
    actor = actor_of(g.signed_in.user)
    asks_who = refusal(MOVES["requester"], situation, actor, now()) is None
    question = question_of(item, asks_who)
    others = [row for row in best_first if question is not WHO or row.id != owed.referral]
    return render_template(
        "pick.html",
        item=item,
        namesakes=alike,
        place=place,
        back=asked_for(request.args, "resolve").address(tab=None),
        question=question,
        asks_first=question is WHO,
        closing=[move for move in possible(situation, actor, now()) if waits and move.name in CLOSING],
        referrals=others,
        fits=fits,
        held=[(one, legible(one.raw)) for one in held],
        unseen=unseen,
        asks_who=asks_who,
        asked=next((row for row in rows if row.id == owed.referral), None),
        for_requester=only_of_the_requester(situation),
        seeing=seeing,
        why_not=refusal(MOVES["link"], seeing, actor, now()) if seeing else None,
        situation=situation,
        typed=typed or {},
    )


def for_everybody(obligation_id: str, typed: Mapping[str, Any] | None = None) -> str:
    """Everybody whom an answer for the requester touches."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind not in KINDS:
            abort(404)
        situation = of_obligation(session, scope(), desk().practice, item.obligation)
        if situation.requester is None or not only_of_the_requester(situation):
            abort(404)
        about = (item.obligation.ehr, requester_answers.REQUESTER, situation.requester)
        found = requester_answers.touched(session, scope(), *about)
        alike = namesakes(session, scope(), [one.patient for one in found])
    return render_template(
        "everybody.html",
        item=item,
        found=found,
        namesakes=alike,
        listed=requester_answers.digest_of(found),
        situation=situation,
        typed=typed or {},
    )


def asked_back(item: Item, title: str, question: NotSure, yes: str) -> str:
    """The page that says what speaks against it, and asks once more; it carries what was entered."""
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED]
    with work().db.read() as session:
        alike = namesakes(session, scope(), [item.patient])
    return render_template(
        "sure.html",
        item=item,
        namesakes=alike,
        title=title,
        question=str(question),
        yes=yes,
        action=request.full_path.rstrip("?"),
        entered=carried,
        seen=request.form.get("seen"),
    )
