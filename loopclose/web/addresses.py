"""The address book: where letters for each referrer go, who checked it, and what the EHR tells besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.address_book import OPT_OUTS, SOURCES
from loopclose.domain.channels import CHANNELS, IN_BOOK
from loopclose.domain.clinician_key import is_key
from loopclose.errors import UsageError
from loopclose.flows.delivery import said
from loopclose.flows.delivery.on_its_way import Place, place_of
from loopclose.flows.delivery.suggestions import Suggestion, suggest
from loopclose.flows.delivery.ways import ways_of
from loopclose.store import addresses, opt_outs, users
from loopclose.store.addresses import AddressRow
from loopclose.web.access import audit, now, scope, work
from loopclose.web.inside import FALLBACK, inside
from loopclose.web.needs import needs

blueprint = Blueprint("addresses", __name__)
TABS = {
    "": "All open",
    "unchecked": "To be checked",
    "closed": "Closed",
}
"""By the word in the address: what a tab of the book is called."""
UNWANTED = {code: words[0].upper() + words[1:] for code, words in OPT_OUTS.items()}
"""By code: what an office can say that it does not want, as a line of its own."""
LONGEST = 200
"""Characters of a text that somebody enters about an address."""
REFUSED = 422
"""The status of a page that comes back with what was typed, and why it was not taken."""


@blueprint.get("/addresses")
@needs("see_reports")
def everything() -> str:
    """The whole book."""
    audit("view_addresses")
    tab = request.args.get("show", "")
    tab = tab if tab in TABS else ""
    with work().db.read() as session:
        rows = [row for row in addresses.all_addresses(session, scope()) if row.channel in IN_BOOK]
        book = places(rows, opt_outs.all_opted_out(session, scope()))
        names = users.names(session, scope())
    by_tab = {word: [one for one in book if _is_in(one.row, word)] for word in TABS}
    return render_template("addresses.html", tab=tab, tabs=TABS, by_tab=by_tab, names=names, **shared())


@blueprint.post("/addresses")
@needs("keep_addresses")
def add() -> Response | tuple[str, int]:
    """One more address, to be checked before anything goes there; what was typed is kept where it is none."""
    form = request.form
    given = {
        "referrer": form.get("referrer", "") if is_key(form.get("referrer", "")) else "",
        "name": text_of(form, "name"),
        "channel": form.get("channel", ""),
        "to": text_of(form, "to"),
        "source": form.get("source", "person"),
    }
    try:
        said.add_address(work(), scope(), given | _details(form), g.signed_in.user.email)
    except UsageError as problem:
        flash(str(problem), "refused")
        return render_template("address.html", values=form, back=_back_to(form), **shared()), REFUSED
    flash("Added. Compare it with the office, then say that it is right: nothing goes there before.")
    return _back(form)


@blueprint.post("/addresses/<key>/check")
@needs("keep_addresses")
def check(key: str) -> Response:
    """It was compared with the office."""
    return _done(key, "Kept: letters may go there.", lambda me: said.check_address(work(), scope(), key, me))


@blueprint.post("/addresses/<key>/close")
@needs("keep_addresses")
def close(key: str) -> Response:
    """Nothing goes there any more."""
    because = text_of(request.form, "because")
    closed = "Closed: nothing goes there any more."
    return _done(key, closed, lambda me: said.close_address(work(), scope(), key, me, because))


@blueprint.post("/addresses/<key>/change")
@needs("keep_addresses")
def change(key: str) -> Response:
    """What does not say where it leads: order, office, contact, quiet hours."""
    return _done(key, "Changed.", lambda me: said.change_address(work(), scope(), key, _details(request.form), me))


def _done(key: str, words: str, do: Any) -> Response:
    with work().db.read() as session:
        if addresses.address(session, scope(), key) is None:
            abort(404)
    try:
        do(g.signed_in.user.email)
        flash(words)
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(request.form)


def places(rows: Sequence[AddressRow], opted_out: Mapping[str, Mapping[str, str]]) -> list[Place]:
    """Addresses, each with why no report can be sent there now. ``opted_out``: by referrer, what they do not want."""
    ways = set(ways_of(work(), scope()))
    return [place_of(row, ways, opted_out.get(row.referrer, {}), now()) for row in rows]


def shared() -> dict[str, Any]:
    """What every template of addresses needs."""
    ways = ways_of(work(), scope())
    return {
        "channels": CHANNELS,
        "open_channels": [name for name in IN_BOOK if name in ways] or list(IN_BOOK),
        "address_sources": SOURCES,
        "page_of": page_of,
    }


def of_referrer(session: Any, key: str) -> dict[str, Any]:
    """For the page of a referrer: their addresses, and what the EHR tells besides."""
    rows = addresses.addresses_of(session, scope(), key)
    reports = addresses.reports_to(session, scope(), key)
    found: list[Suggestion] = suggest(session, scope(), reports, rows, now().date())
    wants = opt_outs.opted_out(session, scope(), key)
    return {
        "places": places(rows, {key: wants}),
        "suggestions": found,
        "names": users.names(session, scope()),
        "unwanted": opt_outs.opt_outs_of(session, scope(), key),
        "can_opt_out": {code: words for code, words in UNWANTED.items() if code not in wants},
        "opt_out_words": UNWANTED,
        **shared(),
    }


def page_of(key: str) -> str | None:
    """The page of a referrer; None for what is no key."""
    ehr, _, who = key.partition(":")
    return url_for("referrers.show", ehr=ehr, who=who) if is_key(key) else None


def _is_in(row: AddressRow, tab: str) -> bool:
    if row.closed_at is not None or tab == "closed":
        return row.closed_at is not None and tab == "closed"
    return tab == "" or row.checked_at is None


def _details(form: Mapping[str, str]) -> dict[str, Any]:
    rank = form.get("rank", "")
    return {
        "location": text_of(form, "location"),
        "contact": text_of(form, "contact"),
        "rank": int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 3 else 1,
        "quiet_from": _hour(form.get("quiet_from", "")),
        "quiet_until": _hour(form.get("quiet_until", "")),
    }


def _hour(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def text_of(form: Mapping[str, str], name: str) -> str:
    """What was typed, on one line and not too long."""
    return "".join(one if one.isprintable() else " " for one in form.get(name, "")).strip()[:LONGEST]


def _back_to(form: Mapping[str, str]) -> str:
    """The page that a form was on; the book for anything else."""
    found = inside(form.get("back"))
    return url_for("addresses.everything") if found == FALLBACK else found


def _back(form: Mapping[str, str]) -> Response:
    return redirect(_back_to(form) + "#addresses", 303)
