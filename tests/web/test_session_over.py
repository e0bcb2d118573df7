"""A session that is over: the way back, the word why, what was entered, and the warning before."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.flows.kept_forms import KEPT_FOR
from loopclose.flows.sign_in import LONGEST, hash_password
from loopclose.flows.work import Work
from loopclose.store.decisions import DecisionRow
from loopclose.store.kept_forms import KeptForm
from loopclose.store.obligations import Obligation
from loopclose.store.people import User
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import PASSWORD, Browser

HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)
NOTE = "Zeta words <of> the coordinator"


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def one(work: Work, **wanted: str) -> Obligation:
    with work.db.read() as session:
        return session.scalars(select(Obligation).filter_by(**wanted).order_by(Obligation.due_at)).first()  # type: ignore[return-value]


def kept(work: Work) -> list[KeptForm]:
    with work.db.read() as session:
        return list(session.scalars(select(KeptForm)).all())


@pytest.fixture
def cora(work: Work) -> Browser:
    """Signed in with a password."""
    found = Browser(create_app(work).test_client())
    sign_in(found, "/sign-in")
    return found


def sign_in(browser: Browser, path: str, email: str = "pw@demo.example") -> str:
    """Sign in on the page at that address, and give back where that leads."""
    page = browser.client.get(path).get_data(as_text=True)
    (onward,) = re.findall(r'name="next" value="([^"]*)"', page)
    form = {"csrf_token": csrf(page), "next": unescape(onward), "email": email, "password": PASSWORD}
    answer = browser.client.post("/sign-in", data=form)
    assert answer.status_code == 303
    return str(answer.location)


def wait(work: Work, passed: timedelta) -> None:
    work.clock = fixed(work.clock() + passed)


def idle(work: Work) -> timedelta:
    return timedelta(minutes=work.config.web.session_idle_minutes)


def test_htmx_is_sent_to_the_whole_sign_in_page_with_the_filters(work: Work, cora: Browser) -> None:
    wait(work, idle(work) + MINUTE)
    answer = cora.client.get("/?tab=late&priority=urgent&late_by=3", headers=HTMX)
    assert answer.status_code == 401 and not answer.get_data()
    page = cora.get(answer.headers["HX-Redirect"])
    assert "You were signed out after 30 minutes without a click." in page and "back where you were" in page
    assert sign_in(cora, answer.headers["HX-Redirect"]) == "/?tab=late&priority=urgent&late_by=3"


def test_what_is_gone_through_under_filters_keeps_them(work: Work, cora: Browser) -> None:
    path = f"/unmatched/{one(work, kind='resolve').id}"
    token = csrf(cora.get(f"{path}?mine=1"))
    wait(work, idle(work) + MINUTE)
    answer = cora.client.post(f"{path}?mine=1", data={"csrf_token": token, "none": "1"})
    assert answer.status_code == 303 and parse_qs(urlsplit(answer.location).query)["next"] == [f"{path}?mine=1"]


def test_a_page_and_the_way_back_get_the_sign_in_page_itself(work: Work, cora: Browser) -> None:
    wait(work, idle(work) + MINUTE)
    for headers in ({}, {**HTMX, "HX-History-Restore-Request": "true"}):
        answer = cora.client.get("/?tab=late", headers=headers)
        assert answer.status_code == 303 and answer.location == "/sign-in?next=/?tab%3Dlate"
        assert "HX-Redirect" not in answer.headers


def test_the_word_why_is_the_right_one_and_a_stranger_gets_none(work: Work, cora: Browser, stranger: Browser) -> None:
    assert "signed out" not in stranger.get("/?tab=late")
    step = idle(work) - MINUTE
    for _ in range(LONGEST // step):
        wait(work, step)
        cora.get("/health")
    wait(work, step)
    assert "a session lasts 12 hours at most" in cora.get("/?tab=late")
    sign_in(cora, "/sign-in")
    cora.post("/sign-out", "/health")
    assert "signed out after" not in cora.get("/sign-in") and "ended" not in cora.get("/sign-in")


def late_waiver(work: Work, browser: Browser) -> Obligation:
    """A waiver, typed while the session lasted and sent after it."""
    owed = one(work, kind="report", state="owed")
    page = browser.get(f"/obligation/{owed.id}")
    (seen,) = set(re.findall(r'name="seen" value="([^"]+)"', page))
    wait(work, idle(work) + MINUTE)
    form = {"csrf_token": csrf(page), "seen": seen, "code": "other", "note": NOTE}
    answer = browser.client.post(f"/obligation/{owed.id}/waive", data=form)
    assert answer.status_code == 303 and answer.location == f"/sign-in?next=/obligation/{owed.id}"
    return owed


def test_what_was_entered_is_offered_again_and_sent_only_by_a_press(work: Work, cora: Browser) -> None:
    owed = late_waiver(work, cora)
    page = cora.get(f"/sign-in?next=/obligation/{owed.id}")
    assert "What you entered was not sent. It is kept for you for an hour" in page and "Zeta" not in page
    assert sign_in(cora, f"/sign-in?next=/obligation/{owed.id}") == "/kept"
    shown = unescape(cora.get("/kept"))
    assert "You wanted to say that nothing is owed after all" in shown and NOTE in shown
    assert re.search(r'<option value="other" selected>', shown) and f'href="/obligation/{owed.id}"' in shown
    assert one(work, id=owed.id).state == "owed"
    form = re.search(rf'<form[^>]* action="/obligation/{owed.id}/waive".*?</form>', cora.get("/kept"), re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form[0]))
    fields |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', form[0]))
    assert {"csrf_token", "kept", "seen", "note"} <= set(fields)
    sent = cora.client.post(
        f"/obligation/{owed.id}/waive",
        data={**{name: unescape(text) for name, text in fields.items()}, "code": "other"},
        follow_redirects=True,
    )
    assert "Done." in sent.get_data(as_text=True) and one(work, id=owed.id).state == "waived" and not kept(work)
    with work.db.read() as session:
        assert session.scalars(select(DecisionRow)).one().given["note"] == NOTE
    assert cora.client.get("/kept").location == f"/obligation/{owed.id}"


def test_what_was_entered_is_dropped_by_a_press(work: Work, cora: Browser) -> None:
    owed = late_waiver(work, cora)
    sign_in(cora, f"/sign-in?next=/obligation/{owed.id}")
    (form,) = kept(work)
    assert "What you can do" in cora.post(f"/kept/{form.key}/drop", "/kept")  # and on to where they were
    assert not kept(work) and one(work, id=owed.id).state == "owed"


def test_nobody_else_is_offered_it_not_even_on_the_same_screen(work: Work, cora: Browser) -> None:
    with work.db.write() as session:
        session.scalars(select(User).filter_by(email="leo@demo.example")).one().password_hash = hash_password(PASSWORD)
    owed = late_waiver(work, cora)
    assert sign_in(cora, f"/sign-in?next=/obligation/{owed.id}", "leo@demo.example") == f"/obligation/{owed.id}"
    assert "Zeta" not in cora.get("/kept")
    (form,) = kept(work)
    cora.post(f"/kept/{form.key}/drop", "/health")
    cora.post(f"/obligation/{owed.id}/assign", f"/obligation/{owed.id}", to="mona@demo.example", kept=form.key)
    assert kept(work), "and nobody else forgets it for them"
    other = Browser(create_app(work).test_client())
    assert sign_in(other, "/sign-in") == "/kept"


def test_it_is_offered_for_an_hour(work: Work, cora: Browser) -> None:
    owed = late_waiver(work, cora)
    wait(work, KEPT_FOR + MINUTE)
    assert "was not sent" not in cora.get(f"/sign-in?next=/obligation/{owed.id}")
    assert sign_in(cora, f"/sign-in?next=/obligation/{owed.id}") == f"/obligation/{owed.id}"


def test_it_stands_in_no_address_and_no_cookie(work: Work, cora: Browser) -> None:
    late_waiver(work, cora)
    sign_in(cora, "/sign-in")
    (form,) = kept(work)
    told = " ".join(str(cookie) for cookie in cora.client._cookies.values())
    assert "Zeta" not in told and form.key not in told and "Zeta" not in form.path


def test_every_form_of_the_screens_is_kept_and_shown_in_words(work: Work, cora: Browser) -> None:
    with work.db.read() as session:
        owed = session.scalars(
            select(Obligation).where(Obligation.kind == "resolve", Obligation.visit.is_not(None))
        ).first()
    assert owed is not None
    token = csrf(cora.get("/health"))
    wait(work, idle(work) + MINUTE)
    sent = {
        f"/unmatched/{owed.id}": {"referral": "ServiceRequest/x", "seen": "1.1"},
        f"/unmatched/{owed.id}/requester": {"name": "Dr. Outside Sample", "npi": "1234567893", "internal": "1"},
        f"/obligation/{owed.id}/draft": {},
        "/search": {"words": "Zeta", "tab": "late"},
    }
    for path, form in sent.items():
        assert cora.client.post(path, data={"csrf_token": token, "sure": "1", **form}).status_code == 303
    for path in ("/sign-out", "/session"):  # nothing is entered there
        assert cora.client.post(path, data={"csrf_token": token}).status_code == 303
    assert {row.path: dict(row.fields) for row in kept(work)} == sent
    assert sign_in(cora, "/sign-in") == "/kept"
    page = unescape(cora.get("/kept"))
    for words in ("The visit answers", "ServiceRequest/x", "It came from within the practice", "Dr. Outside Sample"):
        assert words in page
    assert page.count("You wanted to") == len(sent) and 'value="Zeta"' in page and 'name="sure"' not in page


def test_a_second_page_that_stayed_open_still_works_after_signing_in_again(work: Work, cora: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = cora.get(f"/obligation/{owed.id}")
    wait(work, idle(work) + MINUTE)
    assert cora.client.get("/?tab=late", headers=HTMX).status_code == 401  # in the first tab
    form = {"csrf_token": csrf(page), "code": "duplicate"}
    cora.client.post(f"/obligation/{owed.id}/waive", data=form)  # in the second: kept, not lost
    assert [one.path for one in kept(work)] == [f"/obligation/{owed.id}/waive"]
    sign_in(cora, "/sign-in")
    cora.client.post(f"/obligation/{owed.id}/waive", data=form)
    assert one(work, id=owed.id).state == "waived"


def test_somebody_else_who_signs_in_gets_other_tokens_for_forms(work: Work, cora: Browser) -> None:
    with work.db.write() as session:
        session.scalars(select(User).filter_by(email="leo@demo.example")).one().password_hash = hash_password(PASSWORD)
    old = csrf(cora.get("/health"))
    wait(work, idle(work) + MINUTE)
    cora.get("/health")
    sign_in(cora, "/sign-in", "leo@demo.example")
    owed = one(work, kind="report", state="owed")
    answer = cora.client.post(f"/obligation/{owed.id}/waive", data={"csrf_token": old, "code": "duplicate"})
    assert answer.status_code == 400 and one(work, id=owed.id).state == "owed"


def test_every_page_says_until_when_the_session_lasts(work: Work, cora: Browser) -> None:
    page = cora.get("/health")
    assert "You are signed in until Tue 24 Nov" in page and "10:30" in page and f'data-seconds="{30 * 60}"' in page
    assert re.search(r'<div class="ending" id="session-ending" role="alert" hidden>', page)
    assert 'src="/static/session.js"' in page
    assert "session-ending" not in Browser(create_app(work).test_client()).get("/sign-in")


def test_asking_makes_the_session_no_longer_and_staying_does(work: Work, cora: Browser) -> None:
    token = csrf(cora.get("/health"))
    wait(work, idle(work) - 2 * MINUTE)
    for _ in range(2):
        assert cora.client.get("/session").get_json() == {"seconds": 120, "last": False}
    told = cora.client.post("/session", data={"csrf_token": token}).get_json()
    assert told == {"seconds": 30 * 60, "last": False}
    wait(work, idle(work) + MINUTE)
    assert cora.client.get("/session").get_json() == {"seconds": 0, "last": False}
    assert create_app(work).test_client().get("/session").get_json()["seconds"] == 0


def test_the_last_hour_of_a_session_says_that_it_cannot_be_made_longer(work: Work, cora: Browser) -> None:
    step = idle(work) - MINUTE
    while work.clock() < NOW + LONGEST - idle(work):
        wait(work, step)
        cora.get("/health")
    page = cora.get("/health")
    assert "then sign in again" in page and "makes it longer" not in page
    assert cora.client.get("/session").get_json()["last"] is True
