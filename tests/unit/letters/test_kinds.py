"""Every form of every kind of letter has its type and title; one that cannot be printed keeps no other back."""

from __future__ import annotations

import json
from dataclasses import replace

import pypdfium2
import pytest
from lxml import etree

from loopclose.domain.letter_kinds import KINDS, OF_A_REPORT
from loopclose.drafting.other_letters import letter_about
from loopclose.errors import UsageError
from loopclose.letters.ccda import to_ccda
from loopclose.letters.fhir_document import to_fhir
from loopclose.letters.forms import FORMS, Look, kinds_of, name_of_file
from loopclose.letters.letter import Letter
from loopclose.letters.pdf import NotPrintable
from tests.unit.drafting.test_other_letters import missed
from tests.unit.letters.sample import HEADER, SIGNATURE, letter, material

OTHERS = [kind for kind in OF_A_REPORT if kind != "consult-note"]
CDA = "{urn:hl7-org:v3}"


def of_kind(kind: str) -> Letter:
    one = letter()
    return replace(one, papers={**one.papers, "consult-note": letter_about(material(), kind)})


def notice(*, released: bool = False) -> Letter:
    signature = replace(SIGNATURE, by_staff=True) if released else None
    return Letter(papers={"no-show-notice": missed("noshow")}, header=replace(HEADER, signature=signature, author=None))


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).split())


@pytest.mark.parametrize("kind", OTHERS)
def test_all_forms_of_a_report_have_its_type_and_title(kind: str) -> None:
    one, row = of_kind(kind), KINDS[kind]
    for form in ("pdf", "fax"):
        said = words_of(FORMS[form].make(one, "consult-note", Look()))
        assert row.title in said and row.loinc in said
    for form in ("html", "text"):
        assert row.title.lower() in FORMS[form].make(one, "consult-note", Look()).decode().lower()
    composition = json.loads(to_fhir(one))["entry"][0]["resource"]
    assert composition["type"]["coding"][0]["code"] == row.loinc and composition["title"] == row.title
    assert name_of_file(one, "consult-note").startswith(f"{kind}-")
    if row.ccda is None:
        assert [*kinds_of(one, FORMS["ccda"])] == []
        with pytest.raises(UsageError, match="no C-CDA of a procedure report"):
            to_ccda(one)
    else:
        document = etree.fromstring(to_ccda(one))
        assert document.find(f"{CDA}code").get("code") == row.loinc
        assert row.ccda in {found.get("root") for found in document.findall(f"{CDA}templateId")}
        assert document.findtext(f"{CDA}title").startswith(row.title)


def test_a_signed_interim_report_is_preliminary_for_a_machine() -> None:
    one = of_kind("interim-report")
    signed = replace(one, header=replace(one.header, signature=SIGNATURE), facts=())
    assert json.loads(to_fhir(signed))["entry"][0]["resource"]["status"] == "preliminary"


def test_a_notice_is_a_letter_of_one_page_without_an_encounter_and_staff_stand_for_it() -> None:
    for form in ("pdf", "fax"):
        body = FORMS[form].make(notice(), "no-show-notice", Look())
        assert len(pypdfium2.PdfDocument(body)) == 1
        assert "not released" in words_of(body) and "51852-2" in words_of(body)
    released = words_of(FORMS["pdf"].make(notice(released=True), "no-show-notice", Look()))
    assert "Released by staff of the practice" in released and "not released" not in released
    bundle = json.loads(to_fhir(notice(released=True)))
    kinds = [one["resource"]["resourceType"] for one in bundle["entry"]]
    assert "Encounter" not in kinds and "encounter" not in bundle["entry"][0]["resource"]
    assert bundle["entry"][0]["resource"]["attester"][0]["mode"] == "official"
    assert [*kinds_of(notice(), FORMS["ccda"])] == [] and [*kinds_of(notice(), FORMS["fhir"])] == ["no-show-notice"]


def test_the_same_letter_is_the_same_bytes_and_one_that_cannot_be_printed_keeps_no_other_back() -> None:
    good = [of_kind(kind) for kind in OTHERS] + [notice()]
    bad = replace(good[0], header=replace(HEADER, patient=replace(HEADER.patient, name="Josef 山")))
    first = [FORMS["pdf"].make(one, one.main, Look()) for one in good]
    for form in ("pdf", "fax"):
        with pytest.raises(NotPrintable, match=r"U\+5C71, in “Josef 山”"):
            FORMS[form].make(bad, bad.main, Look())
    assert "Josef" in FORMS["text"].make(bad, bad.main, Look()).decode()
    assert [FORMS["pdf"].make(one, one.main, Look()) for one in good] == first
