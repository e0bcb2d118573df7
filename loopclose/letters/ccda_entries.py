"""Coded entries of a C-CDA: of a fact that a sentence cites, where its code is known and says no more than the words.

What is suspected, ruled out, stopped or not final stays in the narrative alone: an entry would assert it.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from fhir_adapters.facts import AllergyIntolerance, Condition, MedicationRequest, Observation, Resource
from loopclose.drafting.states import says, states_of
from loopclose.letters.cda_parts import (
    LOINC,
    RXNORM,
    SNOMED,
    SYSTEMS,
    E,
    Element,
    coded,
    coding_of,
    day,
    template,
    typed,
)

ICD10 = SYSTEMS["http://hl7.org/fhir/sid/icd-10-cm"]
ACT_CLASS, ACT_STATUS = "2.16.840.1.113883.5.6", "2.16.840.1.113883.5.4"
SURE, LIVE = frozenset({"confirmed"}), frozenset({"active", "recurrence", "relapse"})
FINAL = frozenset({"final", "amended", "corrected"})
_NO_KNOWN_ALLERGY = frozenset({"716186003", "409137002", "428607008"})
"""SNOMED CT: no known allergy, no known drug allergy, no known environmental allergy."""
_ALLERGY = ("419199007", "Allergy to substance")
_KINDS_OF_ALLERGY = {
    ("allergy", "medication"): ("416098002", "Allergy to drug"),
    ("allergy", "food"): ("414285001", "Allergy to food"),
    ("allergy", ""): _ALLERGY,
    ("intolerance", "medication"): ("59037007", "Intolerance to drug"),
    ("intolerance", "food"): ("235719002", "Intolerance to food"),
    ("intolerance", ""): ("420134006", "Propensity to adverse reaction"),
    ("", "medication"): ("419511003", "Propensity to adverse reactions to drug"),
    ("", "food"): ("418471000", "Propensity to adverse reactions to food"),
    ("", ""): ("418038007", "Propensity to adverse reactions to substance"),
}
"""By type and category, SNOMED CT of the Allergy and Intolerance Type (2.16.840.1.113883.3.88.12.3221.6.2)."""


def entry_of(fact: Resource, at: str, zone: ZoneInfo) -> Element | None:
    """The entry of a fact whose words stand at ``at``; None where it stays words."""
    if isinstance(fact, Condition):
        return _problem(fact, at, zone)
    if isinstance(fact, AllergyIntolerance):
        return _allergy(fact, at)
    if isinstance(fact, MedicationRequest):
        return _medication(fact, at, zone)
    if isinstance(fact, Observation):
        return _result(fact, at, zone)
    return None


def _problem(fact: Condition, at: str, zone: ZoneInfo) -> Element | None:
    coding = coding_of(fact.code, SNOMED, ICD10)
    if coding is None or fact.code is None or not _is_live(fact):
        return None
    observation = E.observation(
        template("2.16.840.1.113883.10.20.22.4.4"),
        template("2.16.840.1.113883.10.20.22.4.4", "2015-08-01"),
        _id(fact, "observation"),
        _snomed("code", "55607006", "Problem", translation=("75326-9", LOINC)),
        _text(at),
        E.statusCode(code="completed"),
        E.effectiveTime(day("low", fact.onset_date_time, zone)),
        typed(coded("value", coding, fact.code.label or "", at), "CD"),
        classCode="OBS",
        moodCode="EVN",
    )
    return _concern("2.16.840.1.113883.10.20.22.4.3", fact, observation, at)


def _allergy(fact: AllergyIntolerance, at: str) -> Element | None:
    coding = coding_of(fact.code, RXNORM, SNOMED)
    if coding is None or fact.code is None or not _is_live(fact):
        return None
    none_known = coding.code in _NO_KNOWN_ALLERGY and SYSTEMS[coding.system or ""] == SNOMED
    substance = E.code(nullFlavor="NA") if none_known else coded("code", coding, fact.code.label or "", at)
    observation = E.observation(
        template("2.16.840.1.113883.10.20.22.4.7"),
        template("2.16.840.1.113883.10.20.22.4.7", "2014-06-09"),
        _id(fact, "observation"),
        E.code(code="ASSERTION", codeSystem=ACT_STATUS),
        _text(at),
        E.statusCode(code="completed"),
        E.effectiveTime(E.low(nullFlavor="UNK")),
        typed(_snomed("value", *(_ALLERGY if none_known else _kind_of_allergy(fact))), "CD"),
        E.participant(
            E.participantRole(E.playingEntity(substance, classCode="MMAT"), classCode="MANU"), typeCode="CSM"
        ),
        classCode="OBS",
        moodCode="EVN",
        **({"negationInd": "true"} if none_known else {}),
    )
    return _concern("2.16.840.1.113883.10.20.22.4.30", fact, observation, at)


def _medication(fact: MedicationRequest, at: str, zone: ZoneInfo) -> Element | None:
    concept = fact.medication_codeable_concept
    coding = coding_of(concept, RXNORM)
    if coding is None or concept is None or fact.status != "active" or fact.do_not_perform:
        return None
    product = E.manufacturedProduct(
        template("2.16.840.1.113883.10.20.22.4.23"),
        template("2.16.840.1.113883.10.20.22.4.23", "2014-06-09"),
        E.manufacturedMaterial(coded("code", coding, concept.label or "", at)),
        classCode="MANU",
    )
    return E.entry(
        E.substanceAdministration(
            template("2.16.840.1.113883.10.20.22.4.16"),
            template("2.16.840.1.113883.10.20.22.4.16", "2014-06-09"),
            _id(fact),
            _text(at),
            E.statusCode(code="active"),
            typed(E.effectiveTime(day("low", fact.authored_on, zone), E.high(nullFlavor="NI")), "IVL_TS"),
            # How it is taken stands in words: codes of it are misread too easily. Its type is said, for of a quantity
            # without a value a reader makes a dose of 1.
            typed(E.doseQuantity(nullFlavor="NI"), "IVL_PQ"),
            E.consumable(product),
            classCode="SBADM",
            moodCode="INT",
        ),
        typeCode="DRIV",
    )


def _result(fact: Observation, at: str, zone: ZoneInfo) -> Element | None:
    coding, value = coding_of(fact.code, LOINC), fact.value_quantity
    if coding is None or fact.code is None or fact.status not in FINAL:
        return None
    if value is None or value.value is None or value.comparator:
        return None
    unit = value.code or (None if value.unit else "1")
    if unit is None or " " in unit:
        return None  # a unit that is no UCUM code would be read as one
    observation = E.observation(
        template("2.16.840.1.113883.10.20.22.4.2"),
        template("2.16.840.1.113883.10.20.22.4.2", "2015-08-01"),
        _id(fact, "observation"),
        coded("code", coding, fact.code.label or "", at),
        _text(at),
        E.statusCode(code="completed"),
        day("effectiveTime", fact.effective_date_time, zone),
        typed(E.value(value=format(value.value, "f"), unit=unit), "PQ"),
        classCode="OBS",
        moodCode="EVN",
    )
    return E.entry(
        E.organizer(
            template("2.16.840.1.113883.10.20.22.4.1"),
            template("2.16.840.1.113883.10.20.22.4.1", "2015-08-01"),
            _id(fact),
            coded("code", coding, fact.code.label or "", at),
            E.statusCode(code="completed"),
            E.component(observation),
            classCode="BATTERY",
            moodCode="EVN",
        ),
        typeCode="DRIV",
    )


def _kind_of_allergy(fact: AllergyIntolerance) -> tuple[str, str]:
    """No more than the record says: what is not known to be an allergy is a propensity."""
    kind = fact.type if fact.type in ("allergy", "intolerance") else ""
    category = fact.category[0] if len(fact.category) == 1 else ""
    return _KINDS_OF_ALLERGY.get((kind, category), _KINDS_OF_ALLERGY[kind, ""])


def _concern(root: str, fact: Resource, observation: Element, at: str) -> Element:
    return E.entry(
        E.act(
            template(root),
            template(root, "2015-08-01"),
            _id(fact),
            E.code(code="CONC", codeSystem=ACT_CLASS),
            _text(at),
            E.statusCode(code="active"),
            E.effectiveTime(E.low(nullFlavor="UNK")),  # when it was first recorded is not read
            E.entryRelationship(observation, typeCode="SUBJ"),
            classCode="ACT",
            moodCode="EVN",
        ),
        typeCode="DRIV",
    )


def _id(fact: Resource, part: str = "") -> Element:
    return E.id(root=str(uuid5(NAMESPACE_URL, f"{fact.key}#{part}")))


def _text(at: str) -> Element:
    return E.text(E.reference(value=f"#{at}"))


def _snomed(tag: str, code: str, words: str, translation: tuple[str, str] | None = None) -> Element:
    inside = [E.translation(code=translation[0], codeSystem=translation[1], displayName=words)] if translation else []
    return E(tag, *inside, code=code, codeSystem=SNOMED, displayName=words)


def _is_live(fact: Condition | AllergyIntolerance) -> bool:
    """Whether all that its statuses say, in whatever form, is that it is sure and there now; one may say nothing."""
    both = ((fact.verification_status, SURE), (fact.clinical_status, LIVE))
    return all(not says(one) or (bool(states_of(one)) and wanted.issuperset(states_of(one))) for one, wanted in both)
