"""The screens: Flask over the flows (changes) and the store (reads). Nothing here knows a rule."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from loopclose.config.reach import cookie_is_secure, framed_by, is_https
from loopclose.domain.roles import may
from loopclose.errors import LoopcloseError
from loopclose.flows.decisions.desk import NotThere
from loopclose.flows.openid.providers import Providers
from loopclose.flows.web_key import web_key
from loopclose.flows.work import Work
from loopclose.web import (
    access,
    addresses,
    answers,
    chase,
    chase_api,
    codes,
    delivering,
    drafting,
    editor,
    events,
    fax_hooks,
    filters,
    guard,
    health,
    hooks,
    kept,
    keys,
    launch,
    letter_asks,
    letterheads,
    letters,
    machines,
    mails,
    mine,
    notices,
    obligation,
    openid,
    opt_outs,
    papers,
    proving,
    recall,
    referrers,
    reports,
    second_factor,
    sent,
    session_over,
    still_here,
    unmatched,
)
from loopclose.web.asked import list_address
from loopclose.web.headers import with_headers
from loopclose.web.home import home
from loopclose.web.inside import refuse_odd_addresses
from loopclose.web.proxies import behind

PAGES = (
    access,
    openid,
    launch,
    hooks,
    events,
    fax_hooks,
    reports,
    referrers,
    mine,
    chase,
    chase_api,
    recall,
    obligation,
    delivering,
    drafting,
    editor,
    papers,
    notices,
    letterheads,
    letters,
    proving,
    second_factor,
    unmatched,
    answers,
    sent,
    mails,
    letter_asks,
    addresses,
    opt_outs,
    codes,
    health,
    machines,
    keys,
    kept,
    still_here,
)


def create_app(work: Work) -> Flask:
    """The web application over one configuration and database."""
    app = Flask(__name__)
    web, framed = work.config.web, framed_by(work.config)
    app.secret_key, secure = web_key(work.config).value, cookie_is_secure(web)
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="None" if framed and secure else "Lax",  # docs/decisions/0013-inside-the-ehr.md
        SESSION_COOKIE_PARTITIONED=bool(framed and secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_NAME="__Host-loopclose" if secure else "loopclose",  # so no other host of the domain sets it
        MAX_CONTENT_LENGTH=64 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it asks for a Referer, and ours is no-referrer; the token is what counts
    )
    app.extensions.update(work=work, providers=Providers())
    csrf = CSRFProtect(app)
    by_machines = (hooks.blueprint, events.blueprint, fax_hooks.blueprint, chase_api.blueprint)
    for asked_by_machines in by_machines:
        csrf.exempt(asked_by_machines)  # no cookie counts there
    for module in PAGES:
        app.register_blueprint(module.blueprint)
    filters.install(app)
    app.before_request(refuse_odd_addresses)
    guard.watch(app)
    app.jinja_env.globals.update(over_words=session_over.over_words, list_address=list_address)
    app.context_processor(_shared)
    app.register_error_handler(
        CSRFError, lambda problem: _error(400, _WORDS["cookie" if not request.cookies else "token"])
    )
    app.register_error_handler(NotThere, lambda problem: _error(404, _WORDS[404]))
    app.register_error_handler(LoopcloseError, lambda problem: _error(409, str(problem)))
    app.register_error_handler(
        HTTPException, lambda problem: _error(problem.code or 500, _WORDS.get(problem.code or 500, _WORDS[500]))
    )
    app.register_error_handler(Exception, _unexpected)
    told = with_headers(machines.counted(app), https=is_https(web), framed_by=framed)
    app.wsgi_app = behind(told, web.trusted_proxies)  # type: ignore[method-assign, assignment]
    return app


_WORDS: dict[int | str, str] = {
    "token": "The page was open for too long: go back and reload it.",
    "cookie": "Your browser sent no cookie back, so nobody can be signed in: allow cookies for this address, "
    "and open it by the address that whoever runs Loopclose gave you.",
    400: "The request cannot be understood.",
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
        role = found["signed_in"].user.role
        found |= {"top": reports.top_line(), "zone": access.zone(), "now": access.now()}
        found |= {"home": home(role), "may": partial(may, role)}
        found["seconds_left"] = still_here.seconds_left(found["signed_in"])
    return found


def _static(name: str) -> str:
    return url_for("static", filename=name)
