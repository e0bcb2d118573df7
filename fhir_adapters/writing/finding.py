"""Finding again what was written: by its identifier, by its key, or among the patient's documents."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from fhir_adapters.bundle import Entry, entries_of, read_bundle
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import Conflict, Gone, NotFound, Unknown
from fhir_adapters.facts.own import URI, Ours, is_remembered
from fhir_adapters.facts.reading import Unreadable, read

Json = dict[str, Any]


def found(client: FhirClient, resource: Json) -> str | None:
    """``Type/id`` of what the server has under its first identifier; None where it has none.

    Raises ``Conflict`` where it has several, ``Unknown`` where it says that it did not give everything, and what a
    search raises.
    """
    kind = resource["resourceType"]
    query = urlencode({"identifier": token_of(resource)}, safe="|:")
    answer = client.wire.get(f"{client.base_url}/{kind}?{query}", fresh=True)
    entries, _, outcomes = entries_of(read_bundle(answer), kind)
    if any(one.partial or one.withheld for one in outcomes):
        raise Unknown(f"The EHR did not give every {kind}, so nobody can tell whether ours stands there.")
    keys = {f"{kind}/{one.id}" for one in entries if one.type == kind and _has(one, resource)}
    if len(keys) > 1:
        raise Conflict(f"The EHR has {len(keys)} of one {kind} that we wrote: look at them there.")
    return next(iter(keys), None)


def read_again(client: FhirClient, key: str) -> Json | None:
    """What stands under a key now; None where nothing does any more."""
    kind, _, fhir_id = key.partition("/")
    try:
        raw = client.read(kind, fhir_id)
    except (NotFound, Gone):
        return None
    resource = json.loads(raw)
    return resource if isinstance(resource, dict) else None


def in_the_chart(client: FhirClient, document: Json) -> str | None:
    """``DocumentReference/id`` of the patient's document whose attachment is called as ours is, for servers that keep
    no identifier of ours. None proves nothing, for they may not keep the name either.

    Raises what a search raises.
    """
    params = [("patient", document["subject"]["reference"].partition("/")[2])]
    visits = document.get("context", {}).get("encounter", ())
    if visits and client.capabilities().can_search("DocumentReference", "encounter"):
        params.append(("encounter", visits[0]["reference"].partition("/")[2]))
    titles = frozenset(one["attachment"]["title"] for one in document["content"])
    ours = Ours(names=titles)
    for page in client.search("DocumentReference", params):
        for entry in page.entries:
            fact = read(entry.type, entry.raw) if entry.type == "DocumentReference" else None
            if fact is not None and not isinstance(fact, Unreadable) and is_remembered(fact, ours):
                return fact.key
    return None


def token_of(resource: Json) -> str:
    """``system|value`` of its first identifier."""
    first = resource["identifier"][0]
    return f"{first['system']}|{first['value']}"


def _has(entry: Entry, resource: Json) -> bool:
    """Whether it carries that identifier: a filter that was ignored finds everybody's."""
    wanted = resource["identifier"][0]["value"]
    there = json.loads(entry.raw).get("identifier") or []
    return any(isinstance(one, dict) and one.get("value") == wanted and one.get("system") == URI for one in there)
