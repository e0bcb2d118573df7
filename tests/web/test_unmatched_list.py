"""What a person must decide has the tabs, filters and search of every list, and going through it keeps to them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, update

from loopclose.flows.work import Work
from loopclose.store.obligations import Obligation
from loopclose.web import lists
from loopclose.web.kinds import TABS
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.test_answering import answer, forms, waiting
from tests.web.test_lists import chips, links, rows, searched, tallies
from tests.web.test_moves import as_user, said

ROW = r'<th scope="row">\s*<a href="/unmatched/([\w-]+)'
BEGIN = r'<a class="button primary" href="(/unmatched/[^"]+)">\s*(Go through \w+ \d+, one after another|Open the one)'


def begin(page: str) -> tuple[str, str]:
    """Address and words of the button that leads through them."""
    found = re.search(BEGIN, page)
    assert found is not None
    return unescape(found[1]), found[2]


def spread(work: Work) -> list[str]:
    """Five that wait, due in every tab: the ids, the longest due first."""
    due = (-timedelta(days=9), -timedelta(hours=1), timedelta(hours=1), timedelta(days=1), timedelta(days=90))
    ids = [one.id for one in waiting(work)[:5]]
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.kind == "resolve").values(state="waived"))
        for key, ahead in zip(ids, due, strict=True):
            session.execute(update(Obligation).where(Obligation.id == key).values(state="owed", due_at=NOW + ahead))
    return ids


def test_its_tabs_hold_what_they_say(work: Work, browser: Browser) -> None:
    ids = spread(work)
    page = browser.get("/unmatched")
    names = {key: words for key, words in TABS.items() if key != "sent"}
    with work.db.read() as session:
        closed = session.scalar(select(func.count()).select_from(Obligation).filter_by(kind="resolve", state="waived"))
    held = {"open": ids, "late": ids[:2], "today": ids[2:3], "soon": ids[3:4], "later": ids[4:]}
    counted = {words: len(held.get(key, ())) for key, words in names.items()} | {"Closed": closed}
    assert tallies(page) == counted
    for tab, wanted in held.items():
        page = browser.get(f"/unmatched?tab={tab}")
        assert re.findall(ROW, page) == wanted, tab
        assert re.search(rf'aria-current="page"[^>]*>{names[tab]} <b>', page)
        order = "the longest due first" if tab in ("open", "late") else "by the time it is due"
        assert f"<caption>{names[tab]}: 1–{len(wanted)} of {len(wanted)}, {order}</caption>" in page
        assert begin(page) == (f"/unmatched/{ids[0]}#main", "Go through all 5, one after another")
    page = browser.get("/unmatched?tab=closed")
    assert rows(page) == closed and "What was said" in page and "Open to decide" not in page and "Waived" in page


def test_part_of_the_page_is_enough_for_a_tab(browser: Browser) -> None:
    part = browser.client.get("/unmatched?tab=late", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<header" not in part and 'hx-get="/unmatched?tab=open"' in part and "Visits without a sure referral" in part


def test_search_and_filters_are_carried_and_say_what_they_are(work: Work, browser: Browser) -> None:
    owed = next(one for one in waiting(work) if one.author and one.patient_name)
    same = [one for one in waiting(work) if one.author == owed.author]
    page = browser.get(f"/unmatched?author=main:{owed.author}")
    assert re.findall(ROW, page) == [one.id for one in same] and list(chips(page)) == ["Clinician"]
    assert "Practitioner" not in chips(page)["Clinician"]
    address = searched(browser, owed.patient_name or "", f"/unmatched?tab=open&author=main:{owed.author}")
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("/unmatched?") and query.keys() == {"tab", "author", "q"}
    page = browser.get(address)
    assert chips(page)["Search"] == owed.patient_name and owed.id in re.findall(ROW, page)
    for link in links(page, 'nav class="tabs"'):
        assert link.startswith("/unmatched?") and {"author", "q"} <= parse_qs(urlsplit(link).query).keys()
    form = re.search(r'<form method="get".*?</form>', page, re.S)
    assert form is not None and 'action="/unmatched"' in form[0] and 'name="q"' in form[0]
    nobody = browser.get("/unmatched?priority=stat&late_by=14&author=main:Practitioner/nobody")
    assert rows(nobody) == 0 and "Nothing here with these filters" in nobody and "Show it without" in nobody
    assert "Every visit has its referral" not in nobody, "that is not known of all"


def test_somebody_with_nothing_open_stays_chosen_when_another_filter_is_added(work: Work, browser: Browser) -> None:
    for path, kind in (("/", "report"), ("/unmatched", "resolve")):
        key = f"main:{next(one.author for one in waiting(work) if one.author)}"
        with work.db.write() as session:
            session.execute(
                update(Obligation).where(Obligation.kind == kind, Obligation.author == key[5:]).values(state="waived")
            )
        page = browser.get(f"{path}?author={key}")
        assert re.search(rf'<option value="{key}" selected>[^<]+<', page), path


def test_a_page_beyond_the_last_is_the_last(work: Work, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = spread(work)
    monkeypatch.setattr(lists, "SIZE", 2)
    page = browser.get("/unmatched?skip=100")
    assert re.findall(ROW, page) == ids[4:] and "5–5 of 5" in page and "Previous 2" in page
    assert begin(page)[0] == f"/unmatched/{ids[0]}#main", "one begins with the first, whatever page is shown"


def test_an_old_search_is_said_to_have_expired(browser: Browser) -> None:
    page = browser.get("/unmatched?q=forgotten")
    assert "This search has expired" in page and rows(page) > 0


def test_going_through_them_keeps_to_the_filters(work: Work, browser: Browser) -> None:
    ids = spread(work)
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id.in_(ids)).values(owner="lead"))
        session.execute(update(Obligation).where(Obligation.id.in_(ids[1::2])).values(owner="cora@demo.example"))
    address, words = begin(browser.get("/unmatched?mine=1"))
    assert words == "Go through these 2, one after another" and address == f"/unmatched/{ids[1]}?mine=1#main"
    page = browser.get(address)
    assert "1 of 2 to decide" in visible(page) and 'href="/unmatched?mine=1">Unmatched visits' in page
    assert f'href="/unmatched/{ids[3]}?mine=1#main">Not known yet' in page
    assert all("?mine=1" in action for action, _, buttons in forms(page) if buttons)
    page = answer(browser, page, "It answers no referral")
    assert "1 of 2 left to decide." in said(page) and "2 of 2 to decide" not in visible(page)
    assert f'action="/unmatched/{ids[3]}?mine=1"' in page
    page = answer(browser, page, "It answers no referral")
    assert "Nothing is left with these filters." in said(page) and chips(page) == {"Whose move": "mine"}
    assert tallies(page)["All open"] == 0 and len(waiting(work)) == 3


def test_without_filters_nothing_is_carried(work: Work, browser: Browser) -> None:
    page = browser.get(f"/unmatched/{waiting(work)[0].id}?junk=1&mine=2")
    assert "mine=" not in page and "junk" not in page.replace("?junk=1&amp;mine=2", "")


def test_where_nothing_waits_it_says_so_and_offers_what_was_decided(work: Work, browser: Browser) -> None:
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.kind == "resolve").values(state="confirmed"))
    page = browser.get("/unmatched")
    assert "Every visit has its referral" in page and "Go through" not in page
    assert re.search(r'href="/unmatched\?tab=closed">\d+ closed', page)
    assert "✔</span> Decided" in browser.get("/unmatched?tab=closed")


def test_whoever_may_not_decide_is_not_told_to(work: Work) -> None:
    page = as_user(work, "mona@demo.example").get("/unmatched")
    assert "Open to decide" not in page and rows(page) > 0


def test_its_list_has_one_address(browser: Browser) -> None:
    answered = browser.client.get("/?kind=resolve&tab=late&mine=1")
    assert (answered.status_code, answered.location) == (303, "/unmatched?tab=late&mine=1")
