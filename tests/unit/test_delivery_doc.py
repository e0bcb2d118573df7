"""docs/delivery.md says of channels and states what the tables say."""

from __future__ import annotations

from pathlib import Path

from loopclose.domain.channels import CHANNELS
from loopclose.domain.delivering import STATES
from loopclose.domain.letter_waits import FOR_A_PERSON, HOW, NEXT
from loopclose.flows.delivery.next_of import Next
from loopclose.web.letter_words import AT, SIGNS
from loopclose.web.letter_words import NEXT as COMES_NEXT

TEXT = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """By the first cell: the cells of the table after that line."""
    part = TEXT.partition(f"{heading}\n")[2].partition("\n\n## ")[0]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return {cells[0].strip("`"): cells for cells in found[2:]}


def test_every_state_stands_there_in_the_words_of_the_screens() -> None:
    table = rows("## What each state means")
    assert list(table) == list(STATES) == list(SIGNS)
    for state, cells in table.items():
        assert cells[1:3] == [SIGNS[state][1], STATES[state]] and cells[3]


def test_every_channel_stands_there_with_what_proves_what() -> None:
    table = rows("What can be said of the channels:")
    assert list(table) == list(CHANNELS)
    for name, cells in table.items():
        assert cells[1:] == [CHANNELS[name].address, CHANNELS[name].transmission, CHANNELS[name].receipt]


def test_every_channel_says_what_a_repeat_does() -> None:
    table = rows("## When something can arrive twice")
    assert list(table) == list(CHANNELS)
    for name, cells in table.items():
        assert cells[1].startswith("told by its key" if CHANNELS[name].drops_repeats else "arrives again")


def test_what_a_letter_waits_for_is_named_there_and_has_its_words() -> None:
    assert NEXT.keys() == HOW.keys() and {*FOR_A_PERSON} < {*NEXT}
    flat = " ".join(TEXT.split())
    assert all(f"*{words}*" in flat for words in NEXT.values())
    assert {*AT} < {*COMES_NEXT} and Next("over").code in COMES_NEXT
