"""The chase desk: "where is my note about this patient?", answered from any page, noted, and the letter sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.channels import CHANNELS
from loopclose.domain.chasing import BY_PEOPLE, HOW, Chase, answer, asked_for
from loopclose.domain.delivering import INTERIM
from loopclose.domain.roles import may
from loopclose.domain.short_code import read_short_code
from loopclose.errors import UsageError
from loopclose.flows.chasing.desk import LONGEST, Choice, choices, dictated, legs, log_call, send_again, why_not_again
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.looks import keep_search
from loopclose.store import chases, deliveries, users
from loopclose.store.closed import closed
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist import bucket, one
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Filters, Page
from loopclose.web.access import audit, days, now, scope, work, zone
from loopclose.web.needs import needs
from loopclose.web.words import called

blueprint = Blueprint("chase", __name__)
SHOWN = 5
"""Reports of each part of the answer: who asks of more is asked for the birth date."""
CHECK_FIRST = (
    "Kept, but nothing goes there yet: whoever calls may be anybody. Call the office at a number that you had before, "
    "compare this address with them, then say on the page of the report that it is right."
)
NOTED = "Noted: the report moves up, and whoever has it is told in the next mail."
ONCE = "It is noted already, and counted once."
FORM = 64
"""Characters of what tells one form from another."""
KNOWN = "That address is in the book already, and was checked: send the letter there."


@dataclass(frozen=True)
class Answered:
    """One report, as it is told on the telephone."""

    item: Item
    words: str
    """Where it stands."""
    owner: str
    """Who has it now."""
    code: str | None
    """The short code on the letter that left."""
    choices: Sequence[Choice]
    why_not: str | None
    """Why its letter cannot be sent again now."""
    asked: str
    log: Sequence[chases.ChaseRow]


@blueprint.post("/chase")
@needs("see_reports")
def search() -> Response:
    """Words are posted and kept under an opaque key: no name stands in an address."""
    words = "".join(one if one.isprintable() else " " for one in request.form.get("words", "")).strip()
    key = keep_search(work().db, now, g.signed_in, words) if words else None
    return redirect(url_for("chase.found", q=key), 303)


@blueprint.get("/chase")
@needs("see_reports")
def found() -> str:
    """Every report that fits, open ones first, each with its whole answer."""
    key = request.args.get("q", "")
    with work().db.read() as session:
        words = users.searched(session, scope(), key, g.signed_in.user.id) if key else None
        items, more = _items(session, words) if words else ([], False)
        answered = _answers(session, items)
        alike = namesakes(session, scope(), [item.patient for item in items])
    audit("answer_chase")
    expired = bool(key) and words is None
    return _page(found=answered, words=words or "", expired=expired, more=more, namesakes=alike)


@blueprint.get("/chase/<obligation_id>")
@needs("see_reports")
def show(obligation_id: str) -> str:
    """The answer of one report."""
    item = report_or_404(obligation_id)
    with work().db.read() as session:
        answered = _answers(session, [item])
        alike = namesakes(session, scope(), [item.patient])
    audit("answer_chase", obligation_id)
    return _page(found=answered, words="", expired=False, more=False, namesakes=alike)


@blueprint.post("/chase/<obligation_id>")
@needs("log_chase")
def note(obligation_id: str) -> Response:
    """Note the call: it counts as our failure, and moves the report up."""
    report_or_404(obligation_id)
    given = {name: request.form.get(name, "").strip()[:LONGEST] for name in ("how", "who", "office", "number")}
    told = request.form.get("answered", "").strip()[:LONGEST]
    chase, form = Chase(**given, answered=told), request.form.get("form", "")[:FORM]
    try:
        is_news = log_call(work(), scope(), obligation_id, chase, g.signed_in.user.email, form)
        flash(NOTED if is_news else ONCE)
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(obligation_id)


@blueprint.post("/chase/<obligation_id>/send")
@needs("send")
def send(obligation_id: str) -> Response:
    """The letter leaves once more, to an address that somebody checked."""
    report_or_404(obligation_id)
    ways, to = ways_of(work(), scope()), request.form.get("address", "")
    try:
        send_again(work(), scope(), ways, obligation_id, to, g.signed_in.user.email)
        flash("It leaves within a minute or two.")
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(obligation_id)


@blueprint.post("/chase/<obligation_id>/address")
@needs("keep_addresses")
def address(obligation_id: str) -> Response:
    """Keep an address that the caller named, unchecked."""
    report_or_404(obligation_id)
    channel, to = request.form.get("channel", ""), request.form.get("to", "").strip()[:LONGEST]
    try:
        row = dictated(work(), scope(), obligation_id, channel, to, g.signed_in.user.email)
        flash(KNOWN if row.checked_at is not None else CHECK_FIRST)
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(obligation_id)


def report_or_404(obligation_id: str) -> Item:
    """A report of this practice; there is no page of anything else."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None or item.obligation.kind != "report":
        abort(404)
    return item


def _back(obligation_id: str) -> Response:
    return redirect(url_for("chase.show", obligation_id=obligation_id), 303)


def _items(session: Any, words: str) -> tuple[list[Item], bool]:
    """The reports that fit, open ones first, and whether there are more; by the code on a letter where one is typed."""
    if code := read_short_code(words):
        coded = [one(session, scope(), now(), key) for key in deliveries.with_code(session, scope(), code)]
        if any(coded):
            return [item for item in coded if item is not None], False
    filters = Filters(words=words)
    is_open = bucket(session, scope(), now(), days(), "open", filters, Page(0, SHOWN + 1))
    done = closed(session, scope(), now(), filters, SHOWN)
    more = len(is_open) > SHOWN or done.more_after
    return [*is_open[:SHOWN], *done.items], more


def _answers(session: Any, items: Sequence[Item]) -> list[Answered]:
    keys = [item.obligation.id for item in items]
    since, by = chases.since(session, scope(), keys), legs(session, scope(), keys)
    before = legs(session, scope(), keys, INTERIM)
    names, ways = users.names(session, scope()), ways_of(work(), scope())
    may_send = may(g.signed_in.user.role, "send")
    answered = []
    for item in items:
        owed = item.obligation
        leg, code = by.get(owed.id) or (None, None)
        interim = before[owed.id][0] if owed.id in before else None
        words = answer(owed.state, since.get(owed.id), owed.sent_at, leg, now(), zone(), interim)
        why_not = why_not_again(session, scope(), owed) if may_send else None
        book = choices(session, scope(), ways, owed, now()) if may_send and why_not is None else ()
        log = chases.chases_of(session, scope(), owed.id) if owed.chased else ()
        who = called(owed.owner, names)
        answered.append(Answered(item, words, who, code, book, why_not, asked_for(owed.chased), log))
    return answered


def _page(**given: Any) -> str:
    with work().db.read() as session:
        names = users.names(session, scope())
    return render_template(
        "chase.html",
        how=[(code, HOW[code].removeprefix("by ")) for code in BY_PEOPLE],
        how_words=HOW,
        channels=CHANNELS,
        channel_choices=[(name, row.called) for name, row in CHANNELS.items() if row.in_book],
        called_by=names,
        form=token_urlsafe(16),
        **given,
    )
