"""Creating and changing one resource: one try each, for nobody may write twice because an answer was late.

A create is told by its identifier where the server can (``If-None-Exist``, https://hl7.org/fhir/R4/http.html#ccreate),
a change by the version that was read (``If-Match``). The token goes to the EHR's own address alone: an address in an
answer is read, and never followed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import Conflict, Failed, FhirError, Refused, Unknown
from fhir_adapters.facts.own import NOTHING, Ours, is_ours
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.failures import Again
from fhir_adapters.writing.answers import NOBODY_KNOWS, key_of, problem_of
from fhir_adapters.writing.finding import token_of

Json = dict[str, Any]
JSON = "application/fhir+json"
MOST_BYTES = 16 * 2**20
"""A resource that is sent: two renderings of 5 MiB (what a server has to take inline by US Core 9) in base64."""


@dataclass(frozen=True)
class Created:
    """It stands in the EHR."""

    key: str | None
    """``Type/id``; None where the server does not say."""
    was_there: bool = False
    """Whether it stood there already, from an earlier try."""


def create(client: FhirClient, resource: Json, *, once: bool) -> Created:
    """Create a resource; ``once``: only where the server has none with its first identifier.

    Raises ``Refused``, ``Conflict`` and others that are final, ``TemporaryError`` where the server did nothing now,
    and ``Unknown`` where nobody knows what it did.
    """
    kind = resource["resourceType"]
    headers = {"If-None-Exist": f"identifier={token_of(resource)}"} if once else {}
    response, body = _sent(client, "POST", kind, resource, headers)
    if response.status_code in (200, 201):
        return Created(key_of(response, body, kind), response.status_code == 200 and once)
    raise _now(client, problem_of(response, body, resource))


def change(client: FhirClient, key: str, changed: Callable[[Json], Json], ours: Ours = NOTHING) -> None:
    """Change a resource of ours: read it, and put it back as ``changed`` makes of it, if it is still that version.
    ``ours``: what is remembered of what we wrote, where the server drops marks.

    Raises ``Refused`` where it is not ours or has no version, ``Conflict`` where somebody changed it meanwhile, and
    what ``create`` raises.
    """
    kind, _, fhir_id = key.partition("/")
    raw = client.read(kind, fhir_id)
    fact, resource = read(kind, raw), json.loads(raw)
    if isinstance(fact, Unreadable) or not is_ours(fact, ours):
        raise Refused(f"The {kind} is not known as ours, and is left as it is.")
    version = resource.get("meta", {}).get("versionId")
    if not version:
        raise Conflict(f"The EHR tells no version of the {kind}, so nobody can see whether it was changed meanwhile.")
    response, body = _sent(client, "PUT", key, changed(resource), {"If-Match": f'W/"{version}"'})
    if response.status_code not in (200, 201):
        raise _now(client, problem_of(response, body, resource))


def _sent(client: FhirClient, method: str, path: str, resource: Json, headers: dict[str, str]) -> Any:
    data = json.dumps(resource, separators=(",", ":"), ensure_ascii=False).encode()
    if len(data) > MOST_BYTES:
        raise Refused(f"The {resource['resourceType']} is larger than {MOST_BYTES // 2**20} MB, and is not sent.")
    wire = client.wire
    if wait := wire.pace.turn():
        wire.pause(wait)
    more = {"Content-Type": JSON, "Accept": JSON, "Prefer": "return=minimal", **headers}
    try:
        return wire.ask(method, f"{client.base_url}/{path}", more, data)
    except Again as again:
        raise _lost(again.problem) from again
    except Refused as problem:  # the answer was too large to be read, whatever it was
        raise Unknown(f"{problem} {NOBODY_KNOWS}") from problem


def _lost(problem: FhirError) -> FhirError:
    """No answer: where nobody was there, nothing was taken; where the connection broke, nobody knows."""
    return Unknown(f"{problem} {NOBODY_KNOWS}") if isinstance(problem, Failed) else problem


def _now(client: FhirClient, problem: FhirError | Again) -> FhirError:
    if not isinstance(problem, Again):
        return problem
    if problem.rests:
        client.pace.rest(problem.wait or 0)
    return problem.problem
