"""What the page Health and ``loopclose doctor`` say of copies for the own chart and of mails nobody understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from loopclose.clock import fixed
from loopclose.errors import DONE, UNSENT
from loopclose.flows.health.asking import everything
from loopclose.flows.health.check import Check
from loopclose.flows.work import Work
from loopclose.store import delivery_history
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import LOOKED_AT, NOBODYS, UNCLEAR
from tests.store.line import NOW
from tests.store.practices import row
from tests.store.signed_letters import CORA, MAIN
from tests.web.test_health import page

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def told(work: Work) -> Iterator[Work]:
    yield Work(work.config, work.db, fixed(NOW + 3 * DAY))


def of(work: Work, *names: str) -> dict[str, Check]:
    """What doctor says of those parts."""
    return {check.name: check for _, check in everything(work) if check.name in names}


def filed(work: Work, key: str, state: str, at: datetime, obligation: str = "o1") -> None:
    given = {"purpose": "filing", "channel": "chart", "referrer": "chart:main", "ehr": "main", "urgent": False}
    with work.db.write() as session:
        session.add(row(DeliveryRow, "main", id=key, obligation=obligation, state=state, planned_at=at, **given))


def came(work: Work, at: datetime, mail: str, delivery: str = NOBODYS, what: str = UNCLEAR) -> None:
    source = "mailbox" if what == UNCLEAR else "person"
    with work.db.write() as session:
        delivery_history.add_event(session, MAIN, delivery, what, source, CORA, at, at, "It is no report.", mail)


def test_copies_that_do_not_stand_in_the_own_chart_are_counted_with_the_oldest_and_what_to_do(told: Work) -> None:
    assert of(told, "chart failed", "chart unsure") == {}
    for key, state, at in (
        ("f1", "failed", NOW + HOUR),
        ("f2", "failed", NOW),
        ("f3", "sent", NOW),
        ("f4", "unsure", NOW + 2 * HOUR),
        ("f5", "unsure", NOW - 400 * DAY),
    ):
        filed(told, key, state, at, obligation=f"of {key}")
    found = of(told, "chart failed", "chart unsure", "letters unsure")
    failed, unsure = found["chart failed"], found["chart unsure"]
    assert failed.sentence.startswith("2 copies could not be filed in the own chart")
    assert failed.sentence.endswith("the oldest packed Tue 24 Nov 2026, 15:00 UTC")
    assert failed.what_to_do is not None and "loopclose delivered" in failed.what_to_do
    assert unsure.sentence.startswith("of 2 copies nobody knows") and "2025" in unsure.sentence, "however old it is"
    assert {failed.exit_code, unsure.exit_code} == {UNSENT} and "letters unsure" not in found, "they are no letters"
    shown = page(told)
    assert all(check.words[1:] in shown for check in (failed, unsure))


def test_a_copy_that_was_filed_again_is_not_told_of(told: Work) -> None:
    filed(told, "f1", "failed", NOW)
    assert of(told, "chart failed")
    filed(told, "f2", "sent", NOW + HOUR)
    assert of(told, "chart failed") == {}


def test_mails_that_nobody_understood_are_told_of_until_a_person_read_them(told: Work) -> None:
    assert of(told, "mailbox") == {}
    came(told, NOW + 2 * DAY, "m2")
    came(told, NOW + 2 * DAY + HOUR, "m2")  # read again by a process after one that died
    assert of(told, "mailbox")["mailbox"].exit_code == DONE, "somebody has a day to read it"
    came(told, NOW + HOUR, "m1", delivery="d1")
    check = of(told, "mailbox")["mailbox"]
    assert check.sentence.startswith("2 mails in the mailbox of letters could not be understood")
    assert check.sentence.endswith("the oldest read Tue 24 Nov 2026, 16:00 UTC")
    assert check.what_to_do is not None and "page Sent" in check.what_to_do and check.exit_code == UNSENT
    assert check.words[1:] in page(told)
    came(told, NOW + 3 * DAY, "m1", delivery="d1", what=LOOKED_AT)
    assert of(told, "mailbox")["mailbox"].sentence.startswith("1 mail in the mailbox")
    came(told, NOW + 3 * DAY, "m2", what=LOOKED_AT)
    assert of(told, "mailbox") == {}
