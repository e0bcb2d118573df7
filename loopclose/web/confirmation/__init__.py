"""The confirmation page: where an office says what became of a letter. An application of its own, on a port of its own.

Whoever has the letter has the code on it; there is no account, no session and no cookie. A link that somebody merely
follows changes nothing: mail gateways follow every link.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Flask
from werkzeug.exceptions import HTTPException

from loopclose.flows.work import Work
from loopclose.web.confirmation import answers, pages
from loopclose.web.confirmation.gate import Gate
from loopclose.web.confirmation.outer import closed
from loopclose.web.proxies import behind

MOST_BYTES = 16 * 1024
"""Of a form: five hundred characters and some choices."""
log = structlog.get_logger()


def create_page(work: Work) -> Flask:
    """The application over one configuration and database."""
    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, MAX_FORM_MEMORY_SIZE=MOST_BYTES, MAX_FORM_PARTS=100)
    app.extensions.update(work=work, gate=Gate())
    app.register_blueprint(pages.blueprint)
    app.context_processor(answers.shared)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _unexpected)
    delivery, web = work.config.delivery, work.config.web
    address = urlsplit(delivery.page_address or "")
    told = closed(app.wsgi_app, under=address.path.rstrip("/"), https=address.scheme == "https")
    app.wsgi_app = behind(told, web.trusted_proxies)  # type: ignore[method-assign, assignment]
    return app


def _refused(problem: HTTPException) -> tuple[str, int] | HTTPException:
    code = problem.code or 500
    if code == 404:
        return answers.nothing()
    if code < 400:
        return problem
    word = {405: "not_possible", 413: "too_much"}.get(code, "failed")
    return answers.error(word, code)


def _unexpected(problem: Exception) -> tuple[str, int]:
    """Told in the log without the address that was asked for: a code may stand in it."""
    log.error("unexpected on the confirmation page", exc_info=problem)
    return answers.error("failed", 500)
