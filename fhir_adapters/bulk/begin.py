"""Beginning an export, and giving it up (https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-kick-off-request)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import msgspec
import requests

from fhir_adapters.bulk.places import Places
from fhir_adapters.bulk.problems import NotYet
from fhir_adapters.errors import Failed, FhirError, OneRequest, Refused
from fhir_adapters.failures import Again, failure, retry_after, said_by
from fhir_adapters.outcome import read_outcome
from fhir_adapters.wire import Wire

HEADERS = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
_NAMED = re.compile(r"_(?:typeFilter|type|since)\b")


@dataclass(frozen=True)
class Order:
    """An export to ask for: of a group's patients, or of every patient where ``group`` is None."""

    group: str | None = None
    types: tuple[str, ...] = ()
    since: str | None = None
    """An instant by the server's clock; what changed since then is exported."""
    filters: tuple[str, ...] = ()
    """Searches that narrow it, such as ``Encounter?date=ge2026-01-01``."""
    post: bool = False
    needs_since: bool = False
    """Whether it would be no whole export without ``since``."""

    @property
    def path(self) -> str:
        """Below the server's base."""
        return f"Group/{self.group}/$export" if self.group else "Patient/$export"

    def parameters(self) -> Iterator[tuple[str, str, str]]:
        """(name, FHIR type, value) of each."""
        if self.types:
            yield "_type", "String", ",".join(self.types)
        if self.since:
            yield "_since", "Instant", self.since
        yield from (("_typeFilter", "String", one) for one in self.filters)

    def without(self, name: str) -> Order | None:
        """The same without that parameter: more is exported then. None where it has none, or needs it."""
        if name == "_since" and self.since and not self.needs_since:
            return replace(self, since=None)
        if name == "_type" and self.types:
            return replace(self, types=(), filters=())
        return replace(self, filters=()) if name == "_typeFilter" and self.filters else None


@dataclass(frozen=True)
class Begun:
    """An export that the server makes."""

    status_url: str
    order: Order
    """As the server took it."""
    wait: float | None
    """Seconds before its status may be asked for, where it says so."""


def begin(wire: Wire, places: Places, order: Order) -> Begun:
    """Begin an export; what the server refuses by name of its parameters is left out. It is asked once: a second
    time might make a second export.

    Raises ``NotYet`` where the server takes none now, another ``OneRequest`` where it will not.
    """
    response, body = _ask(wire, order)
    if response.status_code == 202:
        told = response.headers.get("Content-Location", "")
        if not told:
            raise Failed("The EHR began an export and does not say where to ask for it.")
        return Begun(places.status(told, f"{wire.base_url}/{order.path}"), order, retry_after(response))
    said = str(read_outcome(body).words) if response.status_code in (400, 422) else ""
    less = next((less for name in _NAMED.findall(said) if (less := order.without(name)) is not None), None)
    if less is not None:
        return begin(wire, places, less)
    raise _refusal(response, body)


def cancel(wire: Wire, status_url: str) -> bool:
    """Tell the server that an export is wanted no more; whether it says that it will see to it."""
    try:
        response, _ = wire.ask("DELETE", status_url)
    except (Again, FhirError):
        return False  # its files run out by themselves
    return response.status_code in (200, 202, 204)


def _ask(wire: Wire, order: Order) -> tuple[requests.Response, bytes]:
    url = f"{wire.base_url}/{order.path}"
    try:
        if not order.post:
            query = urlencode([(name, value) for name, _, value in order.parameters()], safe=",/:")
            return wire.ask("GET", f"{url}?{query}" if query else url, HEADERS)
        listed = [{"name": name, f"value{kind}": value} for name, kind, value in order.parameters()]
        body = {"resourceType": "Parameters", **({"parameter": listed} if listed else {})}
        return wire.ask("POST", url, {**HEADERS, "Content-Type": "application/fhir+json"}, msgspec.json.encode(body))
    except Again as again:
        raise again.problem from again


def _refusal(response: requests.Response, body: bytes) -> OneRequest:
    said = said_by(read_outcome(body))
    if response.status_code == 404:
        return Refused(f"The EHR makes no export of that group, or none at all (404): check bulk_group.{said}")
    problem = failure(response, body)
    if isinstance(problem, Again):
        return NotYet(f"The EHR begins no export now ({response.status_code}).{said}", problem.wait)
    return Refused(f"The EHR begins no export ({response.status_code}).{said}")
