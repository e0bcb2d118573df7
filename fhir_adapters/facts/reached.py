"""Where letters for a clinician or a practice could go, as an EHR tells it: fax numbers and Direct addresses.

A Direct address is an e-mail with the extension us-core-direct
(https://hl7.org/fhir/us/core/STU3.1.1/StructureDefinition-us-core-direct.html; it began outside US Core, at
https://hl7.org/fhir/DSTU2/extension-us-core-direct.html), or the address of an Endpoint whose connectionType is
direct-project (https://hl7.org/fhir/R4/endpoint.html, with or without ``mailto:``). Some write it as a plain e-mail at
a host named direct…; any other e-mail is none. Like ``facts.contact`` it is read apart from the facts: an odd telecom
makes no resource unreadable, and whatever is read is only a candidate that a person checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import msgspec

from fhir_adapters.facts.elements import Element

DIRECT = frozenset(
    {
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-direct",
        "http://hl7.org/fhir/StructureDefinition/us-core-direct",
    }
)
DIRECT_PROJECT = "direct-project"
OVER = frozenset({"off", "entered-in-error", "suspended", "error", "test"})
"""States of an Endpoint at which nothing arrives (https://hl7.org/fhir/R4/valueset-endpoint-status.html)."""


class Reached(Element, frozen=True, kw_only=True):
    """One place where letters could go."""

    channel: Literal["direct", "fax"]
    to: str
    """As the EHR writes it, without ``mailto:`` or ``tel:``."""
    element: str
    """Where it stood, such as ``PractitionerRole.telecom``."""


def reached_at(raw: bytes, today: date, only: str | None = None) -> tuple[Reached, ...]:
    """Every place that a resource names and that is not over, the one it ranks first before the others.

    ``only``: the id of a contained resource, to read that one, and what it refers to, instead of the whole.
    """
    found = _decoded(raw)
    kind = _text(found.get("resourceType")) or "Resource"
    inner = _those(found.get("contained"))
    if only is None:
        read = [(kind, found), *((f"{kind}.contained Endpoint", one) for one in inner if _is_endpoint(one))]
    else:
        read = [(f"{kind}.contained {one.get('resourceType')}", one) for one in _meant(inner, only)]
    places = [place for name, one in read for place in (*_telecoms(name, one, today), *_endpoint(name, one))]
    return tuple({(one.channel, one.to.casefold()): one for one in reversed(places)}.values())[::-1]


def requester_of(raw: bytes) -> str | None:
    """The reference of who asked, in the bytes of a request: ``Type/id``, or ``#id`` of one that it contains."""
    asked = _decoded(raw).get("requester")
    return _text(asked.get("reference")) if isinstance(asked, dict) else None


def cared_for_by(raw: bytes) -> tuple[str, ...]:
    """``Type/id`` of each primary care provider that the bytes of a patient name."""
    named = (_text(one.get("reference")) for one in _those(_decoded(raw).get("generalPractitioner")))
    return tuple(one for one in named if one is not None)


def _meant(inner: list[dict[str, Any]], only: str) -> Iterator[dict[str, Any]]:
    """A contained resource, then those of the same list that it refers to."""
    by_id = {f"#{one.get('id')}": one for one in inner}
    first = by_id.get(only)
    if first is None:
        return
    yield first
    references = [first.get("practitioner"), first.get("organization"), *_those(first.get("endpoint"))]
    for one in references:
        other = by_id.get(str(one.get("reference"))) if isinstance(one, dict) else None
        if other is not None and other is not first:
            yield other


def _telecoms(name: str, found: dict[str, Any], today: date) -> Iterator[Reached]:
    points = [one for one in _those(found.get("telecom")) if not _is_over(one, today)]
    for point in sorted(points, key=_rank):
        value = _text(point.get("value")) or ""
        if point.get("system") == "fax":
            number = value.removeprefix("tel:").removeprefix("fax:").strip()
            if number:
                yield Reached(channel="fax", to=number, element=f"{name}.telecom")
        elif _is_direct(point, value):
            yield Reached(channel="direct", to=value.removeprefix("mailto:"), element=f"{name}.telecom")


def _endpoint(name: str, found: dict[str, Any]) -> Iterator[Reached]:
    address = (_text(found.get("address")) or "").removeprefix("mailto:")
    if _is_endpoint(found) and found.get("status") not in OVER and "@" in address:
        yield Reached(channel="direct", to=address, element=f"{name}.address")


def _is_endpoint(found: dict[str, Any]) -> bool:
    """Whether it is an Endpoint for Direct messages: R4 has one Coding there, R5 a list of concepts."""
    kinds = _those(found.get("connectionType"))
    codes = [*kinds, *(coding for one in kinds for coding in _those(one.get("coding")))]
    return found.get("resourceType") == "Endpoint" and any(one.get("code") == DIRECT_PROJECT for one in codes)


def _is_direct(point: dict[str, Any], value: str) -> bool:
    if "@" not in value:
        return False
    marks = [one for one in _those(point.get("extension")) if one.get("url") in DIRECT]
    if marks:
        return any(one.get("valueBoolean") is not False for one in marks)
    host = value.rpartition("@")[2].casefold()
    return point.get("system") == "email" and any(label.startswith("direct") for label in host.split("."))


def _is_over(point: dict[str, Any], today: date) -> bool:
    """Whether it is old, or its period ended before today; a partial date ends with its year or month."""
    period = point.get("period")
    end = (_text(period.get("end")) or "")[:10] if isinstance(period, dict) else ""
    return point.get("use") in ("old", "home") or bool(end and end < today.isoformat()[: len(end)])


def _rank(point: dict[str, Any]) -> int:
    rank = point.get("rank")
    return rank if isinstance(rank, int) and rank > 0 else 1_000


def _decoded(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _those(found: Any) -> list[dict[str, Any]]:
    many = found if isinstance(found, list) else [found]
    return [one for one in many if isinstance(one, dict)]


def _text(found: Any) -> str | None:
    return (found.strip() or None) if isinstance(found, str) else None
