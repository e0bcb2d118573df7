"""What can be said of a code, and how a map then reads it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_adapters.facts.elements import Coding
from loopclose.domain.code_elements import ELEMENTS, LONGEST, meaning_of, meanings_of, named_in, said, token_of
from loopclose.domain.code_map import parse_code_map
from loopclose.domain.code_tables import tables_of, written
from tests.spec.cast import CODES

SHIPPED = (files("loopclose.defaults") / "code_map.toml").read_text(encoding="utf-8")
SPOKEN = [(element, meaning) for element in ELEMENTS for meaning in meanings_of(element, CODES)]
TOKENS = ("urn:local|Q7", "|Q7", "urn:local/|q7", "http://epic.example/ÖÄ|x y", "text:Zeta Quux")


@pytest.mark.parametrize(("element", "meaning"), SPOKEN)
@pytest.mark.parametrize("token", TOKENS)
def test_what_is_said_of_a_code_or_a_text_is_how_the_map_reads_it(element: str, meaning: str, token: str) -> None:
    assert meaning_of(element, token, CODES) is None
    words = written(said({(element, token): meaning}))
    assert meaning_of(element, token, parse_code_map(SHIPPED, words)) == meaning
    assert named_in(element, token, tables_of(words))
    assert not named_in(element, token, tables_of(SHIPPED))


def test_what_is_said_of_a_visit_changes_no_request_with_the_same_code() -> None:
    both = said({("Encounter.type", "|7"): "phone", ("ServiceRequest.code", "|7"): "referral"})
    found = parse_code_map(SHIPPED, written(both))
    assert (meaning_of("Encounter.type", "|7", found), meaning_of("ServiceRequest.code", "|7", found)) == (
        "phone",
        "referral",
    )
    assert not named_in("DocumentReference.type", "|7", both)


def test_a_person_wins_over_the_shipped_map_and_the_sites_file_over_both() -> None:
    phone = "http://snomed.info/sct|185317003"
    people = written(said({("Encounter.type", phone): "office_visit"}))
    own = f'[nurse_only]\ntokens = ["{phone}"]'
    read = [parse_code_map(*texts) for texts in ((SHIPPED,), (SHIPPED, people), (SHIPPED, people, own))]
    assert [meaning_of("Encounter.type", phone, one) for one in read] == ["phone", "office_visit", "nurse_only"]


@given(st.dictionaries(st.tuples(st.sampled_from(SPOKEN), st.sampled_from(TOKENS)), st.none()))
def test_what_people_said_reads_the_same_out_of_a_file(words: dict[tuple[tuple[str, str], str], None]) -> None:
    tables = said({(element, token): meaning for (element, meaning), token in words})
    assert tables_of(written(tables)) == tables


def test_a_concept_is_named_by_its_first_code_else_by_its_words() -> None:
    codings = (Coding(system="urn:s", display="D"), Coding(system="urn:s", code="c"))
    assert token_of(codings, "T") == "urn:s|c"
    assert token_of(codings[:1], "T  U") == "text:T U"
    assert token_of(codings[:1], None) == "text:D"
    assert token_of((), None) == ""
    assert len(token_of((), "x" * 300)) == LONGEST
