"""What is new, gone or said otherwise between two drafts of the same paper, a sentence each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from loopclose.drafting.bench import taken_apart
from loopclose.drafting.keys import elements
from loopclose.drafting.paper import Paper

NEW, GONE, CHANGED = "new", "gone", "changed"
HEAD, SETTLE = "Head of the letter", "To settle before signing"
Told = tuple[str, str, str]
"""Section title, what the sentence rests on, and its words."""


@dataclass(frozen=True)
class Difference:
    """One sentence that is not as it was."""

    section: str
    how: str
    """``new``, ``gone`` or ``changed``."""
    before: str | None
    after: str | None


def differences(before: Paper, after: Paper) -> tuple[Difference, ...]:
    """Everything that the later draft says and the earlier did not, and the other way round, in their order.

    A sentence of the same section that rests on the same elements and has other words counts as changed.
    """
    was, now = dict(_told(before)), dict(_told(after))
    gone: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for key, (title, rests, text) in was.items():
        if key not in now:
            gone[title, rests].append(text)
    found = []
    for key, (title, rests, text) in now.items():
        if key in was:
            continue
        earlier = gone[title, rests].pop(0) if gone[title, rests] else None
        found.append(Difference(title, CHANGED if earlier is not None else NEW, earlier, text))
    left = (Difference(title, GONE, text, None) for (title, _), texts in gone.items() for text in texts)
    return (*found, *left)


def _told(paper: Paper) -> Iterator[tuple[str, Told]]:
    """Under its key: everything that a paper says."""
    head = {"practice": paper.practice, "to": paper.to, "patient": paper.patient, "seen": paper.seen}
    optional = {"record number": paper.record_number, "sex": paper.sex, "caution": paper.caution}
    for name, text in (*head.items(), *optional.items()):
        if isinstance(text, str):
            yield f"{name} {text}", (HEAD, name, text)
    for conflict in paper.to_settle:
        yield f"settle {conflict.text}", (SETTLE, conflict.code, conflict.text)
    for part in taken_apart(paper):
        title = part.section.title
        for block in part.blocks:
            for said in block.said:
                yield said.key, (title, " ".join(elements(said.sentence)), said.sentence.text)
        if not part.blocks:
            yield f"empty {part.section.code} {part.section.empty}", (title, "", part.section.empty)
