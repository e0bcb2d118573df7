"""What only a note starts or stops: medicines of which the chart's own records tell nothing at this visit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from loopclose.drafting.clauses import Clause, is_label
from loopclose.drafting.drugs import ingredients_of
from loopclose.drafting.medicines import Medicine
from loopclose.drafting.note_orders import PLANNED, is_over_a_list, said_in
from loopclose.drafting.paper import Item, Sentence, Source

GROUPS = frozenset({"ordered", "changed", "stopped", "on_hold", "avoided"})
"""Groups of the sheet that tell what became of a medicine at this visit."""
BY_NOTE = "By the note"
NOT_NOW = re.compile(
    r"\b(?:declin\w{0,3}|refus\w{0,3}|previously|formerly|in the past|years? ago|months? ago|discussed|considered"
    r"|history of)\b"
)
"""Words of a clause that starts and stops nothing at this visit."""
START, STOP, LIST = "start", "stop", "list"


def noted(found: Iterable[Medicine], clauses: Sequence[Clause]) -> Iterator[Item]:
    """Known medicines that a note starts or stops, and whatever stands under its *prescribed the following*, of which
    page one has nothing from the chart: the words of the note.
    """
    several = len({id(clause.note) for clause in clauses if _is_planned(clause)}) > 1
    listed: list[Sentence] = []
    for clause, does in _of_note_alone(found, clauses):
        sentence = clause.item[0]
        if does == LIST:
            listed.append(sentence)
            continue
        marks = _marks(clause, several)
        head = f"{BY_NOTE} ({', '.join(one.text for one in marks)})" if marks else BY_NOTE
        yield (Sentence(f"{head}: {sentence.text}", (*sentence.sources, *marks)),)
    if listed:
        first, *others = listed
        yield (Sentence(f"{BY_NOTE}, prescribed: {first.text}", first.sources), *others)


def starts_alone(found: Iterable[Medicine], clauses: Sequence[Clause]) -> bool:
    """Whether a note starts a medicine that the chart's own records do not order at this visit."""
    return any(does in (START, LIST) for _, does in _of_note_alone(found, clauses))


def _of_note_alone(found: Iterable[Medicine], clauses: Iterable[Clause]) -> Iterator[tuple[Clause, str]]:
    """Clauses that start or stop what no record of the visit tells of, or stand in a list of what is started."""
    had = {name for one in found if one.group in GROUPS for name in one.drug.ingredients}
    named_so: set[str] = set()
    for clause in filter(_is_planned, clauses):
        those = [*said_in([(clause.low, clause.item[0].sources[0])], frozenset())]
        does = {said.does for said in those if said.does in (START, STOP) and said.drug not in had}
        told = bool(does) or any(said.does == "not" and said.drug in named_so for said in those)
        if told and not NOT_NOW.search(clause.low):
            named_so |= {said.drug for said in those}
            yield clause, START if START in does else STOP
        elif not told and is_over_a_list(clause.label) and not ingredients_of(clause.low) <= had:
            yield clause, LIST


def _is_planned(clause: Clause) -> bool:
    return clause.code in PLANNED and not is_label(clause.text)


def _marks(clause: Clause, several: bool) -> tuple[Source, ...]:
    """Whose words they are, where several notes tell; and that the note is not final, where it is not."""
    return (*(clause.note.by if several else ()), *clause.note.standing)
