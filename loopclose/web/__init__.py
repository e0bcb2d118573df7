"""The screens: Flask over the flows (changes) and the store (reads). Nothing here knows a rule."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, g, render_template, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from loopclose.errors import LoopcloseError
from loopclose.flows.papers.kept import shown
from loopclose.flows.work import Work
from loopclose.store.obligations import Document
from loopclose.web import access, answers, health, mails, obligation, reports, unmatched
from loopclose.web.words import ago, day_words, due_words, moment_words

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(work: Work) -> Flask:
    """The web application over one configuration and database."""
    app = Flask(__name__)
    web = work.config.web
    app.secret_key = web.secret.get_secret_value() if web.secret else secrets.token_bytes(32)
    local = web.host in ("127.0.0.1", "localhost", "::1") and not (web.address or "").startswith("https:")
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not local,
        MAX_CONTENT_LENGTH=64 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["work"] = work
    CSRFProtect(app)
    for module in (access, reports, obligation, unmatched, answers, mails, health):
        app.register_blueprint(module.blueprint)
    app.jinja_env.filters.update(ago=ago, day=day_words, moment=moment_words, due=due_words, paper=_paper)
    app.context_processor(_shared)
    app.after_request(_headers)
    app.register_error_handler(
        CSRFError, lambda problem: _error(400, "The page was open for too long: go back and reload it.")
    )
    app.register_error_handler(LoopcloseError, lambda problem: _error(409, str(problem)))
    app.register_error_handler(
        HTTPException, lambda problem: _error(problem.code or 500, _WORDS.get(problem.code or 500, _WORDS[500]))
    )
    app.register_error_handler(Exception, _unexpected)
    return app


_WORDS = {
    400: "The request cannot be understood.",
    403: "This is not for your role.",
    404: "There is no such page.",
    405: "That is not possible here.",
    413: "That is too much at once.",
    429: "Too many tries: wait a minute.",
    500: "Something went wrong on our side. Nothing was changed; please tell whoever runs Loopclose.",
}


def _error(status: int, words: str) -> tuple[str, int]:
    return render_template("error.html", status=status, words=words), status


def _unexpected(problem: Exception) -> tuple[str, int]:
    """Told in the log with its traceback, and to the user without any detail."""
    import logging

    logging.getLogger(__name__).error("unexpected", exc_info=problem)
    return _error(500, _WORDS[500])


def _shared() -> dict[str, Any]:
    found: dict[str, Any] = {"signed_in": getattr(g, "signed_in", None), "static": _static}
    if found["signed_in"] is not None:
        found |= {"top": reports.top_line(), "zone": access.zone(), "now": access.now()}
    return found


def _paper(document: Document) -> Markup:
    """A kept paper, made into a part of a page now."""
    return Markup(shown(document))  # noqa: S704


def _static(name: str) -> str:
    return url_for("static", filename=name)


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response
