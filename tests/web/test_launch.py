"""Opened from within the EHR: who is let in, what they see first, and that a foreign EHR is not even asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from loopclose.config.loading import parse
from loopclose.flows.openid.refusals import REFUSALS
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit, SearchKey
from loopclose.store.unread import note_unread
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.pages import owed, visible
from tests.web.provider import CLIENT, SECRET, Provider, provider

BACK = "/launch/main/back"
HEART = {"fhirUser": "Practitioner/heart"}


@pytest.fixture
def ehr_op() -> Iterator[Provider]:
    with provider() as found:
        found.claims = dict(HEART)
        yield found


def app_of(work: Work, op: Provider, web: dict[str, Any] | None = None, **more: Any) -> Browser:
    values = work.config.model_dump(mode="json", exclude_none=True)
    values["ehr"]["main"] |= {"base_url": op.base, "launch_client_id": CLIENT, "launch_secret": SECRET, **more}
    values["web"] |= web or {}
    work.config = parse(values)
    return Browser(create_app(work).test_client())


@pytest.fixture
def here(work: Work, ehr_op: Provider) -> Browser:
    return app_of(work, ehr_op)


def launched(here: Browser, op: Provider, context: dict[str, Any], address: str = "/launch") -> TestResponse:
    """The click in the EHR, through its sign-in, and back."""
    out = here.client.get(address, query_string={"iss": op.base, "launch": "l-1"})
    assert out.status_code == 303, out.get_data(as_text=True)
    op.response = context
    return here.client.get(BACK, query_string=op.consent(out.location))


def seen(here: Browser, answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return here.get(answer.location)


def a_report(work: Work) -> Obligation:
    """Owed, of a visit, and the only report of that visit."""
    found = [one for one in owed(work) if one.kind == "report" and one.state == "owed" and one.visit]
    visits = [one.visit for one in found]
    return next(one for one in found if visits.count(one.visit) == 1)


def id_of(reference: str | None) -> str:
    return (reference or "").partition("/")[2]


def test_what_is_asked_is_who_it_is_and_what_is_open(here: Browser, ehr_op: Provider) -> None:
    location = here.client.get("/launch", query_string={"iss": ehr_op.base, "launch": "l-1"}).location
    asked = ehr_op.codes[ehr_op.consent(location)["code"]]
    assert asked["scope"] == "launch openid fhirUser"
    assert (asked["aud"], asked["launch"]) == (ehr_op.base, "l-1")
    assert asked["redirect_uri"] == "http://127.0.0.1:8020/launch/main/back"


@pytest.mark.parametrize("address", ["/launch", "/launch/main"])
def test_the_report_of_the_visit_that_is_open_there_is_opened(
    address: str, work: Work, here: Browser, ehr_op: Provider
) -> None:
    one = a_report(work)
    context = {"patient": id_of(one.patient), "encounter": id_of(one.visit)}
    answer = launched(here, ehr_op, context, address)
    assert id_of(one.patient) not in answer.location, "no patient stands in an address"
    second = here.client.get(answer.location)
    assert (second.status_code, second.location) == (303, f"/obligation/{one.id}")
    assert "Sign out heart" in here.get(second.location)
    with work.db.read() as session:
        rows = {(row.action, row.actor, row.subject) for row in session.scalars(select(Audit))}
    assert {
        ("view_opened", "heart@demo.example", one.patient),
        ("view_obligation", "heart@demo.example", one.id),
    } <= rows
    assert any(action == "sign_in_by_launch" for action, *_ in rows)


def test_a_patient_without_a_visit_shows_all_that_is_open_of_them(work: Work, here: Browser, ehr_op: Provider) -> None:
    several = [one for one in owed(work) if one.state not in ("confirmed", "waived")]
    persons = [one.person for one in several]
    one = next(one for one in several if persons.count(one.person) > 2)
    said = seen(here, launched(here, ehr_op, {"patient": id_of(one.patient)}))
    if "Open for this patient" in said:
        assert said.count('href="/obligation/') == persons.count(one.person)
    else:
        assert "Same patient" in said, "their one report, with the rest beside it"


def test_a_visit_of_which_nothing_is_open_says_so_and_shows_the_rest(
    work: Work, here: Browser, ehr_op: Provider
) -> None:
    one = a_report(work)
    said = visible(seen(here, launched(here, ehr_op, {"patient": id_of(one.patient), "encounter": "never-read"})))
    assert "Loopclose does not know it" in said and "Else open for this patient" in said and "Report" in said


def test_nothing_owed_is_said_plainly(work: Work, here: Browser, ehr_op: Provider) -> None:
    closed = {one.person for one in owed(work) if one.state in ("confirmed", "waived")}
    still = {one.person for one in owed(work) if one.state not in ("confirmed", "waived")}
    person = sorted(closed - still)[0]
    done = next(one for one in owed(work) if one.person == person and one.visit)
    said = visible(seen(here, launched(here, ehr_op, {"patient": id_of(done.patient)})))
    assert "Nothing is owed for this patient." in said
    context = {"patient": id_of(done.patient), "encounter": id_of(done.visit)}
    said = visible(seen(here, launched(here, ehr_op, context)))
    assert "Nothing is owed for this visit." in said and "Nothing else is owed for this patient." in said


def test_a_patient_who_was_never_read_is_said_to_be_so(here: Browser, ehr_op: Provider) -> None:
    said = visible(seen(here, launched(here, ehr_op, {"patient": "nobody"})))
    assert "This patient has not been read" in said and "cannot say whether a report is owed" in said
    assert "Nothing is owed" not in said


def test_a_patient_who_could_not_be_read_lately_is_said_to_be_so(work: Work, here: Browser, ehr_op: Provider) -> None:
    one = a_report(work)
    with work.db.write() as session:
        note_unread(session, Scope("main"), "main", {one.patient: "refused", "Patient/new": "refused"}, NOW)
    context = {"patient": id_of(one.patient), "encounter": "never-read"}
    assert "more may be owed than stands here" in seen(here, launched(here, ehr_op, context))
    assert "The last sync tried, and could not" in visible(seen(here, launched(here, ehr_op, {"patient": "new"})))


@pytest.mark.parametrize("patient", [None, "", 7, "../x", "a/b/c", ["1"]])
def test_without_a_patient_it_is_a_sign_in(patient: Any, here: Browser, ehr_op: Provider) -> None:
    assert launched(here, ehr_op, {"patient": patient}).location == "/?mine=1"


def test_what_a_card_named_is_opened_if_it_is_that_patients(work: Work, here: Browser, ehr_op: Provider) -> None:
    one = a_report(work)
    other = next(two for two in owed(work) if two.person != one.person and two.state == "owed")
    for named, target in ((one.id, one.id), (other.id, None), ("x", None)):
        context = {"patient": id_of(one.patient), "encounter": "never-read", "appContext": named}
        answer = here.client.get(launched(here, ehr_op, context).location)
        assert answer.location == (target and f"/obligation/{target}")


def test_what_is_open_there_is_shown_to_nobody_else(work: Work, here: Browser, ehr_op: Provider) -> None:
    one = a_report(work)
    answer = launched(here, ehr_op, {"patient": id_of(one.patient), "encounter": id_of(one.visit)})
    other = Browser(create_app(work).test_client())
    assert "<h1>Sign in</h1>" in other.get(answer.location)
    here.post("/sign-out", "/")
    token = make_link(work.db, work.clock, Scope("main"), "cora@demo.example")
    here.post(f"/sign-in/once/{token}", f"/sign-in/once/{token}")
    assert here.client.get(answer.location).status_code == 404


def test_the_access_token_is_kept_nowhere(work: Work, here: Browser, ehr_op: Provider) -> None:
    launched(here, ehr_op, {"patient": id_of(a_report(work).patient), "refresh_token": "never kept either"})
    cookie = here.client.get_cookie("loopclose")
    assert cookie is not None
    with here.client.session_transaction() as held:
        assert "never kept" not in str(dict(held))
    with work.db.read() as session:
        assert "never" not in str([row.words for row in session.scalars(select(SearchKey))])


@pytest.mark.parametrize(
    "iss", ["https://evil.example/fhir", "", "{base}/../other", "{base}x", "{base}@evil.example", "HTTP://EVIL.EXAMPLE"]
)
def test_a_foreign_ehr_is_refused_before_anything_is_asked_of_it(
    iss: str, work: Work, here: Browser, ehr_op: Provider
) -> None:
    for address in ("/launch", "/launch/main"):
        answer = here.client.get(address, query_string={"iss": iss.format(base=ehr_op.base), "launch": "l-1"})
        assert answer.status_code == 403 and REFUSALS["foreign_ehr"] in visible(answer.get_data(as_text=True))
    assert ehr_op.asked == []
    with work.db.read() as session:
        rows = list(session.scalars(select(Audit).where(Audit.action == "sign_in_refused")))
    assert [row.detail["why"] for row in rows if row.detail] == ["foreign_ehr"] * 2


def test_an_ehr_is_known_by_its_other_addresses_too(work: Work, ehr_op: Provider) -> None:
    here = app_of(work, ehr_op, also_known_as=["https://proxy.example/fhir"])
    answer = here.client.get("/launch", query_string={"iss": "https://proxy.example/fhir/", "launch": "l"})
    asked = ehr_op.codes[ehr_op.consent(answer.location)["code"]]
    assert asked["aud"] == "https://proxy.example/fhir/", "to the letter, as the EHR said it"
    ehr_op.claims = {"fhirUser": "https://proxy.example/fhir/Practitioner/heart"}
    assert here.client.get(BACK, query_string=ehr_op.consent(answer.location)).location == "/?mine=1"


def test_two_ehrs_at_one_address_are_told_apart_by_name(work: Work, ehr_op: Provider) -> None:
    app_of(work, ehr_op)
    main = work.config.ehr["main"]
    work.config = work.config.model_copy(update={"ehr": {"main": main, "twin": main}})
    here = Browser(create_app(work).test_client())
    asked = {"iss": ehr_op.base, "launch": "l"}
    assert REFUSALS["two_ehrs"] in visible(here.client.get("/launch", query_string=asked).get_data(as_text=True))
    assert here.client.get("/launch/twin", query_string=asked).status_code == 303


def test_by_oneself_a_patient_is_picked_there(here: Browser, ehr_op: Provider) -> None:
    location = here.client.get("/launch/main").location
    asked = ehr_op.codes[ehr_op.consent(location)["code"]]
    assert asked["scope"] == "launch/patient openid fhirUser" and asked["aud"] == ehr_op.base
    assert "launch" not in asked


def test_an_ehr_that_says_where_its_keys_are_at_its_issuer_alone(here: Browser, ehr_op: Provider) -> None:
    description = ehr_op.description
    ehr_op.answer = lambda path, *rest, answer=ehr_op.answer: (  # type: ignore[method-assign]
        (200, {name: value for name, value in description().items() if name != "jwks_uri"})
        if "smart" in path
        else answer(path, *rest)
    )
    assert launched(here, ehr_op, {}).location == "/?mine=1"


def test_somebody_of_the_ehr_who_is_not_known_here_is_told_how_to_be(here: Browser, ehr_op: Provider) -> None:
    ehr_op.claims = {"fhirUser": f"{ehr_op.base}/Practitioner/new"}
    page = launched(here, ehr_op, {}).get_data(as_text=True)
    assert "loopclose user identity EMAIL --ehr main --fhir-user Practitioner/new" in visible(page)


def test_an_answer_for_one_door_opens_no_other(work: Work, here: Browser, ehr_op: Provider) -> None:
    main = work.config.ehr["main"]
    work.config = work.config.model_copy(update={"ehr": {"main": main, "twin": main}})
    out = here.client.get("/launch/main", query_string={"iss": ehr_op.base, "launch": "l"})
    answer = here.client.get("/launch/twin/back", query_string=ehr_op.consent(out.location))
    assert REFUSALS["state"] in visible(answer.get_data(as_text=True))


def test_two_patients_may_be_opened_at_once(work: Work, here: Browser, ehr_op: Provider) -> None:
    outs = [here.client.get("/launch", query_string={"iss": ehr_op.base, "launch": n}) for n in "ab"]
    for out in outs:
        assert here.client.get(BACK, query_string=ehr_op.consent(out.location)).location == "/?mine=1"


FRAMES = {"frame_origins": ["https://ehr.example", "https://other.ehr.example:8443"]}
HTTPS = {"address": "https://loopclose.example"}


def test_nobody_frames_it_unless_an_ehr_is_configured_to(work: Work, here: Browser, ehr_op: Provider) -> None:
    answer = here.client.get("/sign-in")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    framed = app_of(work, ehr_op, **FRAMES)
    for path in ("/sign-in", "/not-here", "/static/style.css"):
        policy = framed.client.get(path).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'self' https://ehr.example https://other.ehr.example:8443")


def test_the_cookie_goes_into_a_frame_only_where_there_may_be_one(work: Work, ehr_op: Provider) -> None:
    def cookie(here: Browser) -> str:
        found: str = here.client.get("/launch/main", base_url="https://loopclose.example").headers["Set-Cookie"]
        return found

    plain = cookie(app_of(work, ehr_op, web=HTTPS))
    assert "SameSite=Lax" in plain and "Partitioned" not in plain and "Secure" in plain
    framed = cookie(app_of(work, ehr_op, web=HTTPS, **FRAMES))
    assert "SameSite=None" in framed and "Partitioned" in framed and "Secure" in framed and "HttpOnly" in framed
    here = app_of(work, ehr_op, web={"address": "http://127.0.0.1:8020"}, **FRAMES)
    assert "SameSite=Lax" in cookie(here), "without https a browser would drop the other kind"
