"""The sign-in page says when to try again; proxies are believed only where the configuration names them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.sections import WebConfig
from loopclose.domain.sign_in_delays import BY_BOTH, FIRST
from loopclose.flows.work import Work
from loopclose.store.sign_in_tries import SignInTry
from loopclose.web import create_app
from loopclose.web.proxies import behind, comes_from_here
from loopclose.web.words import wait_words
from tests.store.line import NOW
from tests.web.conftest import PASSWORD, Browser


def knock(browser: Browser, password: str, **sent: Any) -> Any:
    page = browser.client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": "pw@demo.example", "password": password, "next": "/unmatched"}
    return browser.client.post("/sign-in", data=form, **sent)


def test_the_page_says_when_to_try_again(work: Work, stranger: Browser) -> None:
    for _ in range(BY_BOTH.free - 1):
        answer = knock(stranger, "wrong")
        assert answer.status_code == 401 and "Try again" not in answer.get_data(as_text=True)
    answer = knock(stranger, "wrong")
    assert answer.status_code == 401 and "Try again in 30 seconds." in answer.get_data(as_text=True)
    answer = knock(stranger, PASSWORD)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert "was not looked at" in page and "Try again in 30 seconds." in page
    assert 'value="pw@demo.example"' in page and 'value="/unmatched"' in page and PASSWORD not in page
    work.clock = fixed(NOW + FIRST)
    answer = knock(stranger, PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/unmatched")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, ""), (0.2, "1 second"), (30, "30 seconds"), (100, "2 minutes"), (900, "15 minutes")]
)
def test_a_wait_is_rounded_up(seconds: float, words: str) -> None:
    from datetime import timedelta

    assert wait_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "who", "scheme"),
    [
        ([], "10.0.0.5", "203.0.113.7", "10.0.0.5", "http"),
        (["10.0.0.5"], "10.0.0.5", "203.0.113.7", "203.0.113.7", "https"),
        (["10.0.0.5"], "10.0.0.6", "203.0.113.7", "10.0.0.6", "http"),
        (["10.0.0.0/24"], "10.0.0.5", "6.6.6.6, 203.0.113.7, 10.0.0.9", "203.0.113.7", "https"),
        (["10.0.0.5"], "10.0.0.5", "6.6.6.6, 203.0.113.7", "203.0.113.7", "https"),
        (["10.0.0.5"], "10.0.0.5", "", "10.0.0.5", "https"),
        (["10.0.0.0/24"], "10.0.0.5", "10.0.0.8, 10.0.0.9", "10.0.0.8", "https"),
        (["10.0.0.5", "2001:db8::/32"], "2001:db8::5", "2001:db9::1", "2001:db9::1", "https"),
        (["10.0.0.5"], "::ffff:10.0.0.5", "203.0.113.7", "203.0.113.7", "https"),
        (["10.0.0.5"], "10.0.0.5", "203.0.113.7:51632", "203.0.113.7", "https"),
        (["10.0.0.5"], "10.0.0.5", "[2001:db9::1]:51632", "2001:db9::1", "https"),
        (["10.0.0.0/24"], "10.0.0.5", "203.0.113.7:51632, 10.0.0.9:443", "203.0.113.7", "https"),
    ],
)
def test_a_proxy_is_believed_where_it_is_named(trusted: list[str], peer: str, said: str, who: str, scheme: str) -> None:
    seen: dict[str, str] = {}

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.update(who=environ["REMOTE_ADDR"], scheme=environ["wsgi.url_scheme"], host=environ["HTTP_HOST"])
        return []

    environ = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "loopclose.example",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "evil.example",
    } | ({"HTTP_X_FORWARDED_FOR": said} if said else {})
    behind(application, WebConfig.model_validate({"trusted_proxies": trusted}).trusted_proxies)(
        environ, lambda *_: None
    )  # type: ignore[arg-type, return-value]
    assert seen == {"who": who, "scheme": scheme, "host": "loopclose.example"}


@pytest.mark.parametrize(
    ("environ", "here"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "10.0.0.5"}, False),
        ({}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 proxy"}, False),
    ],
)
def test_what_a_proxy_on_this_machine_passes_on_does_not_come_from_here(environ: dict[str, str], here: bool) -> None:
    assert comes_from_here(environ) is here


def test_behind_a_named_proxy_people_sign_in_by_https_and_wrong_ones_count_as_theirs(work: Work) -> None:
    told = {"host": "0.0.0.0", "address": "https://loopclose.example", "trusted_proxies": ["10.0.0.5"]}
    web = WebConfig.model_validate(told)
    work.config = work.config.model_copy(update={"web": web})
    browser = Browser(create_app(work).test_client())
    for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"):
        value = {"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "203.0.113.7", "HTTP_X_FORWARDED_PROTO": "https"}
        browser.client.environ_base[name] = value[name]
    assert knock(browser, "wrong").status_code == 401
    answer = knock(browser, PASSWORD)
    assert answer.status_code == 303 and answer.headers["Strict-Transport-Security"]
    assert any("__Host-loopclose=" in one and "Secure" in one for one in answer.headers.getlist("Set-Cookie"))
    assert browser.client.get("/unmatched").status_code == 200
    with work.db.read() as session:
        assert {row.address for row in session.scalars(select(SignInTry))} == {"203.0.113.7"}
