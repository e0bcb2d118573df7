"""One search for a type of many patients, where a server understands a list of them.

A comma means "or" in every search parameter (https://hl7.org/fhir/R4/search.html#escaping), and yet no vendor says
that it takes several patients at once: whether one does is found by trial (see ``loopclose.flows.reading.ways``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from fhir_adapters.bundle import Entry, Search

_PATIENT = re.compile(rb'"reference"\s*:\s*"(?:[^"]*/)?(Patient/[A-Za-z0-9.\-_]{1,128})["/]')


def listing(kind: str, patients: Sequence[str], more: Sequence[tuple[str, str]] = ()) -> Search:
    """The search for a type of those patients (``Patient/id``)."""
    return Search(kind, (("patient", ",".join(patients)), *more))


def patients_of(search: Search) -> list[str]:
    """The patients that a search names; one, of most."""
    return next((value.split(",") for name, value in search.params if name == "patient"), [])


def sorted_out(entries: Collection[Entry], patients: Collection[str]) -> dict[str, list[Entry]] | None:
    """The entries of a list by the patient whom each names; None where one names none of them, or several: then it
    cannot be told whose it is, and each patient is to be asked for alone.
    """
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        named = {*_named(entry)} & {*patients}
        if len(named) != 1:
            return None
        found.setdefault(named.pop(), []).append(entry)
    return found


def _named(entry: Entry) -> Iterator[str]:
    return (one.decode() for one in _PATIENT.findall(entry.raw))
