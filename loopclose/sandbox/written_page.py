"""What was written to the demo EHR, as a page for people. Nothing here is for real charts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html import escape

from loopclose.sandbox.elements import Json
from loopclose.sandbox.search import Store

STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "pre{white-space:pre-wrap;border-left:.25rem solid;padding-left:1rem}"
)


def page(store: Store) -> bytes:
    """Every resource that was created by a client, the newest first, with the words that are in it."""
    there = [one for kind, fhir_id in reversed(store.written) if (one := store.get(kind, fhir_id)) is not None]
    rows = "".join(_row(one) for one in there) or "<p>Nothing was written yet.</p>"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Written to the made-up EHR</title><style>{STYLE}</style>"
        f"<h1>Written to the made-up EHR</h1>{rows}</html>"
    ).encode()


def _row(resource: Json) -> str:
    words = "".join(f"<pre>{escape(one)}</pre>" for one in _words(resource))
    whole = escape(json.dumps({**resource, "content": "…"} if "content" in resource else resource, indent=1))
    name = escape(f"{resource['resourceType']}/{resource['id']}")
    return f"<h2>{name}</h2>{words}<details><summary>As the EHR keeps it</summary><pre>{whole}</pre></details>"


def _words(resource: Json) -> Iterator[str]:
    """What is in plain text; of anything else, what it is."""
    held = [one.get("attachment", {}) for one in resource.get("content", ())]
    held += [one["contentAttachment"] for one in resource.get("payload", ()) if "contentAttachment" in one]
    for one in held:
        if one.get("contentType", "").startswith("text/plain"):
            yield base64.b64decode(one.get("data", "")).decode("utf-8", "replace")
        else:
            yield f"{one.get('title', 'A file')} ({one.get('contentType', 'of no type')})"
