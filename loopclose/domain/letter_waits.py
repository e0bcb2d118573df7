"""What the letter of a signed report waits for: by code, in words, and whose look it needs. Data.

It is asked of the database with the list itself (``store.letter_waits``), never of one row after another.
"""

from __future__ import annotations

from collections.abc import Mapping

UNKNOWN, UNDERWAY, UNDELIVERED = "unknown", "underway", "undelivered"
USABLE, UNCHECKED, NO_ADDRESS = "usable", "unchecked", "no_address"
NO_WAY = "no_way"
NEXT: Mapping[str, str] = {
    UNKNOWN: "Nobody knows whether it left: look",
    UNDERWAY: "On its way",
    UNDELIVERED: "It did not arrive: try another address",
    USABLE: "Send it",
    UNCHECKED: "Check the address",
    NO_ADDRESS: "Add an address",
    NO_WAY: "No way of sending is set up: send it by hand",
}
"""By code: the next step of its report. The first that holds is said."""
HOW: Mapping[str, str] = {
    UNKNOWN: "Ask the office whether it arrived, then say so under On its way.",
    UNDERWAY: "Loopclose goes on by itself; what became of it so far stands under On its way.",
    UNDELIVERED: "Every address that may be used was tried: see under On its way why, and where else it can go.",
    USABLE: "Press Send under On its way.",
    UNCHECKED: "Compare the address with the office, then say so under On its way: only then it can leave.",
    NO_ADDRESS: "Ask the office where letters go, and enter it under On its way: only then it can leave.",
    NO_WAY: "Send it from the EHR or by hand, and say so under What you can do.",
}
"""By code: how that step is done."""
FOR_A_PERSON = (UNKNOWN, UNDELIVERED, NO_ADDRESS, UNCHECKED, USABLE)
"""Those in which nothing goes on before somebody has done something, the most pressing first; the last where nothing
leaves by itself (``[delivery] automatic = false``), or it should have left by now.
"""


def as_set_up(code: str | None, has_ways: bool) -> str | None:
    """What a letter waits for where nothing can leave from here at all: no address would change that.

    ``has_ways``: whether any channel is set up.
    """
    return NO_WAY if not has_ways and code in (UNDELIVERED, USABLE, UNCHECKED, NO_ADDRESS) else code
