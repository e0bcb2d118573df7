"""How words of HTML look: in a font of signs, or white where nothing behind them is coloured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from loopclose.drafting.words.symbol_fonts import font_of

WHITE = frozenset({
    "white", "#fff", "#ffff", "#ffffff", "#ffffffff", "rgb(255,255,255)", "rgba(255,255,255,1)", "rgb(100%,100%,100%)",
    "hsl(0,0%,100%)", "transparent", "rgba(255,255,255,0)", "rgba(0,0,0,0)",
})  # fmt: skip
"""Colours that nobody sees on white."""
UNSEEN = "[white text in the note: {words}]"
_NO_GROUND = WHITE | {"none", "inherit", "initial", "unset", ""}
_COLOUR = re.compile(r"(?i)(?:^|;)color:([^;]{1,60})")
_GROUND = re.compile(r"(?i)(?:^|;)background(?:-color|-image)?:([^;]{1,60})")
_FAMILY = re.compile(r"(?i)(?:^|;)\s{0,9}font-family\s{0,9}:\s{0,9}([^;]{1,120})")


@dataclass(frozen=True)
class Look:
    """How the words of an element look."""

    font: str | None = None
    """The font of signs that they are in (``symbol_fonts``)."""
    is_white: bool = False
    is_on_colour: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether they are white on white, as far as the element and those around it tell."""
        return self.is_white and not self.is_on_colour


def look_of(attributes: Mapping[str, str], around: Look) -> Look:
    """The look of an element with those attributes within another."""
    style = attributes.get("style", "")
    tight = "".join(style.split()).lower().replace("!important", "")
    family, colour, ground = _FAMILY.search(style), _COLOUR.search(tight), _GROUND.search(tight)
    named = family[1] if family else attributes.get("face")
    said = colour[1] if colour else attributes.get("color", "").lower()
    behind = ground[1] if ground else attributes.get("bgcolor", "").lower() or attributes.get("background")
    return Look(
        font_of(named) if named else around.font,
        said in WHITE if said else around.is_white,
        behind not in _NO_GROUND if behind else around.is_on_colour,
    )
