"""Page one as sections, for forms that have a place for sections alone (C-CDA, FHIR)."""

from __future__ import annotations

from msgspec import structs

from loopclose.drafting.page_one import AS_READ
from loopclose.drafting.paper import NOTICE, Paper, Section

ASKS, ANSWER, ABSENT = "asks", "answer", "absent"
TO_ANSWER = "To be answered before signing."
NOT_LISTED = "Nothing of it is listed any more."
NOTHING_ASKED = "No request to the referrer was found."
NOT_KNOWN = "What is asked of the referrer is not known here: not every note could be read."


def first_sections(paper: Paper, *, signed: bool = False) -> list[Section]:
    """What stands on page one but the question, which has a section of the paper's own.

    ``signed``: then there is no place for an answer that was not given.
    """
    first = paper.first
    if first is None:
        return []
    nothing = NOT_KNOWN if first.heading.endswith(AS_READ) else NOTHING_ASKED
    asks = Section(ASKS, first.heading, tuple(ask.item for ask in first.asks), nothing)
    found = [asks] if asks.items or paper.kind != NOTICE else []
    if (changed := first.corrected) is not None:
        found.insert(0, structs.replace(changed, title=f"{changed.title}. {changed.empty}", empty=NOT_LISTED))
    if first.answer or (first.answer_needed and not signed):
        found.append(Section(ANSWER, "Answer", first.answer, TO_ANSWER))
    found += first.sections
    if first.absent:
        found.append(Section(ABSENT, "What is absent", (), first.absent))
    if isinstance(first.call_back, str):
        found.append(Section("call_back", "Call back", (), first.call_back))
    return found
