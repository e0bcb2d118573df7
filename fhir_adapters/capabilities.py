"""What a server says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from fhir_adapters.errors import FinalError, TemporaryError


@dataclass(frozen=True)
class Capabilities:
    """The resource types of a server with their search parameters, and what its software calls itself."""

    types: Mapping[str, frozenset[str]]
    software: str | None = None
    """The software's name, else who publishes the statement: Oracle Health names itself there alone."""
    read_only: frozenset[str] = frozenset()
    """Types that can be read by id, and not searched, as their interactions say."""

    def can_search(self, kind: str, parameter: str) -> bool:
        """Whether the type lists that search parameter."""
        return parameter in self.types.get(kind, frozenset())

    def finds_by(self, kind: str, parameter: str) -> bool:
        """Whether a search by that parameter is worth trying: it is listed, or the type lists none at all."""
        if kind not in self.types or kind in self.read_only:
            return False
        return not self.types[kind] or self.can_search(kind, parameter)


class _Parameter(msgspec.Struct):
    name: str | None = None


class _Interaction(msgspec.Struct):
    code: str | None = None


class _Type(msgspec.Struct, rename="camel"):
    type: str | None = None
    search_param: list[_Parameter] | None = None
    interaction: list[_Interaction] | None = None

    @property
    def reads_only(self) -> bool:
        """Whether the interactions are told, and searching is not among them."""
        codes = {one.code for one in self.interaction or ()}
        return "read" in codes and "search-type" not in codes


class _Rest(msgspec.Struct):
    resource: list[_Type] | None = None


class _Software(msgspec.Struct):
    name: str | None = None


class _Statement(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    fhir_version: str | None = None
    software: _Software | None = None
    publisher: str | None = None
    rest: list[_Rest] | None = None


def read_capabilities(raw: bytes) -> Capabilities:
    """Read a CapabilityStatement; raises ``FinalError`` where it is none, or not of R4, ``TemporaryError`` where
    it was cut short.
    """
    try:
        found = msgspec.json.decode(raw, type=_Statement)
    except msgspec.ValidationError as problem:
        raise FinalError("The EHR's /metadata cannot be read: check base_url.") from problem
    except msgspec.DecodeError as problem:
        raise TemporaryError("The EHR's /metadata was cut short or is no JSON; try again.") from problem
    if found.resource_type != "CapabilityStatement":
        raise FinalError("The EHR's /metadata is no CapabilityStatement: check base_url.")
    if found.fhir_version and not found.fhir_version.startswith("4."):
        raise FinalError(f"The EHR speaks FHIR {found.fhir_version}, and R4 is needed: check base_url.")
    listed = [kind for rest in found.rest or () for kind in rest.resource or () if kind.type]
    types = {
        kind.type or "": frozenset(parameter.name for parameter in kind.search_param or () if parameter.name)
        for kind in listed
    }
    read_only = frozenset(kind.type for kind in listed if kind.type and kind.reads_only)
    named = found.software.name if found.software else None
    return Capabilities(types, named or found.publisher, read_only)
