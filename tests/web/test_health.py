"""How the practice is: the page and ``loopclose doctor`` ask the same questions, once."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.errors import TEMPORARY, UNSENT, USAGE
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.flows.health import asking, checks
from loopclose.flows.health.asking import everything, health
from loopclose.flows.health.check import STALE, Check, Look
from loopclose.flows.jobs import run_night
from loopclose.flows.schedule import LANES
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store import mails, requests, ticks, users
from loopclose.store.base import Scope
from loopclose.store.outbox import FAILED, HELD
from loopclose.store.people import User
from loopclose.store.resources import Ehr
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser

MAIN = Scope("main")


def asked(work: Work) -> dict[str, Check]:
    return {check.name: check for check in health(work, MAIN).checks}


def page(work: Work) -> str:
    browser = Browser(create_app(work).test_client())
    path = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'cora@demo.example')}"
    browser.post(path, path)
    return html.unescape(browser.get("/health"))


def test_the_page_says_what_doctor_says(work: Work) -> None:
    run_night(work, MAIN)  # without [mail]: what it planned stays unsent
    disable_user(work.db, work.clock, MAIN, "mona@demo.example")
    shown = page(work)
    told = [check for _, check in everything(work)]
    wrong = [check for check in told if check.what_to_do]
    expected = {"scheduler", "web key", "mail", "roles", "authors", "unsent mails", "quarantine", "night"}
    assert {check.name for check in wrong} == expected
    assert all(check.words[1:] in shown for check in wrong if check.about != "Quarantine")
    assert {check.name for check in asked(work).values()} <= {check.name for check in told}
    assert {"database", "ehr.main", "types of main", "audit"} <= {check.name for check in told}


def test_an_ehr_that_was_not_read_for_hours_is_stale_everywhere(work: Work) -> None:
    fresh, stale = (Work(work.config, work.db, fixed(NOW + after)) for after in (STALE / 2, STALE))
    assert asked(fresh)["sync of main"].ok and "may be old" not in page(fresh)
    check = asked(stale)["sync of main"]
    assert (check.ok, check.exit_code, check.what_to_do) == (False, TEMPORARY, "run loopclose sync")
    shown = page(stale)
    assert "may be old" in shown and f"Sync of main: {check.words}" in shown


@pytest.mark.parametrize("path", ["/", "/unmatched", "/answers", "/mails", "/health"])
def test_a_scheduler_that_stopped_is_warned_of_on_every_page(work: Work, path: str) -> None:
    with work.db.write() as session:
        for lane in LANES:
            ticks.note(session, lane, NOW - timedelta(hours=5))
    browser = Browser(create_app(work).test_client())
    link = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'cora@demo.example')}"
    browser.post(link, link)
    assert "The scheduler stopped: nothing is read and nobody is told" in html.unescape(browser.get(path))


def test_a_role_without_a_user_is_named_until_there_is_one(work: Work) -> None:
    disable_user(work.db, work.clock, MAIN, "leo@demo.example")
    assert asked(work)["roles"].exit_code == USAGE and "lead" in asked(work)["roles"].sentence
    add_user(work.db, MAIN, Account("leo@demo.example", "lead"))
    assert asked(work)["roles"].ok


def test_somebody_whose_role_is_unknown_is_named(work: Work) -> None:
    assert asked(work)["unknown roles"].ok
    with work.db.write() as session:
        session.scalars(select(User).filter_by(email="heart@demo.example")).one().role = "visitor"
    check = asked(work)["unknown roles"]
    assert check.exit_code == USAGE and "heart@demo.example" in check.sentence


def test_authors_without_an_account_are_named_and_nothing_fails_for_them(work: Work) -> None:
    check = asked(work)["authors"]
    assert check.ok and check.what_to_do and "Vera Vessel" in check.sentence and "Hana Heart" not in check.sentence


def test_mails_that_did_not_leave_are_counted(work: Work) -> None:
    assert asked(work)["unsent mails"].ok
    run_night(work, MAIN)
    assert asked(work)["unsent mails"].exit_code == UNSENT


def test_whom_alerts_no_longer_reach_is_named_and_what_waits_for_somebody_is_counted(work: Work) -> None:
    run_night(work, MAIN)
    with work.db.write() as session:
        first, second = mails.newest(session, MAIN)[:2]
        first.state, second.state, email = FAILED, HELD, first.recipients[0]
        mails.note_unreachable(session, MAIN, email, first.id, "The mail server refused the recipient (550).", NOW)
        user = next(one for one in users.of_practice(session, MAIN) if one.email == email)
    found, shown = asked(work), page(work)
    check = found[f"mail to {email}"]
    assert check.exit_code == UNSENT and check.words[1:] in shown
    assert check.sentence == (
        f"alerts no longer reach {user.name} ({user.role}) since Tue 24 Nov 2026, 15:00 UTC."
        " The mail server refused the recipient (550)"
    )
    for name, words in (("failed mails", "1 refused for good"), ("held mails", "1 held after a restore")):
        assert found[name].exit_code == UNSENT and words in found[name].sentence and words in shown
    with work.db.write() as session:
        mails.note_reached(session, MAIN, email)
    assert f"mail to {email}" not in asked(work)


def test_what_is_in_quarantine_is_listed_with_what_it_holds_up(work: Work) -> None:
    found = health(work, MAIN)
    assert found.held and asked(work)["quarantine"].sentence.startswith(str(len(found.held)))
    shown = page(work)
    assert all(f"{one['resource']}</code>: {one['detail']}" in shown for one in found.held)


def test_one_more_question_is_one_more_function(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def tides(look: Look) -> Iterator[Check]:
        yield Check("tides", "The sea", f"high water at {look.now + timedelta(hours=1):%H:%M}", "wait", TEMPORARY)

    monkeypatch.setattr(asking, "CHECKS", (*checks.CHECKS, tides))
    assert "<h2>The sea</h2>" in page(work) and "⚠ High water at 16:00: wait." in page(work)
    assert [check.exit_code for _, check in everything(work) if check.name == "tides"] == [TEMPORARY]


def test_how_visits_are_found_is_said_where_it_was_tried_out(work: Work) -> None:
    by_trial = work.config.ehr["main"].model_copy(update={"worklist": "auto"})
    tried = Work(work.config.model_copy(update={"ehr": {"main": by_trial}}), work.db, work.clock)
    with work.db.write() as session:
        row = session.scalars(select(Ehr)).one()
        row.worklist = {
            "sources": {"schedule": "clinicians"},
            "because": ["orders: The EHR refused the request (400)", "schedule answered"],
            "tried_at": "2026-11-24T14:00:00+00:00",
            "of": "digest",
        }
    for shown in (page(tried), asked(tried)["visits of main"].words):
        assert "found by schedule, as tried out Tue 24 Nov 2026, 14:00 UTC" in shown
        assert "orders: The EHR refused the request (400); schedule answered" in shown
    assert "as tried out" not in page(work) and "visits of main" not in asked(work)


def test_how_often_an_ehr_was_asked_today_stands_on_the_page(work: Work) -> None:
    with work.db.write() as session:
        requests.count(session, MAIN, "main", NOW.date(), {"changes": 280, "worklist": 80})
    assert "Requests to main: 360 today (changes 280, worklist 80)." in html.unescape(page(work))
