"""A page and a text say whether a letter is a draft or signed, by whom and when; what was open is not, once signed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree
from msgspec import structs

from loopclose.drafting.paper import Conflict
from loopclose.letters.ccda import to_ccda
from loopclose.letters.cda_parts import NS
from loopclose.letters.fhir_document import to_fhir
from loopclose.letters.forms import FORMS, Look
from loopclose.letters.letter import Letter, Replaced
from tests.unit.letters.sample import letter

OPEN = ("To be answered before signing", "To settle before signing")


def asked(*, signed: bool) -> Letter:
    """With a question that has no answer, and a conflict."""
    one = letter("Plan:\nRest.", signed=signed)
    note = one.papers["consult-note"]
    assert note.first is not None
    first = structs.replace(note.first, answer=(), answer_needed=True)
    open_still = structs.replace(note, page_one=first, conflicts=(Conflict("twice", "Which is taken?", ()),))
    return replace(one, papers={**one.papers, "consult-note": open_still})


@pytest.mark.parametrize("form", ["html", "text"])
def test_a_letter_says_whether_it_is_signed(form: str) -> None:
    drafted, signed = (FORMS[form].make(asked(signed=done), "consult-note", Look()).decode() for done in (False, True))
    assert "draft, not signed" in drafted.lower() and "Signed electronically" not in drafted
    assert "draft" not in signed.lower() and "Signed electronically by Heart Sample, MD, Fri 20 Nov 2026" in signed
    assert all(words.lower() in drafted.lower() and words.lower() not in signed.lower() for words in OPEN)


FIRST, SECOND = "0b3c1f6e-1111-5c11-9a43-0d5a5c1e2b77", "0b3c1f6e-2222-5c11-9a43-0d5a5c1e2b77"


@pytest.mark.parametrize(("before", "version"), [(FIRST, 1), (SECOND, 4)], ids=["the first", "a corrected one"])
def test_a_corrected_letter_names_what_it_replaces(before: str, version: int) -> None:
    one = letter(signed=True)
    named = replace(one.header, version=5, series=FIRST, replaces=Replaced(document=before, version=version))
    made = etree.fromstring(to_ccda(replace(one, header=named)))
    (related,) = made.iterfind("h:relatedDocument", {"h": NS})
    assert related.get("typeCode") == "RPLC"
    assert [(each.tag.rpartition("}")[2], each.get("root") or each.get("value")) for each in related[0]] == [
        ("id", before),
        ("setId", FIRST),
        ("versionNumber", str(version)),
    ]
    said = [made.find(f"h:{name}", {"h": NS}) for name in ("id", "setId", "versionNumber")]
    assert [each.get("root") or each.get("value") for each in said] == [one.header.document, FIRST, "5"]
    bundle = json.loads(to_fhir(replace(one, header=named)))
    first = bundle["entry"][0]["resource"]
    assert bundle["identifier"]["value"] == f"urn:uuid:{one.header.document}"
    assert first["identifier"]["value"] == f"urn:uuid:{FIRST}"
    (target,) = first["relatesTo"]
    assert target["code"] == "replaces" and target["targetIdentifier"]["value"] == f"urn:uuid:{before}"


@pytest.mark.parametrize("signed", [False, True], ids=["draft", "signed"])
def test_a_letter_that_replaces_none_names_none(signed: bool) -> None:
    one = letter(signed=signed)
    made = etree.fromstring(to_ccda(one))
    assert made.find("h:relatedDocument", {"h": NS}) is None
    assert made.find("h:setId", {"h": NS}).get("root") == one.header.document
    assert "relatesTo" not in json.loads(to_fhir(one))["entry"][0]["resource"]
