"""A coordinator goes through the unmatched visits: each can be answered where it stands, and the next one follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from loopclose.flows.work import Work
from loopclose.store.decisions import DecisionRow
from loopclose.store.obligations import Obligation
from tests.store.line import practice
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.test_moves import as_user, said


def waiting(work: Work) -> list[Obligation]:
    """What waits, the longest due first."""
    with work.db.read() as session:
        query = select(Obligation).filter_by(kind="resolve", state="owed").order_by(Obligation.due_at, Obligation.id)
        return list(session.scalars(query))


def first(pattern: str, text: str) -> str:
    """The group of the first place where it fits; nothing where it fits nowhere."""
    found = re.search(pattern, text)
    return found[1] if found else ""


def forms(page: str) -> list[tuple[str, dict[str, Any], list[tuple[str, str, str]]]]:
    """(action, hidden fields, buttons as (name, value, words)) of each form in the main part of a page."""
    main = page[page.index('<main id="main"') : page.index("</main>")]
    found = []
    for attributes, body in re.findall(r"(?s)<form method=\"post\"([^>]*)>(.*?)</form>", main):
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))
        buttons = [
            (
                (re.search(r'name="(\w+)"', how) or ["", ""])[1],
                (re.search(r'value="(\w+)"', how) or ["", ""])[1],
                visible(words),
            )
            for how, words in re.findall(r"(?s)<button([^>]*)>(.*?)</button>", body)
        ]
        found.append(
            (first(r'action="([^"]+)"', attributes), {name: unescape(value) for name, value in hidden.items()}, buttons)
        )
    return found


def answer(browser: Browser, page: str, wanted: str) -> str:
    """Press the button with those words, with what its form asks for; and say that one is sure."""
    for action, hidden, buttons in forms(page):
        for name, value, words in buttons:
            if words != wanted:
                continue
            given = {**hidden, **({name: value} if name else {})}
            if wanted == "This clinician asked":
                given["name"] = "Dr. Outside Sample"
            if wanted == "The visit answers what I picked":
                given["referral"] = re.findall(r'name="referral" value="([^"]+)"', page)[:1]
            if hidden.get("move") == "waive":
                given |= {"code": "other", "note": "The referrer called it off."}
            came = browser.client.post(action, data=given, follow_redirects=True).get_data(as_text=True)
            return answer(browser, came, "Yes, it answers no referral") if "are you sure?" in came else came
    raise AssertionError(f"no button {wanted!r}")


WAYS = (
    "The visit answers what I picked",
    "This clinician asked",
    "It answers no referral",
    "It came from within the practice",
    "I looked in the EHR: it is seen to",
    "I looked in the EHR: no visit is missing",
    "Yes, it is a referral to us",
    "No, it is none",
    "It is closed in the EHR now",
    "Nothing is owed for it",
)

OTHER_WAYS: dict[str, dict[str, Any]] = {
    "booking": {"visit": None, "appointment": "Appointment/gone", "referral": None},
    "request": {"visit": None, "appointment": None, "referral": "ServiceRequest/gone"},
    "visit": {"visit": "Encounter/gone", "appointment": None, "referral": None},
}
"""What else waits beside visits that can be read."""


@pytest.fixture
def many(tmp_path: Path) -> Iterator[tuple[Work, Browser]]:
    """A practice in which more than ten wait, and its coordinator's browser."""
    with practice(tmp_path, 260) as work:
        for row, columns in zip(waiting(work)[1:6:2], OTHER_WAYS.values(), strict=True):
            with work.db.write() as session:
                session.execute(update(Obligation).where(Obligation.id == row.id).values(**columns))
        yield work, as_user(work, "cora@demo.example")


def test_ten_different_ones_are_answered_in_a_row(many: tuple[Work, Browser]) -> None:
    work, browser = many
    used, asked = dict.fromkeys(WAYS, 0), set()
    assert len(waiting(work)) > 10
    page = browser.get(f"/unmatched/{waiting(work)[0].id}")
    for _ in range(10):
        before = len(waiting(work))
        heading = re.search(r"(\d+) of (\d+) to decide", visible(page))
        assert heading is not None and int(heading[2]) == before
        asked.add(visible(page[page.index("<h1>") : page.index("</h1>")]))
        offered = [words for _, _, buttons in forms(page) for _, _, words in buttons if words in used]
        assert offered, visible(page)
        wanted = min(offered, key=lambda words: used[words])
        used[wanted] += 1
        here = first(r'action="/unmatched/([\w-]+)', page)
        page = answer(browser, page, wanted)
        left = len(waiting(work))
        assert here not in {row.id for row in waiting(work)}, (wanted, said(page))
        assert f"{left} of {before} left to decide." in said(page)
    assert sum(count > 0 for count in used.values()) >= 6 and len(asked) == 5, (used, asked)


def test_every_one_can_be_answered_on_its_page(work: Work, browser: Browser) -> None:
    for owed in waiting(work):
        page = browser.get(f"/unmatched/{owed.id}")
        assert [action for action, _, buttons in forms(page) if buttons], visible(page)
        assert "Not known yet" in page


def test_one_that_is_not_known_yet_is_passed_over_and_stays(work: Work, browser: Browser) -> None:
    rows = waiting(work)
    met, page = [], browser.get(f"/unmatched/{rows[0].id}")
    for _ in rows:
        following = re.search(r'href="/unmatched/([\w-]+)#main">Not known yet: next one', page)
        assert following is not None
        met.append(following[1])
        page = browser.get(f"/unmatched/{following[1]}")
    assert met == [row.id for row in [*rows[1:], rows[0]]] and len(waiting(work)) == len(rows)


def test_bookings_requests_and_what_cannot_be_read_are_answered_where_they_stand(work: Work, browser: Browser) -> None:
    oldest = waiting(work)[0]
    asks = {"booking": "Did the patient come?", "request": "Is this request a referral", "visit": "It cannot be read"}
    done = {
        "booking": "It is closed in the EHR now",
        "request": "Yes, it is a referral to us",
        "visit": "I looked in the EHR: it is seen to",
    }
    for way, columns in OTHER_WAYS.items():
        with work.db.write() as session:
            session.execute(update(Obligation).where(Obligation.id == oldest.id).values(state="owed", **columns))
        page = browser.get(f"/unmatched/{oldest.id}")
        assert asks[way] in visible(page) and done[way] in [w for _, _, buttons in forms(page) for _, _, w in buttons]
    assert "Kept." in said(answer(browser, page, done["visit"]))
    assert oldest.id not in {row.id for row in waiting(work)}


def test_nothing_that_was_typed_or_picked_is_lost(work: Work, browser: Browser) -> None:
    for owed in waiting(work):
        path = f"/unmatched/{owed.id}"
        page = browser.get(path)
        if "This clinician asked" in page:
            came = browser.post(f"{path}/requester", path, name="Dr. Outside <Sample>", npi="12")
            assert "ten digits" in said(came) and 'value="Dr. Outside &lt;Sample&gt;"' in came and 'value="12"' in came
        if referrals := re.findall(r'name="referral" value="([^"]+)"', page):
            came = browser.post(path, path, referral=referrals[0], seen="99.99")
            assert "Meanwhile" in said(came) and re.search(rf'value="{referrals[0]}" checked', came)


def test_going_back_from_a_doubt_keeps_what_was_entered(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        owed = session.scalars(select(Obligation).filter_by(kind="report", state="owed")).first()
    assert owed is not None
    path = f"/unmatched/{owed.id}"
    doubt = browser.post(f"{path}/requester", path, internal="1", name="Dr. Half Typed")
    assert "are you sure?" in doubt and 'name="back" value="1"' in doubt
    (form,) = [one for one in forms(doubt) if one[0] == f"{path}/requester"]
    came = browser.client.post(form[0], data={**form[1], "back": "1"}).get_data(as_text=True)
    assert 'value="Dr. Half Typed"' in came
    with work.db.read() as session:
        assert session.scalars(select(DecisionRow)).first() is None
