"""Resources by their ids: many in one search where the server understands that, else one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fhir_adapters.bundle import Entry, Found, Search
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import Gone, IgnoredFilter, NotFound, OneRequest, TemporaryError

BATCH = 50
"""Ids in one search by ``_id``."""
IN_A_ROW = 5
"""Failures one after another that are taken for the server's, not for those that were asked for."""


@dataclass
class ById:
    """What was found of some ids of one type."""

    entries: list[Entry] = field(default_factory=list)
    survivors: dict[str, str] = field(default_factory=dict)
    """By an id that was asked for: the id of the record that the server answers with instead."""
    problems: dict[str, OneRequest] = field(default_factory=dict)
    """By an id that was asked for: why it was not given."""


def by_ids(client: FhirClient, kind: str, ids: Sequence[str]) -> ById:
    """The resources of that type with those ids, whatever of them the server gives.

    What was asked for in a search and did not come is asked for one by one. Raises what concerns the server.
    """
    found = ById()
    missing: list[str] = list(ids)
    if kind not in client.capabilities().read_only:
        batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        searches = [Search(kind, (("_id", ",".join(batch)),)) for batch in batches]
        missing = []
        for batch, answer in zip(batches, client.search_many(searches), strict=True):
            missing += _came(found, kind, batch, answer)
    for fhir_id, entry in _one_by_one(client, kind, missing):
        if isinstance(entry, OneRequest):
            found.problems[fhir_id] = entry
            continue
        found.entries.append(entry)
        if entry.id != fhir_id:
            found.survivors[fhir_id] = entry.id
    if found.entries and len(missing) == len(ids) > 1:
        client.warn(f"{kind} is not found by several ids at once: each is read by itself.")
    return found


def _came(found: ById, kind: str, batch: Sequence[str], answer: Found) -> list[str]:
    """Take what one search gave; gives back the ids that did not come."""
    entries = answer.entries
    came = {entry.id for entry in entries if entry.type == kind}
    missing = [fhir_id for fhir_id in batch if fhir_id not in came]
    if len(came - {*batch}) > len(missing):
        raise IgnoredFilter(f"The EHR ignored a filter of our search for {kind} (_id).")
    found.entries += entries
    return missing


def _one_by_one(client: FhirClient, kind: str, ids: Sequence[str]) -> Iterator[tuple[str, Entry | OneRequest]]:
    """Each id with its resource, or why there is none.

    Several failures in a row are the server's, and raised. Several refusals in a row stand for the rest of the type,
    except for patients, of whom each may be shut off for itself.
    """

    def ask(fhir_id: str) -> tuple[str, Entry | OneRequest]:
        try:
            return fhir_id, client.read_entry(kind, fhir_id)
        except OneRequest as problem:
            return fhir_id, problem.set_aside()

    in_a_row = done = 0
    for fhir_id, answer in client.side_by_side(ask, ids):
        yield fhir_id, answer
        done += 1
        if not isinstance(answer, OneRequest) or is_absent(answer):
            in_a_row = 0
            continue
        in_a_row += 1
        if in_a_row >= IN_A_ROW and isinstance(answer, TemporaryError):
            raise TemporaryError(str(answer))
        if in_a_row >= IN_A_ROW and kind != "Patient":
            yield from ((other, answer) for other in ids[done:])
            return


def is_absent(problem: OneRequest) -> bool:
    """Whether the server says that it has no such thing, deleted or never known: no failure."""
    return isinstance(problem, (NotFound, Gone))
