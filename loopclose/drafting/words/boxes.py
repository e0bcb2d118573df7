"""Boxes and radio buttons of a line: which is ticked, and which words are its own."""

from __future__ import annotations

from collections.abc import Sequence

from loopclose.drafting.words.marks import CHOSEN, OPEN

BOXES = frozenset(f"☐☑☒{CHOSEN}{OPEN}")
EMPTY_SQUARES, FULL_SQUARES, TICKS = "□", "■", "✓"
_TICKED = ("☑", "☒", "[x]", "[X]", "(x)", "(X)", "{x}", "_X_", "_x_")
_NOT_TICKED = ("☐", "[ ]", "[]", "[_]", "( )", "()", "{ }", "__")
ROUND, FULL_ROUND = "○", "●"


def with_boxes(text: str) -> str:
    """Squares and ticks of a note as the boxes that they are: an empty square is a box that nobody ticked, and a full
    one or a tick beside it is ticked.
    """
    if EMPTY_SQUARES in text or "☐" in text:
        text = text.replace(EMPTY_SQUARES, "☐").replace(FULL_SQUARES, "☑").replace(TICKS, "☑")
    return text


def no_bullets(text: str) -> str:
    """Characters that begin a line and may be a choice: a full circle where there are empty ones at the same depth."""
    depths: dict[str, set[int]] = {ROUND: set(), FULL_ROUND: set()}
    if ROUND not in text or FULL_ROUND not in text:
        return ""
    for line in text.split("\n"):
        words = line.lstrip()
        if words[:1] in depths and words:
            depths[words[0]].add(len(line) - len(words))
            if ROUND in words and FULL_ROUND in words:
                return ROUND + FULL_ROUND
    return ROUND + FULL_ROUND if depths[ROUND] & depths[FULL_ROUND] else ""


def open_ones(paragraphs: Sequence[str]) -> frozenset[str]:
    """Those that begin with an empty box where another beside them is ticked: what nobody chose."""
    if not any(one.startswith(_TICKED) for one in paragraphs):
        return frozenset()
    return frozenset(one for one in paragraphs if one.startswith(_NOT_TICKED))


def told(words: str) -> str:
    """Of radio buttons in one line with their words behind them only the chosen; of others which are ticked."""
    words = _before_their_words(words)
    first = min((at for at in (words.find(CHOSEN), words.find(OPEN)) if at >= 0), default=0)
    head = words[:first].strip()
    if CHOSEN in words and OPEN in words and (not head or head.endswith((":", "?"))):
        parts = words[first:].replace(OPEN, f"\n{OPEN}").replace(CHOSEN, f"\n{CHOSEN}").split("\n")
        kept = [part.strip(f"{CHOSEN} ") for part in parts if part.startswith(CHOSEN)]
        return f"{head} {', '.join(kept)}".strip()
    return words.replace(CHOSEN, "☑ ").replace(OPEN, "☐ ")


def _before_their_words(words: str) -> str:
    """A line of several boxes that each stand behind their words (``Yes ☐ No ☑``), each before them."""
    if words[0] in BOXES or words[-1] not in BOXES or sum(char in BOXES for char in words) < 2 or "|" in words:
        return words
    parts: list[tuple[str, str]] = []
    said = ""
    for char in words:
        if char in BOXES:
            parts.append((char, said.strip()))
            said = ""
        else:
            said += char
    if not all(name for _, name in parts):
        return words
    box, first = parts[0]
    at = max(first.rfind(":"), first.rfind("?")) + 1
    head, parts[0] = first[:at].strip(), (box, first[at:].strip())
    if not parts[0][1]:
        return words
    return " ".join(
        [*([head] if head else []), *(f"{box}{'' if box in CHOSEN + OPEN else ' '}{name}" for box, name in parts)]
    )
