"""Our C-CDA before HL7's own schema and the schematron of R2.1."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from lxml import etree, isoschematron

from loopclose.drafting.other_letters import letter_about
from loopclose.letters.ccda import to_ccda
from tests.interop.loading import DATA
from tests.unit.letters.sample import NOTES, letter, material

CDA = DATA / "cda"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
LEAST_RULES = 25
"""Rules of the schematron that any note of ours comes under: none fired would look like none broken."""


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(CDA / "infrastructure" / "cda" / "CDA_SDTC.xsd"))


@cache
def schematron() -> isoschematron.Schematron:
    rules = etree.parse(CDA / "ccda-r2.1-structure.sch")
    return isoschematron.Schematron(rules, phase="errors", store_report=True, validate_schema=False)


def broken_rules(document: Any) -> list[str]:
    """What schema and schematron say against a document."""
    found = [] if schema().validate(document) else [str(one) for one in schema().error_log]
    schematron().validate(document)
    report = schematron().validation_report
    assert len(report.findall(f".//{SVRL}fired-rule")) >= LEAST_RULES
    return found + [" ".join("".join(one.itertext()).split()) for one in report.iter(f"{SVRL}failed-assert")]


@pytest.mark.parametrize("signed", [False, True], ids=["draft", "signed"])
@pytest.mark.parametrize("name", sorted(NOTES))
def test_schema_and_schematron_have_nothing_against_it(name: str, signed: bool) -> None:
    assert broken_rules(etree.fromstring(to_ccda(letter(NOTES[name], signed=signed)))) == []


@pytest.mark.parametrize("kind", ["progress-report", "interim-report"])
def test_nor_against_another_kind_of_letter(kind: str) -> None:
    one = letter()
    other = replace(one, papers={**one.papers, "consult-note": letter_about(material(), kind)})
    assert broken_rules(etree.fromstring(to_ccda(other))) == []


def test_nor_where_nothing_was_recorded() -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("conditions", "observations", "procedures", "orders", "medications", "listed", "allergies"), ()
    )
    assert broken_rules(etree.fromstring(to_ccda(letter("Plan: rest.", **nothing)))) == []


def test_a_document_that_does_not_say_what_it_answers_is_refused() -> None:
    """The test of the test."""
    document = etree.fromstring(to_ccda(letter()))
    answers = document.find("{urn:hl7-org:v3}inFulfillmentOf")
    document.remove(answers)
    assert any("inFulfillmentOf" in one for one in broken_rules(document))
