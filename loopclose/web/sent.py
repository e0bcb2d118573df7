"""The page Sent, of letters: what left by which channel, what arrived, what waits for a person, and mails to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.channels import CHANNELS, IN_BOOK
from loopclose.domain.delivering import FAILED, STATES
from loopclose.domain.letter_waits import NEXT, as_set_up
from loopclose.domain.recalling import RECALLED
from loopclose.errors import UsageError
from loopclose.flows.delivery.unclear import looked_at
from loopclose.flows.delivery.ways import is_set_up
from loopclose.store import deliveries, delivery_history, letter_waits, sent
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.namesakes import namesakes
from loopclose.web.access import audit, now, scope, work, zone
from loopclose.web.letter_words import CALLED, SIGNS
from loopclose.web.letter_words import RECALLED as CALLED_BACK
from loopclose.web.needs import needs

blueprint = Blueprint("sent", __name__)
TABS = {
    "": ("All", None),
    "unsure": ("Nobody knows", ("unsure",)),
    "failed": ("Did not arrive", ("failed",)),
    "waiting": ("On their way", ("planned", "waiting", "sending", "underway")),
    "sent": ("Sent", ("sent",)),
    "received": ("Arrived", ("received",)),
    "cancelled": ("Not sent", ("cancelled",)),
}
"""By the word in the address: what a tab is called, and the states that it shows."""
PERIODS = {"the last 24 hours": timedelta(hours=24), "the last 7 days": timedelta(days=7)}
LOOKED_BACK = timedelta(days=30)
"""How far back a copy or a correction that did not arrive is asked after."""
MOST_WAITING = 50
"""Reports that wait for a person, on the page."""
MAILS = 50
"""Mails that nobody understood, on the page."""
LONGEST = 500
"""Characters of what came of one."""


@dataclass(frozen=True)
class Unclear:
    """A mail in the mailbox that nobody understood."""

    event: DeliveryEvent
    letter: DeliveryRow | None
    """The one that it seems to be about."""


@blueprint.get("/sent")
@needs("see_reports")
def letters() -> str:
    """What waits for a person, the figures, and the newest letters of one tab."""
    audit("view_letters_sent")
    tab, channel, day = (request.args.get(name, "") for name in ("state", "channel", "day"))
    tab, channel = tab if tab in TABS else "", channel if channel in IN_BOOK else ""
    on = _day(day)
    can_leave = is_set_up(work(), scope())
    with work().db.read() as session:
        found = sent.letters(session, scope(), TABS[tab][1], channel or None, _between(on) if on else None)
        figures = {words: sent.figures(session, scope(), now() - length, now()) for words, length in PERIODS.items()}
        said = {words: _added(session, now() - length) for words, length in PERIODS.items()}
        chart = {words: sent.filed(session, scope(), now() - length, now()) for words, length in PERIODS.items()}
        not_filed = sent.filings_to_look_at(session, scope(), now() - LOOKED_BACK, now())
        automatic = work().config.delivery.automatic and can_leave
        reports = letter_waits.waiting_for_a_person(session, scope(), now(), automatic=automatic)
        others = letter_waits.others_to_look_at(session, scope(), now() - LOOKED_BACK, now())
        heard = delivery_history.events_of(session, scope(), [row.id for row in found if row.state == FAILED])
        recalled = {key for key, events in heard.items() if any(one.what == RECALLED for one in events)}
        mails = delivery_history.unclear_mails(session, scope())
        unclear = [Unclear(one, _letter(session, one)) for one in mails[:MAILS]]
        about = {one.obligation for one in reports[:MOST_WAITING]} | {row.obligation for row in (*others, *found)}
        patients = sent.patients(session, scope(), about)
        alike = namesakes(session, scope(), patients.values())
    told = {one.obligation for one in reports}
    return render_template(
        "sent.html",
        tab=tab,
        channel=channel,
        day=on.isoformat() if on else "",
        tabs=TABS,
        letters=found,
        figures=figures,
        said=said,
        chart=chart,
        not_filed=not_filed,
        reports=reports,
        others=[row for row in others if row.obligation not in told],
        unclear=unclear,
        unclear_count=len(mails),
        patients=patients,
        namesakes=alike,
        most_waiting=MOST_WAITING,
        channels=CHANNELS,
        in_book=IN_BOOK,
        letter_signs=SIGNS,
        called=CALLED,
        recalled=recalled,
        recalled_sign=CALLED_BACK,
        means=STATES,
        step=lambda code: NEXT[as_set_up(code, can_leave) or code],
        can_leave=can_leave,
        address=lambda **more: url_for(
            "sent.letters", **{"state": tab or None, "channel": channel or None, "day": day if on else None, **more}
        ),
        most=deliveries.MOST_SHOWN,
    )


@blueprint.post("/sent/mails/<key>/looked-at")
@needs("send")
def mail_looked_at(key: str) -> Response:
    """Somebody has read a mail that nobody understood. ``key``: its SHA-256."""
    with work().db.read() as session:
        if not delivery_history.is_of_mailbox(session, scope(), key):
            abort(404)
    try:
        looked_at(work(), scope(), key, g.signed_in.user.email, request.form.get("words", "")[:LONGEST])
        flash("Kept: it was looked at.")
    except UsageError as problem:
        flash(str(problem), "refused")
    return redirect(url_for("sent.letters"), 303)


def _added(session: Any, since: datetime) -> tuple[int, int, int]:
    """Of the messages that say whether a request is accepted: how many were packed, sent, and arrived."""
    rows = sent.figures(session, scope(), since, now(), answers=True)
    return sum(one.planned for one in rows), sum(one.sent for one in rows), sum(one.received for one in rows)


def _letter(session: Any, mail: DeliveryEvent) -> DeliveryRow | None:
    return deliveries.delivery(session, scope(), mail.delivery) if mail.delivery else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.isascii() and len(text) == 10 and text < "9999" else None
    except ValueError:
        return None


def _between(day: date) -> tuple[datetime, datetime]:
    """A practice-local day, as instants."""
    begin = datetime.combine(day, time.min, zone())
    return begin, datetime.combine(day + timedelta(days=1), time.min, zone())
