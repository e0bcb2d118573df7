"""The pages of one letter: asking for its code, showing what may be said of it, and taking what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from loopclose.domain.confirm_code import read_confirm_code
from loopclose.domain.recipient_answers import ANSWERS, LONGEST
from loopclose.flows.delivery.confirmed import Told, is_new, tell, tell_wrong_office
from loopclose.flows.delivery.opened import Opened, open_copy, said_twice
from loopclose.web.confirmation.answers import work, wrong_code

blueprint = Blueprint("confirmation", __name__)
CHOICES = {kind: [code for code, one in ANSWERS.items() if one.kind == kind] for kind in ("handover", "ask")}


@blueprint.get("/")
def enter() -> str:
    """Ask for the code."""
    return render_template("enter.html", unknown=False)


@blueprint.post("/")
def entered() -> ResponseReturnValue:
    """Lead to the page of a code that was typed."""
    typed = request.form.get("code", "")
    if open_copy(work(), typed) is None:
        return wrong_code(typed)
    return redirect(_address(read_confirm_code(typed) or ""), 303)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Nobody is to look for letters here."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@blueprint.get("/style.css")
def style() -> Response:
    """How the page looks."""
    return send_from_directory(f"{blueprint.root_path}/static", "style.css")


@blueprint.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """What may be said of a letter, and what was said of it here. It changes nothing."""
    copy = open_copy(work(), code)
    return _page(copy, noted="noted" in request.args) if copy is not None else wrong_code()


@blueprint.post("/<code>")
def confirm(code: str) -> ResponseReturnValue:
    """Take what was said."""
    copy, form = open_copy(work(), code), request.form
    token, is_wrong = form.get("token", ""), form.get("about") == "wrong"
    if copy is None:
        before = said_twice(work(), code, token) if is_wrong else None
        return make_response(render_template("wrong.html", copy=before)) if before else wrong_code()
    if not copy.has_made(token):
        return _page(copy, form, {"main": "error_again"})
    is_old = token != copy.token  # something was said since: it is looked at before it is changed
    if is_wrong:
        if is_old or "sure" not in form:
            return _page(copy, form, {"sure": "error_since" if is_old else "error_sure"})
        tell_wrong_office(work(), copy)
        return make_response(render_template("wrong.html", copy=copy))
    told, errors = _told(copy, form)
    if not errors and is_old and is_new(copy, told):
        errors = {"main": "error_since"}
    if errors:
        return _page(copy, form, errors)
    tell(work(), copy, told)
    return redirect(_address(code, noted=""), 303)


def _told(copy: Opened, form: Mapping[str, str]) -> tuple[Told, dict[str, str]]:
    """What a form says, and by field what is wrong with it: a word of the table."""
    needs = form.get("needs", "").replace("\r\n", "\n").strip()
    answers = {one.name: form[one.name] for one in copy.asked if form.get(one.name) in CHOICES[one.kind]}
    received = "received" in form or copy.received_at is not None
    if len(needs) > LONGEST:
        return Told(), {"needs": "error_long"}
    if not received:
        return Told(), {"received": "error_received" if needs or answers else "error_nothing"}
    if "received" not in form and not needs and not answers:
        return Told(), {"needs": "error_nothing"}
    return Told("received" in form, needs, answers), {}


def _page(
    copy: Opened, form: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None, noted: bool = False
) -> Response:
    page = render_template(
        "letter.html", copy=copy, form=form or {}, errors=errors or {}, noted=noted, choices=CHOICES, longest=LONGEST
    )
    return make_response(page, 400 if errors else 200)


def _address(code: str, **more: str) -> str:
    """Of the page of a letter, in the language that was chosen."""
    asked: dict[str, Any] = {"code": code, **more}
    if "lang" in request.args:
        asked["lang"] = request.args["lang"]
    return url_for("confirmation.show", **asked)
