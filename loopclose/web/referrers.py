"""One referrer: where letters go, how many reports were in time, and of each late one whose step took how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from loopclose.domain.clinician_key import clinician_key, is_key
from loopclose.domain.lateness import STEPS, summed_up
from loopclose.store import chases
from loopclose.store.referrer_reports import fell_due
from loopclose.store.worklist import referrer_name
from loopclose.web.access import audit, now, scope, work
from loopclose.web.addresses import of_referrer
from loopclose.web.asked import number
from loopclose.web.kinds import sign
from loopclose.web.needs import needs
from loopclose.web.words import ago

blueprint = Blueprint("referrers", __name__)
PERIODS = (30, 90, 365)
"""Days."""
SHOWN = 200
"""Late reports in the table, the latest of them."""


@blueprint.get("/referrers/<ehr>/<path:who>")
@needs("see_reports")
def show(ehr: str, who: str) -> str:
    """The page; ``who`` is a reference of that EHR, or an NPI under ``npi``."""
    key = f"{ehr}:{who}"
    if not is_key(key):
        abort(404)
    asked = number(request.args.get("days", ""))
    days = asked if asked in PERIODS else 90
    with work().db.read() as session:
        name = referrer_name(session, scope(), key)
        if name is None:
            abort(404)
        reports = fell_due(session, scope(), key, now() - timedelta(days=days), now())
        asked = chases.count_since(session, scope(), now() - timedelta(days=days), key)[0]
        chased = chases.chased(session, scope(), [one.waited.report for one in reports])
        book = of_referrer(session, key)
    audit("view_referrer", key[:100])
    by_id = {one.waited.report: one for one in reports}
    found = summed_up([one.waited for one in reports], now())
    return render_template(
        "referrer.html",
        name=name,
        key=key,
        address=lambda days: url_for("referrers.show", ehr=ehr, who=who, days=days),
        days=days,
        periods=PERIODS,
        found=found,
        asked=asked,
        chased=len(chased),
        late=[(by_id[one.report], one.late_by(now()), spent) for one, spent in found.late[:SHOWN]],
        steps=STEPS,
        sign=sign,
        span=_span,
        whole=sum(found.totals.values(), timedelta(0)),
        **book,
    )


def why_late(ehr: str, referrer: Mapping[str, Any] | None) -> str | None:
    """The address of the page of a referrer as an obligation keeps it; None where nobody is known."""
    known = referrer or {}
    key = clinician_key(ehr, known.get("npi"), known.get("reference"), known.get("name"))
    if key is None or not is_key(key):
        return None
    ehr, _, who = key.partition(":")
    return url_for("referrers.show", ehr=ehr, who=who)


def _span(length: timedelta) -> str:
    """``4 days``: as the lists say how late something is."""
    return ago(now() - length, now()).removesuffix(" ago")
