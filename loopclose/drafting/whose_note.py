"""Whether a note is about this patient: one that tells of somebody decades younger is put before the clinician."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from loopclose.drafting.clauses import Clause
from loopclose.drafting.flags import years_between
from loopclose.drafting.paper import Conflict
from loopclose.drafting.sentences import About

MOST_YEARS = 2
"""By which an age in a note may be another than the patient's: it may be of another day, or copied."""
_AGE = re.compile(
    r"\b(?:is|was) an? (?:[a-z]{1,20} ){0,2}([0-9]{1,3})[- ]?(?:(?:year|yr)s?[- ]?old|y/?o)\b"
    r"|\b([0-9]{1,3})[- ]?(?:(?:year|yr)s?[- ]?old|y/?o)\b[^.;,]{0,40}\b(?:male|female|m|f|man|woman|lady|gentleman|boy"
    r"|girl|patient)\b"
)
"""How a note tells of somebody: ``… is a 66 year-old``, ``66 yo M``."""
_SOMEBODY_ELSE = re.compile(
    r"\b(?:mother|father|parents?|wife|husband|spouse|partner|brother|sister|son|daughter|child|children|baby|donor"
    r"|aunt|uncle|grand\w{1,10}|cousin|friend|caregiver|when|since|until|ago)\b"
)
OF_OTHERS = ("family", "fh", "fhx", "social")


def whose_note_conflicts(clauses: Iterable[Clause], about: About) -> Iterator[Conflict]:
    """Notes that tell of somebody of another age, each once. By sex alone none is asked about: a slip of the tongue is
    plain to whoever reads, and what the record calls a person need not be how a note does.
    """
    if about.born is None:
        return
    age = years_between(about.born, about.day)
    told: set[str] = set()
    for clause in clauses:
        found = _AGE.search(clause.low)
        if found is None or clause.note.document.key in told or clause.title.lower().startswith(OF_OTHERS):
            continue
        if _SOMEBODY_ELSE.search(clause.low):
            continue
        told.add(clause.note.document.key)
        if abs(int(found[1] or found[2]) - age) > MOST_YEARS:
            (said,) = clause.item
            sex = f", {about.sex}" if about.sex else ""
            words = f"A note says “{said.text}”, and the patient was {age} years old{sex}: is it about this patient?"
            yield Conflict("person", words, said.sources)
