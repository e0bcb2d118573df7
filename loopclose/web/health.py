"""The page for whoever runs Loopclose: what is read, and what is held up."""

from __future__ import annotations

from flask import Blueprint, render_template

from loopclose.flows.health.asking import health, installation
from loopclose.flows.health.check import by_heading
from loopclose.web.access import scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@needs("see_health")
def show() -> str:
    """Every check, the runs of each EHR, and what is in quarantine."""
    found = health(work(), scope())
    shared = [check for check in installation(work()) if check.what_to_do]
    return render_template("health.html", health=found, headings=by_heading([*found.checks, *shared]))
