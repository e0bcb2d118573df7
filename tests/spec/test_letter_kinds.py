"""Which kind of letter a report is, as what it is filed, and whether its type counts for CMS50."""

from __future__ import annotations

import pytest

from loopclose.domain import cms50
from loopclose.domain.letter_kinds import (
    CANCELLATION,
    CONSULT,
    INTERIM,
    KINDS,
    NO_SHOW,
    OF_A_REPORT,
    PROCEDURE,
    PROGRESS,
    Choice,
    VisitFacts,
    kind_of,
)

TITLE = "Which letter a report is"
_KINDS = "\n".join(
    f"| `{one.code}` | {one.title} | {one.loinc} {one.display} | {'yes' if one.is_answer else '-'} | "
    f"{'yes' if one.closes else '-'} | {cms50.of_letter(one.code).removeprefix('CMS50: ')} |"
    for one in KINDS.values()
)
TEXT = f"""
What a person chose comes first; then the notes of the visit, then whether it is the first report under the referral. An
interim report is never taken by rule: it is offered, and the report is owed still after it is signed. A notice of a
missed visit is its own obligation: no-show or cancellation by the status of the appointment.

| kind | title | LOINC | answers the question | closes what is owed | for the referrer's CMS50 |
| --- | --- | --- | --- | --- | --- |
{_KINDS}
"""
COLUMNS = ["the visit", "chosen", "letter", "because", "an interim report is offered"]
Case = tuple[str, VisitFacts, str | None, Choice]
FIRST, LATER = "It is the first report under the referral.", "An earlier visit under the same referral was reported."
DONE, PROCEDURES = "Chosen by hand.", "Every note of the visit is of a procedure."
NONE_YET, NOT_FINAL = "No note of the visit is in the chart yet.", "The note of the visit is not final yet."
AWAITED, UNREAD = "Results are awaited: CT angiography.", "Not every note of the visit could be read."
ONE = VisitFacts(notes=1, final=1)
CASES: list[Case] = [
    ("first, its note is final", ONE, None, Choice(CONSULT, FIRST)),
    ("later, its note is final", VisitFacts(is_later=True, notes=1, final=1), None, Choice(PROGRESS, LATER)),
    ("later, of a procedure", VisitFacts(True, 1, 1, 1), None, Choice(PROCEDURE, PROCEDURES)),
    ("first, a note of a procedure beside another", VisitFacts(False, 2, 1, 2), None, Choice(CONSULT, FIRST)),
    ("first, no note yet", VisitFacts(), None, Choice(CONSULT, FIRST, NONE_YET)),
    ("first, its note is preliminary", VisitFacts(notes=1), None, Choice(CONSULT, FIRST, NOT_FINAL)),
    (
        "first, a result is awaited",
        VisitFacts(notes=1, final=1, awaited=("CT angiography",)),
        None,
        Choice(CONSULT, FIRST, AWAITED),
    ),
    (
        "first, not every note could be read",
        VisitFacts(notes=1, final=1, are_known=False),
        None,
        Choice(CONSULT, FIRST, UNREAD),
    ),
    ("first", ONE, PROGRESS, Choice(PROGRESS, DONE)),
    ("first, its note is preliminary", VisitFacts(notes=1), INTERIM, Choice(INTERIM, DONE, NOT_FINAL)),
    ("first", ONE, NO_SHOW, Choice(CONSULT, FIRST)),
]
ROWS = [
    [words, f"`{hand}`" if hand else "-", f"`{told.kind}`", told.because, told.interim or "-"]
    for words, _, hand, told in CASES
]


@pytest.mark.parametrize(("words", "facts", "hand", "told"), CASES)
def test_the_kind_follows_from_the_visit_or_from_a_person(
    words: str, facts: VisitFacts, hand: str | None, told: Choice
) -> None:
    assert kind_of(facts, hand) == told, words


def test_a_report_never_becomes_a_notice_and_only_an_interim_report_leaves_it_owed() -> None:
    assert not {NO_SHOW, CANCELLATION} & {*OF_A_REPORT}
    assert [one.code for one in KINDS.values() if not one.closes] == [INTERIM]
    assert not KINDS[NO_SHOW].is_answer and KINDS[NO_SHOW].ccda is None


def test_a_type_counts_by_the_value_set_alone_and_nothing_is_claimed_of_what_is_not_coded() -> None:
    assert len(cms50.consultant_report()) == 251
    loinc = "http://loinc.org"
    inside = cms50.of_note([("urn:ours", "7", "Visit"), (loinc, "34099-2", "Cardiology Consult note")])
    assert inside == cms50.COUNTS.format(type="Cardiology Consult note (LOINC 34099-2)")
    assert cms50.of_note([(loinc, "11506-3", None)]) == cms50.OUTSIDE.format(type="LOINC 11506-3")
    assert cms50.of_note([("urn:ours", "11488-4", "Consult")]) == cms50.of_note([]) == cms50.NO_CODE
    assert "can count" in inside and "guidance" in cms50.of_letter(PROCEDURE)
    assert cms50.of_letter(INTERIM) == cms50.NOT_LAST and cms50.of_letter(NO_SHOW) == cms50.NOT_REPORT
