"""The C-CDA Consultation Note: what it names, what it codes, and that each wrong thing in it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
from lxml import etree
from msgspec import structs

from loopclose.drafting.paper import Section, Sentence, Source
from loopclose.letters.ccda import to_ccda
from loopclose.letters.ccda_checks import RefusedDocument, check, problems
from loopclose.letters.cda_parts import NS, SNOMED, is_code, name
from loopclose.letters.fhir_facts import resource_of
from loopclose.letters.forms import FORMS, Look, kinds_of
from loopclose.letters.printed import told
from tests.spec.cast import fact
from tests.unit.letters.sample import HEADER, LOINC, ODD, coded, letter, ordered
from tests.unit.letters.sample import SNOMED as SCT

N = {"h": NS}


def read(**more: Any) -> Any:
    return etree.fromstring(to_ccda(letter(**more)))


def section(document: Any, code: str) -> Any:
    (found,) = document.xpath(f"//h:section[h:code/@code='{code}']", namespaces=N)
    return found


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def codes(document: Any, code: str) -> set[str]:
    return set(section(document, code).xpath(".//h:entry//@code", namespaces=N))


def test_it_says_who_to_whom_and_in_answer_to_what() -> None:
    found = read()
    assert found.xpath("string(h:inFulfillmentOf/h:order/h:id/@extension)", namespaces=N) == "REF-2026-118"
    assert found.xpath("string(h:id/@root)", namespaces=N) == HEADER.document
    assert "Lee Sample" in words(found.find("h:informationRecipient", N))
    assert (
        found.xpath("string(h:participant[@typeCode='CALLBCK']//h:telecom/@value)", namespaces=N) == "tel:617-555-0140"
    )
    assert found.xpath("string(h:author//h:id/@extension)", namespaces=N) == "1000000004"
    assert found.xpath("string(//h:encompassingEncounter//h:low/@value)", namespaces=N) == "20261119130000-0500"


def test_every_sentence_of_both_papers_stands_in_it_once() -> None:
    one = letter()
    stated = [words(item) for item in etree.fromstring(to_ccda(one)).iter(f"{{{NS}}}item")]
    wanted = [
        " ".join(" ".join(sentence.text for sentence in item).split()) for part in one.sections for item in told(part)
    ]
    assert sorted(stated) == sorted(wanted)


def test_a_section_that_has_no_place_of_its_own_is_not_lost() -> None:
    one = letter()
    note = one.papers["consult-note"]
    more = Section("supplies", "Supplies", ((Sentence("A cane.", ()),),), "None.")
    papers = {**one.papers, "consult-note": structs.replace(note, sections=(*note.sections, more))}
    found = etree.fromstring(to_ccda(replace(one, papers=papers)))
    assert "Supplies A cane." in words(section(found, "51847-2")).replace("Supplies", "Supplies ").replace("  ", " ")


def test_why_it_may_not_be_all_is_said_in_every_form() -> None:
    why = "Made from what was read in September; not refreshed."
    one = letter(caution=why)
    assert why in words(section(etree.fromstring(to_ccda(one)), "42349-1"))
    for called, form in FORMS.items():
        for kind in kinds_of(one, form):
            made = form.make(one, kind, Look())
            if form.media_type == "application/pdf":
                made = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range().encode()
            assert why in " ".join(made.decode().split()), called


def test_what_is_coded_stands_beside_its_words() -> None:
    found = read()
    assert "233819005" in codes(found, "11450-4") and "4548-4" in codes(found, "30954-2")
    assert "7980" in codes(found, "48765-2") and {"866436", "617311", "861004"} <= codes(found, "10160-0")


@pytest.mark.parametrize(
    ("code", "more", "not_coded"),
    [
        ("11450-4", {"conditions": (fact("Condition", "c", code=coded(SCT, "22298006", "Infarction"),
                     verificationStatus={"coding": [{"code": "refuted"}]}),)}, "22298006"),
        ("11450-4", {"conditions": (fact("Condition", "c", code=coded(SCT, "22298006", "Infarction"),
                     verificationStatus={"coding": [{"code": "provisional"}]}),)}, "22298006"),
        ("11450-4", {"conditions": (fact("Condition", "c", code=coded(SCT, "22298006", "Infarction"),
                     clinicalStatus={"coding": [{"code": "resolved"}]}),)}, "22298006"),
        ("48765-2", {"allergies": (fact("AllergyIntolerance", "a", code=coded(SCT, "91936005", "Penicillin allergy"),
                     verificationStatus={"coding": [{"code": "refuted"}]}),)}, "91936005"),
        ("30954-2", {"observations": (fact("Observation", "o", status="preliminary",
                     code=coded(LOINC, "4548-4", "A1c"), valueQuantity={"value": 7, "code": "%"}),)}, "4548-4"),
        ("30954-2", {"observations": (fact("Observation", "o", status="final",
                     code=coded(LOINC, "4548-9", "A1c"), valueQuantity={"value": 7, "code": "%"}),)}, "4548-9"),
        ("10160-0", {"medications": (ordered("m", "zz", "mystery 5 MG", "daily"),), "listed": ()}, "zz"),
    ],
    ids=["refuted", "provisional", "resolved", "no allergy", "preliminary", "wrong LOINC", "wrong RxNorm"],
)  # fmt: skip
def test_what_is_not_sure_stays_in_words(code: str, more: dict[str, Any], not_coded: str) -> None:
    found = section(read(**more), code)
    assert found.get("nullFlavor") == "NI" and not found.xpath(".//h:entry", namespaces=N)
    assert len(found.xpath(".//h:item", namespaces=N)) == 1 and not_coded not in etree.tostring(found).decode()


GONE = {"refuted", "resolved", "inactive"}
NOT_LIVE = [
    {"verificationStatus": {"text": "Refuted"}},
    {"verificationStatus": {"coding": [{"code": "ENTERED-IN-ERROR"}]}},
    {"verificationStatus": {"coding": [{"code": "confirmed"}, {"code": "refuted"}]}},
    {"verificationStatus": {"coding": [{"system": "urn:local", "code": "7", "display": "Ruled out"}]}},
    {"verificationStatus": {"text": "questionable"}},
    {"clinicalStatus": {"text": "Resolved"}},
    {"clinicalStatus": {"coding": [{"code": "active"}, {"code": "inactive"}]}},
    {"clinicalStatus": {"text": "Entered in error"}},
]
"""Statuses in words, in capitals, as a second coding, in another's codes, and one that nobody knows."""


@pytest.mark.parametrize("status", NOT_LIVE, ids=str)
def test_a_status_in_whatever_form_keeps_it_from_being_coded_as_live(status: dict[str, Any]) -> None:
    condition = fact("Condition", "c", code=coded(SCT, "22298006", "Infarction"), **status)
    allergy = fact("AllergyIntolerance", "a", code=coded(SCT, "91936005", "Penicillin allergy"), **status)
    made = letter(conditions=(condition,), allergies=(allergy,))
    assert not codes(etree.fromstring(to_ccda(made)), "11450-4") & {"22298006"}
    assert not codes(etree.fromstring(to_ccda(made)), "48765-2")
    for one in (resource_of(condition, "Patient/p"), resource_of(allergy, "Patient/p")):
        assert one is None or [*status] == [name for name in status if one[name]["coding"][0]["code"] in GONE]


@pytest.mark.parametrize("status", [{}, {"verificationStatus": {"text": "Confirmed"}}, {"clinicalStatus": {}}], ids=str)
def test_what_is_sure_in_words_is_coded(status: dict[str, Any]) -> None:
    allergy = fact("AllergyIntolerance", "a", code=coded(SCT, "91936005", "Penicillin allergy"), **status)
    assert "91936005" in codes(read(allergies=(allergy,)), "48765-2")
    assert resource_of(allergy, "Patient/p") is not None


def test_what_is_only_cited_has_no_entry_and_what_is_told_twice_has_one() -> None:
    one = letter()
    note = one.papers["consult-note"]
    told_of = tuple(Source(key, "code", "") for key in ("Observation/a1c", "Condition/angina"))
    more = Section("findings", "More", ((Sentence("Stable angina is treated.", told_of),),), "")
    papers = {**one.papers, "consult-note": structs.replace(note, sections=(*note.sections, more))}
    found = etree.fromstring(to_ccda(replace(one, papers=papers)))
    for code in ("11450-4", "30954-2"):
        assert len(section(found, code).xpath("h:entry", namespaces=N)) == 1
    assert not section(found, "51847-2").xpath("h:entry", namespaces=N)


def test_that_there_is_no_allergy_is_said_as_a_negation() -> None:
    none = fact("AllergyIntolerance", "a", code=coded(SCT, "716186003", "No known allergy"))
    found = section(read(allergies=(none,)), "48765-2")
    (observation,) = found.xpath(".//h:observation", namespaces=N)
    assert observation.get("negationInd") == "true" and "No known allerg" in words(found.find("h:text", N))
    empty = section(read(allergies=()), "48765-2")
    assert empty.get("nullFlavor") == "NI" and "No allergies were recorded" in words(empty)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "allergy", "category": ["medication"]}, "416098002"),
        ({"type": "intolerance", "category": ["medication"]}, "59037007"),
        ({"type": "intolerance", "category": ["biologic"]}, "420134006"),
        ({"category": ["food"]}, "418471000"),
        ({"type": "allergy", "category": ["food", "medication"]}, "419199007"),
        ({}, "418038007"),
    ],
)
def test_an_allergy_is_called_one_where_the_record_does(said: dict[str, Any], code: str) -> None:
    allergy = fact("AllergyIntolerance", "a", code=coded(SCT, "91936005", "Allergy to penicillin"), **said)
    assert code in codes(read(allergies=(allergy,)), "48765-2")


def test_a_signed_letter_has_its_signer_and_words_alone() -> None:
    found = read(signed=True)
    assert words(found.find("h:legalAuthenticator//h:family", N)) == "Sample"
    assert found.find("h:legalAuthenticator/h:signatureCode", N).get("code") == "S"
    assert not found.xpath("//h:entry", namespaces=N) and "draft" not in words(found.find("h:title", N))
    assert "draft" in words(read().find("h:title", N)) and read().find("h:legalAuthenticator", N) is None


def test_odd_words_stay_words_and_the_same_letter_is_the_same_bytes() -> None:
    made = to_ccda(letter(ODD + "\x07 <b>&amp;</b> ]]>"))
    assert b"\x07" not in made and "Łukasiewicz" in words(etree.fromstring(made))
    assert made == to_ccda(letter(ODD + "\x07 <b>&amp;</b> ]]>"))


def test_a_head_of_which_little_is_known_is_written_all_the_same() -> None:
    bare = replace(
        HEADER, author=None, referral=(), patient=replace(HEADER.patient, family=None, given=(), gender=None)
    )
    one = letter()
    assert etree.fromstring(to_ccda(replace(one, header=bare))).find("h:inFulfillmentOf/h:order/h:id", N) is not None


def _set(path: str, attribute: str, value: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document.xpath(path, namespaces=N)[0].set(attribute, value)

    return change


def _drop(path: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        element = document.xpath(path, namespaces=N)[0]
        element.getparent().remove(element)

    return change


def _say(path: str, text: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document.xpath(path, namespaces=N)[0].text = text

    return change


WRONG: dict[str, tuple[Callable[[Any], None], str]] = {
    "another document": (_set("h:code", "code", "34133-9"), "its code is not 11488-4"),
    "no such document": (_set("h:code", "code", "99999-9"), "its code is not 11488-4"),
    "gender": (_set("//h:administrativeGenderCode", "code", "Q"), "gender Q"),
    "RxNorm": (_set("//h:manufacturedMaterial/h:code", "code", "zz"), "zz is no code"),
    "LOINC": (_set("//h:observation/h:code[@code='4548-4']", "code", "4548-5"), "4548-5 is no code"),
    "zone": (_set("h:effectiveTime", "value", "20261119151500"), "has no zone"),
    "time of an entry": (_set("//h:substanceAdministration//h:low", "value", "2026-11-19"), "has no zone"),
    "reference": (_set("//h:entry//h:reference", "value", "#nope"), "leads nowhere"),
    "another section": (_set("//h:section[h:code/@code='11450-4']//h:reference", "value", "#s1"), "leads nowhere"),
    "words": (_say("//h:section[h:code/@code='10160-0']//h:item", "lisinopril"), "a name that the narrative"),
    "value": (_set("//h:observation/h:value[@unit]", "value", "9.7"), "a value that the narrative"),
    "same ID": (_set("//h:item[2]", "ID", "s1"), "the same ID"),
    "nothing known": (_set("//h:section[h:code/@code='11450-4']", "nullFlavor", "NI"), "has entries"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_schema_and_schematron_do_not_see_is_refused(name: str) -> None:
    change, why = WRONG[name]
    document = read()
    check(document, signed=False)
    change(document)
    with pytest.raises(RefusedDocument, match=why):
        check(document, signed=False)


def test_nobody_stands_for_a_draft_and_somebody_for_what_is_signed() -> None:
    signed, draft = read(signed=True), read()
    assert list(problems(signed, signed=True)) == [] == list(problems(draft, signed=False))
    assert list(problems(draft, signed=True)) == ["nobody stands for what is signed"]
    _drop("h:legalAuthenticator")(signed)
    assert list(problems(signed, signed=True)) == ["nobody stands for what is signed"]
    assert list(problems(read(signed=True), signed=False)) == ["somebody stands for what nobody signed"]


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("Heart Sample, MD", "Heart|Sample|MD"),
        ("Sample, Heart", "Heart|Sample"),
        ("Ana Maria Sample", "Ana Maria|Sample"),
        ("Sample", "|Sample"),
    ],
)
def test_a_name_in_one_is_taken_apart(whole: str, parts: str) -> None:
    assert "|".join(part.text or "" for part in name([], None, whole)) == parts


def test_a_code_has_the_form_of_its_system() -> None:
    assert is_code("2.16.840.1.113883.6.1", "11488-4") and not is_code("2.16.840.1.113883.6.1", "11488-5")
    assert is_code(SNOMED, "233819005") and not is_code(SNOMED, "abc") and is_code("1.2.3", "anything")
