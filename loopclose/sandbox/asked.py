"""One request to the demo EHR, as far as its answer depends on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

Params = tuple[tuple[str, str], ...]
OFFSET = "_offset"
"""The parameter by which pages go on where no vendor has a word of its own."""


@dataclass(frozen=True)
class Asked:
    """A read (``kind`` and ``fhir_id``) or a search (``kind`` alone); whatever else is asked for has no ``kind``."""

    path: str
    params: Params = ()
    kind: str | None = None
    fhir_id: str | None = None
    accept: str = ""
    about: frozenset[str] = field(default=frozenset())
    """The patients whose resource is read."""
    place: str = OFFSET
    """The parameter by which pages of this server go on."""

    @property
    def target(self) -> str:
        """The path with the parameters as they were meant, whether sent in the address or in a form."""
        return f"{self.path}?{urlencode(self.params, safe='/|,:')}" if self.params else self.path

    @property
    def searches(self) -> bool:
        """Whether this is a search."""
        return self.kind is not None and self.fhir_id is None

    @property
    def goes_on(self) -> bool:
        """Whether this asks for a page after the first."""
        return any(name == self.place for name, _ in self.params)

    def values(self, name: str) -> list[str]:
        """Every value of a parameter, in order."""
        return [value for one, value in self.params if one == name]

    def patients(self) -> frozenset[str]:
        """The ids of the patients whom this is about."""
        names = ("patient", "subject", "_id") if self.kind == "Patient" else ("patient", "subject")
        listed = (one for name in names for value in self.values(name) for one in value.split(","))
        return self.about | {one.removeprefix("Patient/") for one in listed}
