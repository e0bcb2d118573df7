"""Headers of every answer: pages, errors, what htmx asks for, and files. One wrapper around the whole application,
so that not even an answer that Flask makes after a failure goes without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from loopclose.flows.ehr_keys import PUBLISHED_AT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)
"""Ends with who may show a page in a frame."""
NOTHING = "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi payment usb"
"""What a page may ask a browser for, and none of ours does."""
ALWAYS = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in NOTHING.split()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PUBLIC = ("/static/", PUBLISHED_AT)
"""Begins of paths whose good answers are the same for everybody, and may be kept on the way."""
HSTS = "max-age=31536000"
"""A year. Without subdomains: those are not ours to speak for."""


def with_headers(application: WSGIApplication, *, https: bool, framed_by: Sequence[str] = ()) -> WSGIApplication:
    """``application`` whose every answer carries them; ``https``: people reach it by an https address only.

    ``framed_by``: origins whose pages may show ours in a frame, EHRs that we are opened from.
    """
    policy = POLICY + (" ".join(("'self'", *framed_by)) if framed_by else "'none'")

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> Any:
            found = Headers(headers)
            found.update(ALWAYS)
            found["Content-Security-Policy"] = policy
            if https or environ.get("wsgi.url_scheme") == "https":
                found["Strict-Transport-Security"] = HSTS
            if not (environ.get("PATH_INFO", "").startswith(PUBLIC) and status.startswith("2")):
                found["Cache-Control"] = "no-store"
            return start_response(status, found.to_wsgi_list(), problem)

        return application(environ, start)

    return wrapped
