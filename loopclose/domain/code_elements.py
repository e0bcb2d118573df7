"""The elements whose codes a map explains: what each tells, what a code there can mean, and what hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.elements import Coding
from loopclose.domain.code_map import CodeMap
from loopclose.domain.code_tables import MEANINGS, Tables, is_code, laid_over, lower_token, plain_token

TEXT = "text:"
"""Before what stands as words alone; anything else is ``system|code``."""
LONGEST = 255
"""Characters of a code that are kept: an index takes values of a limited length."""


@dataclass(frozen=True)
class CodeElement:
    """One element of FHIR whose codes are explained."""

    name: str
    says: str
    """What it is of, in words."""
    asks: bool
    """Whether somebody is asked for each while its code is not known; otherwise it is only taken as it comes."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """By meaning: what then holds, in words. Empty: the specialties that the map has."""


_REQUESTS = {
    "referral": "A referral: it waits for a visit, and the visit owes a report",
    "consultation": "A consultation that is asked for: the same as a referral",
    "laboratory": "A laboratory order: no referral",
    "imaging": "An imaging order: no referral",
    "medication": "A medication order: no referral",
    "other_orders": "Another order: no referral",
}
_TABLE = (
    CodeElement(
        "Encounter.class",
        "the class of a visit",
        True,
        {
            "office": "A visit in the office",
            "virtual": "A visit by video",
            "home": "A visit at the patient's home",
            "inpatient": "A stay in hospital: followed only where the settings say so",
            "emergency": "An emergency: followed only where the settings say so",
            "observation": "An observation: followed only where the settings say so",
        },
    ),
    CodeElement("ServiceRequest.category", "the category of a request", True, _REQUESTS),
    CodeElement("ServiceRequest.code", "what a request asks for", True, _REQUESTS),
    CodeElement(
        "Encounter.type",
        "the type of a visit",
        False,
        {
            "office_visit": "A visit to a clinician: it can owe a report",
            "phone": "A phone call: no visit",
            "nurse_only": "A nurse alone: no visit",
            "laboratory_visit": "A laboratory contact: no visit",
            "documentation_only": "Documentation without the patient: no visit",
            "series": "One visit of a series: no report each time",
        },
    ),
    CodeElement(
        "DocumentReference.type",
        "the type of a note",
        False,
        {
            "notes": "A note that counts as the report, once it is signed",
            "other_notes": "Another document: never the report",
        },
    ),
    CodeElement("PractitionerRole.specialty", "the specialty of a clinician", False),
)
ELEMENTS: Mapping[str, CodeElement] = {one.name: one for one in _TABLE}


def meanings_of(element: str, code_map: CodeMap) -> Mapping[str, str]:
    """By meaning that a code of the element can be given: in words."""
    known = ELEMENTS[element].meanings
    return known or {name: name.capitalize() for name in sorted(code_map.specialties)}


def meaning_of(element: str, token: str, code_map: CodeMap) -> str | None:
    """What the map says that a code, or a text, of that element means; None where it does not know it."""
    coding, text = _parts(token)
    if element == "Encounter.class":
        return code_map.visit_class(coding or Coding(display=text))
    if element == "PractitionerRole.specialty":
        return min(code_map.specialties_in((token.removeprefix(TEXT),)), default=None)
    concept = CodeableConcept(coding=(coding,)) if coding else CodeableConcept(text=text)
    return code_map.meaning((concept,), tuple(ELEMENTS[element].meanings))


def named_in(element: str, token: str, tables: Tables) -> bool:
    """Whether those tables name that very code, or text, for what the element tells."""
    one = said({(element, token): next(iter(ELEMENTS[element].meanings), "any")})
    if one.tokens or one.class_tokens or one.specialty_codes:
        return bool(
            one.tokens.keys() & tables.tokens.keys()
            or one.class_tokens.keys() & tables.class_tokens.keys()
            or one.specialty_codes.keys() & tables.specialty_codes.keys()
        )
    listed = tables.class_texts if one.class_texts else tables.specialty_words if one.specialty_words else tables.texts
    text = " ".join(token.removeprefix(TEXT).casefold().split())
    names = listed.keys() if one.class_texts or one.specialty_words else ELEMENTS[element].meanings
    return any(text == " ".join(mark.casefold().split()) for name in names for mark in listed.get(name, ()))


def said(meanings: Mapping[tuple[str, str], str]) -> Tables:
    """What people said, by (element, token), as the tables of a map."""
    found = Tables()
    for (element, token), meaning in sorted(meanings.items()):
        text = token.removeprefix(TEXT)
        whole = {meaning: (text,)}
        if element == "Encounter.class":
            is_text = token.startswith(TEXT)
            one = Tables(class_texts=whole) if is_text else Tables(class_tokens={lower_token(token): meaning})
        elif element == "PractitionerRole.specialty":
            mark = plain_token(text) if "|" in text else text
            one = Tables(specialty_codes={mark: meaning}) if is_code(mark) else Tables(specialty_words=whole)
        elif token.startswith(TEXT):
            one = Tables(texts=whole)
        else:
            one = Tables(tokens={(MEANINGS[meaning], plain_token(token)): meaning})
        found = laid_over(found, one)
    return found


def token_of(codings: tuple[Coding, ...], text: str | None) -> str:
    """The first code of a concept, else its words; empty where it has neither. At most ``LONGEST`` characters."""
    coded = next((one.token for one in codings if one.code), None)
    words = " ".join((text or next((one.display for one in codings if one.display), None) or "").split())
    return (coded or (TEXT + words if words else ""))[:LONGEST]


def can_be_said(token: str) -> bool:
    """Whether a map can name it: there is something, and all of it is there."""
    return 0 < len(token) < LONGEST


def _parts(token: str) -> tuple[Coding | None, str | None]:
    if token.startswith(TEXT):
        return None, token.removeprefix(TEXT)
    system, _, code = token.rpartition("|")
    return Coding(system=system or None, code=code), None
