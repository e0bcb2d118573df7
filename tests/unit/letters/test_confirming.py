"""A copy that can be confirmed says where and by which code, and numbers what it asks; any other says nothing of it."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp

from loopclose.domain.confirm_code import in_groups, read_confirm_code
from loopclose.drafting.duties import duties_of, labels_of, numbers_of
from loopclose.letters.confirming import confirming_of
from loopclose.letters.forms import FORMS, Look
from loopclose.letters.letter import CONSULT_NOTE, Letter
from tests.unit.letters.sample import letter

CODE = "7FK283XCGH43"
ADDRESS = f"https://confirm.example.org/{CODE}"
ASKS = """Plan:
Stop atenolol. PCP to continue lisinopril and metformin. PCP to continue amlodipine and recheck the potassium.
Please check his TSH.
"""


def copy(note: str = ASKS) -> Letter:
    one = letter(note)
    return replace(one, header=replace(one.header, confirm=ADDRESS))


def printed(one: Letter, form: str) -> str:
    made = FORMS[form].make(one, CONSULT_NOTE, Look())
    if form == "text":
        return made.decode()
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made))


@pytest.mark.parametrize("form", ["pdf", "fax", "text"])
def test_a_copy_says_where_and_by_which_code_it_is_confirmed(form: str) -> None:
    said = printed(copy(), form)
    assert in_groups(CODE) in said and "confirm.example.org" in said
    assert CODE not in printed(letter(ASKS), form) and "confirm" not in printed(letter(ASKS), form).lower()


@pytest.mark.parametrize("form", ["pdf", "fax"])
def test_its_square_leads_to_the_page_of_this_very_copy(form: str) -> None:
    found = FORMS[form].make(copy(), CONSULT_NOTE, Look())
    page = pypdfium2.PdfDocument(io.BytesIO(found))[0].render(scale=3).to_pil()
    assert [one.text for one in zxingcpp.read_barcodes(page)] == [ADDRESS]


@pytest.mark.parametrize("form", ["pdf", "fax", "text"])
def test_what_it_asks_is_numbered_as_the_page_asks_for_it(form: str) -> None:
    one = copy()
    labels = labels_of(one.papers.values())
    assert labels == (
        "Medicine 1 (lisinopril), Medicine 2 (metformin)",
        "Medicine 3 (amlodipine), Request 1",
        "Request 2",
    )
    said = " ".join(printed(one, form).split())
    assert [label for label in labels if label not in said] == []
    assert "Request 2" not in printed(letter(ASKS), form)


def test_every_duty_that_is_answered_has_a_number_of_its_own() -> None:
    papers = copy().papers.values()
    numbers = numbers_of(papers)
    assert {one.key for one in duties_of(papers) if one.kind != "pending_result"} == set(numbers)
    assert len(set(numbers.values())) == len(numbers)


def test_without_a_page_nothing_is_said_of_one() -> None:
    assert confirming_of(letter()) is None


@pytest.mark.parametrize("typed", ["7fk2-83xc-gh43", " 7FK2 83XC GH43 ", "7EK2.B3XC.GHA3", "7FK283XCGH43"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_confirm_code(typed) == CODE
