"""An instruction is the same when its words are read back: no part of a dose is lost, and none becomes another."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fhir_adapters.facts.dosage import Dosage
from loopclose.drafting.dosing import dosage_words, dosages_words
from tests.generative.dosage_reader import read_besides, read_list, read_one
from tests.generative.dosages import STEPS, STRUCTURES, Json, meant
from tests.generative.orders_in_words import BESIDE, TEXTS, lost
from tests.spec.cast import BOSTON
from tests.tries import tried


def made(dosage: Json) -> Dosage:
    """The instruction as a sync reads it."""
    raw = json.dumps(dosage, default=lambda value: float(value))
    return msgspec.json.decode(raw, type=Dosage, dec_hook=lambda cls, value: cls(value))


@tried(300)
@given(STRUCTURES)
def test_an_instruction_is_the_same_when_its_words_are_read(dosage: Json) -> None:
    words = dosage_words(made(dosage), BOSTON)
    assert (read_one(words) if words else {}) == meant(dosage), words


@tried(300)
@given(TEXTS, BESIDE)
def test_what_the_text_of_an_order_does_not_say_is_told_behind_it(phrases: tuple[str, ...], dosage: Json) -> None:
    text = " ".join(one for one in phrases if one)
    words = dosage_words(made({**dosage, "text": text}), BOSTON) or ""
    said, told = read_besides(words)
    assert said == text and lost(phrases, dosage, told) == [], words


def steps_of(dosages: list[Json]) -> tuple[list[list[Json]], list[Json]]:
    """What is meant by several: those of a number together, in the order of their numbers; those without one apart."""
    numbers = sorted({one["sequence"] for one in dosages if "sequence" in one})
    placed = [_once(one for one in dosages if one.get("sequence") == number) for number in numbers]
    others = _once(one for one in dosages if "sequence" not in one)
    return (placed, others) if numbers else ([others], [])


def _once(dosages: Iterable[Json]) -> list[Json]:
    """What they mean, each once: the same twice over is one instruction."""
    found: list[Json] = []
    found.extend(one for one in map(meant, dosages) if one not in found)
    return found


@tried(100)
@given(st.lists(STEPS, min_size=1, max_size=4))
def test_steps_stand_in_the_order_of_their_numbers(dosages: list[Json]) -> None:
    words = dosages_words([made(one) for one in dosages], BOSTON)
    assert words and read_list(words) == steps_of(dosages), words


@tried(100)
@given(
    st.permutations([("2026-11-20", "2026-11-24"), ("2026-11-25", "2026-11-29"), ("2026-12-01", None)]),
    st.integers(2, 3),
)
def test_courses_stand_in_the_order_of_their_days(days: list[tuple[str, str | None]], many: int) -> None:
    dosages = [
        {"doseAndRate": [{"doseQuantity": {"value": number + 1, "unit": "mg"}}],
         "timing": {"repeat": {"boundsPeriod": {"start": start, **({"end": end} if end else {})}}}}
        for number, (start, end) in enumerate(days[:many])
    ]  # fmt: skip
    words = dosages_words([made(one) for one in dosages], BOSTON)
    in_order = sorted(map(meant, dosages), key=lambda one: str(one["from"]))
    assert words and read_list(words) == ([[one] for one in in_order], []), words
