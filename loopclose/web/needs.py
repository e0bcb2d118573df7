"""What a route needs of whoever asks for it: declared beside the route, checked in one place (``web/guard.py``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])
NOBODY, SOMEBODY = "nobody", "somebody"
"""Needs nobody who is signed in; needs somebody who is, of whatever role."""
OPEN = frozenset({"static"})
"""Endpoints of Flask itself: stylesheet and scripts."""


def needs(action: str) -> Callable[[View], View]:
    """Declare the action of ``domain.roles`` that a route needs; ``{name}`` stands for that part of its path."""

    def declare(view: View) -> View:
        view.needs = action  # type: ignore[attr-defined]
        return view

    return declare


signed_in = needs(SOMEBODY)
"""Declares a route for whoever is signed in, of whatever role."""
open_to_everybody = needs(NOBODY)
"""Declares a route for whoever comes, such as the sign-in page."""


def need_of(app: Flask, endpoint: str) -> str:
    """What a route needs; raises ``LookupError`` where it does not say so."""
    if endpoint in OPEN:
        return NOBODY
    found: str | None = getattr(app.view_functions[endpoint], "needs", None)
    if found is None:
        raise LookupError(f"the route {endpoint} does not say what it needs: see loopclose/web/needs.py")
    return found
