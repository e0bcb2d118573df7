"""Fax numbers: what is dialled, and what never is."""

from __future__ import annotations

import pytest

from loopclose.domain.fax_numbers import BadFaxNumber, parse_fax_number

SAME = ["6175550123", "(617) 555-0123", "617.555.0123", "1 617 555 0123", "+1 (617) 555-0123", "tel:+1-617-555-0123",
        "Fax: 617-555-0123", " 617\u00a0555\u20110123 "]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_one_number_however_it_is_written(text: str) -> None:
    found = parse_fax_number(text)
    assert (str(found), found.digits, found.is_north_american) == ("+16175550123", "16175550123", True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("+49 30 901820", "+4930901820"),
        ("800-555-0100", "+18005550100"),
        ("6275551234", "+16275551234"),
    ],
)
def test_other_countries_free_numbers_and_area_codes_nobody_knows_yet(text: str, expected: str) -> None:
    assert str(parse_fax_number(text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("911", "emergency"),
        ("+911", "emergency"),
        ("112", "emergency"),
        ("555-0123", "ten digits"),
        ("1-800-FLOWERS", "no letters"),
        ("617-555-0123 x12", "extension"),
        ("617-555-0123 ext. 12", "extension"),
        ("+1-617-555-0123;ext=12", "extension"),
        ("617-555-0123#", "extension"),
        ("900-555-0123", "costs"),
        ("617-976-1234", "costs"),
        ("+44 9098 790000", "costs"),
        ("411-555-0123", "service number"),
        ("617-911-1234", "service number"),
        ("117-555-0123", "ten digits"),
        ("91-617-555-0123 1", "ten digits"),
        ("+44 21", "too short"),
        ("+999 1234567", "no fax number"),
        ("+44 00 0000 0000", "No such number"),
        ("617-555-0123, 617-555-0124", "no letters or other signs"),
        ("9,617-555-0123", "no letters or other signs"),
        ("617-555-0123\r\nBcc: x", "no letters"),
        ("+1617+5550123", "no letters or other signs"),
        ("٦١٧٥٥٥٠١٢٣", "no letters or other signs"),
        ("", "no letters or other signs"),
        ("6" * 41, "longer than 40"),
    ],
)
def test_what_is_not_dialled_says_why_in_a_sentence_without_the_number(text: str, words: str) -> None:
    with pytest.raises(BadFaxNumber) as told:
        parse_fax_number(text)
    said = str(told.value)
    assert words in said and said.endswith(".") and (not text or text not in said)
