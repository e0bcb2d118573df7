"""Loopclose opened from within an EHR (SMART App Launch): on to what is owed about what is open there.

https://hl7.org/fhir/smart-app-launch/app-launch.html
"""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.flows.launches import keep_opened, opened
from loopclose.flows.openid.doors import Door, door_of_ehr, launch_doors
from loopclose.flows.openid.refusals import SignInRefused
from loopclose.store.namesakes import namesakes
from loopclose.web.access import audit, scope, work
from loopclose.web.kinds import SIGNS
from loopclose.web.needs import needs, open_to_everybody
from loopclose.web.outside import Arrived, away, back_again, refused

blueprint = Blueprint("launch", __name__)
BACK = "launch.back"


@blueprint.get("/launch")
@open_to_everybody
def begin() -> Response:
    """From an EHR that says which it is (``iss``). One that is not configured is refused before anything is asked."""
    return _launched(None)


@blueprint.get("/launch/<name>")
@open_to_everybody
def of_ehr(name: str) -> Response:
    """From that EHR; without its ``iss`` somebody comes by themselves, and picks a patient there (stand-alone)."""
    if "iss" in request.args:
        return _launched(name)
    door = _door(name)
    return away(door, BACK, "/", aud=door.address)


@blueprint.get("/launch/<name>/back")
@open_to_everybody
def back(name: str) -> Response:
    """From the EHR's sign-in. The address of this page is what is registered there (redirect URI)."""
    return back_again(_door(name), BACK, "sign_in_by_launch", lambda arrived: _onward(name, arrived))


@blueprint.get("/opened/<opened_key>")
@needs("see_reports")
def show(opened_key: str) -> str | Response:
    """What is owed about the patient and the visit that are open in the EHR; straight to the report, if it is one."""
    found = opened(work(), g.signed_in, opened_key)
    if found is None:
        abort(404)
    audit("view_opened", found.patient.id if found.patient else None)
    if found.meant is not None:
        return redirect(url_for("obligation.show", obligation_id=found.meant.obligation.id), 303)
    with work().db.read() as session:
        alike = namesakes(session, scope(), [found.patient] if found.patient else [])
    return render_template("opened.html", opened=found, namesakes=alike, signs=SIGNS)


def _launched(name: str | None) -> Response:
    iss, launch = request.args.get("iss", ""), request.args.get("launch", "")
    try:
        door = door_of_ehr(work().config, iss, name)
    except SignInRefused as problem:
        return refused(problem, None, iss=iss[:200])
    return away(door, BACK, "/", aud=iss, launch=launch) if launch else away(door, BACK, "/", aud=iss)


def _onward(name: str, arrived: Arrived) -> str:
    """To what is open there; where the EHR says of no patient, to where the user begins."""
    if arrived.context.patient is None:
        return "/"
    return url_for("launch.show", opened_key=keep_opened(work(), arrived.signed_in, name, arrived.context))


def _door(name: str) -> Door:
    found = launch_doors(work().config).get(name)
    if found is None:
        abort(404)
    return found
