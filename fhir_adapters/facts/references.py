"""What a FHIR reference points at, in every form servers send (https://hl7.org/fhir/R4/references.html).

Seen in the field: ``Practitioner/123``, absolute URLs (with ``/_history/2``), ``urn:uuid:``, contained
``#x``, conditional ``Practitioner?identifier=system|value``, identifier only, and display only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from fhir_adapters.facts.elements import Reference

Kind = Literal["local", "foreign", "urn", "contained", "identifier", "display", "nothing"]
_PLAIN = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-_]{1,128}")
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.\-_]{1,128})(?:/_history/[^/]+)?")
_ABSOLUTE = re.compile(r"(https?://.+?)/([A-Z][A-Za-z]+)/([A-Za-z0-9.\-_]{1,128})(?:/_history/[^/]+)?")


class Target(msgspec.Struct, frozen=True, gc=False):
    """A resolved reference: ``key`` is ``Type/id`` when the thing is on this server, else ``None``."""

    kind: Kind
    key: str | None = None
    type: str | None = None
    system: str | None = None
    value: str | None = None
    display: str | None = None


NOTHING = Target("nothing")


def relative(raw: bytes, base_url: str) -> bytes:
    """The bytes of a resource, with the references to its own server written as ``Type/id``."""
    host, own = _own(base_url)
    return own.sub(rb"\1\2/", raw) if host and host in raw else raw


@lru_cache(maxsize=16)
def _own(base_url: str) -> tuple[bytes, re.Pattern[bytes]]:
    """The server's host, and what stands before an id; some servers escape every slash."""
    address = rb"\\?/".join(re.escape(part) for part in f"{base_url.rstrip('/')}/".encode().split(b"/"))
    own = re.compile(rb'("reference"\s*:\s*")' + address + rb"([A-Za-z]+)\\?/")
    return urlsplit(base_url).netloc.encode(), own


def resolve(reference: Reference | None, base_url: str = "") -> Target:
    """Say what ``reference`` points at, read from a resource of the server at ``base_url``.

    A conditional reference counts as its identifier. ``value`` holds the contained id, the urn, the
    foreign URL or the identifier's value.
    """
    if reference is None:
        return NOTHING
    text, display = reference.reference, reference.display
    if text:
        relative = _RELATIVE.fullmatch(text)
        if relative:
            return Target("local", f"{relative[1]}/{relative[2]}", relative[1], display=display)
        return _other_form(text, display, base_url)
    if reference.identifier and reference.identifier.value:
        found = reference.identifier
        return Target("identifier", None, reference.type, found.system, found.value, display)
    return Target("display", None, reference.type, display=display) if display else NOTHING


def local_key(reference: Reference | None, base_url: str = "") -> str | None:
    """``Type/id`` of a reference that points at this server, else ``None``."""
    if reference is not None and reference.reference and _PLAIN.fullmatch(reference.reference):
        return reference.reference  # nearly all are; and a sync asks several times a resource
    return resolve(reference, base_url).key


def _other_form(text: str, display: str | None, base_url: str) -> Target:
    if text.startswith("#"):
        return Target("contained", None, None, None, text[1:], display)
    if text.startswith("urn:"):
        return Target("urn", None, None, None, text, display)
    absolute = _ABSOLUTE.fullmatch(text)
    if absolute:
        if base_url and absolute[1].rstrip("/") == base_url.rstrip("/"):
            return Target("local", f"{absolute[2]}/{absolute[3]}", absolute[2], display=display)
        return Target("foreign", None, absolute[2], None, text, display)
    kind, _, query = text.partition("?")
    identifier = dict(parse_qsl(query)).get("identifier")
    if identifier:
        system, _, value = unquote(identifier).rpartition("|")
        return Target("identifier", None, kind or None, system or None, value, display)
    return Target("display", None, display=display or text)
