"""What a FHIR reference points at, in every form servers send (https://hl7.org/fhir/R4/references.html).

Seen in the field: ``Practitioner/123``, absolute URLs (with ``/_history/2``), ``urn:uuid:``, contained
``#x``, conditional ``Practitioner?identifier=system|value``, identifier only, and display only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import parse_qsl, unquote

import msgspec

from fhir_adapters.facts.elements import Reference

Kind = Literal["local", "foreign", "urn", "contained", "identifier", "display", "nothing"]
_PLAIN = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-_]{1,128}")
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.\-_]{1,128})(?:/_history/[^/]+)?")
_ABSOLUTE = re.compile(r"(https?://.+?)/([A-Z][A-Za-z]+)/([A-Za-z0-9.\-_]{1,128})(?:/_history/[^/]+)?")


_KEY = rb"([A-Z][A-Za-z]+/[A-Za-z0-9.\-_]{1,128})"
_USUAL_PORT = re.compile(r":(?:80|443)$")
_WRITTEN = re.compile(rb'("reference"\s*:\s*")(?!' + _KEY + rb'")((?:[^"\\]++|\\.)*+)"')
"""A reference in any spelling but ``Type/id``."""


class Target(msgspec.Struct, frozen=True, gc=False):
    """A resolved reference: ``key`` is ``Type/id`` when the thing is on this server, else ``None``."""

    kind: Kind
    key: str | None = None
    type: str | None = None
    system: str | None = None
    value: str | None = None
    display: str | None = None


NOTHING = Target("nothing")


class OwnServer:
    """The spellings in which one server names its own resources: by its base or another address of its own, with
    http for https or the port that goes without saying, from the root, with slashes doubled or escaped, with its path
    in other letters (IIS minds no case), or with a version.
    """

    def __init__(self, base_url: str, also_known_as: Iterable[str] = ()) -> None:
        addresses = [address.rstrip("/").partition("://")[2] for address in (base_url, *also_known_as)]
        split = [address.partition("/") for address in addresses]
        hosts = [_USUAL_PORT.sub("", host) for host, _, _ in split]
        paths = [re.escape(f"{slash}{path}".encode()) for _, slash, path in split]
        bases = b"|".join(
            b"https?://%b(?::(?:80|443))?%b" % (re.escape(host.encode()), path)
            for host, path in zip(hosts, paths, strict=True)
        )
        below = b"|".join(sorted({path for path in paths if path}, reverse=True)) or b"(?!)"
        self._own = re.compile(
            rb"\s*(?:(?i:" + bases + rb"|" + below + rb")|\.)?/*" + _KEY + rb"(?:/_history/[^/]+)?/?\s*"
        )

    def plain(self, raw: bytes) -> bytes:
        """The bytes of a resource, with every reference to its own server written as ``Type/id``."""
        return _WRITTEN.sub(self._shortened, raw)

    def _shortened(self, written: re.Match[bytes]) -> bytes:
        found = self._own.fullmatch(written[3].replace(b"\\/", b"/"))
        return written[1] + found[1] + b'"' if found else written[0]


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
