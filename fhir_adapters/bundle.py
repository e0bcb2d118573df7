"""A page of a search: the Bundle, and its resources as the bytes that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from fhir_adapters.errors import FinalError, TemporaryError
from fhir_adapters.wire import Answer


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One resource of a page: exactly the bytes that were sent."""

    type: str
    id: str
    raw: bytes
    last_updated: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    entries: tuple[Entry, ...]
    server_time: datetime
    total: int | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """A search to make: the type and its parameters."""

    type: str
    params: tuple[tuple[str, str], ...]


class _Meta(msgspec.Struct, rename="camel"):
    last_updated: str | None = None


class _Head(msgspec.Struct, rename="camel"):
    resource_type: str
    id: str = ""
    meta: _Meta | None = None


class _BundleEntry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"")


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class Bundle(msgspec.Struct, rename="camel"):
    resource_type: str
    total: int | None = None
    link: list[_Link] = []
    entry: list[_BundleEntry] = []


_BUNDLE = msgspec.json.Decoder(Bundle)
_HEAD = msgspec.json.Decoder(_Head)


def read_bundle(answer: Answer) -> Bundle:
    """The Bundle of an answer."""
    try:
        bundle = _BUNDLE.decode(answer.body)
    except msgspec.ValidationError as problem:
        raise FinalError("The EHR answered a search with something that is no Bundle: check base_url.") from problem
    except msgspec.DecodeError as problem:
        raise TemporaryError("The EHR's answer was cut short or is no JSON; try again.") from problem
    if bundle.resource_type != "Bundle":
        raise FinalError("The EHR answered a search with something that is no Bundle: check base_url.")
    return bundle


def entries_of(bundle: Bundle) -> tuple[list[Entry], list[str]]:
    """Its resources, and what the EHR warns of."""
    entries, warnings = [], []
    for one in bundle.entry:
        raw = bytes(one.resource)
        if not raw:
            continue
        try:
            head = _HEAD.decode(raw)
        except msgspec.ValidationError as problem:
            raise FinalError("The EHR sent something among its resources that has no type.") from problem
        if head.resource_type == "OperationOutcome":
            warnings.append("The EHR sent a warning with a search.")
            continue
        entries.append(Entry(head.resource_type, head.id, raw, head.meta.last_updated if head.meta else None))
    return entries, warnings
