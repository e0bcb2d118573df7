"""What stands around the confirmation page: headers of every answer, and the path under which it is offered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from loopclose.web.headers import ALWAYS, HSTS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
"""No script, no picture, no frame: nothing but its own style."""
STYLE = "/style.css"


def closed(application: WSGIApplication, *, under: str, https: bool) -> WSGIApplication:
    """``application`` whose every answer carries them. ``under``: the path of the page's address, which a proxy in
    front may pass on or leave away; ``https``: people reach it by an https address only.
    """

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if under and (path == under or path.startswith(f"{under}/")):
            path = path.removeprefix(under)
        environ = {**environ, "PATH_INFO": path or "/", "SCRIPT_NAME": under}

        def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> Any:
            found = Headers(headers)
            found.update(ALWAYS)
            found["Content-Security-Policy"] = POLICY
            found["X-Robots-Tag"] = "noindex, nofollow, noarchive"
            if https or environ.get("wsgi.url_scheme") == "https":
                found["Strict-Transport-Security"] = HSTS
            kept = path == STYLE and status.startswith("2")
            found["Cache-Control"] = "public, max-age=3600" if kept else "no-store"
            return start_response(status, found.to_wsgi_list(), problem)

        return application(environ, start)

    return wrapped
