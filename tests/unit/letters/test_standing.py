"""A page and a text say whether a letter is a draft or signed, by whom and when; what was open is not, once signed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from loopclose.drafting.paper import Conflict
from loopclose.letters.forms import FORMS, Look
from loopclose.letters.letter import Letter
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
