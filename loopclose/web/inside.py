"""Where signing in may lead: a page of this application, and nowhere else."""

from __future__ import annotations

import unicodedata
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from flask import abort, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

FALLBACK = "/"
"""The list."""
LONGEST = 2000

DOORS = ("access.", "openid.", "launch.begin", "launch.back", "launch.of_ehr")
"""Begins of routes that lead in."""
CLEANED = frozenset({"reports.search"})
"""Routes that clean what was entered themselves."""


def inside(target: str | None) -> str:
    """The address of a page of ours, made anew from path and query; the list for anything else."""
    parts = _taken_apart(target or "")
    if parts is None:
        return FALLBACK
    path, query = parts
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return FALLBACK
    if endpoint == "static" or endpoint.startswith(DOORS):
        return FALLBACK  # signing in leads to a page, not back to the door
    found = urlencode(parse_qsl(query, keep_blank_values=True, max_num_fields=50))
    return quote(path, safe="/:@!$&'()*+,;=~-._") + (f"?{found}" if found else "")


def _taken_apart(target: str) -> tuple[str, str] | None:
    """Path and query, decoded once; None where a browser could read it as another site's.

    Browsers drop tabs and line breaks and take a backslash for a slash, so neither may stand in it, encoded or not.
    """
    plain = unquote(target)
    if not target.startswith("/") or len(target) > LONGEST or not plain.isprintable() or "\\" in plain:
        return None
    if not plain.startswith("/") or "//" in plain.partition("?")[0]:
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    return unquote(parts.path), parts.query


def refuse_odd_addresses() -> None:
    """No page of ours has a control character or a backslash in its path, and no database keeps a NUL of a form.

    What stands after the path is junk where it can't be understood, and left out.
    """
    if not _is_plain(request.path):
        abort(404)
    given = [text for pair in request.form.items(multi=True) for text in pair]
    if request.endpoint not in CLEANED and any("\0" in text for text in given):
        abort(400)


def _is_plain(path: str) -> bool:
    return "\\" not in path and not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in path)
