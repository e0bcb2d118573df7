"""The letter templates, with everything from the chart escaped in HTML, and harmless in every form."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from loopclose.domain.outside_text import harmless, isolated
from loopclose.drafting.absence import asked, behind, left_out


def shown(value: Any) -> Any:
    """What a template prints: text of somebody else without characters that deceive."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


TEMPLATES = Environment(
    loader=PackageLoader("loopclose", "defaults/letters"),
    autoescape=select_autoescape(["html"]),
    finalize=shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["isolated"] = isolated
TEMPLATES.globals |= {"asked": asked, "behind": behind, "left_out": left_out}
