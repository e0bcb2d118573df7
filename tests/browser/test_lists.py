"""The lists in a real browser: Back, where the first row stands, narrow and dark screens, and paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from loopclose.flows.work import Work
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from tests.browser.conftest import check, look, tab_to
from tests.store.line import judge_everybody

PHONE = {"width": 390, "height": 844}
FIRST_ROW = "document.querySelector('.list tbody tr').getBoundingClientRect().top"
WIDTH = "document.documentElement.scrollWidth"
LISTS = ("/?tab=open", "/?tab=late&mine=1", "/?tab=closed", "/?kind=no_show", "/?kind=receipt", "/?kind=answer")
UNMATCHED = "/unmatched?tab=late&mine=1"


@pytest.fixture
def signed(chromium: Browser, address: tuple[str, str]) -> BrowserContext:
    """A browser in which the coordinator is signed in."""
    context = chromium.new_context(base_url=address[0])
    page = context.new_page()
    page.goto(address[1])
    page.click("main button")
    expect(page.locator("h1")).to_contain_text("Reports we owe")
    page.close()
    return context


def opened(context: BrowserContext, path: str, width: int = 1440, height: int = 900) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(path)
    return page


def referrer_of(page: Page) -> str:
    return page.locator(".who-asked").first.get_attribute("href") or ""


def test_back_after_two_tabs_is_a_whole_page_that_works(signed: BrowserContext) -> None:
    page = opened(signed, "/")
    for tab in ("Late", "Closed"):
        page.click(f"nav.tabs a:has-text('{tab}')")
        expect(page.locator("nav.tabs a[aria-current]")).to_contain_text(tab)
    page.go_back()
    expect(page.locator("nav.tabs a[aria-current]")).to_contain_text("Late")
    assert page.locator("header.top").count() == 1 and page.locator("nav.tabs").count() == 1
    expect(page).to_have_title(re.compile("late"))
    page.click("nav.tabs a:has-text('Due today')")
    expect(page.locator("nav.tabs a[aria-current]")).to_contain_text("Due today")
    for tab in ("Late", "All open"):
        page.go_back()
        expect(page.locator("nav.tabs a[aria-current]")).to_contain_text(tab)
    assert page.locator("header.top").count() == 1
    page.go_forward()
    expect(page.locator("nav.tabs a[aria-current]")).to_contain_text("Late")
    kept = page.evaluate("({...localStorage, ...sessionStorage})")
    assert set(kept) <= {"htmx-current-path-for-history"}, "no page, and so no patient, stays in the browser"
    assert all(value.startswith("/?tab=") for value in kept.values())


@pytest.mark.parametrize("path", [*LISTS[:2], *LISTS[3:5], UNMATCHED])
def test_the_first_row_is_near_the_top_of_a_phone(signed: BrowserContext, path: str) -> None:
    page = opened(signed, path, **PHONE)
    assert page.evaluate(FIRST_ROW) < 400


def test_a_tablet_has_a_table_and_a_phone_has_cards(signed: BrowserContext) -> None:
    shown = "getComputedStyle(document.querySelector('.list tbody tr')).display"
    for width, display in ((1440, "table-row"), (768, "table-row"), (700, "table-row"), (699, "block"), (390, "block")):
        assert opened(signed, "/?tab=late", width).evaluate(shown) == display, width


def test_nothing_scrolls_sideways_on_the_narrowest_screen(signed: BrowserContext) -> None:
    """320 pixels is also 1,280 at 400 % zoom."""
    paths = [*LISTS, referrer_of(opened(signed, "/?tab=open")), UNMATCHED, "/health", "/mails"]
    for path in paths:
        for width in (320, 700, 768):
            page = opened(signed, path, width, 256)
            assert page.evaluate(WIDTH) <= width, (path, width)
            page.close()


def test_a_long_unbroken_name_breaks(signed: BrowserContext, work: Work) -> None:
    with work.db.write() as session:
        session.execute(update(PatientRow).values(name="W" * 150))
    judge_everybody(work)
    assert "W" * 150 in opened(signed, "/?tab=open", 1440).inner_text("main")
    for path in ("/?tab=open", "/unmatched"):
        for width in (320, 390, 768, 1440):
            page = opened(signed, path, width)
            assert page.evaluate(WIDTH) <= width, (path, width)
            assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)")


def test_axe_finds_nothing_in_light_or_dark(signed: BrowserContext) -> None:
    page = opened(signed, "/?tab=open")
    paths = [*LISTS[1:], UNMATCHED, referrer_of(page), "/?tab=open"]
    for path in paths:
        page.goto(path)
        check(page)
    page.set_viewport_size(PHONE)
    page.click("details.menu summary")
    page.click(".bar details summary")
    check(page)


def test_however_many_lists_the_menu_is_one_line_and_more_opens_without_a_script(
    work: Work, signed: BrowserContext, chromium: Browser
) -> None:
    kinds = ("answer", "schedule", "correction", "handover", "ask", "pending_result")
    with work.db.write() as session:
        some = session.scalars(select(Obligation).filter_by(kind="report", state="owed").limit(len(kinds))).all()
        for one, kind in zip(some, kinds, strict=True):
            one.kind = kind
    page = opened(signed, "/?kind=handover")
    assert page.evaluate("document.querySelector('.top').offsetHeight") < 60
    bare = chromium.new_context(java_script_enabled=False, storage_state=signed.storage_state())
    for one in (page, bare.new_page()):
        one.goto(page.url)
        tab_to(page, ".more summary") if one is page else one.locator(".more summary").focus()
        one.keyboard.press("Enter")
        expect(one.locator(".more a", has_text="Promised results")).to_be_visible()
    bare.close()
    look(page)
    page.set_viewport_size(PHONE)
    page.click("details.menu summary")
    expect(page.locator(".menu a", has_text="Promised results")).to_be_visible()
    look(page)


def test_dark_is_dark(signed: BrowserContext) -> None:
    page = opened(signed, "/?tab=open")
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    assert light == "rgb(246, 248, 250)" and page.evaluate(ground) == "rgb(16, 22, 28)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)", "paper is white"


def test_paper_says_whose_it_is_and_when_and_has_nothing_to_press(signed: BrowserContext, tmp_path: Path) -> None:
    page = opened(signed, "/?tab=open")
    assert page.locator(".on-paper >> visible=true").count() == 0
    pdf = page.pdf(format="Letter")
    assert pdf.count(b"/Type /Page\n") > 1
    page.emulate_media(media="print")
    head = page.locator("p.on-paper")
    expect(head).to_be_visible()
    expect(head).to_contain_text("Sample Practice")
    expect(head).to_contain_text("Tue 24 Nov at 10:00")
    each = page.locator("tr.on-paper")
    expect(each).to_be_visible()
    expect(each).to_contain_text("Reports we owe, all open · Tue 24 Nov at 10:00")
    expect(page.locator("caption")).to_contain_text("All open: 1–")
    for control in ("button", "input", "nav", "summary", "a.button"):
        assert page.locator(f"{control} >> visible=true").count() == 0, control
    assert "counter(pages)" in page.evaluate(
        "[...document.styleSheets].flatMap(s => [...s.cssRules]).filter(r => r.cssText.startsWith('@page'))[0].cssText"
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_her_own_link_to_her_most_pressing_report(
    chromium: Browser, address: tuple[str, str], her_link: str, scripts: bool
) -> None:
    """One press after the link leads to it; from her list it is the first row."""
    page = chromium.new_context(java_script_enabled=scripts).new_page()
    page.goto(her_link)
    page.click("main button")
    pressing = page.locator("h1").inner_text()
    page.click("a.logo")
    expect(page.locator(".chips")).to_contain_text("mine")
    patient = page.locator(".list tbody th a").first.inner_text()
    page.click(".list tbody tr:first-child a.button")
    expect(page.locator("h1")).to_contain_text(patient)
    assert pressing == page.locator("h1").inner_text()


@pytest.mark.parametrize("path", ["/", "/unmatched"])
def test_search_filters_tabs_and_pages_work_without_javascript(
    chromium: Browser, address: tuple[str, str], path: str
) -> None:
    page = chromium.new_context(java_script_enabled=False, base_url=address[0]).new_page()
    page.goto(address[1])
    page.click("main button")
    page.goto(path)
    page.click(".bar summary")
    page.select_option("select[name=priority]", "routine")
    page.click("button:has-text('Filter')")
    expect(page.locator(".chips")).to_contain_text("routine")
    name = page.locator(".list tbody th a").first.inner_text()
    page.fill("main input[name=words]", name)
    page.click("button:has-text('Search')")
    expect(page.locator(".chips")).to_contain_text(name)
    expect(page.locator(".chips")).to_contain_text("routine")
    page.click("nav.tabs a:has-text('Closed')")
    expect(page.locator(".chips")).to_contain_text(name)
    expect(page.locator("nav[aria-label=Main] a[aria-current]")).to_contain_text(
        "Unmatched" if path != "/" else "Reports"
    )
    assert name.split()[0] not in page.url
