"""How whoever gets a copy of a letter confirms it, as it is printed on that copy."""

from __future__ import annotations

from dataclasses import dataclass

from loopclose.domain.confirm_code import in_groups
from loopclose.drafting.duties import labels_of
from loopclose.letters.letter import Letter


@dataclass(frozen=True)
class Confirming:
    """The page and the code of one copy."""

    address: str
    """Where this copy is confirmed: what a telephone reads."""
    page: str
    """The same page without the code, as somebody types it."""
    code: str
    """As somebody types it: ``7FK2-83XC-GH43``."""
    labels: tuple[str, ...] = ()
    """For each request of page one: by what the page calls it."""


def confirming_of(letter: Letter) -> Confirming | None:
    """Of a letter; None where nobody confirms it on a page."""
    address = letter.header.confirm
    if address is None:
        return None
    page, _, code = address.rpartition("/")
    return Confirming(address, page.removeprefix("https://"), in_groups(code), labels_of(letter.papers.values()))
