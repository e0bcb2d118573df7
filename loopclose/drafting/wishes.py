"""What somebody asks to be done to a draft, as a form says it, made into an edit upon the draft as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from loopclose.drafting.bench import Block, Part
from loopclose.drafting.editing import NO_SECTION, NOT_THERE, DoesNotFit, Edited
from loopclose.drafting.edits import LONGEST, Add, Change, Cut, Edit, Move, TakeBack

NO_WORDS = "Write the words first; what should not be told is cut."
SAME_WORDS = "These are the words that stand there."
TOO_LONG = f"A sentence may have {LONGEST} letters: write two."
AT_THE_EDGE = "There is nothing to move it past."
NOTHING_TO_TAKE_BACK = "That edit was taken back already."
NOT_KNOWN = "There is no such edit."


@dataclass(frozen=True)
class Wish:
    """A form of the editor."""

    does: str
    """``cut``, ``cut_whole``, ``change``, ``add``, ``up``, ``down``, ``move`` or ``take_back``."""
    target: str = ""
    text: str = ""
    section: str = ""


def edit_of(wish: Wish, now: Edited) -> Edit:
    """The edit that is asked for; raises ``DoesNotFit`` with a sentence for whoever asked."""
    if wish.does == "take_back":
        live = {str(one.no) for one in (*now.live, *(unfit.made for unfit in now.unfit))}
        if wish.target not in live:
            raise DoesNotFit(NOTHING_TO_TAKE_BACK)
        return TakeBack(int(wish.target))
    if wish.does == "add":
        if wish.section not in {part.section.code for part in now.parts}:
            raise DoesNotFit(NO_SECTION)
        return Add(wish.section, _words(wish.text))
    found = now.sentence(wish.target)
    if found is None:
        raise DoesNotFit(NOT_THERE)
    part, block, said = found
    if wish.does == "cut":
        return Cut(said.key, False, (said.sentence.text,))
    if wish.does == "cut_whole":
        return Cut(block.key, True, tuple(one.sentence.text for one in block.said))
    if wish.does == "change":
        if (text := _words(wish.text)) == said.sentence.text:
            raise DoesNotFit(SAME_WORDS)
        return Change(said.key, text, said.sentence.text)
    if wish.does == "move":
        if wish.section not in {one.section.code for one in now.parts}:
            raise DoesNotFit(NO_SECTION)
        return Move(block.key, wish.section, None, _begins(block))
    if wish.does in ("up", "down"):
        return Move(block.key, part.section.code, _before(part, block, wish.does), _begins(block))
    raise DoesNotFit(NOT_KNOWN)


def _begins(block: Block) -> str:
    return next((one.sentence.text for one in block.said), "")


def _before(part: Part, block: Block, way: str) -> str | None:
    """Before what a block stands that was moved by one; None: at the end."""
    keys = [one.key for one in part.beside(block)]
    at = keys.index(block.key)
    if at == (0 if way == "up" else len(keys) - 1):
        raise DoesNotFit(AT_THE_EDGE)
    if way == "up":
        return keys[at - 1]
    return keys[at + 2] if at + 2 < len(keys) else None


def _words(text: str) -> str:
    """Words on one line, without what cannot be printed."""
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if not words:
        raise DoesNotFit(NO_WORDS)
    if len(words) > LONGEST:
        raise DoesNotFit(TOO_LONG)
    return words
