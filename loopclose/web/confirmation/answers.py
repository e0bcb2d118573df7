"""Answers of the confirmation page that are the same whoever asks, and the language in which each is given."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from flask import Response, current_app, make_response, render_template, request

from loopclose.flows.sign_in_tries import network_of
from loopclose.flows.work import Work
from loopclose.web.confirmation.words import LANGUAGES, moment, say

RETRY_SECONDS = 60
MOST_TYPED = 40
"""Characters of the field for the code: it has twelve, and room for what stands between them."""


def work() -> Work:
    """What the page works with."""
    return cast(Work, current_app.extensions["work"])


def language() -> str:
    """The one that was chosen, else the browser's, else English."""
    chosen = request.args.get("lang", "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match([*LANGUAGES]) or "en"


def shared() -> dict[str, Any]:
    """What every template knows."""
    lang = language()
    return {"lang": lang, "languages": LANGUAGES, "say": partial(say, lang), "moment": partial(moment, lang)}


def nothing(typed: str = "") -> tuple[str, int]:
    """The one answer to every code that opens nothing, and to every address that is none. ``typed``: what stands in the
    field again, for somebody who mistyped one character of it.
    """
    return render_template("enter.html", unknown=True, typed=typed[:MOST_TYPED]), 404


def wrong_code(typed: str = "") -> Response:
    """The same, counted: after too many of them whoever asks is told to wait."""
    network = network_of(request.remote_addr or "")
    if current_app.extensions["gate"].is_too_many(network, work().clock()):
        answer = make_response(*error("busy", 429))
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer
    return make_response(*nothing(typed))


def error(word: str, status: int) -> tuple[str, int]:
    """A page that says one thing."""
    return render_template("said.html", word=word), status
