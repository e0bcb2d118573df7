"""By when a draft is to be signed, and when its rung fires: each row a draft and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopclose.domain.escalation import DEFAULT_LADDER, ladder_for
from loopclose.domain.signing_time import (
    WITHIN,
    Clock,
    Draft,
    due_signature,
    first_alert,
    is_signature,
    sign_by,
    signature_rung,
)
from tests.spec.cast import CALENDAR, local, shown

TITLE = "By when a draft is to be signed"
TEXT = f"""
A draft has {int(WITHIN / timedelta(hours=1))} business hours from the moment that it is ready: both papers are kept,
nothing holds them, and no note that they quote is still to be signed in the EHR. Hours count while the practice is
open: Monday to Friday, 08:00 to 17:00 in Boston, holidays off. The clock begins once a draft: having it drafted anew
from the chart, or editing it, does not move it; the draft after an interim report, a corrected letter, and a report
that was closed and opened again begin their own. Signing ends it.

Whoever signs is told once, from that moment on: the author, or whoever stands in for them; of a report that was put on
hold since, the author and the lead, who can release it. It is a rung of its own, below those of
[the ladder](escalation.md), numbered 0 for the first version of the papers, -1 for the second, and so on. It neither
holds a rung of the ladder up nor takes its place: by the report's own deadline coordinator, lead and manager are told
as ever.
"""
COLUMNS = ["ready", "is", "looked at", "to be signed by", "tells"]
ROWS = [
    ["Tue 2026-11-24 09:00", "drafted", "2026-11-24 12:59", "Tue 2026-11-24 13:00", "-"],
    ["Tue 2026-11-24 09:00", "drafted", "2026-11-24 13:00", "Tue 2026-11-24 13:00", "0: author"],
    ["Tue 2026-11-24 09:00", "held", "2026-11-24 13:00", "Tue 2026-11-24 13:00", "0: author, lead"],
    ["Tue 2026-11-24 09:00", "signed", "2026-11-24 13:00", "Tue 2026-11-24 13:00", "-"],
    ["Tue 2026-11-24 09:00", "drafted, told", "2026-11-30 13:00", "Tue 2026-11-24 13:00", "-"],
    ["Tue 2026-11-24 09:00", "drafted, 3rd version", "2026-11-30 13:00", "Tue 2026-11-24 13:00", "-2: author"],
    ["Tue 2026-11-24 13:00", "drafted", "2026-11-24 17:00", "Tue 2026-11-24 17:00", "0: author"],
    ["Tue 2026-11-24 15:00", "drafted", "2026-11-25 09:59", "Wed 2026-11-25 10:00", "-"],
    ["Tue 2026-11-24 20:00", "drafted", "2026-11-25 12:00", "Wed 2026-11-25 12:00", "0: author"],
    ["Wed 2026-11-25 06:30", "drafted", "2026-11-25 11:00", "Wed 2026-11-25 12:00", "-"],
    ["Wed 2026-11-25 15:00", "drafted", "2026-11-27 10:00", "Fri 2026-11-27 10:00", "0: author"],
    ["Sat 2026-11-28 10:00", "drafted", "2026-11-30 11:00", "Mon 2026-11-30 12:00", "-"],
    ["Fri 2026-03-06 16:00", "drafted", "2026-03-09 11:00", "Mon 2026-03-09 11:00", "0: author"],
    ["Fri 2026-10-30 16:59", "drafted", "2026-11-02 11:59", "Mon 2026-11-02 11:59", "0: author"],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[1]}, {row[2]}")
def test_a_draft_is_to_be_signed_and_told_as_the_row_says(row: list[str]) -> None:
    by = sign_by(local(row[0][4:]), CALENDAR)
    assert shown(by) == row[3]
    state = row[1].partition(",")[0]
    clock = Clock(3 if "3rd" in row[1] else 1, by, "told" in row[1])
    rung = due_signature(clock, "report", state, local(row[2]))
    found = "-"
    if rung is not None:
        (told,) = ladder_for("report", state, [rung])
        found = f"{told.no}: {', '.join(told.roles)}"
    assert found == row[4]


def test_what_keeps_a_draft_from_being_ready() -> None:
    assert Draft("drafted").is_ready
    assert not Draft("drafted", has_both=False).is_ready and not Draft("drafted", is_preliminary=True).is_ready
    assert not any(Draft(state).is_ready for state in ("owed", "held", "signed", "sent", "confirmed", "waived"))


def test_a_correction_waits_for_its_signature_while_it_is_owed_and_nothing_else_does() -> None:
    now, clock = local("2026-11-24 13:00"), Clock(2, local("2026-11-24 12:00"))
    assert due_signature(clock, "correction", "owed", now) == signature_rung(2)
    assert due_signature(clock, "correction", "confirmed", now) is None
    assert due_signature(clock, "receipt", "owed", now) is None
    assert due_signature(None, "report", "drafted", now) is None


def test_the_next_alert_is_the_sooner_of_both_and_none_of_what_is_done() -> None:
    house, clock = local("2026-11-25 17:00"), Clock(1, local("2026-11-24 13:00"))
    assert first_alert(house, clock, "report", "drafted") == clock.sign_by
    assert first_alert(clock.sign_by, Clock(1, house), "report", "drafted") == clock.sign_by
    assert first_alert(house, Clock(1, clock.sign_by, is_told=True), "report", "drafted") == house
    assert first_alert(house, clock, "report", "signed") == house
    assert first_alert(None, clock, "report", "drafted") is None


def test_the_rung_of_a_draft_is_none_of_the_houses() -> None:
    numbers = [signature_rung(version).no for version in (1, 2, 3)]
    assert len({*numbers}) == 3 and all(map(is_signature, numbers))
    assert not any(is_signature(one.no) for one in DEFAULT_LADDER)
