"""What a letter owes once it was sent, and by when: each row a line of its page one."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import UNSET

from loopclose.domain.duties import (
    AFTER_FINAL,
    AT_MOST,
    BEFORE_END,
    HANDOVER,
    UNNAMED,
    Duty,
    duty_deadline,
    final_since,
    went_out,
)
from loopclose.drafting.duties import NOT_KNOWN, SUPPLY, duties_of
from loopclose.drafting.page_one_chart import MORE
from loopclose.drafting.paper import SHEET, Ask, Cell, PageOne, Paper, Row, Section, Sentence, Source
from tests.spec.cast import CALENDAR, fact, local, shown

TITLE = "What a letter owes once it was sent"
TEXT = f"""
From when a letter that was signed here counts as sent, each line of its page one that asks or promises something is
owed on its own, as it stands in the version that was signed:

| kind | is | due |
| --- | --- | --- |
| `handover` | each medicine that the referrer is asked to take over | {BEFORE_END} business days before the supply that we prescribed ends, at most {AT_MOST} business days after receipt |
| `ask` | every other line of the ask box | on the day that it names, else {UNNAMED.days} days after receipt |
| `pending_result` | each result to come | {AFTER_FINAL} business day after it is final; it is asked for {UNNAMED.days} days after receipt |

Nothing is due sooner than one business day after receipt, and receipt counts from when the letter was sent: from then
on the referrer can have it. What an ask names beside a medicine (a day, or something to be checked) is owed as an `ask`
as well. A draft owes nothing of it, nor does a letter that nobody sent. An interim report that was sent owes what it
asks; the report after it, or a corrected letter, owes what is new in it: what the one before said, word by word, stays
the one thing that it is. A person closes each, by *it is done* or a waiver; judged again, none comes twice.

Below, the letter was sent on Tue 2026-11-24 09:00, and the sheet says that we renew lisinopril until the day in the
second column.
"""  # noqa: E501
COLUMNS = ["page one says", "our supply of lisinopril", "owes", "by", "says of the supply"]
CONTINUE, BOTH = "PCP to continue lisinopril.", "PCP to continue lisinopril and metformin."
ROWS = [
    [CONTINUE, "24 Dec 2026", "handover", "Wed 2026-12-09 17:00", "We renew until 24 Dec 2026."],
    [CONTINUE, "9 Dec 2026", "handover", "Wed 2026-12-02 17:00", "We renew until 9 Dec 2026."],
    [CONTINUE, "26 Nov 2026", "handover", "Wed 2026-11-25 17:00", "We renew until 26 Nov 2026."],
    [CONTINUE, "not known", "handover", "Wed 2026-12-09 17:00", NOT_KNOWN],
    ["PCP to renew metformin.", "9 Dec 2026", "handover", "Wed 2026-12-09 17:00", NOT_KNOWN],
    [BOTH, "9 Dec 2026", "handover, handover", "Wed 2026-12-02 17:00", "We renew until 9 Dec 2026."],
    ["PCP to titrate lisinopril, recheck BMP in 2 weeks. [2026-12-08]", "9 Dec 2026", "handover, ask", "-", "-"],
    ["Lisinopril to be continued by PCP.", "9 Dec 2026", "handover", "Wed 2026-12-02 17:00", "-"],
    ["Further refills of lisinopril from PCP.", "9 Dec 2026", "handover", "Wed 2026-12-02 17:00", "-"],
    ["Please do not continue lisinopril.", "9 Dec 2026", "ask", "Tue 2026-12-08 09:00", "-"],
    ["Please stop lisinopril.", "9 Dec 2026", "ask", "Tue 2026-12-08 09:00", "-"],
    ["Please check his TSH. [2026-12-15]", "not known", "ask", "Tue 2026-12-15 17:00", "-"],
    ["Please check his TSH. [2026-12-13]", "not known", "ask", "Fri 2026-12-11 17:00", "-"],
    ["Please check his TSH. [2026-11-23]", "not known", "ask", "Wed 2026-11-25 17:00", "-"],
    ["Please arrange a sleep study.", "not known", "ask", "Tue 2026-12-08 09:00", "-"],
    ["to come: Troponin.", "not known", "pending_result", "Tue 2026-12-08 09:00", "-"],
    ["to come: Troponin. (final 2026-11-30 10:00)", "not known", "pending_result", "Tue 2026-12-01 17:00", "-"],
    ["to come: Troponin. (final 2026-11-23 10:00)", "not known", "pending_result", "Wed 2026-11-25 17:00", "-"],
    ["to come: Troponin. (final 2026-12-20 10:00)", "not known", "pending_result", "Tue 2026-12-08 09:00", "-"],
    ["nothing", "9 Dec 2026", "-", "-", "-"],
]
SENT_AT = local("2026-11-24 09:00")


def papers(said: str, until: str) -> tuple[Paper, ...]:
    """A letter whose page one says that, and its sheet."""
    words = said.partition(" (final")[0].removeprefix("to come: ")
    words, _, day = words.partition(" [")
    text = (Sentence(words, (Source("ServiceRequest/t", "ServiceRequest.code", words),)),)
    asks = () if said.startswith(("to come", "nothing")) else (Ask(text, day.rstrip("]") or UNSET),)
    pending = (Section("pending", "Results to come", (text,), ""),) if said.startswith("to come") else ()
    first = PageOne("no_date", "", asks, (), False, (), pending, (), "")
    heading = (Sentence("Lisinopril 10 mg.", ()),)
    renewal = (Sentence(f"We renew until {until}.", (Source("MedicationRequest/l", SUPPLY, until),)),)
    cells = () if until == "not known" else (Cell("Prescriber and renewal", renewal),)
    section = Section("ordered", "Ordered", (), "", (Row(heading, cells),))
    names = ("Harbor", "Lin Lee", "Alma Reyes", "19 Nov 2026")
    return (Paper("consult-note", "Note", *names, (), page_one=first), Paper(SHEET, "Sheet", *names, (section,)))


def due(duty: Duty, said: str) -> str:
    final = said.partition("(final ")[2].rstrip(")")
    return shown(duty_deadline(duty, SENT_AT, local(final) if final else None, CALENDAR).due_at)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[1]}")
def test_what_it_owes_is_what_the_row_says(row: list[str]) -> None:
    found = duties_of(papers(row[0], row[1]))
    assert (", ".join(one.kind for one in found) or "-") == row[2]
    if row[3] != "-":
        assert due(found[0], row[0]) == row[3]
    if row[4] != "-":
        assert found[0].supply == row[4]
    assert all(one.words.rstrip(".") for one in found) and len({one.key for one in found}) == len(found)


def test_a_medicine_is_named_before_the_words_that_ask() -> None:
    found = duties_of(papers(BOTH, "9 Dec 2026"))
    assert [one.words for one in found] == [f"Lisinopril: {BOTH}", f"Metformin: {BOTH}"]
    assert [one.by for one in found] == [date(2026, 12, 9), None]


def test_results_behind_page_one_are_promised_each() -> None:
    sources = tuple(Source(f"ServiceRequest/{no}", "ServiceRequest.code", f"Test {no}") for no in (1, 2))
    section = Section("pending", "Results to come", ((Sentence(MORE, sources),),), "")
    first = PageOne("information", "", (), (), False, (), (section,), (), "")
    found = duties_of([Paper("consult-note", "Note", "", "", "", "", (), page_one=first)])
    assert [(one.words, one.resource) for one in found] == [(one.text, one.resource) for one in sources]


def test_a_result_is_final_by_its_own_report_or_by_one_on_its_order() -> None:
    report = {"status": "final", "issued": "2026-11-30T15:00:00Z", "basedOn": [{"reference": "ServiceRequest/t"}],
              "result": [{"reference": "Observation/o"}]}  # fmt: skip
    final = fact("DiagnosticReport", "r", **report)
    early = fact("DiagnosticReport", "e", **{**report, "status": "preliminary", "issued": "2026-11-29T15:00:00Z"})
    for resource in ("ServiceRequest/t", "DiagnosticReport/r", "Observation/o"):
        assert final_since(resource, [early, final], CALENDAR) == local("2026-11-30 10:00")
    assert final_since("ServiceRequest/t", [early], CALENDAR) is None
    assert final_since("ServiceRequest/other", [final], CALENDAR) is None


def test_the_reasons_are_said_the_nearest_first() -> None:
    duty = Duty(HANDOVER, "Lisinopril", date(2026, 12, 9))
    first, second = duty_deadline(duty, SENT_AT, None, CALENDAR).reasons
    assert first.because == "Our supply ends on Wed 9 Dec 2026: 5 business days before that."
    assert second.because == "At most 10 business days after the letter was sent, Tue 24 Nov 2026 at 09:00."


def test_what_went_out_is_what_was_signed_by_then_and_what_corrected_it() -> None:
    one, two, three = ((no, local(f"2026-11-2{no} 09:00")) for no in (1, 2, 3))
    noon = local("2026-11-22 12:00")
    assert went_out([one], noon, ()) == [1]
    assert went_out([one, two], noon, {1}) == [2], "the first was corrected before anything was sent"
    assert went_out([one, two, three], noon, {1}) == [2], "signed again, and that was not sent yet"
    assert went_out([one, two, three], noon, {1, 2}) == [2, 3]
    assert went_out([two, three], local("2026-11-20 12:00"), ()) == [2], "attested for a time before it was signed"
    assert went_out([two], None, ()) == [2]
