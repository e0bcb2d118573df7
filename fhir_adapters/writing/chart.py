"""One EHR that may be written to: what it takes of a letter, writing it, and finding it again.

Results are values, not exceptions, so that a channel of Loopclose needs to know nothing of this package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError, OneRequest, Refused, TemporaryError, Unknown
from fhir_adapters.facts.when import When
from fhir_adapters.vendors.writing import Writing, writing_of
from fhir_adapters.writing.finding import found, in_the_chart, read_again
from fhir_adapters.writing.letter import Letter
from fhir_adapters.writing.papers import papers_of, words_of
from fhir_adapters.writing.requests import create
from fhir_adapters.writing.resources import DOCUMENT, checked, documents_of, identifiers, message_of

Json = dict[str, Any]
MOST_FILE = 5 * 2**20
"""Bytes of one rendering (US Core 9, Writing clinical notes: a server takes at least so much inline)."""


DELETED = "It was written, and stands in the EHR no more: somebody deleted it there."
NOT_TOLD = "This EHR keeps no identifier of ours, so nobody can tell whether it stands there: look at it there."


@dataclass(frozen=True)
class Outcome:
    """What became of something written. ``words`` name nobody."""

    state: Literal["written", "absent", "gone", "refused", "not now", "unknown"]
    """``absent``: it never stood there; ``gone``: it did, and was deleted; ``unknown``: nobody can tell."""
    keys: tuple[str, ...] = ()
    """``Type/id`` of whatever stands there by now; where the server does not say, the type alone."""
    words: str = ""
    at_server: bool = False
    """Whether the trouble is the server's, so that nothing else of ours would be taken either."""
    received: datetime | None = None
    """When the other side received it, as the EHR says."""


class WritableChart:
    """The chart of one EHR."""

    def __init__(self, client: FhirClient, custodian: str | None = None, row: Writing | None = None) -> None:
        self.client, self.custodian, self._row = client, custodian, row

    @cached_property
    def row(self) -> Writing:
        """What its vendor takes; raises ``FhirError`` where the vendor is not known yet, and cannot be asked for."""
        return self._row or writing_of(self.client.vendor.name)

    @cached_property
    def _stated(self) -> Capabilities:
        return self.client.capabilities()

    def tells_repeats(self, kind: str) -> bool:
        """Whether a repeat of that type is told: our identifier is kept, and what a search by it does not find is not
        there.
        """
        keeps = self.row.keeps_identifiers or kind in self._stated.creates_once
        return keeps and self._stated.can_search(kind, "identifier")

    def takes(self, kind: str) -> bool:
        """Whether a type may be created, by the server's statement and by what is known of its vendor."""
        by_row = {"DocumentReference": self.row.document, "Communication": self.row.message, "Task": self.row.task}
        return bool(by_row.get(kind)) and kind in self._stated.creates

    def hindrance(self, letter: Letter, tell: bool) -> str | None:
        """Why this letter cannot be written to this EHR, as a sentence; None where it can. The EHR is asked what it
        takes, the first time.
        """
        if silent := self._silence():
            return f"The EHR does not say now what it takes. {silent.words}"
        shape = self.row.document
        alone = tell and self._words_alone
        if not alone and (shape is None or not self.takes("DocumentReference")):
            return f"This EHR takes no documents by FHIR. {self.row.refuses}".strip()
        if not alone and shape is not None and shape.needs_encounter and not _is_visit(letter):
            return "This EHR takes a document of a visit alone, and the letter has none."
        if not alone and shape is not None and not all(one.files for one in papers_of(letter, shape)):
            return f"A paper of the letter has no form that this EHR takes ({', '.join(shape.media)})."
        if any(len(one.content) > MOST_FILE for one in letter.enclosures):
            return f"The letter is larger than the {MOST_FILE // 2**20} MB that an EHR takes."
        kind = letter.to.partition("/")[0]
        if tell and self.takes("Communication") and self.row.message is not None:
            if kind not in self.row.message.recipients:
                return f"This EHR takes no message to a {kind or 'recipient without a type'}."
            if self.row.message.needs_sender and not (letter.about.author or "").startswith("Practitioner/"):
                return "This EHR takes a message of a clinician alone, and the letter names none."
            if self._words_alone and words_of(letter) is None:
                return "This EHR takes a message in plain text, and the letter has no such form."
        return None

    @property
    def _words_alone(self) -> bool:
        """Whether a message has the words itself, and is all there is to tell somebody: with nothing to tell a repeat
        by, a second resource beside it would be written again by every try."""
        return self.takes("Communication") and self.row.message is not None and self.row.message.payload == "attachment"

    def pack(self, letter: Letter, tell: bool) -> bytes:
        """The finished resources, to be written as they are; ``tell``: with the message to the recipient.

        Raises ``ValueError`` where one has not the shape of FHIR.
        """
        made: list[Json] = []
        if self.row.document is not None and not (tell and self._words_alone):
            made += documents_of(letter, self.row.document, self.custodian)
        if tell and self.takes("Communication") and self.row.message is not None:
            made.append(message_of(letter, self.row.message, made))
        return json.dumps([checked(one) for one in made], ensure_ascii=False, separators=(",", ":")).encode()

    def write(self, content: bytes) -> Outcome:
        """Write what was packed, as far as it does not stand there yet."""
        keys: list[str] = []
        named: dict[str, str] = {}
        if silent := self._silence():
            return silent
        for one in json.loads(content):
            try:
                keys.append(self._written(_pointed(one, named)))
            except FhirError as problem:
                return self._failed(problem, keys)
            if "identifier" in one:
                named[one["identifier"][0]["value"]] = keys[-1]
        return Outcome("written", tuple(keys))

    def _silence(self) -> Outcome | None:
        """Why the EHR does not say what it takes, where it doesn't: then nothing is written."""
        try:
            _ = self._stated, self.row
        except FhirError as problem:
            return outcome_of(problem, [])
        return None

    def _failed(self, problem: FhirError, keys: list[str]) -> Outcome:
        """Where a part stands there already and no repeat is told, another try would write that part again."""
        done = outcome_of(problem, keys)
        if done.state == "not now" and not all(self.tells_repeats(key.partition("/")[0]) for key in keys):
            return replace(done, state="unknown", words=f"{done.words} A part of the letter stands there already.")
        return done

    def look_up(self, delivery: str, keys: Sequence[str] = (), content: bytes = b"", tell: bool = False) -> Outcome:
        """Whether a delivery stands there, by the keys that it got, else by its identifier, else (where ``content``,
        what was packed, is given) among the patient's documents; and whether the other side received it.
        """
        met: list[str] = []
        received, waiting = None, list(keys)
        if silent := self._silence():
            return silent
        for one in json.loads(content) if content else self._expected(delivery, keys, tell):
            try:
                key, there = self._there(one, waiting)
            except FhirError as problem:
                return outcome_of(problem, met)
            if key is not None and there is None:
                return Outcome("gone", tuple(met), DELETED)
            if key is None:
                certain = self.tells_repeats(one["resourceType"])
                return Outcome("absent" if certain else "unknown", tuple(met), "" if certain else NOT_TOLD)
            met.append(key)
            received = received or _received(there)
        return Outcome("written", tuple(met), received=received)

    def _expected(self, delivery: str, keys: Sequence[str], tell: bool) -> list[Json]:
        """What was written for a delivery, by its keys, else what would be, as far as it can be looked for: the
        letter's own document is the last of its papers, so that where it stands the others do.
        """
        kinds = [key.partition("/")[0] for key in keys]
        if not kinds:
            kinds = [] if tell and self._words_alone else ["DocumentReference"]
            kinds += ["Communication"] if tell and self.takes("Communication") else []
        return [{"resourceType": kind, "identifier": identifiers(delivery)} for kind in kinds]

    def _written(self, resource: Json) -> str:
        kind = resource["resourceType"]
        once = kind in self._stated.creates_once
        known = None if once or not self.tells_repeats(kind) else found(self.client, resource)
        return known or create(self.client, resource, once=once).key or kind

    def _there(self, resource: Json, keys: list[str]) -> tuple[str | None, Json | None]:
        """The key under which it stands, if it does, and what stands there; ``keys`` are used up in their order."""
        kind = resource["resourceType"]
        known = next((key for key in keys if key.startswith(f"{kind}/")), None)
        if known is not None:
            keys.remove(known)
        if known is None and self.tells_repeats(kind):
            known = found(self.client, resource)
        if known is None and kind == "DocumentReference" and "subject" in resource:
            known = in_the_chart(self.client, resource)
        return known, None if known is None else read_again(self.client, known)


def _pointed(resource: Json, named: Mapping[str, str]) -> Json:
    """A message with the keys of its documents, in place of what stood for them."""
    payload = resource.get("payload", ())
    places = [one.get("contentReference", {}).get("reference", "") for one in payload]
    if not any(place.startswith(DOCUMENT) for place in places):
        return resource
    if not all("/" in named.get(place, "") for place in places):
        raise Refused("The EHR took the document and does not say what it calls it, so no message can name it.")
    return {**resource, "payload": [{"contentReference": {"reference": named[place]}} for place in places]}


def _is_visit(letter: Letter) -> bool:
    return (letter.about.visit or "").startswith("Encounter/")


def _received(there: Json | None) -> datetime | None:
    """When a message was received, as its resource says; we never write that ourselves."""
    said = there.get("received") if there is not None and there.get("resourceType") == "Communication" else None
    try:
        return When(said).start(UTC) if isinstance(said, str) else None
    except ValueError:
        return None


def outcome_of(problem: FhirError, keys: list[str]) -> Outcome:
    """What a failure is as a result: ``OneRequest`` concerns what was written, whatever else is refused the server."""
    if isinstance(problem, Unknown):
        return Outcome("unknown", tuple(keys), str(problem))
    state: Literal["not now", "refused"] = "not now" if isinstance(problem, TemporaryError) else "refused"
    return Outcome(state, tuple(keys), str(problem), at_server=not isinstance(problem, OneRequest))
