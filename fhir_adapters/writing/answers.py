"""What an EHR's answer to something written stands for: where it stands now, or why not, in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import requests

from fhir_adapters.errors import Conflict, FhirError, NotSignedIn, NotSupported, Refused, Unknown
from fhir_adapters.failures import FINAL_ISSUES, Again, failure
from fhir_adapters.outcome import read_outcome

NOBODY_KNOWS = "Nobody knows whether the EHR took it: look there before it is written again."
_PLACE = re.compile(r"(?:^|/)([A-Z][A-Za-z]{1,38})/([A-Za-z0-9.\-_]{1,128})(?:/_history/[^/]*)?/?$")
_QUOTED = re.compile(r"'[^']*+'|\"[^\"]*+\"|`[^`]*+`|“[^“”]*+”")
_NUMBER = re.compile(r"\d{3,}+")
_WORDS = frozenset({"display", "text", "title", "description", "name"})
"""Elements of what we write whose values are words about somebody."""


def key_of(response: requests.Response, body: bytes, kind: str) -> str | None:
    """``Type/id`` of what was written, by Location, Content-Location or the resource itself; None where none says so.

    The address is read and never followed.
    """
    for name in ("Location", "Content-Location"):
        found = _PLACE.search(response.headers.get(name, "").partition("?")[0])
        if found and found[1] == kind:
            return f"{kind}/{found[2]}"
    try:
        said = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return None
    own = said.get("id") if isinstance(said, dict) and said.get("resourceType") == kind else None
    return f"{kind}/{own}" if isinstance(own, str) and own else None


def problem_of(response: requests.Response, body: bytes, sent: Any) -> FhirError | Again:
    """Why nothing was written, or nobody knows: final (``Refused`` and what is under it), ``Unknown``, or ``Again``
    where the server says that it did nothing now. What the server says is told without the words of ``sent``.
    """
    status, outcome = response.status_code, read_outcome(body)
    kind = sent.get("resourceType", "resource")
    words = harmless(outcome.words, sent)
    said = f" It says: {words}" if words else ""
    if status in (429, 503) and isinstance(later := failure(response, b""), Again):
        return later
    if status in (409, 412):
        return Conflict(f"The EHR has another {kind} there than was expected ({status}): look at it there.{said}")
    if status == 401:
        return NotSignedIn(f"The EHR refused us (401): check the credentials.{said}")
    if status == 403:
        return Refused(f"The EHR lets us write no {kind} (403): check the scopes that it granted.{said}")
    if status in (404, 405, 501):
        return NotSupported(f"The EHR takes no {kind} ({status}).{said}")
    if status == 413:
        return Refused(f"The {kind} is larger than the EHR takes (413).{said}")
    if status >= 500 and not outcome.codes & FINAL_ISSUES:
        return Unknown(f"The EHR failed over what was written ({status}). {NOBODY_KNOWS}{said}")
    if 300 <= status < 400:
        return Refused("The EHR sends us on to another address, and nothing is written there: check base_url.")
    return Refused(f"The EHR refused the {kind} ({status}).{said}")


def harmless(words: str, sent: Any) -> str:
    """What a server says of something sent, with a mark for whatever it quotes, for long numbers, and for the words
    about somebody that were sent: an error names nobody.
    """
    for text in sorted({*_told(sent)}, key=len, reverse=True):
        words = words.replace(text, "…")
    return _NUMBER.sub("…", _QUOTED.sub("…", words))


def _told(node: Any, name: str = "") -> Iterator[str]:
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(node, dict):
        inner = node.items()
    elif isinstance(node, list):
        inner = ((name, one) for one in node)
    elif isinstance(node, str) and name in _WORDS and len(node) > 2:
        yield node
    for key, value in inner:
        yield from _told(value, key)
