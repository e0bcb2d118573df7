"""An element that no rule rests on, and that is not of its kind, takes nothing else along; and is named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from fhir_adapters.facts import Condition, Observation, Resource
from fhir_adapters.facts.loose import LOOSE
from fhir_adapters.facts.reading import TYPES, Unreadable, read


def sent(kind: str, **elements: Any) -> Resource | Unreadable:
    return read(kind, json.dumps({"resourceType": kind, "id": "x", **elements}).encode())


@pytest.mark.parametrize(
    ("element", "wrong"),
    [
        ("abatementDateTime", "00/00/2019"), ("recordedDate", "2020-13-01"), ("onsetAge", "48"), ("note", "free"),
        ("severity", []), ("stage", {"summary": 5}), ("bodySite", [{"text": 3}]), ("identifier", None),
    ],
)  # fmt: skip
def test_a_diagnosis_is_kept_without_what_is_ill_typed(element: str, wrong: Any) -> None:
    fact = sent("Condition", code={"text": "Gout"}, **{element: wrong})
    assert isinstance(fact, Condition) and fact.unread == (element,)
    assert fact.code is not None and fact.code.text == "Gout"


def test_one_object_where_a_list_stands_is_a_list_of_one_and_nothing_is_lost() -> None:
    fact = sent("Observation", note={"text": "hemolyzed"}, valueQuantity={"value": 7.10})
    assert isinstance(fact, Observation) and fact.unread == () and fact.note[0].text == "hemolyzed"
    exact = read("Observation", b'{"id":"x","valueQuantity":{"value":7.10},"note":{"text":"a"}}')
    assert isinstance(exact, Observation) and exact.value_quantity is not None
    assert exact.value_quantity.value == Decimal("7.10") and str(exact.value_quantity.value) == "7.10"


@pytest.mark.parametrize(
    ("kind", "element", "wrong"),
    [
        ("Condition", "code", "Gout"), ("Condition", "verificationStatus", 5), ("Observation", "valueQuantity", "7"),
        ("Observation", "status", 1), ("Observation", "component", 1), ("ServiceRequest", "status", 5),
        ("Condition", "encounter", "Encounter/1"),
    ],
)  # fmt: skip
def test_what_says_what_it_is_and_whether_it_holds_is_never_left_out(kind: str, element: str, wrong: Any) -> None:
    assert isinstance(sent(kind, subject={"reference": "Patient/p"}, **{element: wrong}), Unreadable)


@pytest.mark.parametrize("kind", sorted(LOOSE))
def test_no_loose_element_decides_what_a_resource_is(kind: str) -> None:
    named = {field.encode_name for field in structs.fields(TYPES[kind])}
    decide = {"code", "status", "subject", "encounter", "doNotPerform", "clinicalStatus", "verificationStatus"}
    assert LOOSE[kind] <= named - decide


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["text", "coding", "value"]), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(LOOSE["Condition"])), JUNK, max_size=5))
def test_no_junk_in_loose_elements_loses_a_diagnosis(junk: dict[str, Any]) -> None:
    fact = sent("Condition", code={"text": "Gout"}, **junk)
    assert isinstance(fact, Condition) and set(fact.unread) <= junk.keys()
