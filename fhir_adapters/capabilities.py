"""What a server says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fhir_adapters.errors import FinalError, TemporaryError

EXPORTED = ("Group", "Patient")
WRITES = ("create", "update")
DEMANDS = "requiredAnySearchParams"
"""athenahealth says it of a type: each is one set of parameters of which a search needs all; any one set will do."""


@dataclass(frozen=True)
class Capabilities:
    """The resource types of a server with their search parameters, and what its software calls itself."""

    types: Mapping[str, frozenset[str]]
    software: str | None = None
    """The software's name, else who publishes the statement: Oracle Health names itself there alone."""
    read_only: frozenset[str] = frozenset()
    """Types that can be read by id, and not searched, as their interactions say."""
    demands: Mapping[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    """By type: the sets of parameters of which a search needs one whole, where the statement says so."""
    exports: frozenset[str] = frozenset()
    """Of what it says that it makes bulk exports: ``Group``, ``Patient``."""
    creates: frozenset[str] = frozenset()
    """Types that it says may be created, told one by one: where nothing is told, nothing is written."""
    updates: frozenset[str] = frozenset()
    creates_once: frozenset[str] = frozenset()
    """Types that it creates only where there is none like it yet (``conditionalCreate``)."""
    marks: tuple[str, ...] = ()
    """All that may tell whose server it is: software, publisher, what is implemented and where, and where tokens come
    from."""

    def can_search(self, kind: str, parameter: str) -> bool:
        """Whether the type lists that search parameter."""
        return parameter in self.types.get(kind, frozenset())

    def finds_by(self, kind: str, parameter: str) -> bool:
        """Whether a search by that parameter is worth trying: it is listed, or the type lists none at all, and no
        other is demanded beside it.
        """
        if kind not in self.types or kind in self.read_only:
            return False
        return (not self.types[kind] or self.can_search(kind, parameter)) and self.is_enough(kind, {parameter})

    def is_enough(self, kind: str, parameters: Collection[str]) -> bool:
        """Whether a search by those parameters has everything that the statement demands."""
        sets = self.demands.get(kind, ())
        return not sets or any(one <= {*parameters} for one in sets)


def read_capabilities(raw: bytes) -> Capabilities:
    """Read a CapabilityStatement, and pass over whatever in it is not of its kind; raises ``FinalError`` where it is
    none, or not of R4, ``TemporaryError`` where it was cut short.
    """
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise TemporaryError("The EHR's /metadata was cut short or is no JSON; try again.") from problem
    if not isinstance(found, dict) or found.get("resourceType") != "CapabilityStatement":
        raise FinalError("The EHR's /metadata is no CapabilityStatement: check base_url.")
    version = found.get("fhirVersion")
    if version and not str(version).startswith("4."):
        raise FinalError(f"The EHR speaks FHIR {version}, and R4 is needed: check base_url.")
    listed = [kind for rest in _each(found.get("rest")) for kind in _each(rest.get("resource")) if _text(kind, "type")]
    types = {
        kind["type"]: frozenset(name for one in _each(kind.get("searchParam")) if (name := _text(one, "name")))
        for kind in listed
    }
    read_only = frozenset(kind["type"] for kind in listed if _reads_only(kind))
    demands = {kind["type"]: sets for kind in listed if (sets := _demands(kind))}
    software = next((_text(one, "name") for one in _each(found.get("software"))), None)
    named, exports = software or _text(found, "publisher"), frozenset(_exports(found))
    creates, updates = (frozenset(kind["type"] for kind in listed if code in _codes(kind)) for code in WRITES)
    once = frozenset(kind["type"] for kind in listed if kind.get("conditionalCreate") is True) & creates
    marks = tuple(_marks(found))
    return Capabilities(types, named, read_only, demands, exports, creates, updates, once, marks)


def _exports(statement: dict[str, Any]) -> Iterator[str]:
    """As the operations say, of a type or of the server: names differ, so the definition's address counts too."""
    for rest in _each(statement.get("rest")):
        named = [(_text(kind, "type"), one) for kind in _each(rest.get("resource")) for one in _operations(kind)]
        for kind, one in [*named, *((None, one) for one in _operations(rest))]:
            said = [(_text(one, "definition") or "").rstrip("/"), (_text(one, "name") or "").lstrip("$")]
            for of in EXPORTED:
                if any(word.endswith(f"{of.lower()}-export") or (kind == of and word == "export") for word in said):
                    yield of


def _operations(of: dict[str, Any]) -> list[dict[str, Any]]:
    return _each(of.get("operation"))


def _reads_only(kind: dict[str, Any]) -> bool:
    """Whether the interactions are told, and searching is not among them."""
    codes = _codes(kind)
    return "read" in codes and "search-type" not in codes


def _codes(kind: dict[str, Any]) -> set[str | None]:
    """What may be done with a type."""
    return {_text(one, "code") for one in _each(kind.get("interaction"))}


def _demands(kind: dict[str, Any]) -> tuple[frozenset[str], ...]:
    inner = (one for outer in _each(kind.get("extension")) for one in _each(outer.get("extension")))
    said = (_text(one, "valueString") for one in inner if _text(one, "url") == DEMANDS)
    return tuple(frozenset(name.strip() for name in words.split(",")) for words in said if words)


def _marks(statement: dict[str, Any]) -> Iterator[str]:
    for one in (*_each(statement.get("software")), *_each(statement.get("implementation"))):
        yield from (found for name in ("name", "description", "url") if (found := _text(one, name)))
    if publisher := _text(statement, "publisher"):
        yield publisher
    for rest in _each(statement.get("rest")):
        for security in _each(rest.get("security")):
            inner = (one for outer in _each(security.get("extension")) for one in _each(outer.get("extension")))
            yield from (found for one in inner if (found := _text(one, "valueUri")))


def _each(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; one that stands alone is a list of one."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _text(of: dict[str, Any], name: str) -> str | None:
    value = of.get(name)
    return value if isinstance(value, str) and value else None
