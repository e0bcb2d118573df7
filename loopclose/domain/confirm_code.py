"""The code by which a recipient confirms one letter: it stands on that letter alone, and cannot be guessed.

Eleven characters drawn from the alphabet of short codes (23^11, some 50 bits) and one that checks them: with a thousand
letters open, one try in 950 thousand million finds any.
"""

from __future__ import annotations

from collections.abc import Callable

from loopclose.domain.short_code import ALPHABET, check_of, cleaned

DRAWN = 11
LENGTH = DRAWN + 1


def confirm_code(choose: Callable[[str], str]) -> str:
    """A new code, as it stands in an address: twelve characters. ``choose``: ``secrets.choice``."""
    drawn = "".join(choose(ALPHABET) for _ in range(DRAWN))
    return drawn + check_of(drawn)


def in_groups(code: str) -> str:
    """As it is printed: ``7FK2-83XC-GH4M``."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def read_confirm_code(text: str) -> str | None:
    """The code that somebody typed or a machine read; None where it cannot be one."""
    code = cleaned(text)
    return code if len(code) == LENGTH and check_of(code[:-1]) == code[-1] else None
