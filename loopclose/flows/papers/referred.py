"""What the visit's resources refer to and do not hold: the text of a note, the code of a drug. Read by id.

Whatever cannot be read is left out, one by one; the paper then says so and is drafted all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError
from fhir_adapters.facts import (
    CodeableConcept,
    DocumentReference,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from fhir_adapters.facts.reading import read
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Content
from loopclose.drafting.notes.attachments import is_stub
from loopclose.drafting.notes.note import addresses
from loopclose.drafting.words.encoding import bytes_of

OfDrug: TypeAlias = MedicationRequest | MedicationStatement | MedicationAdministration
_BINARY = re.compile(r"Binary/([A-Za-z0-9.\-_]{1,128})(?:/_history/[^/?#]+)?")


class _Binary(msgspec.Struct, rename="camel"):
    """https://hl7.org/fhir/R4/binary.html; some servers leave out even its type and id."""

    resource_type: str = "Binary"
    content_type: str | None = None
    data: str | None = None


def contents_of(
    client: FhirClient, documents: Iterable[DocumentReference], also_known_as: Sequence[str] = ()
) -> dict[str, Content | None]:
    """What stands behind the addresses of notes, as far as these are on this EHR; None where it could not be read.

    Of a note that is there in several forms, the first that can be read. ``also_known_as``: other addresses of the
    EHR, as behind a proxy; what stands there is asked for at its own.
    """
    found: dict[str, Content | None] = {}
    for document in documents:
        for rendering in addresses(document):
            for address in rendering:
                fhir_id = binary_id(address, client.base_url, *also_known_as)
                if fhir_id is not None and address not in found:
                    found[address] = _content(f"Binary/{fhir_id}", _bytes(client, "Binary", fhir_id))
            had = [one for address in rendering if (one := found.get(address)) is not None]
            if len(had) == len(rendering) and not any(is_stub(one.content_type, one.data) for one in had):
                break
    return found


def unasked(documents: Iterable[DocumentReference], *bases: str) -> dict[str, Content | None]:
    """The same where the EHR is not asked: of every address on it, that it could not be read."""
    found = (address for document in documents for rendering in addresses(document) for address in rendering)
    return {address: None for address in found if binary_id(address, *bases) is not None}


def drugs_of(client: FhirClient, ordered: Iterable[OfDrug], listed: Iterable[OfDrug]) -> dict[str, CodeableConcept]:
    """Codes by ``Medication/id``: of every drug ordered by reference, and of those listed that have no name."""
    unnamed = (one for one in listed if not (one.medication_reference and one.medication_reference.display))
    wanted = {local_key(one.medication_reference): None for one in (*ordered, *unnamed) if not _has_code(one)}
    found: dict[str, CodeableConcept] = {}
    for key in wanted:
        kind, _, fhir_id = (key or "").partition("/")
        if key is None or kind != "Medication":
            continue
        raw = _bytes(client, kind, fhir_id)
        fact = read(kind, raw) if raw is not None else None
        if isinstance(fact, Medication) and (drug := fact.drug) is not None:
            found[key] = drug
    return found


def binary_id(address: str, *bases: str) -> str | None:
    """The id of a Binary of this EHR, from a relative address or one under its bases; None for any other address."""
    own = next((base for base in bases if address.startswith(f"{base.rstrip('/')}/")), "")
    found = _BINARY.fullmatch(address.removeprefix(f"{own.rstrip('/')}/"))
    return found[1] if found else None


def _has_code(one: OfDrug) -> bool:
    return one.medication_codeable_concept is not None


def _bytes(client: FhirClient, kind: str, fhir_id: str) -> bytes | None:
    try:
        return client.read(kind, fhir_id)
    except FhirError:
        return None


def _content(key: str, raw: bytes | None) -> Content | None:
    """The content in an answer: a Binary resource, or the bytes themselves where the server sends those."""
    if raw is None:
        return None
    try:
        found = msgspec.json.decode(raw, type=_Binary)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Content(key, None, raw)
    if found.resource_type != "Binary" or found.data is None:
        return None
    inline = bytes_of(found.data)
    return Content(key, found.content_type or inline.content_type, inline.data) if inline else None
