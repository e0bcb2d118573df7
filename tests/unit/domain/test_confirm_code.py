"""Confirmation codes: read back however they are typed, and not by a slip."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.confirm_code import LENGTH, confirm_code, in_groups, read_confirm_code
from loopclose.domain.short_code import ALPHABET

CODES = st.randoms(use_true_random=False).map(lambda dice: confirm_code(dice.choice))


def test_a_code_is_drawn_and_printed_in_groups() -> None:
    code = confirm_code(random.Random(1).choice)
    assert len(code) == LENGTH and set(code) <= set(ALPHABET)
    assert in_groups(code) == f"{code[:4]}-{code[4:8]}-{code[8:]}"
    assert confirm_code(random.Random(2).choice) != code


@given(code=CODES)
def test_it_is_read_however_it_is_typed(code: str) -> None:
    for typed in (code, code.lower(), in_groups(code), f" {in_groups(code)} ", " ".join(code)):
        assert read_confirm_code(typed) == code


@given(code=CODES, place=st.integers(0, LENGTH - 2), sign=st.sampled_from(ALPHABET))
def test_one_wrong_character_and_two_that_changed_places_are_noticed(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    assert (read_confirm_code(wrong) is None) == (wrong != code)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if place + 1 < LENGTH - 1:
        assert (read_confirm_code(swapped) is None) == (swapped != code)


@given(text=st.text(max_size=30))
def test_anything_else_is_no_code(text: str) -> None:
    found = read_confirm_code(text)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))
