"""Whatever stands in ``next``, signing in leads to a page of ours; and control characters are never a 500."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask, redirect
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopclose.flows.work import Work
from loopclose.web import create_app
from loopclose.web.inside import inside
from tests.web.conftest import PASSWORD, Browser

HOME = "http://loopclose.example/sign-in"
BITS = r"/ // \ %09 %0a %0D %00 %2f %5c %5C %25 @ : https: evil.example unmatched health ? # next= .. . ;"
SPITEFUL = st.lists(
    st.sampled_from(
        [*BITS.split(), *"\t\n\r\0 \u202e\u2028é"],
    )
    | st.text(max_size=3),
    max_size=8,
).map("".join)


def as_a_browser_reads(location: str) -> str:
    """The host that a browser would go to (WHATWG URL: strips, drops tabs and breaks, backslash is a slash)."""
    bare = location.strip("".join(map(chr, range(33))))
    for dropped in "\t\n\r":
        bare = bare.replace(dropped, "")
    return urlsplit(urljoin(HOME, bare.replace("\\", "/"))).netloc


@pytest.fixture
def app(work: Work) -> Flask:
    return create_app(work)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SPITEFUL)
def test_no_text_leads_out_of_this_application(app: Flask, target: str) -> None:
    for one in (target, f"/{target}", f"/unmatched?{target}"):
        with app.test_request_context("/sign-in"):
            found = inside(one)
            assert found.isascii() and found.isprintable() and " " not in found
            assert found.startswith("/") and not found.startswith("//")
            assert as_a_browser_reads(found) == "loopclose.example"
            assert redirect(found).get_wsgi_headers({})["Location"] == found
            assert inside(found) == found, "made anew, it stays as it is"


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/\t/evil.example", "/"),
        ("/%09/evil.example", "/"),
        ("/\n", "/"),
        ("/%0A", "/"),
        ("/unmatched?a=%0d%0aSet-Cookie:x", "/"),
        ("/%5Cevil.example", "/"),
        ("/not-a-page-of-ours", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/static/style.css", "/"),
        ("http:///unmatched", "/"),
        ("/unmatched?ehr=main&skip=50#x", "/unmatched?ehr=main&skip=50"),
        ("/?late=&author=Practitioner%2Fheart", "/?late=&author=Practitioner%2Fheart"),
    ],
)
def test_the_target_is_made_anew_from_path_and_query(work: Work, wanted: str, target: str) -> None:
    with create_app(work).test_request_context("/sign-in"):
        assert inside(wanted) == target


@pytest.mark.parametrize("wanted", ["/\t/evil.example", "/%0A", "/\nevil"])
def test_after_signing_in_the_browser_is_still_here(stranger: Browser, wanted: str) -> None:
    page = stranger.client.get("/sign-in", query_string={"next": wanted}).get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": "pw@demo.example", "password": PASSWORD, "next": wanted}
    answer = stranger.client.post("/sign-in", data=form)
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("letter", ["\n", "\t", "\r", "\x00", "\x7f", "\\"])
def test_a_control_character_in_an_address_is_refused_in_words(browser: Browser, letter: str) -> None:
    for path in (
        f"/{quote(letter)}",
        f"/unmatched/{quote(letter)}",
        f"/obligation/a{quote(letter)}b",
        f"/{quote(letter)}/evil",
    ):
        assert browser.client.get(path).status_code in (400, 404), path
    assert browser.client.get(f"/?author={quote(letter)}").status_code < 500
    assert browser.client.get(f"/sign-in/once/main{quote(letter)}.x").status_code in (400, 404)
