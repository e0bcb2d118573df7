"""A letter on its way, on the page of its report: sending it, and saying what became of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.address_book import SOURCES
from loopclose.domain.channels import CHANNELS, IN_BOOK
from loopclose.domain.delivering import COPY, PURPOSES, REPORT, STATES
from loopclose.errors import LoopcloseError
from loopclose.flows.delivery.on_its_way import on_its_way
from loopclose.flows.delivery.pack import NotPlanned
from loopclose.flows.delivery.plan import plan_to
from loopclose.flows.delivery.said import WORDS, say
from loopclose.flows.delivery.ways import ways_of
from loopclose.store import deliveries, request_answers
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from loopclose.store.worklist import one
from loopclose.web.access import now, scope, work
from loopclose.web.addresses import page_of
from loopclose.web.letter_words import RECALLED, SAID, SIGNS, next_words, who_says
from loopclose.web.needs import needs

blueprint = Blueprint("delivering", __name__)
PLACE = "on-its-way"
"""Where on the page of a report it stands."""
LONGEST = 500
"""Characters of what somebody says of a delivery."""


def letter_panel(session: Any, owed: Obligation) -> dict[str, Any]:
    """What the templates need for it; ``way`` is None where there is nothing to say."""
    ways = ways_of(work(), scope())
    return {
        "way": on_its_way(session, scope(), ways, owed, now()),
        "said_of_request": _told(session, owed),
        "channels": CHANNELS,
        "open_channels": [name for name in IN_BOOK if name in ways] or list(IN_BOOK),
        "letter_signs": SIGNS,
        "recalled_sign": RECALLED,
        "letter_states": STATES,
        "purposes": PURPOSES,
        "said_words": WORDS,
        "heard_words": SAID,
        "next_words": next_words,
        "who_says": who_says,
        "address_sources": SOURCES,
        "referrer_page": page_of(owed.referrer_key) if owed.referrer_key else None,
    }


def _told(session: Any, owed: Obligation) -> tuple[str | None, list[DeliveryRow]]:
    """Whether the request that a report answers is accepted (a code), and what left to say so, the newest first."""
    answer = request_answers.answer_to(session, scope(), owed) if owed.kind == "report" else None
    if answer is None:
        return None, []
    step = request_answers.answer_of(session, scope(), answer)
    found = deliveries.deliveries_of(session, scope(), [answer.id]).get(answer.id, [])
    return step.code if step is not None else None, found[::-1]


@blueprint.post("/obligation/<obligation_id>/send")
@needs("send")
def send(obligation_id: str) -> Response:
    """Plan the letter for one address: it leaves with the next round of the post."""
    with work().db.read() as session:
        if one(session, scope(), now(), obligation_id) is None:
            abort(404)
    address, purpose = request.form.get("address", ""), request.form.get("purpose", REPORT)
    try:
        if not address or purpose not in (REPORT, COPY):
            raise NotPlanned("Choose an address: nothing was sent.")
        ways, me = ways_of(work(), scope()), g.signed_in.user.email
        plan_to(work(), scope(), ways, obligation_id, address, me, purpose)
        flash("The letter is packed: it leaves within a minute or two, or when the quiet hours there end.")
    except LoopcloseError as problem:
        flash(str(problem), "refused")
    return _back(obligation_id)


@blueprint.post("/deliveries/<key>/say")
@needs("send")
def say_it(key: str) -> Response:
    """What somebody found out about one delivery."""
    with work().db.read() as session:
        row = deliveries.delivery(session, scope(), key)
    if row is None:
        abort(404)
    ways, me = ways_of(work(), scope()), g.signed_in.user.email
    try:
        say(work(), scope(), ways, key, request.form.get("code", ""), me, request.form.get("words", "")[:LONGEST])
        flash("Kept.")
    except LoopcloseError as problem:
        flash(str(problem), "refused")
    return _back(row.obligation)


def _back(obligation_id: str) -> Response:
    return redirect(url_for("obligation.show", obligation_id=obligation_id, _anchor=PLACE), 303)
