"""What an earlier draft told and the chart no longer holds: deleted in the EHR, or moved to its right patient.

Nothing of it is quoted, as it may be another person's; whoever signs is asked, as somebody may have acted on it.
"""

from __future__ import annotations

from collections.abc import Set

from msgspec import structs

from loopclose.drafting.gaps import WORDS
from loopclose.drafting.paper import Conflict, Paper, Source

CODE = "no_longer"
GONE = (
    "An earlier draft told of {what}, which the chart of this patient no longer holds: deleted, or another patient's."
    " Does anybody need to know?"
)


def with_what_left(paper: Paper, before: Paper, held: Set[str]) -> Paper:
    """The paper, with what the draft ``before`` it told and is not among what is ``held`` of the patient (``Type/id``).

    It is said again in every draft until one is signed, unless the chart holds it again.
    """
    left = sorted(key for key in _told(before) if key.partition("/")[0] in WORDS and key not in held)
    if not left:
        return paper
    kinds = dict.fromkeys(WORDS[key.partition("/")[0]][0] for key in left)
    *others, last = [f"{words[0].lower()}{words[1:]}" for words in kinds]
    what = f"{', '.join(others)} and {last}" if others else last
    sources = tuple(Source(key, f"{key.partition('/')[0]}.id", key.partition("/")[2]) for key in left)
    return structs.replace(paper, conflicts=(*paper.to_settle, Conflict(CODE, GONE.format(what=what), sources)))


def _told(paper: Paper) -> set[str]:
    """Whatever its sentences rest on, and what it said itself to be there no longer."""
    said = {source.resource for item in paper.everything for sentence in item for source in sentence.sources}
    asked = {source.resource for one in paper.to_settle if one.code == CODE for source in one.sources}
    return said | asked
