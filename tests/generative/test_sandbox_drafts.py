"""Every report of a made-up practice drafts, in every style: all of the visit, nothing else, page one on one page."""

from __future__ import annotations

import base64
import html
import json
import re
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest

from loopclose.drafting.page_one_check import problems
from loopclose.drafting.schedules import RXNORM, schedule_of
from loopclose.letters.letter import CONSULT_NOTE
from loopclose.letters.pdf import to_pdf
from loopclose.letters.text import to_text
from loopclose.sandbox.model import BASE
from tests.generative.drafted import STYLES, drafted
from tests.generative.sourced import wrong
from tests.store.line import sandbox
from tests.unit.drafting.test_papers import drug
from tests.unit.letters.sample import HEADER

MEASURED = 8
"""Letters of a style that are set in type."""

OF_A_VISIT = ("Condition", "Observation", "DiagnosticReport", "ServiceRequest", "MedicationRequest")


def about(resources: list[dict[str, Any]], visit: str, referral: str) -> list[dict[str, Any]]:
    """The conditions, results, orders and medicines of a visit, by the visit that they name."""
    return [
        one
        for one in resources
        if one["resourceType"] in OF_A_VISIT
        and one.get("encounter", {}).get("reference") == visit
        and f"ServiceRequest/{one['id']}" != referral
        and "entered-in-error" not in (one.get("status"), *_verified(one))
    ]


def _verified(one: dict[str, Any]) -> list[str]:
    return [coding["code"] for coding in one.get("verificationStatus", {}).get("coding", [])]


@pytest.mark.parametrize("style", STYLES)
def test_every_report_drafts(style: str) -> None:
    box, zone, reports = drafted(style)
    raw = {
        f"{one['resourceType']}/{one['id']}": one
        for one in json.loads(json.dumps(box.resources), parse_float=Decimal)
    }  # fmt: skip
    assert len(reports) >= 10
    for item, papers in reports:
        said = "\n".join(to_text(paper) for paper in papers.values())
        for paper in papers.values():
            assert list(wrong(paper, raw, zone)) == []
        for one in about(box.resources, item.visit, item.referral):
            assert any(f"{key} " in said for key in keys_of(one)), (item.visit, one["id"])
        for note in notes(box.resources, item.visit):
            assert [line for line in plan_of(note) if line not in said] == []


@pytest.mark.parametrize("style", STYLES)
def test_page_one_is_whole_and_one_page(style: str) -> None:
    behind: list[int] = []
    for number, (item, papers) in enumerate(drafted(style).reports):
        paper = papers[CONSULT_NOTE]
        assert [*problems(paper)] == [], item.id
        if number < MEASURED:
            pages = [*pypdfium2.PdfDocument(to_pdf(paper, HEADER))]
            second = " ".join(pages[1].get_textpage().get_text_range().split()) if len(pages) > 1 else ""
            first = pages[0].get_textpage().get_text_range()
            assert paper.first and " ".join(paper.first.heading.split()) in " ".join(first.split())
            assert paper.first.absent[-40:] in " ".join(first.split()), (item.id, second[:200])
            behind.append(len(pages))
    assert sorted(behind)[int(len(behind) * 0.95) - 1] <= 2, behind


def keys_of(one: dict[str, Any]) -> list[str]:
    """By what a resource is cited: itself, or the Medication that it orders."""
    drug = one.get("medicationReference", {}).get("reference", "#")
    return [f"{one['resourceType']}/{one['id']}", *([] if drug.startswith("#") else [drug])]


def notes(resources: list[dict[str, Any]], visit: str) -> list[str]:
    """The texts of the notes of a visit, in the resource or in a Binary of their own, without what marks them up."""
    binaries = {f"Binary/{one['id']}": one["data"] for one in resources if one["resourceType"] == "Binary"}
    return [
        re.sub(r"<[^>]*>", "\n", html.unescape(base64.b64decode(data).decode()))
        for one in resources
        if one["resourceType"] == "DocumentReference" and one.get("status") != "entered-in-error"
        if {"reference": visit} in one.get("context", {}).get("encounter", [])
        for attachment in (content["attachment"] for content in one["content"])
        if attachment["contentType"].split(";")[0] in ("text/plain", "text/html")
        if (data := attachment.get("data") or binaries.get(attachment["url"].removeprefix(f"{BASE}/")))
    ]


def plan_of(note: str) -> list[str]:
    """Every line after the heading of the assessment, which must all stand in the draft."""
    _, _, rest = note.partition("ssessment")
    lines = [line.strip("#* ") for line in rest.splitlines()[1:]]
    return [
        line.partition(":")[2].strip() if line.endswith(":") else line for line in lines if line and ":" not in line
    ]


def test_every_drug_of_the_made_up_practices_is_mapped() -> None:
    codes = {
        (coding["code"], coding.get("display", ""))
        for style in ("tidy", "messy")
        for one in sandbox(style, 60).resources
        if one["resourceType"] == "MedicationRequest"
        for coding in one.get("medicationCodeableConcept", {}).get("coding", [])
        if coding.get("system") == RXNORM
    }
    assert len(codes) >= 5
    assert [code for code in codes if schedule_of(drug(code[1], code[0])) == "unmapped"] == []
