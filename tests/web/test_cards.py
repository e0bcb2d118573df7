"""An EHR asks for cards: who may, what the answer holds, and that nothing is asked of the EHR meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.hooks.answering import REFUSED
from loopclose.flows.hooks.asked import SERVICES
from loopclose.flows.hooks.cards import LONGEST_SUMMARY
from loopclose.flows.work import Work
from loopclose.sandbox.server import SandboxServer
from loopclose.store.hook_tokens import HookToken
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit
from loopclose.web import create_app
from tests.store.line import NOW, judge_everybody
from tests.web.conftest import Browser
from tests.web.pages import owed
from tests.web.provider import AT, Provider, provider

SCHEMA = json.loads((Path(__file__).parent / "cds_hooks.schema.json").read_text(encoding="utf-8"))
VIEW, DISCHARGE = SERVICES
OURS = "http://127.0.0.1:8020"
ISSUER = "https://ehr.example"


@pytest.fixture
def keys() -> Iterator[Provider]:
    """Where the EHR publishes its keys."""
    with provider() as found:
        found.key = ECKey.generate_key("P-384", {"use": "sig"}, auto_kid=True)
        yield found


@pytest.fixture
def here(work: Work, keys: Provider) -> Browser:
    return app_of(work, keys)


def app_of(work: Work, keys: Provider, **more: Any) -> Browser:
    values = work.config.model_dump(mode="json", exclude_none=True)
    agreed = {"hooks_issuers": [ISSUER], "hooks_key_urls": [f"{keys.origin}/other", f"{keys.origin}/jwks"]}
    values["ehr"]["main"] |= {**agreed, **more}
    work.config = parse(values)
    return Browser(create_app(work).test_client())


def token(keys: Provider, header: dict[str, Any] | None = None, signer: Any = None, **claims: Any) -> str:
    """As the EHR signs one; what is None is left out."""
    found = {"iss": ISSUER, "aud": f"{OURS}/cds-services/{VIEW}", "exp": AT + 300, "iat": AT, "jti": "j-1", **claims}
    head = {"alg": "ES384", "typ": "JWT", "kid": keys.key.kid, "jku": f"{keys.origin}/jwks", **(header or {})}
    head, found = ({name: value for name, value in one.items() if value is not None} for one in (head, found))
    return jwt.encode(head, found, signer or keys.key, algorithms=[head["alg"]])


def ask(here: Browser, proof: str, patient: str, service: str = VIEW, **over: Any) -> TestResponse:
    context = {"userId": "Practitioner/heart", "patientId": patient.partition("/")[2], "encounterId": "e"}
    body = {"hook": SERVICES[service].hook, "hookInstance": "d1577c69", "context": context, **over}
    headers = {"Authorization": f"Bearer {proof}"}
    return here.client.post(f"/cds-services/{service}", json=body, headers=headers)


def cards(here: Browser, keys: Provider, patient: str, **over: Any) -> list[dict[str, Any]]:
    answer = ask(here, token(keys), patient, **over)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    check("answer", answer.json)
    assert answer.json is not None
    found: list[dict[str, Any]] = answer.json["cards"]
    return found


def check(what: str, document: Any) -> None:
    jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{what}"}).validate(document)


def a_report(work: Work, **changed: Any) -> Obligation:
    """The one report that is to be written of one patient, with what is changed."""
    reports = [one for one in owed(work) if one.kind == "report" and one.state in ("owed", "drafted", "signed")]
    persons = [one.person for one in reports]
    found = next(one for one in reports if persons.count(one.person) == 1 and not one.guessed)
    if changed:
        with work.db.write() as session:
            session.execute(update(Obligation).where(Obligation.id == found.id).values(**changed))
    return found


def test_the_services_are_listed_where_an_ehr_may_ask(work: Work, keys: Provider) -> None:
    bare = Browser(create_app(work).test_client()).client.get("/cds-services")
    assert bare.json == {"services": []}
    found = app_of(work, keys).client.get("/cds-services")
    check("discovery", found.json)
    assert found.json and [one["hook"] for one in found.json["services"]] == ["patient-view", "encounter-discharge"]
    assert found.headers["Access-Control-Allow-Origin"] == "*"


LATENESS = {
    "late": (-timedelta(days=2, hours=3), "critical", "is 2 days late"),
    "today": (timedelta(hours=2), "warning", "is due Tue 24 Nov at 12:00"),
    "later": (timedelta(days=3), "info", "is due Fri 27 Nov at 10:00"),
}


@pytest.mark.parametrize("name", LATENESS)
def test_a_report_that_is_owed_is_a_card_that_says_by_when(
    name: str, work: Work, here: Browser, keys: Provider
) -> None:
    ahead, indicator, words = LATENESS[name]
    one = a_report(work, due_at=NOW + ahead, referrer_name="Alma Sample")
    card = cards(here, keys, one.patient)[0]
    assert (card["summary"], card["indicator"]) == (f"The report to Alma Sample {words}", indicator)
    link = {"label": "Open it in Loopclose", "url": f"{OURS}/obligation/{one.id}", "type": "absolute"}
    assert card["links"] == [link] and card["source"] == {"label": "Loopclose", "url": OURS}
    with work.db.read() as session:
        (row,) = session.scalars(select(Audit).where(Audit.action == "view_cards"))
        assert (row.actor, row.subject) == ("Practitioner/heart in main", one.patient)


def test_where_the_ehr_can_open_us_a_card_does_so_with_its_user(work: Work, keys: Provider) -> None:
    one = a_report(work)
    here = app_of(work, keys, launch_client_id="us", launch_secret="a secret")
    link = cards(here, keys, one.patient)[0]["links"][0]
    assert (link["type"], link["url"], link["appContext"]) == ("smart", f"{OURS}/launch/main", one.id)


def test_the_return_date_is_asked_for_where_none_is_known(work: Work, here: Browser, keys: Provider) -> None:
    one = a_report(work)
    *_, last = cards(here, keys, one.patient)
    assert last["summary"].startswith("When is the patient back with") and last["indicator"] == "info"
    assert last["links"][0]["url"].endswith(f"/obligation/{one.id}")
    with work.db.write() as session:
        changed = {"return_by_hand": (NOW + timedelta(days=9)).date()}
        session.execute(update(Obligation).where(Obligation.id == one.id).values(**changed))
    judge_everybody(work)
    answer = ask(here, token(keys, jti="j-2"), one.patient)
    assert answer.json and [card["summary"][:10] for card in answer.json["cards"]] == ["The report"]


def test_a_name_of_somebody_else_is_text_and_nothing_more(work: Work, here: Browser, keys: Provider) -> None:
    one = a_report(work, referrer_name="Dr.\u202e [x](http://evil.example) " + "y" * 200)
    for card in cards(here, keys, one.patient):
        assert len(card["summary"]) <= LONGEST_SUMMARY and "\u202e" not in card["summary"]
        assert "](" not in card["detail"]


def test_a_guess_is_named_to_nobody(work: Work, here: Browser, keys: Provider) -> None:
    one = a_report(work, guessed=True, referrer_name="Guessed Sample")
    assert all("Guessed" not in json.dumps(card) for card in cards(here, keys, one.patient))


@pytest.mark.parametrize("state", ["sent", "confirmed", "waived"])
def test_what_was_sent_or_closed_is_no_card(state: str, work: Work, here: Browser, keys: Provider) -> None:
    assert cards(here, keys, a_report(work, state=state).patient) == []


def test_of_an_unknown_patient_there_is_no_card_and_nothing_was_looked_at(
    work: Work, here: Browser, keys: Provider
) -> None:
    assert cards(here, keys, "Patient/nobody") == []
    with work.db.read() as session:
        assert session.scalar(select(Audit).where(Audit.action == "view_cards")) is None


def test_of_another_servers_patient_there_is_no_card(work: Work, here: Browser, keys: Provider) -> None:
    one, base = a_report(work), work.config.ehr["main"].base_url
    assert cards(here, keys, one.patient, fhirServer="https://other.example/fhir") == []
    answer = ask(here, token(keys, jti="j-2"), one.patient, fhirServer=f"{base}/")
    assert answer.json and answer.json["cards"]


def test_nothing_is_asked_of_the_ehr_but_its_keys_and_those_once(
    work: Work, here: Browser, keys: Provider, ehr: SandboxServer
) -> None:
    one, before = a_report(work), len(ehr.requests)
    for no in range(3):
        assert ask(here, token(keys, jti=f"j-{no}"), one.patient).status_code == 200
    assert keys.asked == ["/jwks"] and len(ehr.requests) == before


def test_both_hooks_answer_each_at_its_own_address(work: Work, here: Browser, keys: Provider) -> None:
    one = a_report(work)
    for service in (VIEW, DISCHARGE):
        proof = token(keys, aud=[f"{OURS}/cds-services/{service}"], jti=service)
        answer = ask(here, proof, one.patient, service)
        assert answer.status_code == 200 and answer.json and answer.json["cards"]
        check("answer", answer.json)


OTHER = ECKey.generate_key("P-384", {"use": "sig"}, auto_kid=True)
RSA = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
Make = Callable[[Provider], str]
WRONG: dict[str, tuple[str, Make]] = {
    "issuer": ("issuer", lambda keys: token(keys, iss="https://evil.example")),
    "no issuer": ("issuer", lambda keys: token(keys, iss=None)),
    "an issuer that is none": ("issuer", lambda keys: token(keys, iss=["https://ehr.example"])),
    "foreign jku": ("jku", lambda keys: token(keys, {"jku": f"{keys.origin}/evil"})),
    "audience": ("audience", lambda keys: token(keys, aud=f"{OURS}/cds-services/{DISCHARGE}")),
    "audience is the server": ("audience", lambda keys: token(keys, aud=OURS)),
    "no audience": ("audience", lambda keys: token(keys, aud=None)),
    "expired": ("expired", lambda keys: token(keys, exp=AT - 60)),
    "no expiry": ("expired", lambda keys: token(keys, exp=None)),
    "holds for a day": ("too_long", lambda keys: token(keys, exp=AT + 86_400)),
    "of the future": ("early", lambda keys: token(keys, iat=AT + 61)),
    "no iat": ("early", lambda keys: token(keys, iat=None)),
    "no jti": ("no_jti", lambda keys: token(keys, jti=None)),
    "a long jti": ("no_jti", lambda keys: token(keys, jti="j" * 256)),
    "changed key": ("signature", lambda keys: token(keys, signer=OTHER)),
    "unknown key": ("key", lambda keys: token(keys, {"kid": OTHER.kid}, OTHER)),
    "no key id": ("key", lambda keys: token(keys, {"kid": None})),
    "RS256": ("algorithm", lambda keys: token(keys, {"alg": "RS256"}, RSA)),
    "no signature": ("algorithm", lambda keys: ".".join((_none(keys), token(keys).split(".")[1], ""))),
    "no token": ("malformed", lambda keys: ""),
    "no token at all": ("malformed", lambda keys: "a b"),
}


def _none(keys: Provider) -> str:
    head = json.dumps({"alg": "none", "kid": keys.key.kid}).encode()
    return base64.urlsafe_b64encode(head).decode().rstrip("=")


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_does_not_fit_is_answered_nothing(name: str, work: Work, here: Browser, keys: Provider) -> None:
    code, make = WRONG[name]
    answer = ask(here, make(keys), a_report(work).patient)
    assert (answer.status_code, answer.json) == (401, {"error": REFUSED[code]}), name
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    if code in ("issuer", "jku", "malformed", "algorithm"):
        assert keys.asked == [], "nothing is fetched for whoever merely names an address"


def test_a_token_opens_once_until_it_has_expired(work: Work, here: Browser, keys: Provider) -> None:
    one, proof = a_report(work), token(keys)
    assert ask(here, proof, one.patient).status_code == 200
    again = Browser(create_app(work).test_client())  # another process
    assert ask(again, proof, one.patient).json == {"error": REFUSED["used"]}
    work.clock = fixed(NOW + timedelta(seconds=359))
    assert ask(again, proof, one.patient).json == {"error": REFUSED["used"]}
    work.clock = fixed(NOW + timedelta(seconds=360))
    assert ask(again, proof, one.patient).json == {"error": REFUSED["expired"]}
    work.clock = fixed(NOW + timedelta(hours=1))
    assert ask(here, token(keys, iat=AT + 3600, exp=AT + 3900, jti="j-2"), one.patient).status_code == 200
    with work.db.read() as session:
        assert len(session.scalars(select(HookToken)).all()) == 1, "what has expired is forgotten"


def test_without_a_jku_the_first_address_that_was_agreed_on_counts(work: Work, keys: Provider) -> None:
    here = app_of(work, keys, hooks_key_urls=[f"{keys.origin}/jwks"])
    assert ask(here, token(keys, {"jku": None}), a_report(work).patient).status_code == 200


def test_rs384_is_taken_too(work: Work, here: Browser, keys: Provider) -> None:
    keys.key = RSA
    assert ask(here, token(keys, {"alg": "RS384"}), a_report(work).patient).status_code == 200


ODD: dict[str, Any] = {
    "another hook": {"hook": "order-sign"},
    "no instance": {"hookInstance": None},
    "no context": {"context": None},
    "no patient": {"context": {"userId": "Practitioner/1"}},
    "a patient that is none": {"context": {"patientId": "../x"}},
}


@pytest.mark.parametrize("name", ODD)
def test_what_cannot_be_understood_is_said(name: str, here: Browser, keys: Provider) -> None:
    answer = ask(here, token(keys), "Patient/1", **ODD[name])
    assert answer.status_code == 400 and answer.json and answer.json["error"]


def test_a_request_may_carry_more_than_was_asked_for(work: Work, here: Browser, keys: Provider) -> None:
    assert cards(here, keys, a_report(work).patient, prefetch={"patient": "x" * 200_000})
    answer = ask(here, token(keys, jti="j-2"), "Patient/1", prefetch={"patient": "x" * 2_000_000})
    assert answer.status_code == 413


def test_a_service_that_there_is_not(here: Browser, keys: Provider) -> None:
    assert here.client.post("/cds-services/other", json={}).status_code == 404


def test_a_browser_of_the_ehr_may_ask_and_no_cookie_counts(work: Work, browser: Browser, keys: Provider) -> None:
    answer = browser.client.options(f"/cds-services/{VIEW}", headers={"Origin": "https://ehr.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert browser.client.post(f"/cds-services/{VIEW}", json={}).status_code == 401, "though somebody is signed in"
    assert "Access-Control-Allow-Origin" not in browser.client.get("/health").headers


def test_keys_that_are_not_to_be_had_are_said_to_be_so(work: Work, here: Browser, keys: Provider) -> None:
    keys.answer = lambda *_: (503, {})  # type: ignore[method-assign]
    assert ask(here, token(keys), "Patient/1").json == {"error": REFUSED["unreachable"]}
    keys.answer = lambda *_: (404, {})  # type: ignore[method-assign]
    assert ask(here, token(keys), "Patient/1").json == {"error": REFUSED["unusable"]}


def test_the_schema_refuses_what_the_specification_does() -> None:
    good = {"summary": "s", "indicator": "info", "source": {"label": "l"}}
    check("answer", {"cards": [good]})
    for bad in (
        {"summary": "s" * 140},
        {"summary": None},
        {"indicator": "severe"},
        {"detials": "misspelt"},
        {"suggestions": [], "uuid": "x"},
        {"links": [{"label": "l", "url": "https://x", "type": "absolute", "appContext": "a"}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            check("answer", {"cards": [{**good, **bad}]})


def test_every_refusal_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "connect-an-ehr.md").read_text(encoding="utf-8")
    assert [code for code, words in REFUSED.items() if f"| `{code}` | {words} |" not in page] == []
