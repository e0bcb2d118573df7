"""What the mail of a night says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loopclose.domain.addresses import BadAddress
from loopclose.domain.codes import KINDS
from loopclose.domain.escalation import Rung
from loopclose.outbound.digest import Line, body, subject
from loopclose.outbound.frozen import as_bytes, text_of

BOSTON = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BEFORE = Rung(1, -1, ("author",))
LATE = Line("late-one", "report", NOW - timedelta(days=3), BEFORE)
AHEAD = Line("next-one", "report", NOW + timedelta(hours=3), BEFORE)


def test_what_is_late_is_never_called_due_soon() -> None:
    text = body([AHEAD, LATE], NOW, BOSTON, "https://loop.example/")
    late, ahead = (line for line in text.splitlines() if line.startswith("- "))
    assert late == "- A report, late since Sat 21 Nov 2026 at 10:00." and "due Tue 24 Nov 2026 at 13:00" in ahead
    assert "1 late, the oldest since Sat 21 Nov 2026 at 10:00.\n1 due soon." in text
    assert text.index("obligation/late-one") < text.index("obligation/next-one")
    assert subject([AHEAD, LATE], NOW, BOSTON, False) == "Loopclose: 1 late (the oldest 3 days), 1 due soon"
    assert subject([AHEAD], NOW, BOSTON, True) == "[rehearsal] Loopclose: 1 due soon"


def why(rung: Rung) -> str:
    """What one line adds to its time."""
    text = body([Line("o", "report", NOW - timedelta(days=9), rung)], NOW, BOSTON, "https://loop.example")
    assert text.startswith("Somebody is waiting")
    return next(line for line in text.splitlines() if line.startswith("- ")).partition("at 10:00")[2]


def test_how_long_it_is_open_is_the_rungs_own_offset() -> None:
    ladder = [Rung(no, offset, ("author",)) for no, offset in enumerate([-1, 0, 1, 2], start=1)]
    assert [why(rung) for rung in ladder] == [
        ".",
        ".",
        " (still open one business day after its time).",
        " (still open two business days after its time).",
    ]
    assert "still open 12 business days" in why(Rung(1, 12, ("author",)))


def test_who_is_told_for_it_is_the_rungs_own_roles() -> None:
    assert "two business days after its time: the clinical lead is told)" in why(Rung(3, 2, ("lead",)))
    assert "manager is told: please call the referrer)" in why(Rung(2, 5, ("author", "lead", "manager")))
    assert "is told" not in why(Rung(3, 2, ("author", "coordinator")))


@pytest.mark.parametrize("kind", [*KINDS, "something_new"])
def test_every_kind_can_be_told_of(kind: str) -> None:
    text = body([Line("o", kind, NOW, BEFORE)], NOW, BOSTON, "https://loop.example")
    assert "_" not in text and re.search(r"^- A [a-z ]+, due Tue", text, re.M)


def line(name: str, **more: Any) -> Line:
    return Line(name, "report", NOW - timedelta(hours=1), BEFORE, **more)


def test_the_most_pressing_stands_first_and_says_why() -> None:
    today, yesterday = NOW + timedelta(hours=2), NOW - timedelta(days=1)
    lines = [
        LATE,
        line("asked", winner="asked_for"),
        line("stat", priority="stat"),
        line("soon", winner="patient_returns", returns_at=NOW + timedelta(days=2)),
        line("unknown", winner="patient_returns"),
        line("back", winner="patient_returns", returns_at=today),
        line("was back", winner="patient_returns", returns_at=yesterday),
    ]
    text = body(lines, NOW, BOSTON, "https://loop.example")
    said = [one for one in text.splitlines() if one.startswith("- ")]
    assert [one.partition("at 09:00")[2] for one in said[:-1]] == [
        ": the patient is back today.",
        ": the patient is back since Mon 23 Nov.",
        ": the patient is back on Thu 26 Nov.",
        ": the patient is back soon after that.",
        ": the referral is stat.",
        ": the referrer asked for it by then.",
    ]
    assert said[-1].startswith("- A report, late since Sat 21 Nov")
    assert (
        "For 2 of them the patient is back with the referrer today" in text and "For 2 of them the patient is" in text
    )
    assert subject(lines, NOW, BOSTON, False).endswith(", 2 with the patient back")


def test_who_else_was_told_is_said_by_name() -> None:
    text = body([line("o", others=("Cora", "Leo", "Mona", "Hana", "Beat"))], NOW, BOSTON, "https://loop.example")
    assert " at 09:00. Also told: Cora, Leo, Mona, Hana and 1 more.\n" in text


def test_two_thousand_late_reports_are_twenty_lines_a_count_and_a_link() -> None:
    lines = [line(f"o{no:04}", others=("Cora", "Leo")) for no in range(2000)]
    text = body(lines, NOW, BOSTON, "https://loop.example")
    assert (
        text.count("/obligation/") == 20
        and "The 20 most pressing of 2000; all of them: https://loop.example/\n" in text
    )
    assert "2000 late" in text and "2000 late" in subject(lines, NOW, BOSTON, False) and len(text) < 5000


def test_a_mail_says_that_a_machine_wrote_it_and_holds_its_headers_together() -> None:
    content = as_bytes("l@practice.example", "cora@müller.example", "a\r\nBcc: all@x", "Jürgen", "<a@loopclose>", NOW)
    mail = message_from_bytes(content, policy=default)
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["Message-ID"] == "<a@loopclose>" and mail["Date"].datetime == NOW
    assert mail["To"] == "cora@xn--mller-kva.example" and mail["Bcc"] is None and content.isascii()
    assert text_of(content.decode()).strip() == "Jürgen"


def test_letters_beyond_ascii_before_the_at_stand_in_the_header_as_they_are() -> None:
    content = as_bytes("l@practice.example", "jürgen@practice.example", "s", "x" * 990, "<a@loopclose>", NOW)
    assert "To: jürgen@practice.example\r\n".encode() in content and text_of(content.decode()).strip() == "x" * 990


@pytest.mark.parametrize(("sender", "recipient"), [("l@p.example\nBcc: x@y", "a@b"), ("a@b", "c@d\r\nBcc: x@y")])
def test_no_address_begins_another_header(sender: str, recipient: str) -> None:
    with pytest.raises(BadAddress):
        as_bytes(sender, recipient, "s", "t", "<a@loopclose>", NOW)


def test_a_letter_that_did_not_leave_or_arrive_is_told_with_its_report() -> None:
    unknown = Line("a", "report", NOW - timedelta(days=1), BEFORE, letter="unknown")
    lost = Line("b", "report", NOW - timedelta(days=2), BEFORE, letter="undelivered")
    text = body([unknown, lost, LATE], NOW, BOSTON, "https://loop.example")
    assert "Of 1 nobody knows whether the letter left.\nOf 1 the letter did not arrive at any address.\n" in text
    assert "at 10:00, and nobody knows whether its letter left: please look.\n" in text
    assert "at 10:00, and its letter did not arrive at any address: please find another.\n" in text
