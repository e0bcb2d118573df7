"""Short codes: of the same document always the same, and no slip of one who reads or types stays unseen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.short_code import ALPHABET, read_short_code, short_code

codes = st.uuids().map(lambda one: short_code(str(one)))


def test_the_code_of_a_document_never_changes() -> None:
    assert short_code("5f0e1d9a-2f7b-5c11-9a43-0d5a5c1e2b77") == "7YWF-RKXP"


def test_no_character_is_one_that_a_fax_turns_into_another() -> None:
    assert not set(ALPHABET) & set("0ODQ91I5SZBAE") and len(set(ALPHABET)) == 23


@given(codes)
def test_it_is_read_however_it_is_typed(code: str) -> None:
    assert read_short_code(f" {code.lower().replace('-', ' ')}\n") == code


def test_what_a_machine_makes_of_it_is_put_right() -> None:
    assert read_short_code("AYJW-36JV") == "4YJW-36JV" and read_short_code("U3SHU-P23T") == "U3HU-P23T"


@given(codes, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, sign: str) -> None:
    plain = code.replace("-", "")
    wrong = plain[:place] + sign + plain[place + 1 :]
    assert (read_short_code(wrong) is None) == (wrong != plain)


@given(codes, st.integers(0, 6))
def test_two_that_changed_places_are_noticed(code: str, place: int) -> None:
    plain = code.replace("-", "")
    turned = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    assert (read_short_code(turned) is None) == (turned != plain)


@given(st.text(max_size=12))
def test_whatever_else_is_typed_is_no_code(text: str) -> None:
    found = read_short_code(text)
    assert found is None or len(found) == 9
