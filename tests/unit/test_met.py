"""What a run met is remembered like in a dict, however much it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loopclose.flows.reading.met import FIRST, Met

NAMES = st.tuples(st.sampled_from(["Encounter", "Patient"]), st.text(max_size=2))


@given(st.lists(st.tuples(st.sampled_from(["add", "settle"]), NAMES), max_size=200), NAMES)
def test_it_answers_as_a_dict_would(steps: list[tuple[str, tuple[str, str]]], other: tuple[str, str]) -> None:
    met, known = Met(), dict[tuple[str, str], bool]()
    for step, name in steps:
        if step == "add":
            assert met.add(*name) == (name not in known)
            known.setdefault(name, False)
        else:
            assert met.settle(*name) == (not known.get(name, False))
            known[name] = True
    for name in (*known, other):
        assert met.has(*name) == (name in known) and met.is_settled(*name) == known.get(name, False)


def test_it_grows_and_forgets_nobody() -> None:
    met, many = Met(), 20 * FIRST
    for number in range(many):
        assert met.add("Patient", str(number))
        if number % 3 == 0:
            met.settle("Patient", str(number))
    assert all(met.has("Patient", str(number)) for number in range(many))
    assert [met.is_settled("Patient", str(number)) for number in range(99)] == [number % 3 == 0 for number in range(99)]
    assert not any(met.has("Patient", str(number)) for number in range(many, 2 * many))
