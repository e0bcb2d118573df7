"""A page of a search: the Bundle, and its resources as the bytes that were sent.

An entry that is no resource as FHIR knows them is *odd*: it is set aside with a reason, and the page goes on.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from fhir_adapters.cleaning import TOO_DEEP, one_line, shallow
from fhir_adapters.errors import Failed, NotFhir, OneRequest, Refused
from fhir_adapters.outcome import PASSING, Outcome, read_outcome
from fhir_adapters.wire import Answer

NO_BUNDLE = "The EHR answered a search with something that is no Bundle: check base_url."
ODD = "odd-"
"""Begins the names made up for entries without an id that could be asked for."""
_ID = re.compile(r"[A-Za-z0-9.\-_]{1,128}")
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,38}")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One resource of a page: exactly the bytes that were sent."""

    type: str
    id: str
    """As sent; of an odd entry without one, a name made of what it has instead, or of its digest."""
    raw: bytes
    last_updated: str | None
    odd: str | None = None
    """Why it cannot be taken for a resource at all."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    entries: tuple[Entry, ...]
    server_time: datetime
    total: int | None
    warnings: tuple[str, ...] = ()
    odd: tuple[Entry, ...] = ()
    partial: str | None = None
    """What the server says of results that it did not give."""
    withheld: str | None = None
    """What it says of results that it keeps from us."""
    warned: str | None = None
    """What it warns of beside the results, whatever that may mean; a paper must not say then that nothing is there."""
    size: int = 0
    """Everything in it, warnings and odd entries included: some servers count these in ``total``."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search to make: the type and its parameters."""

    type: str
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one search: its pages, and why they are not, or not surely, everything."""

    search: Search
    pages: tuple[Page, ...] = ()
    problem: OneRequest | None = None

    @property
    def entries(self) -> list[Entry]:
        """Every entry of its pages, odd ones too."""
        return [entry for page in self.pages for entry in (*page.entries, *page.odd)]


class _Meta(msgspec.Struct, rename="camel"):
    last_updated: str | None = None


class _Head(msgspec.Struct, rename="camel"):
    resource_type: str
    id: str = ""
    meta: _Meta | None = None


class _BundleEntry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"")


class _Link(msgspec.Struct):
    relation: str | None = None
    url: str | None = None


class Bundle(msgspec.Struct, rename="camel"):
    """A searchset as it was sent: nulls, and numbers written as text, are borne."""

    resource_type: str | None = None
    total: Any = None
    link: list[_Link] | None = None
    entry: list[_BundleEntry] | None = None

    @property
    def count(self) -> int | None:
        """How many resources the server says that it found, where it says a number."""
        try:
            return int(self.total)
        except (TypeError, ValueError, OverflowError):
            return None

    @property
    def next(self) -> str:
        """The address of the next page as it was written; empty for the last page."""
        named = ((link.url, (link.relation or "").strip().lower()) for link in self.link or ())
        return next((url for url, relation in named if relation == "next" and url), "")


class _Loose(msgspec.Struct, rename="camel"):
    resource_type: Any = None
    total: Any = None
    link: Any = None
    entry: msgspec.Raw = msgspec.Raw(b"null")


_BUNDLE, _LOOSE = msgspec.json.Decoder(Bundle), msgspec.json.Decoder(_Loose)
_HEAD, _ENTRY = msgspec.json.Decoder(_Head), msgspec.json.Decoder(_BundleEntry)


def read_bundle(answer: Answer) -> Bundle:
    """The Bundle of an answer; no content at all is an empty one.

    Raises ``Refused`` where the server answers with an OperationOutcome instead, ``NotFhir`` where with something else,
    ``Failed`` where it says that it could not now, or the answer was cut short.
    """
    if not answer.body:
        return Bundle("Bundle")
    bundle = _decoded(answer.body)
    if bundle.resource_type == "OperationOutcome":
        outcome = read_outcome(answer.body)
        said = f" It says: {outcome.words}" if outcome.words else ""
        if outcome.codes & PASSING:
            raise Failed(f"The EHR could not answer a search; try again later.{said}")
        raise Refused(f"The EHR refused a search.{said}")
    if bundle.resource_type != "Bundle":
        raise NotFhir(NO_BUNDLE)
    return bundle


def _decoded(body: bytes) -> Bundle:
    try:
        return _BUNDLE.decode(body)
    except msgspec.ValidationError:
        return _loosely(body)
    except RecursionError:
        return _decoded(shallow(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        if (flat := one_line(body)) != body:
            return _decoded(flat)
        raise Failed("The EHR's answer was cut short or is no JSON; try again.") from problem


def _loosely(body: bytes) -> Bundle:
    """A Bundle of which some part is not of its type: each entry alone, so that one does not take along the rest."""
    try:
        loose = _LOOSE.decode(body)
    except msgspec.ValidationError as problem:
        raise NotFhir(NO_BUNDLE) from problem
    listed = [loose.link] if isinstance(loose.link, dict) else loose.link if isinstance(loose.link, list) else []
    pairs = [(one.get("relation"), one.get("url")) for one in listed if isinstance(one, dict)]
    entries = []
    for raw in _listed(loose.entry):
        try:
            entries.append(_ENTRY.decode(raw))
        except msgspec.ValidationError:
            entries.append(_BundleEntry(raw))
    kind = loose.resource_type if isinstance(loose.resource_type, str) else None
    return Bundle(
        kind, loose.total, [_Link(r, u) for r, u in pairs if isinstance(r, str) and isinstance(u, str)], entries
    )


def _listed(entry: msgspec.Raw) -> list[msgspec.Raw]:
    """The entries; one that stands alone, as where XML was turned into JSON, is a list of one."""
    begins = bytes(entry).lstrip()[:1]
    if begins == b"{":
        return [entry]
    if begins not in (b"[", b"n"):
        raise NotFhir(NO_BUNDLE)
    return msgspec.json.decode(entry, type=list[msgspec.Raw] | None) or []


def entries_of(bundle: Bundle, asked: str) -> tuple[list[Entry], list[Entry], list[Outcome]]:
    """Its resources, its odd entries, and what the EHR says beside them; ``asked``: the type searched for."""
    entries, odd, outcomes = [], [], []
    for one in bundle.entry or ():
        entry = entry_of(bytes(one.resource), asked)
        if entry.type == "OperationOutcome":
            outcomes.append(read_outcome(entry.raw))
        elif entry.odd is not None:
            odd.append(entry)
        else:
            entries.append(entry)
    return entries, odd, outcomes


def entry_of(raw: bytes, asked: str) -> Entry:
    """The entry of a resource's bytes; odd where they are none. ``asked``: the type that was expected."""
    try:
        head = _HEAD.decode(raw)
    except msgspec.ValidationError:
        return _odd(raw, asked, "its type, id or time is missing or not text")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        flat = one_line(raw)
        return _odd(raw, asked, "it is no JSON") if flat == raw else entry_of(flat, asked)
    if TOO_DEEP in raw:
        return _odd(raw, asked, "it is nested deeper than any resource")
    if head.resource_type != "OperationOutcome" and not _ID.fullmatch(head.id):
        return _odd(raw, asked, "it has no id" if not head.id else "its id is not one that FHIR allows")
    return Entry(head.resource_type, head.id, raw, head.meta.last_updated if head.meta else None)


def _odd(raw: bytes, asked: str, why: str) -> Entry:
    try:
        sent = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        sent = None
    kind, fhir_id = (sent.get("resourceType"), sent.get("id")) if isinstance(sent, dict) else (None, None)
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        kind = asked
    if isinstance(fhir_id, int) and not isinstance(fhir_id, bool):
        fhir_id = f"{ODD}{fhir_id}"
    if not isinstance(fhir_id, str) or not _ID.fullmatch(fhir_id):
        fhir_id = f"{ODD}{hashlib.sha256(raw).hexdigest()[:32]}"
    return Entry(kind, fhir_id, raw, None, why if isinstance(sent, dict) else "it is empty or no resource")
