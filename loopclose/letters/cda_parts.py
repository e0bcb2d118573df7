"""Elements of CDA R2 that stand in many places: ids, codes, times, names, addresses (HL7 v3 data types)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from lxml.builder import ElementMaker

from fhir_adapters.facts import CodeableConcept, Coding, Identifier, When
from fhir_adapters.facts.contact import Contact
from loopclose.domain.outside_text import one_line
from loopclose.letters.letter import name_parts

Element: TypeAlias = Any
"""An element of lxml, which has no types."""
NS, SDTC, XSI = "urn:hl7-org:v3", "urn:hl7-org:sdtc", "http://www.w3.org/2001/XMLSchema-instance"
E = ElementMaker(namespace=NS, nsmap={None: NS, "sdtc": SDTC, "xsi": XSI})
LOINC, SNOMED, RXNORM = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.88"
NPI = "2.16.840.1.113883.4.6"
SYSTEMS = {
    "http://loinc.org": LOINC,
    "http://snomed.info/sct": SNOMED,
    "http://www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
    "http://hl7.org/fhir/sid/icd-10-cm": "2.16.840.1.113883.6.90",
}
"""OIDs of code systems (https://hl7.org/fhir/R4/terminologies-systems.html)."""
_FORM = {LOINC: re.compile(r"\d{1,7}-\d"), SNOMED: re.compile(r"\d{6,18}"), RXNORM: re.compile(r"\d{1,8}")}
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*+)){1,30}+")


def template(root: str, extension: str | None = None) -> Element:
    """A template's id."""
    return E.templateId(root=root, **({"extension": extension} if extension else {}))


def ii(system: str | None, value: str) -> Element:
    """An instance identifier; a system that is no OID becomes the UUID that follows from its address."""
    root = (system or "").removeprefix("urn:oid:")
    if not _OID.fullmatch(root):
        root = str(uuid5(NAMESPACE_URL, system or "urn:loopclose:unnamed"))
    return E.id(root=root, extension=one_line(value))


def ids(identifiers: Iterable[Identifier]) -> list[Element]:
    """All that have a value, or that none is known."""
    return [ii(one.system, one.value) for one in identifiers if one.value] or [E.id(nullFlavor="NI")]


def time(name: str, at: datetime, zone: ZoneInfo) -> Element:
    """An instant with its offset, to the second."""
    return E(name, value=at.astimezone(zone).strftime("%Y%m%d%H%M%S%z"))


def day(name: str, when: When | str | None, zone: ZoneInfo) -> Element:
    """A date as precise as it is known."""
    if not when:
        return E(name, nullFlavor="UNK")
    found = When(when)
    if found.has_time:
        return time(name, found.start(zone), zone)
    return E(name, value=found.replace("-", ""))


def coding_of(concept: CodeableConcept | None, *oids: str) -> Coding | None:
    """The first code of those systems that can be one; what an EHR put there instead stays in words."""
    known = ((one, SYSTEMS.get(one.system or "")) for one in (concept.coding if concept else ()))
    return next((one for one, oid in known if oid in oids and one.code and is_code(oid or "", one.code)), None)


def is_code(system: str, code: str) -> bool:
    """Whether a code has the form of its system, and in LOINC the right check digit; True of systems without a rule."""
    form = _FORM.get(system)
    return form is None or (form.fullmatch(code) is not None and (system != LOINC or _loinc_is_right(code)))


def _loinc_is_right(code: str) -> bool:
    """The check digit by Luhn, as of an NPI without its prefix (LOINC Users' Guide, appendix on check digits)."""
    digits, _, last = code.partition("-")
    doubled = [int(digit) * 2 if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits))]
    return (sum(sum(divmod(one, 10)) for one in doubled) + int(last)) % 10 == 0


def coded(name: str, coding: Coding, words: str, at: str, **more: str) -> Element:
    """A code with the words by which the chart calls it, which stand in the narrative at ``at``."""
    return E(
        name,
        E.originalText(one_line(words), E.reference(value=f"#{at}")),
        code=coding.code or "",
        codeSystem=SYSTEMS[coding.system or ""],
        **({"displayName": one_line(coding.display)} if coding.display else {}),
        **more,
    )


def typed(element: Element, kind: str) -> Element:
    """The element with its data type."""
    element.set(f"{{{XSI}}}type", kind)
    return element


def name(given: Iterable[str], family: str | None, whole: str) -> Element:
    """A person's name in its parts."""
    firsts, last, after = name_parts(given, family, whole)
    parts = [E.given(one) for one in firsts] or [E.given(nullFlavor="UNK")]
    return E.name(*parts, E.family(last), *([E.suffix(after)] if after else []))


def addr(contact: Contact) -> Element:
    """A postal address, or that none is known."""
    found = contact.address
    if found is None:
        return E.addr(nullFlavor="UNK")
    parts = [("streetAddressLine", line) for line in found.lines or ("",)]
    parts += [("city", found.city or ""), ("state", found.state or ""), ("postalCode", found.postal_code or "")]
    made = [E(tag, one_line(text)) if text else E(tag, nullFlavor="UNK") for tag, text in parts]
    return E.addr(*made, E.country(one_line(found.country or "US")), use="WP")


def telecom(contact: Contact) -> Element:
    """A telephone number, or that none is known."""
    if not contact.phone:
        return E.telecom(nullFlavor="UNK")
    return E.telecom(value=f"tel:{''.join(one_line(contact.phone).split())}", use="WP")
