"""Sessions end by themselves, and signing in leads nowhere but into this application."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopclose.clock import fixed
from loopclose.flows.sign_in import LONGEST
from loopclose.flows.work import Work
from tests.store.line import NOW
from tests.web.conftest import PASSWORD, Browser

MINUTE = timedelta(minutes=1)
SIGN_IN = "<h1>Sign in</h1>"


def at(work: Work, browser: Browser, passed: timedelta) -> bool:
    """Whether a look at that time still finds somebody signed in."""
    work.clock = fixed(NOW + passed)
    return SIGN_IN not in browser.get("/health")


def test_a_session_that_nobody_uses_ends(work: Work, browser: Browser) -> None:
    idle = timedelta(minutes=work.config.web.session_idle_minutes)
    assert at(work, browser, idle) and at(work, browser, 2 * idle)  # each look begins the wait anew
    assert not at(work, browser, 3 * idle + MINUTE)
    assert not at(work, browser, 3 * idle + MINUTE), "and is not opened again by the look"


def test_a_session_in_use_ends_after_a_working_day(work: Work, browser: Browser) -> None:
    step = timedelta(minutes=20)
    for n in range(1, LONGEST // step + 1):
        assert at(work, browser, n * step)
    assert not at(work, browser, LONGEST + MINUTE)


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/unmatched", "/unmatched"),
    ],
)
def test_signing_in_leads_nowhere_else(stranger: Browser, wanted: str, target: str) -> None:
    page = stranger.client.get("/sign-in", query_string={"next": wanted}).get_data(as_text=True)
    assert ("elsewhere" in page or "javascript" in page) is False
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": "pw@demo.example", "password": PASSWORD, "next": wanted}
    answer = stranger.client.post("/sign-in", data=form)
    assert (answer.status_code, answer.location) == (303, target)
