"""What letters asked of referrers and promised them: of whom, by when, and what was answered. One list."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from loopclose.domain.dates import day_words
from loopclose.domain.duties import HANDOVER, RESULT
from loopclose.domain.recipient_answers import ANSWERS
from loopclose.flows.delivery.confirmed import RECIPIENT
from loopclose.store import letter_duties, users
from loopclose.store.letter_duties import Asked
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist_item import patient_of
from loopclose.web.access import audit, now, scope, work, zone
from loopclose.web.addresses import page_of
from loopclose.web.kinds import LISTS, sign
from loopclose.web.needs import needs

blueprint = Blueprint("letter_asks", __name__)
TABS = {"": "Open", "all": "All"}
"""By the word in the address: what a tab is called."""
MOST = 200
"""Rows on the page."""


@blueprint.get("/asks")
@needs("see_reports")
def everything() -> str:
    """What is open, or all of it."""
    audit("view_asks")
    tab = request.args.get("show", "")
    tab = tab if tab in TABS else ""
    with work().db.read() as session:
        found = letter_duties.asked(session, scope(), open_only=not tab, most=MOST)
        patients = [patient_of(one.owed) for one in found]
        alike = namesakes(session, scope(), patients)
        names = users.names(session, scope())
    return render_template(
        "asks.html",
        tab=tab,
        tabs=TABS,
        rows=list(zip(found, patients, strict=True)),
        names=names,
        namesakes=alike,
        lists=LISTS,
        sign=sign,
        stands=stands,
        recipient=RECIPIENT,
        page_of=page_of,
        most=MOST,
    )


def stands(one: Asked) -> str:
    """Where it stands, beside whether it is open or closed: whose a medicine is, whether a result is due."""
    row, owed, closed = one.row, one.owed, one.closed
    if closed is not None:
        answer = ANSWERS.get(closed.code or "")
        return answer.words if answer else closed.note or ""
    if row.kind == HANDOVER:
        until = f"until {day_words(row.by, zone(), now())}" if row.by else "until it is agreed"
        return f"Ours {until}. {row.supply}".strip()
    if row.kind == RESULT:
        return "Due: send it on, or ask for it." if owed.due_at < now() else "Not due yet."
    return ""
