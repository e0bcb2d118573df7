"""The tables of a code map: laid over each other, and written as a file that reads as the same."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.code_map import parse_code_map
from loopclose.domain.code_tables import CLASSES, MEANINGS, Tables, is_code, laid_over, tables_of, written

SHIPPED = (files("loopclose.defaults") / "code_map.toml").read_text(encoding="utf-8")
MARK = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
TOKEN = st.builds("{}|{}".format, st.sampled_from(["urn:site", "http://snomed.info/sct", ""]), st.sampled_from("abcDE"))
LISTS = st.fixed_dictionaries(
    {}, optional={"tokens": st.lists(TOKEN), "words": st.lists(MARK), "texts": st.lists(MARK)}
)
SPECIALTIES = st.dictionaries(st.sampled_from(["cardiology", "of the heart", 'x"y\n']), st.lists(MARK | TOKEN))


@st.composite
def maps(draw: st.DrawFn) -> str:
    """A file as somebody may have written it."""
    named = draw(st.dictionaries(st.sampled_from([*MEANINGS, *(f"visit_classes.{one}" for one in CLASSES)]), LISTS))
    lines: list[str] = []
    for name, table in named.items():
        lines += [f"[{name}]", *(f"{kind} = {_list(marks)}" for kind, marks in table.items())]
    lines += ["[specialties]", *(f"{_list([n])[1:-1]} = {_list(m)}" for n, m in draw(SPECIALTIES).items())]
    return "\n".join(lines)


def _list(marks: list[str]) -> str:
    """A TOML array, every character by its number."""
    return "[" + ", ".join('"' + "".join(f"\\U{ord(one):08x}" for one in mark) + '"' for mark in marks) + "]"


@given(maps())
def test_a_map_that_is_written_reads_as_the_same(text: str) -> None:
    tables = tables_of(text)
    assert tables_of(written(tables, "whatever\nthis = 'is'")) == tables


@given(maps(), maps(), maps())
def test_written_together_two_maps_mean_what_they_meant_one_over_the_other(one: str, two: str, three: str) -> None:
    apart = parse_code_map(one, two, three)
    together = parse_code_map(one, written(laid_over(tables_of(two), tables_of(three))))
    assert apart.tables == together.tables


def test_the_shipped_map_is_written_and_read() -> None:
    assert tables_of(written(tables_of(SHIPPED))) == tables_of(SHIPPED)
    assert written(Tables()) == "\n"


def test_a_code_moves_among_what_tells_of_the_same_and_nowhere_else() -> None:
    found = parse_code_map('[phone]\ntokens = ["|7"]\n[referral]\ntokens = ["|7"]', '[series]\ntokens = ["|7"]')
    assert found.tables.tokens == {("visits", "|7"): "series", ("requests", "|7"): "referral"}


def test_a_mark_of_a_specialty_with_a_bar_or_a_digit_is_a_code() -> None:
    assert is_code("urn:local|CARD") and is_code("207RC0000X") and not is_code("cardio")
    found = parse_code_map('[specialties]\ncardiology = ["urn:local/|CARD"]')
    assert found.specialties_in(("urn:local|CARD",)) == {"cardiology"}
    assert found.specialties_in(("urn:local|CARDX",)) == frozenset()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[phone]\ncodes = []", "phone.codes is not known; expected are tokens, words, texts"),
        ("[phone]\nwords = 'call'", "phone.words is no list of texts"),
        ("[phone]\nwords = ['']", "phone.words is no list of texts"),
        ("phone = 1", "phone is no table"),
        ("[specialties]\ncardiology = 'heart'", "specialties.cardiology is no list of texts"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"is no|is not known") as problem:
        tables_of(text)
    assert says in str(problem.value)
