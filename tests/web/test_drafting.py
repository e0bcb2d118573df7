"""Drafting leaves the request: it is asked for, done by a worker, and its end is shown, good or bad."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from loopclose.clock import fixed
from loopclose.flows.health.asking import health
from loopclose.flows.papers.working import DraftWorker
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.drafts import papers
from loopclose.store.jobs import DRAFT, newest
from loopclose.store.obligations import Obligation
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser, draft_all
from tests.web.test_screens import one

MAIN = Scope("main")
REFUSED = "The EHR at 127.0.0.1 refused the connection"


@pytest.fixture
def owed(work: Work) -> Obligation:
    return one(work, kind="report", state="owed")


@pytest.fixture
def down(work: Work, monkeypatch: pytest.MonkeyPatch) -> Work:
    """The same practice with an EHR that nobody answers for."""
    monkeypatch.setattr("fhir_adapters.wire.TRIES", 1)
    gone = work.config.ehr["main"].model_copy(update={"base_url": "http://127.0.0.1:9/fhir"})
    return replace(work, config=work.config.model_copy(update={"ehr": {"main": gone}}))


def path_of(owed: Obligation) -> str:
    return f"/obligation/{owed.id}"


def ask(browser: Browser, owed: Obligation, **form: str) -> str:
    return words(browser.post(f"{path_of(owed)}/draft", path_of(owed), **form))


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_request_asks_neither_the_ehr_nor_any_text(
    down: Work, owed: Obligation, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("within the request")

    for name in ("loopclose.flows.papers.draft.gather", "loopclose.flows.papers.working.asking"):
        monkeypatch.setattr(name, never)
    shown = ask(browser, owed)
    assert (
        "Being drafted from the chart since Tue 24 Nov at 10:00" in shown
        and "asked for by" in shown
        and "cora@demo.example" not in shown
    )


def test_the_page_asks_again_until_it_is_there_and_a_link_does_without_javascript(
    work: Work, owed: Obligation, browser: Browser
) -> None:
    page = browser.post(f"{path_of(owed)}/draft", path_of(owed))
    state = f"{path_of(owed)}/drafting"
    assert f'hx-get="{state}"' in page and re.search(rf'<a href="{path_of(owed)}#draft">\s*Look again</a>', page)
    htmx = {"HX-Request": "true"}
    assert browser.client.get(state, headers=htmx).status_code == 204
    assert browser.client.get(state).location == f"{path_of(owed)}#draft"
    draft_all(work)
    assert browser.client.get(state, headers=htmx).headers["HX-Refresh"] == "true"
    page = browser.get(path_of(owed))
    assert page.count('<article class="paper"') == 2 and "Drafted Tue 24 Nov at 10:00" in page
    assert "hx-get" not in page.split('id="draft"')[1].split("</section>")[0]


def test_pressing_twice_makes_one_draft(
    work: Work, owed: Obligation, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser, owed)
    assert "Being drafted" in ask(browser, owed)
    worker = DraftWorker(work)
    assert worker.once() and not worker.once()


def test_a_job_that_fails_says_why_and_can_be_asked_for_again(
    work: Work, down: Work, owed: Obligation, browser: Browser
) -> None:
    ask(browser, owed)
    draft_all(down)
    shown = words(browser.get(path_of(owed)))
    assert f"Not drafted (Tue 24 Nov at 10:00): {REFUSED}" in shown and "Draft both papers from the chart" in shown
    ask(browser, owed)
    draft_all(work)
    assert "Not drafted (" not in words(browser.get(path_of(owed)))


def test_while_the_ehr_is_down_there_is_a_draft_of_what_was_read_before_that_calls_nothing_absent(
    work: Work, down: Work, owed: Obligation, browser: Browser
) -> None:
    ask(browser, owed)
    draft_all(down)
    shown = words(browser.get(path_of(owed)))
    assert "Draft from what was read before Last read Tue 24 Nov at 10:00" in shown
    ask(browser, owed, **{"from": "kept"})
    draft_all(down)
    page = browser.get(path_of(owed))
    shown = words(page)
    assert f"Made from what was read at Tue 24 Nov 2026 at 10:00 EST; not refreshed, because: {REFUSED}" in shown
    assert page.count('<p class="caution">') == 2
    assert "were recorded" not in shown and "was recorded" not in shown and "No medicine" not in shown
    assert "Not known here" in shown and one(work, id=owed.id).state == "drafted"
    ask(browser, owed)
    draft_all(work)
    assert "Made from what was" not in browser.get(path_of(owed))


def test_what_is_kept_is_only_offered_while_the_ehr_cannot_be_read(
    work: Work, owed: Obligation, browser: Browser
) -> None:
    assert "what was read before" not in browser.get(path_of(owed))
    ask(browser, owed, **{"from": "kept"})
    draft_all(work)
    assert "Made from what was" not in browser.get(path_of(owed))


def fault() -> Exception:
    return KeyError("Ann Sample")


@pytest.mark.parametrize(
    ("trouble", "told"),
    [(fault, "A fault on our side (KeyError)"), (lambda: MemoryError(), "A fault on our side (MemoryError)")],
)
def test_a_fault_of_ours_is_told_without_what_it_quotes_and_keeps_nobody_from_the_next(
    work: Work,
    owed: Obligation,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[], Exception],
    told: str,
) -> None:
    def broken(*_: object) -> None:
        raise trouble()

    ask(browser, owed)
    with monkeypatch.context() as patched:
        patched.setattr("loopclose.flows.papers.draft.gather", broken)
        draft_all(work)
    shown = words(browser.get(path_of(owed)))
    assert told in shown and "Ann Sample" not in shown
    ask(browser, owed)
    draft_all(work)
    assert one(work, id=owed.id).state == "drafted"


def test_where_nobody_drafts_the_page_and_health_say_so_after_a_minute(
    work: Work, owed: Obligation, browser: Browser
) -> None:
    ask(browser, owed)
    later = replace(work, clock=fixed(NOW + timedelta(minutes=2)))
    check = next(check for check in health(later, MAIN).checks if check.name == "drafts")
    assert not check.ok and "loopclose worker" in check.words
    patient = Browser(create_app(later).test_client())
    link = f"/sign-in/once/{make_link(later.db, later.clock, MAIN, 'cora@demo.example')}"
    patient.post(link, link)
    page = patient.get(path_of(owed))
    assert "Nobody has taken it up yet" in page and "hx-get" not in page
    answer = patient.client.get(f"{path_of(owed)}/drafting", headers={"HX-Request": "true"})
    assert answer.status_code == 286 and "Nobody has taken it up yet" in answer.get_data(as_text=True)


def test_a_report_that_is_never_drafted_is_refused_in_a_sentence(
    work: Work, owed: Obligation, browser: Browser
) -> None:
    with work.db.write() as session:
        session.get_one(Obligation, ("main", owed.id)).state = "waived"
    assert "The report is waived; reopen it first." in ask(browser, owed)
    with work.db.read() as session:
        assert newest(session, MAIN, DRAFT, owed.id) is None and papers(session, MAIN, owed.id) == {}
