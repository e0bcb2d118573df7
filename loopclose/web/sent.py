"""The page Sent, of letters: what left by which channel, what arrived, and what waits for a person."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request, url_for

from loopclose.domain.channels import CHANNELS, IN_BOOK
from loopclose.domain.delivering import STATES
from loopclose.domain.letter_waits import NEXT
from loopclose.store import deliveries, letter_waits, sent
from loopclose.web.access import audit, now, scope, work, zone
from loopclose.web.letter_words import CALLED, SIGNS
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


@blueprint.get("/sent")
@needs("see_reports")
def letters() -> str:
    """What waits for a person, the figures, and the newest letters of one tab."""
    audit("view_letters_sent")
    tab, channel, day = (request.args.get(name, "") for name in ("state", "channel", "day"))
    tab, channel = tab if tab in TABS else "", channel if channel in IN_BOOK else ""
    on = _day(day)
    with work().db.read() as session:
        found = sent.letters(session, scope(), TABS[tab][1], channel or None, _between(on) if on else None)
        figures = {words: sent.figures(session, scope(), now() - length, now()) for words, length in PERIODS.items()}
        chart = {words: sent.filed(session, scope(), now() - length, now()) for words, length in PERIODS.items()}
        not_filed = sent.filings_to_look_at(session, scope(), now() - LOOKED_BACK, now())
        automatic = work().config.delivery.automatic
        reports = letter_waits.waiting_for_a_person(session, scope(), now(), automatic=automatic)
        others = letter_waits.others_to_look_at(session, scope(), now() - LOOKED_BACK, now())
    told = {one.obligation for one in reports}
    return render_template(
        "sent.html",
        tab=tab,
        channel=channel,
        day=on.isoformat() if on else "",
        tabs=TABS,
        letters=found,
        figures=figures,
        chart=chart,
        not_filed=not_filed,
        reports=reports,
        others=[row for row in others if row.obligation not in told],
        channels=CHANNELS,
        in_book=IN_BOOK,
        letter_signs=SIGNS,
        called=CALLED,
        means=STATES,
        next_steps=NEXT,
        address=lambda **more: url_for(
            "sent.letters", **{"state": tab or None, "channel": channel or None, "day": day if on else None, **more}
        ),
        most=deliveries.MOST_SHOWN,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.isascii() and len(text) == 10 and text < "9999" else None
    except ValueError:
        return None


def _between(day: date) -> tuple[datetime, datetime]:
    """A practice-local day, as instants."""
    begin = datetime.combine(day, time.min, zone())
    return begin, datetime.combine(day + timedelta(days=1), time.min, zone())
