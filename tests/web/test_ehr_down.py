"""An EHR that cannot be read is told on every page from the first run that failed, and by ``doctor``."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from loopclose.clock import fixed
from loopclose.errors import TEMPORARY
from loopclose.flows.health import warnings as top
from loopclose.flows.health.asking import health
from loopclose.flows.health.warnings import TopLook, TopWarning, warnings
from loopclose.flows.jobs import sync_site
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.leases import hold
from loopclose.store.runs import begin
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser

MAIN = Scope("main")
REFUSED = "The EHR at 127.0.0.1 refused the connection"
READ = "What you see was last read 10:00."
"""NOW, where the practice is."""


@dataclass
class Practice:
    """A practice at an instant, with an EHR that is there or not."""

    there: Work

    def at(self, moment: datetime, *, down: bool = False) -> Work:
        config = self.there.config
        if down:
            gone = config.ehr["main"].model_copy(update={"base_url": "http://127.0.0.1:9/fhir"})  # nobody listens there
            config = config.model_copy(update={"ehr": {"main": gone}})
        return replace(self.there, config=config, clock=fixed(moment))

    def sync(self, moment: datetime, *, down: bool = False) -> None:
        work = self.at(moment, down=down)
        sync_site(work, work.site_of("main", "main"))

    def shown(self, moment: datetime, path: str = "/") -> str:
        work = self.at(moment)
        browser = Browser(create_app(work).test_client())
        link = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'cora@demo.example')}"
        browser.post(link, link)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", browser.get(path))).split())


@pytest.fixture
def practice(work: Work, monkeypatch: pytest.MonkeyPatch) -> Practice:
    monkeypatch.setattr("fhir_adapters.wire.TRIES", 1)
    return Practice(work)


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


@pytest.mark.parametrize("path", ["/", "/unmatched", "/mails", "/health"])
def test_every_page_says_so_from_the_first_run_that_failed_until_one_is_complete(practice: Practice, path: str) -> None:
    assert "⚠ Could not read" not in practice.shown(minutes(1), path)
    practice.sync(minutes(5), down=True)
    practice.sync(minutes(20), down=True)
    shown = practice.shown(minutes(21), path)
    assert f"⚠ Could not read EHR main since 10:05: {REFUSED}" in shown and READ in shown
    practice.sync(minutes(35))
    assert "⚠ Could not read" not in practice.shown(minutes(36), path)
    practice.sync(minutes(50), down=True)
    assert "⚠ Could not read EHR main since 10:50" in practice.shown(minutes(51), path)


def test_the_page_health_tells_the_attempt_from_the_last_success(practice: Practice) -> None:
    practice.sync(minutes(5), down=True)
    practice.sync(minutes(20), down=True)
    shown = practice.shown(minutes(21), "/health")
    attempt = re.search(r"⚠ failed (.+?) Failing since (.+?)\.", shown)
    assert attempt and "10:20" in attempt[1] and REFUSED in attempt[1] and "10:05" in attempt[2]
    assert "(21 min ago)" in shown


def test_doctor_says_the_same(practice: Practice) -> None:
    practice.sync(minutes(5), down=True)
    (check,) = [one for one in health(practice.at(minutes(6)), MAIN).checks if one.name == "sync of main"]
    (warning,) = warnings(practice.at(minutes(6)), MAIN, minutes(6))
    assert (check.ok, check.exit_code) == (False, TEMPORARY)
    assert REFUSED in check.words and "since Tue 24 Nov 2026 at 10:05 EST" in check.words
    assert warning.words.split(": ", 1)[1].split(" What")[0] in check.words


def test_a_run_that_is_still_going_is_neither_and_one_whose_process_died_has_failed(practice: Practice) -> None:
    work = practice.at(minutes(5))
    with hold(work.db, "sync:main:main"):
        with work.db.write() as session:
            begin(session, MAIN, "main", ("Practice", "America/New_York"), minutes(5))
        shown = practice.shown(minutes(6), "/health")
        assert "⚠ Could not read" not in shown and "is still going" in shown
    shown = practice.shown(minutes(7), "/health")
    assert "⚠ Could not read EHR main since 10:05: The reading was broken off" in shown
    assert "is still going" not in shown


def test_a_run_that_a_fault_of_ours_breaks_off_is_told_like_any_other(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("Ann Sample")

    with monkeypatch.context() as patched, pytest.raises(KeyError):
        patched.setattr("loopclose.flows.reading.sync._read", broken)
        practice.sync(minutes(5))
    shown = practice.shown(minutes(6), "/health")
    assert "since 10:05: A fault on our side (KeyError); see the log." in shown and "Ann Sample" not in shown


def test_another_day_is_named_and_many_ehrs_share_a_sentence(practice: Practice) -> None:
    practice.sync(minutes(5), down=True)
    (warning,) = warnings(practice.at(minutes(0)), MAIN, NOW + timedelta(days=2))
    assert "since Tue 24 Nov at 10:05" in warning.words and "last read Tue 24 Nov at 10:00." in warning.words
    (one,) = health(practice.at(minutes(6)), MAIN).readings
    several = [replace(one, ehr=name) for name in ("east", "north", "west")]
    work = practice.at(minutes(6))
    with work.db.read() as session:
        look = TopLook(work, MAIN, minutes(6), work.site_of("main", "main").practice.zone, session, several)
        (shared,) = top.not_read(look)
    assert shared.words.startswith(f"Could not read 3 EHRs (east, north, west) since 10:05: {REFUSED}")


def test_one_more_warning_is_one_more_function_and_is_kept_for_seconds(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def tides(look: TopLook) -> list[TopWarning]:
        asked.append(look.now)
        return [TopWarning("tides", "High water.")]

    monkeypatch.setattr(top, "WARNINGS", (*top.WARNINGS, tides))
    assert "⚠ High water." in practice.shown(minutes(1))
    monkeypatch.setattr(top, "KEPT_SECONDS", 3600)
    work, before = practice.at(minutes(1)), len(asked)
    for _ in range(3):
        assert TopWarning("tides", "High water.") in warnings(work, MAIN, NOW)
    assert len(asked) <= before + 1
