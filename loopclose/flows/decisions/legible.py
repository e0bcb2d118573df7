"""What can be read of a request in quarantine, for the person who decides without it: shown, never acted on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MOST = 200
"""Characters shown of one element."""


def legible(raw: bytes) -> dict[str, str]:
    """By a word for it: who asked, when, for what, and why, as far as that can be read."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    found = {
        "from": _first(body.get("requester"), _reference),
        "written": _text(body.get("authoredOn")),
        "asked for": _first(body.get("code"), _concept) or _first(body.get("category"), _concept),
        "why": _first(body.get("reasonCode"), _concept),
        "status": _text(body.get("status")),
        "to": _first(body.get("performer"), _reference),
    }
    return {name: text[:MOST] for name, text in found.items() if text}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _reference(value: dict[str, Any]) -> str:
    named = value.get("identifier")
    number = _text(named.get("value")) if isinstance(named, dict) else ""
    return _text(value.get("display")) or _text(value.get("reference")) or number


def _concept(value: dict[str, Any]) -> str:
    codings = value.get("coding")
    return _text(value.get("text")) or _first(codings, lambda one: _text(one.get("display")) or _text(one.get("code")))


def _first(value: Any, words: Callable[[dict[str, Any]], str]) -> str:
    """The first that says something: a list where one object belongs, or one where a list does, may be why it is
    in quarantine."""
    listed = value if isinstance(value, list) else [value]
    return next((text for one in listed if isinstance(one, dict) and (text := words(one))), "")
