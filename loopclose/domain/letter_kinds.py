"""Kinds of letter to a referrer: what each is called and filed as, and which one a report is, by rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONSULT, PROGRESS, INTERIM = "consult-note", "progress-report", "interim-report"
PROCEDURE, NO_SHOW, CANCELLATION = "procedure-report", "no-show-notice", "cancellation-notice"


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter."""

    code: str
    title: str
    loinc: str
    """The type under which it is filed."""
    display: str
    """The type's name in LOINC."""
    is_answer: bool
    """Whether the referrer's question is to be answered before it is signed."""
    closes: bool
    """Whether a report is signed by it; after any other the report is owed still."""
    ccda: str | None = None
    """The C-CDA R2.1 document template that fits; None where none does."""


_TABLE = (
    LetterKind(CONSULT, "Consult note", "11488-4", "Consult note", True, True, "2.16.840.1.113883.10.20.22.1.4"),
    LetterKind(PROGRESS, "Progress report", "11506-3", "Progress note", False, True, "2.16.840.1.113883.10.20.22.1.9"),
    LetterKind(INTERIM, "Interim report", "11488-4", "Consult note", False, False, "2.16.840.1.113883.10.20.22.1.4"),
    LetterKind(PROCEDURE, "Procedure report", "28570-0", "Procedure note", True, True),
    LetterKind(NO_SHOW, "No-show notice", "51852-2", "Letter", False, True),
    LetterKind(CANCELLATION, "Cancellation notice", "51852-2", "Letter", False, True),
)
KINDS: Mapping[str, LetterKind] = {one.code: one for one in _TABLE}
"""By code. Types: US Core 6.1, Clinical Notes (11488-4, 11506-3, 28570-0); an interim report is a consultation note
that is not the last word (IHE 360X, PCC-59 Interim Consultation Note; Composition.status ``preliminary``). LOINC has no
document type for a missed visit that we found, so the notices are a Letter (https://loinc.org/51852-2). Templates: HL7
CDA R2 IG C-CDA R2.1, Consultation Note and Progress Note; its Procedure Note demands sections and a coded service event
that a cover before a report does not have."""
OF_A_REPORT = (CONSULT, PROGRESS, INTERIM, PROCEDURE)
"""Kinds that a person may choose for the letter of a report."""
NOTICES = frozenset({NO_SHOW, CANCELLATION})
"""Kinds that tell of a missed visit: nothing clinical is in them, and staff release them."""


@dataclass(frozen=True)
class VisitFacts:
    """What the kind of a report's letter follows from."""

    is_later: bool = False
    """Whether an earlier visit under the same referral was reported already."""
    notes: int = 0
    """Notes of the visit by clinicians."""
    of_procedures: int = 0
    """How many of these are of a procedure or an operation."""
    final: int = 0
    """How many of them are final, or of an EHR that does not say."""
    are_known: bool = True
    """Whether all notes of the visit could be read."""
    awaited: tuple[str, ...] = ()
    """Orders of the visit whose results are not there yet, by name."""


@dataclass(frozen=True)
class Choice:
    """Which kind it is, and why."""

    kind: str
    because: str
    interim: str = ""
    """Why an interim report may go out before it; empty where nothing speaks for one."""


def kind_of(facts: VisitFacts, by_hand: str | None = None) -> Choice:
    """Which letter a report is: what a person chose, else by what the chart has of the visit.

    An interim report is never taken by rule: it promises the rest, and the report stays owed; it is offered.
    """
    interim = _interim(facts)
    if by_hand in OF_A_REPORT and by_hand is not None:
        return Choice(by_hand, "Chosen by hand.", interim)
    if facts.notes and facts.notes == facts.of_procedures:
        return Choice(PROCEDURE, "Every note of the visit is of a procedure.", interim)
    if facts.is_later:
        return Choice(PROGRESS, "An earlier visit under the same referral was reported.", interim)
    return Choice(CONSULT, "It is the first report under the referral.", interim)


def _interim(facts: VisitFacts) -> str:
    if not facts.are_known:
        return "Not every note of the visit could be read."
    if not facts.notes:
        return "No note of the visit is in the chart yet."
    if not facts.final:
        return "The note of the visit is not final yet."
    if facts.awaited:
        return f"Results are awaited: {', '.join(facts.awaited)}."
    return ""
