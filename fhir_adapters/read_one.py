"""Reading one resource by its id, wherever the server says that it stands by now."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from fhir_adapters.bundle import Entry, entry_of
from fhir_adapters.errors import Moved, Refused
from fhir_adapters.outcome import read_outcome

MOVES = 5
"""From one merged patient to the next, at most: two may lead to each other."""


def read_one(read: Callable[[str, str], bytes], kind: str, fhir_id: str) -> Entry:
    """One resource by ``read``, which gives the bytes of a type and an id; see ``FhirClient.read_entry``."""
    body = _followed(read, kind, fhir_id)
    entry = entry_of(body, kind)
    if entry.odd is not None:  # whatever it calls itself, it is what was asked for
        return structs.replace(entry, type=kind, id=fhir_id)
    if entry.type != kind:
        said = read_outcome(body).words
        raise Refused(f"The EHR answered with no {kind}.{f' It says: {said}' if said else ''}")
    return entry


def _followed(read: Callable[[str, str], bytes], kind: str, fhir_id: str) -> bytes:
    """The bytes of a resource, or of the patient into whom one was merged, who may have been merged again."""
    for moves_left in reversed(range(MOVES + 1)):
        try:
            return read(kind, fhir_id)
        except Moved as problem:
            to, _, fhir_id = problem.to.partition("/")
            if kind != "Patient" or to != kind or not moves_left:
                raise
    raise AssertionError
