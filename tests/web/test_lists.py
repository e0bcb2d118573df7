"""The lists: paging, filters and searches that stay, junk in the address, and a list for everything owed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from loopclose.domain.codes import KINDS
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow, SearchKey
from loopclose.web import create_app, lists
from loopclose.web.asked import READS
from loopclose.web.kinds import LISTS, ORDERS, TABS
from tests.store.line import NOW
from tests.web.conftest import Browser

PARAMETERS = ("kind", "tab", "skip", *READS)
NASTY = ["²", "٣", "-1", "1e9", "9" * 40, "\x00", "\u202e", "' OR 1=1", "a:\x00", "None", "", " ", "é" * 999]


def tallies(page: str) -> dict[str, int]:
    """By the words of a tab: its count."""
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.S)
    assert tabs is not None
    return {words: int(count) for words, count in re.findall(r">([^<>]+) <b>(\d+)</b>", tabs[0])}


def rows(page: str) -> int:
    return page.count('<th scope="row">')


def chips(page: str) -> dict[str, str]:
    return dict(re.findall(r"<b>([^<]+)</b> <bdi>(.*?)</bdi>", unescape(page)))


def links(page: str, of: str) -> list[str]:
    """Addresses in the part of the page that begins with ``of``."""
    part = re.search(rf"<{of}.*?</(nav|p|div)>", page, re.S)
    return re.findall(r'href="([^"]+)"', unescape(part[0])) if part else []


def searched(browser: Browser, words: str, page: str = "/?tab=open") -> str:
    """The address that a search leads to, made with the form of a page."""
    form = re.search(r'<form method="post"[^>]*role="search".*?</form>', browser.get(page), re.S)
    assert form is not None
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', unescape(form[0])))
    answer = browser.client.post("/search", data={**fields, "words": words})
    assert answer.status_code == 303
    return str(answer.location)


def test_a_page_beyond_the_last_is_the_last(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "SIZE", 5)
    total = tallies(browser.get("/"))["All open"]
    assert total > 15
    page = browser.get("/?skip=1000000")
    start = (total - 1) // 5 * 5
    assert f"{start + 1}–{total} of {total}" in page and rows(page) == total - start
    assert "Previous 5" in page and "Next 5" not in page
    previous = links(page, 'nav class="pages"')[0]
    page = browser.get(previous)
    assert f"{start - 4}–{start} of {total}" in page and "Previous 5" in page and f"Next {total - start}" in page
    assert "Previous" not in browser.get("/?skip=4") and "1–5 of" in browser.get("/?skip=4")


def test_every_page_of_a_list_together_is_the_list(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = re.findall(r'<th scope="row">\s*<a href="([^"]+)"', browser.get("/?tab=closed"))
    monkeypatch.setattr(lists, "SIZE", 3)
    found: list[str] = []
    address: str | None = "/?tab=closed"
    while address:
        page = browser.get(address)
        found += re.findall(r'<th scope="row">\s*<a href="([^"]+)"', page)
        onward = [link for link in links(page, 'nav class="pages"') if "after=" in link]
        address = onward[0] if onward else None
    assert len(whole) > 6 and found == whole
    back = [link for link in links(page, 'nav class="pages"') if "before=" in link]
    for _ in range(1, -(-len(whole) // 3)):
        page = browser.get(back[0])
        back = [link for link in links(page, 'nav class="pages"') if "before=" in link]
    assert not back and re.findall(r'<th scope="row">\s*<a href="([^"]+)"', page) == whole[:3], "and the way back"


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("value", NASTY)
def test_junk_in_the_address_is_left_out(browser: Browser, name: str, value: str) -> None:
    answer = browser.client.get("/", query_string={name: value})
    assert answer.status_code == 200, (name, value)
    page = answer.get_data(as_text=True)
    assert not chips(page) and rows(page) == min(tallies(page)["All open"], 50)


def test_somebody_who_is_not_known_is_said_and_finds_nothing(browser: Browser) -> None:
    for key in ("npi:1093817465", "npi:²", "nowhere:Practitioner/ref0", "main:Practitioner/nobody"):
        page = browser.get(f"/?referrer={key}")
        assert chips(page) == {"Referrer": "not known here"} and rows(page) == 0 and "Show it without" in page


def test_any_address_at_all_is_answered(browser: Browser) -> None:
    texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.integers().map(str))

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(PARAMETERS), texts, max_size=4))
    def answered(query: dict[str, str]) -> None:
        assert browser.client.get("/", query_string=query).status_code == 200

    answered()


def test_a_search_and_the_filters_are_both_carried(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        owed = session.scalars(
            select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed")
        ).first()
        assert owed is not None and owed.author is not None
        who = session.get_one(PatientRow, ("main", "main", owed.patient)).name or ""
    author = f"main:{owed.author}"
    name = unescape(browser.get(f"/?author={author}"))
    narrowed = f"/?tab=open&author={author}&mine=1"
    asked = searched(browser, who, narrowed)
    query = parse_qs(urlsplit(asked).query)
    assert query["author"] == [author] and query["mine"] == ["1"] and query["tab"] == ["open"] and "q" in query
    page = browser.get(asked)
    assert chips(page)["Search"] == who and chips(page)["Whose move"] == "mine" and len(chips(page)) == 3
    assert chips(page)["Clinician"] in name and "Practitioner" not in chips(page)["Clinician"]
    for link in links(page, 'nav class="tabs"'):
        assert {"author", "mine", "q"} <= parse_qs(urlsplit(link).query).keys(), "a tab keeps both"
    filters = re.search(r'<form method="get".*?</form>', page, re.S)
    assert filters is not None and f'name="q" value="{query["q"][0]}"' in filters[0], "a filter keeps the search"
    without = [link for link in links(page, 'p class="chips"') if "mine" not in link]
    assert len(without) == 1 and {"author", "q"} <= parse_qs(urlsplit(without[0]).query).keys()
    again = parse_qs(urlsplit(searched(browser, "other", asked)).query)
    assert again["author"] == [author] and again["q"] != query["q"], "a new search keeps the filters"
    assert "q" not in parse_qs(urlsplit(searched(browser, " ", asked)).query), "an empty one ends it"


def test_pages_carry_search_and_filters(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "SIZE", 1)
    page = browser.get(searched(browser, "md", "/?priority=routine&tab=open"))
    onward = links(page, 'nav class="pages"')
    assert onward and {"q", "priority", "tab", "skip"} <= parse_qs(urlsplit(onward[0]).query).keys()


def test_an_old_search_is_said_to_have_expired(work: Work, browser: Browser) -> None:
    address = searched(browser, "nobody of that name")
    assert rows(browser.get(address)) == 0 and "Show it without filters" in browser.get(address)
    with work.db.write() as session:
        session.execute(delete(SearchKey))
    page = browser.get(address + "&priority=routine")
    assert "This search has expired" in page and list(chips(page)) == ["Priority"] and rows(page) > 0
    assert "This search has expired" not in browser.get("/")
    assert not any("q=" in link for link in links(page, 'nav class="tabs"'))


def test_a_search_with_control_characters_is_a_search(browser: Browser) -> None:
    assert chips(browser.get(searched(browser, "smith\x00\u202e jones")))["Search"] == "smith   jones"


def test_everything_owed_has_a_list(work: Work, browser: Browser) -> None:
    for kind, words in LISTS.items():
        with work.db.read() as session:
            stored = session.scalar(select(func.count()).select_from(Obligation).where(Obligation.kind == kind))
        page = browser.get(f"/?kind={kind}")
        assert f"<h1>{words.title}</h1>" in page and f"&middot; {words.name}" in page.replace("·", "&middot;")
        counted = tallies(page)
        assert counted["All open"] + counted["Closed"] == stored, kind
        for link in links(page, 'nav class="tabs"'):
            own = {"report": link.startswith("/?tab="), "resolve": link.startswith("/unmatched?tab=")}
            assert own.get(kind, f"kind={kind}&" in link), link
        closed = browser.get(f"/?kind={kind}&tab=closed")
        assert rows(closed) == min(counted["Closed"], 50)
    assert LISTS.keys() == KINDS.keys()


def test_the_navigation_counts_what_is_open_and_every_kind_can_be_reached(work: Work, browser: Browser) -> None:
    page = unescape(browser.get("/"))
    with work.db.read() as session:
        opened = dict(
            session.execute(  # type: ignore[arg-type]
                select(Obligation.kind, func.count())
                .where(Obligation.state.not_in(("confirmed", "waived")))
                .group_by(Obligation.kind)
            ).all()
        )
    navigation = re.search(r'<nav aria-label="Main">.*?</nav>', page, re.S)
    assert navigation is not None and {"report", "receipt", "no_show", "resolve"} <= opened.keys()
    for kind, words in LISTS.items():
        if kind in opened:
            assert re.search(rf"{words.name} <b>{opened[kind]}<", navigation[0])
        else:
            assert f'href="/?kind={kind}&tab=closed"' in page
    assert f"Unmatched <b>{opened['resolve']}<" in navigation[0]
    assert tallies(page)["All open"] == opened["report"]


def test_of_many_lists_the_first_stand_in_the_line_and_more_says_how_much_is_open_behind_it(
    work: Work, browser: Browser
) -> None:
    assert '<details class="more">' not in browser.get("/"), "they fit"
    with work.db.write() as session:
        some = session.scalars(select(Obligation).filter_by(kind="report", state="owed").limit(3)).all()
        for one, kind in zip(some, ("correction", "handover", "handover"), strict=True):
            one.kind = kind
        receipts = len(session.scalars(select(Obligation).filter_by(kind="receipt", state="owed")).all())
    page = unescape(browser.get("/?kind=handover"))
    line, folded = (re.search(rf'(?s)<nav aria-label="{name}">.*?</nav>', page) for name in ("Main", "Menu"))
    assert line is not None and folded is not None
    more = line[0].partition('<details class="more">')[2].partition("</details>")[0]
    assert f"More <b>{receipts + 3}<" in more and "Reports" not in more
    for words in ("Receipts", "Corrections", "Handovers"):
        assert words in more and words in folded[0]
    assert 'aria-current="page">Handovers' in more and "More" not in folded[0]


@pytest.mark.parametrize("tab", TABS)
def test_the_caption_says_how_many_and_in_which_order(browser: Browser, tab: str) -> None:
    page = browser.get(f"/?tab={tab}")
    count = tallies(page)[TABS[tab]]
    assert count == rows(page)
    if count:
        place = count if tab == "closed" else f"1–{count}"  # of what is closed nobody counts what came before
        assert f"<caption>{TABS[tab]}: {place} of {count}, {ORDERS[tab]}</caption>" in page


SAYS: dict[str, Callable[[Obligation], object]] = {
    "most pressing first": lambda owed: owed.due_at >= NOW,
    "by the time it is due": lambda owed: owed.due_at,
    "sent the longest ago first": lambda owed: owed.sent_at,
    "by when it was due, the latest first": lambda owed: NOW - owed.due_at,
    "the longest due first": lambda owed: owed.due_at,
}
"""By the words of a caption: what the rows below it then rise by."""


@pytest.mark.parametrize("path", ["/", "/unmatched"])
@pytest.mark.parametrize("tab", ["open", "late", "sent", "closed"])
def test_the_rows_come_in_the_order_that_the_caption_says(work: Work, browser: Browser, path: str, tab: str) -> None:
    with work.db.write() as session:
        for no, one in enumerate(session.scalars(select(Obligation).where(Obligation.kind == "resolve"))):
            one.state = "waived" if no % 2 else "owed"
    page = browser.get(f"{path}?tab={tab}")
    caption = re.search(r"<caption>[^:]+: .+ of \d+, (.+)</caption>", page)
    keys = re.findall(r'<th scope="row">\s*<a href="/\w+/([\w-]+)', page)
    assert caption is not None and len(keys) > 1
    with work.db.read() as session:
        shown = [session.get_one(Obligation, ("main", key)) for key in keys]
    if tab == "open" and path == "/":
        shown = [one for one in shown if one.state != "sent"]  # those come last, as is said below the list
    ranks = [SAYS[caption[1]](one) for one in shown]
    assert ranks == sorted(ranks, key=lambda rank: rank)  # type: ignore[arg-type, return-value]


def test_a_clinician_begins_with_her_own_and_can_see_the_rest(work: Work) -> None:
    hers = Browser(create_app(work).test_client())
    token = make_link(work.db, work.clock, Scope("main"), "heart@demo.example")
    hers.post(f"/sign-in/once/{token}", f"/sign-in/once/{token}")
    page = hers.get("/")
    with work.db.read() as session:
        owners = session.scalars(
            select(Obligation.owner).where(
                Obligation.kind == "report", Obligation.state.not_in(("confirmed", "waived"))
            )
        ).all()
    own = [owner for owner in owners if owner == "heart@demo.example"]
    assert 0 < len(own) < len(owners)
    assert chips(page) == {"Whose move": "mine"} and tallies(page)["All open"] == len(own)
    everybody = hers.get(links(page, 'p class="chips"')[0])
    assert chips(everybody) == {} and tallies(everybody)["All open"] == len(owners)


def test_late_by_is_counted_from_now(work: Work, browser: Browser) -> None:
    page = browser.get("/?late_by=3")
    with work.db.read() as session:
        late = session.scalar(
            select(func.count())
            .select_from(Obligation)
            .where(
                Obligation.kind == "report",
                Obligation.state.in_(("owed", "drafted", "signed", "held")),
                Obligation.due_at <= NOW - timedelta(days=3),
            )
        )
    assert chips(page) == {"Late by at least": "3 days"} and tallies(page)["Late"] == late


def test_a_part_of_the_page_is_never_taken_for_the_whole(browser: Browser) -> None:
    part = browser.client.get("/?tab=late", headers={"HX-Request": "true"})
    whole = browser.client.get("/?tab=late", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<header" not in part.get_data(as_text=True) and "<header" in whole.get_data(as_text=True)
    for answer in (part, whole, browser.client.get("/")):
        assert {"HX-Request", "HX-History-Restore-Request"} <= set(answer.headers["Vary"].split(", "))


def test_how_near_it_was_is_not_said_of_what_is_done(work: Work, browser: Browser) -> None:
    with work.db.write() as session:
        for one in session.scalars(select(Obligation).where(Obligation.state.in_(("confirmed", "sent")))):
            one.due_at = NOW + timedelta(hours=1)
    for tab in ("closed", "sent"):
        page = browser.get(f"/?tab={tab}")
        assert rows(page) and "Today ·" not in page and "Tue 24 Nov at 11:00" in page
