"""How a vendor's next links go on: by an offset, by the number of a page, or by something that only it understands."""

from __future__ import annotations

import base64
import binascii

from loopclose.sandbox.asked import OFFSET, Asked
from loopclose.sandbox.vendors.rules import Paging


class BadPlace(ValueError):
    """A place in the results that this server never gave out."""


def start_of(paging: Paging, asked: Asked, count: int) -> int:
    """How many matches stand before the page asked for, of pages of ``count``; raises ``BadPlace``."""
    given = next(iter(asked.values(paging.word)), None)
    if given is None:
        return 0
    try:
        if paging.numbered:
            start = (int(given) - 1) * count
        else:
            start = int(given if paging.word == OFFSET else base64.urlsafe_b64decode(given))
    except (ValueError, binascii.Error) as problem:
        raise BadPlace(f"{paging.word} is not one of this server's.") from problem
    if start < 0:
        raise BadPlace(f"{paging.word} is not one of this server's.")
    return start


def place_of(paging: Paging, start: int, count: int) -> str:
    """What the link to the page that begins at ``start`` carries."""
    if paging.numbered:
        return str(start // count + 1)
    return str(start) if paging.word == OFFSET else base64.urlsafe_b64encode(str(start).encode()).decode()
