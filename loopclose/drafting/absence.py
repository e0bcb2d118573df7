"""What stands behind page one: the sections that say something, and in one line those that say nothing."""

from __future__ import annotations

from msgspec import structs

from loopclose.drafting.paper import Paper, Section

_NO, _WAS, _WERE = "No ", " was recorded at this visit.", " were recorded at this visit."


def asked(paper: Paper) -> Section | None:
    """The question, which stands on page one; None where nothing was asked, or there is no page one."""
    those = paper.sections if paper.first else ()
    return next((one for one in those if one.code == "question" and one.items), None)


def behind(paper: Paper) -> tuple[Section, ...]:
    """The sections behind page one, without the question and those that say nothing; all, where there is no page one.

    An order whose line stands on page one whole is not told again.
    """
    if paper.first is None:
        return paper.sections
    told = frozenset(paper.first.everything)
    found = []
    for one in paper.sections:
        items = tuple(item for item in one.items if item not in told) if one.code == "orders" else one.items
        if one.code != "question" and (items or one.table):
            found.append(structs.replace(one, items=items))
    return tuple(found)


def left_out(paper: Paper) -> str:
    """What the sections that are not there would say, in one line; empty where none is left out."""
    if paper.first is None:
        return ""
    empty = [one for one in paper.sections if not one.items and not one.table and one.code != "question" and one.empty]
    nothing = [one.empty for one in empty if _thing(one.empty)]
    titles: dict[str, list[str]] = {}
    for one in empty:
        if not _thing(one.empty):
            titles.setdefault(one.empty, []).append(one.title)
    lines = []
    if nothing:
        *others, last = (_thing(words) for words in nothing)
        was = _WAS if nothing[-1].endswith(_WAS) else _WERE
        lines.append(_NO + (f"{', '.join(others)} or " if others else "") + last + was)
    lines += [words if len(those) == 1 and _names(words, those[0]) else f"{', '.join(those)}: {words}"
              for words, those in titles.items()]  # fmt: skip
    return " ".join(lines)


def _thing(empty: str) -> str:
    """What is absent, of words that say simply that it was not recorded."""
    for end in (_WAS, _WERE):
        if empty.startswith(_NO) and empty.endswith(end):
            return empty[len(_NO) : -len(end)]
    return ""


def _names(words: str, title: str) -> bool:
    return title.lower().rstrip("s") in words.lower()
