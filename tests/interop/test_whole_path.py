"""The whole path with real parts: drafted, signed, sent, received, its question answered and its medicine taken over.

The EHR is HAPI, the mail system Postfix and Dovecot, the printer ippeveprinter; people work in a browser, and the fax
gateway does as its script says. In the end the referrer's CMS50 numerator is true by its written logic.
"""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from loopclose.store.deliveries import DeliveryRow
from tests.browser.conftest import chromium  # noqa: F401  a fixture
from tests.interop.servers import hapi
from tests.interop.servers.post_office import post_office
from tests.interop.servers.printer import printer
from tests.interop.whole_path import (
    CORA,
    DESK,
    FIRST,
    HEART,
    NUMBER,
    PASSWORD,
    SECOND,
    Practice,
    at_work,
    opened,
    text_of,
)
from tests.unit.secure_mail.made import THEM, US

GONE = "gone@direct.referrer.example"
LEE, GRAY = "Dr. Lin Lee", "Dr. Gale Gray"
QUESTION, MEDICINE = "Please check his TSH", "lisinopril"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """The practice with everything around it."""
    folder = tmp_path_factory.mktemp("whole")
    with hapi() as ehr, post_office({US: "us", THEM: "them"}, GONE) as post, printer(folder) as there:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            page = probe.getsockname()[1]
        with at_work(folder, ehr, post, there, page) as made:
            yield made


def signed_in(chromium: Browser, practice: Practice, email: str) -> Page:  # noqa: F811
    """Somebody of the practice at their screen."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{practice.base}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    return page


def said(page: Page) -> str:
    """What stands on it, on one line."""
    return " ".join(page.inner_text("main").split())


def act(page: Page, button: str) -> None:
    """Press what says that, and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).first.click()


def add_address(page: Page, of: str, channel: str, to: str, rank: int = 1) -> None:
    """Enter an address of somebody, on the page of the report or of the referrer; then say that it was compared."""
    form = page.locator(f"form:has(input[name=to]):has(input[name=name][value='{of}'])")
    if not form.count():  # the report has an address: others stand on the page of the referrer
        page.get_by_role("link", name=f"Every address of {of}").click()
    if not form.is_visible():
        page.locator(f"details:has(input[name=name][value='{of}']) > summary").first.click()
    form.locator("select[name=channel]").select_option(channel)
    form.locator("input[name=to]").fill(to)
    form.get_by_text("Office, contact, order, quiet hours").click()
    form.locator("input[name=rank]").fill(str(rank))
    act(page, "Add this address")
    act(page, "I compared it with the office")


def sign(heart: Page, practice: Practice, report: str) -> str:
    """She reads the letter for six minutes, answers what was asked, and signs; gives what she read."""
    heart.goto(f"{practice.base}/letters/{report}")
    letter = said(heart)
    practice.later(minutes=6)
    heart.reload()
    form = heart.locator("#sign-form")
    for name in {one.get_attribute("name") for one in form.locator("input[type=radio]").all()}:
        form.locator(f"input[type=radio][name='{name}'] >> nth=0").check()
    for one in form.locator("textarea").all():
        one.fill("Yes: stable angina.")
    if heart.locator("input[name=password]").count():
        heart.fill("input[name=password]", PASSWORD)
    with heart.expect_navigation():
        heart.locator("#sign-form button.primary").click()
    assert "Signed: the letter to Dr. Lin Lee." in said(heart)
    return letter


def printed(files: Iterable[bytes], row: DeliveryRow) -> str:
    """What the recipient reads: each file is what was frozen, and this is the text of the letter itself."""
    by_sha256 = {hashlib.sha256(one).hexdigest(): one for one in files}
    assert {one["sha256"] for one in row.enclosed} <= set(by_sha256)
    letter = next(one["sha256"] for one in row.enclosed if re.fullmatch(r"consult-note-.*\.pdf", one["name"]))
    return text_of(by_sha256[letter])


def test_a_referral_is_closed_from_the_draft_to_the_measure(practice: Practice, chromium: Browser) -> None:  # noqa: F811
    assert practice.read().complete
    first, second = (practice.owed("report", patient) for patient in (FIRST, SECOND))
    assert (first.state, second.state) == ("drafted", "drafted")
    assert practice.closes_the_loop(FIRST) == practice.closes_the_loop(SECOND) == [False, False]

    heart, cora = signed_in(chromium, practice, HEART), signed_in(chromium, practice, CORA)
    letter = sign(heart, practice, first.id)
    assert QUESTION in letter and MEDICINE in letter
    practice.goes_on(minutes=1)
    assert practice.states(first.id) == {"chart": "sent"}, "filed, and nobody knows yet where else it goes"
    cora.goto(f"{practice.base}/obligation/{first.id}")
    assert "Next: Add an address. It is your step" in said(cora)
    add_address(cora, LEE, "fax", NUMBER, 1)
    add_address(cora, LEE, "direct", THEM, 2)
    for wanted in ("underway", "waiting", "underway", "failed"):  # busy, and then no such number
        practice.goes_on(minutes=3)
        assert practice.states(first.id)["fax"] == wanted
    cora.goto(f"{practice.base}/obligation/{first.id}")
    assert "There is no such number, or it is out of service." in said(cora)
    practice.goes_on(minutes=1)
    assert practice.states(first.id) == {"chart": "sent", "fax": "failed", "direct": "sent"}
    assert practice.owed("report", FIRST).state == "sent"

    (mail,) = practice.post.wait_for("them", 1)
    text = printed(opened(mail.read_bytes(), practice.folder).values(), practice.deliveries(first.id)[-1])
    practice.post.wait_for("us", 1)  # a mail system has it: nobody has seen it
    practice.goes_on(minutes=1)
    assert practice.owed("report", FIRST).state == "sent" and practice.closes_the_loop(FIRST) == [False, False]
    confirm(chromium, text)
    practice.goes_on(minutes=1)
    assert practice.owed("report", FIRST).state == "confirmed"
    assert {kind for kind, patient in practice.open_ones() if patient == f"Patient/{FIRST}"} == set()
    assert practice.closes_the_loop(FIRST) == [True, True] and practice.closes_the_loop(SECOND) == [False, False]
    sign(heart, practice, second.id)
    practice.goes_on(minutes=1)
    assert practice.states(second.id) == {"chart": "sent", "direct": "sent"}, "where the last one arrived"
    delivery = practice.deliveries(second.id)[-1]
    for disposition, state in (("processed", "sent"), ("dispatched", "received")):
        practice.answer(delivery.id, disposition)
        practice.goes_on(minutes=1)
        assert practice.states(second.id)["direct"] == state
    assert practice.owed("report", SECOND).state == "confirmed" and practice.closes_the_loop(SECOND) == [True, True]
    cora.goto(f"{practice.base}/obligation/{second.id}")

    add_address(cora, GRAY, "print", DESK)
    cora.goto(f"{practice.base}/obligation/{second.id}")
    cora.get_by_text("Send a copy to somebody else").click()
    cora.locator("form:has(input[value=copy]) select").select_option(index=1)
    act(cora, "Send the copy")
    practice.goes_on(minutes=1)
    practice.goes_on(minutes=3)
    (copy,) = (one for one in practice.deliveries(second.id) if one.channel == "print")
    (paper,) = practice.printer.spool.glob("*.pdf")
    assert copy.state == "sent" and hashlib.sha256(paper.read_bytes()).hexdigest() == copy.sha256
    cora.reload()
    parcel = cora.locator(f"#delivery-{copy.id}")
    parcel.get_by_text("Say what you know of it").click()
    parcel.locator("input[name=words]").fill("Handed over at the desk.")
    with cora.expect_navigation():
        parcel.locator("button[value=arrived]").click()
    assert practice.states(second.id) == {"chart": "sent", "direct": "received", "print": "received"}

    still, written = practice.open_ones(), [sorted(map(str, practice.stands(one))) for one in (FIRST, SECOND)]
    assert practice.read().complete
    practice.goes_on(minutes=1)
    assert practice.open_ones() == still
    assert [sorted(map(str, practice.stands(one))) for one in (FIRST, SECOND)] == written


def confirm(chromium: Browser, text: str) -> None:  # noqa: F811
    """What the office says by the code that is printed in the letter."""
    found = re.search(r"open (http://\S+) and enter ([A-Z0-9-]+)\.", text)
    assert found is not None, text[:500]
    page = chromium.new_context().new_page()
    page.goto(found[1])
    page.fill("#code", found[2])
    act(page, "")
    page.check("#received")
    page.check("#ask-1-done")
    page.check("#handover-1-accepted")
    page.locator("main form >> nth=0 >> button").click()
    assert page.locator("[role=status]").count() == 1
