"""What can be read of a request in quarantine, for the person who decides without it: shown, never acted on."""

from __future__ import annotations

import json
from typing import Any

MOST = 200
"""Characters shown of one element."""


def legible(raw: bytes) -> dict[str, str]:
    """By a word for it: who asked, when, for what, and why, as far as that can be read."""
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    found = {
        "from": _reference(body.get("requester")),
        "written": _text(body.get("authoredOn")),
        "asked for": _concept(body.get("code")) or _first(body.get("category")),
        "why": _first(body.get("reasonCode")),
        "status": _text(body.get("status")),
        "to": _first_reference(body.get("performer")),
    }
    return {name: text[:MOST] for name, text in found.items() if text}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _reference(value: Any) -> str:
    return (_text(value.get("display")) or _text(value.get("reference"))) if isinstance(value, dict) else ""


def _first_reference(value: Any) -> str:
    return next((text for one in value if (text := _reference(one))), "") if isinstance(value, list) else ""


def _concept(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    codings = value.get("coding")
    named = codings if isinstance(codings, list) else []
    displays = (_text(one.get("display")) or _text(one.get("code")) for one in named if isinstance(one, dict))
    return _text(value.get("text")) or next((text for text in displays if text), "")


def _first(value: Any) -> str:
    return next((text for one in value if (text := _concept(one))), "") if isinstance(value, list) else ""
