"""Signing in by a provider's word: who is let in, who is not known yet, and every wrong answer in its sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.errors import UsageError
from loopclose.flows.accounts import disable_user
from loopclose.flows.identities import Identity, add_identity, take_back
from loopclose.flows.openid.refusals import REFUSALS
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.people import Audit, User, UserSession
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.provider import AT, CLIENT, SECRET, Provider, provider

MAIN = Scope("main")
BEGIN, BACK = "/sign-in/with/staff", "/sign-in/with/staff/back"


@pytest.fixture
def op() -> Iterator[Provider]:
    with provider() as found:
        yield found


def configured(work: Work, op: Provider, **more: Any) -> Browser:
    """A browser at an application with that provider."""
    values = work.config.model_dump(mode="json", exclude_none=True)
    one = {"issuer": op.origin, "client_id": CLIENT, "client_secret": SECRET, "label": "Sign in with staff", **more}
    work.config = parse({**values, "sign_in": {"staff": one}})
    return Browser(create_app(work).test_client())


@pytest.fixture
def here(work: Work, op: Provider) -> Browser:
    return configured(work, op)


def cora_is_known(work: Work, op: Provider) -> None:
    add_identity(work.db, work.clock, MAIN, "cora@demo.example", Identity(op.origin, "s-1"))


def out(here: Browser, **asked: str) -> str:
    """Where the browser is sent to."""
    answer = here.client.get(BEGIN, query_string=asked)
    assert answer.status_code == 303
    return answer.location


def come(here: Browser, op: Provider, **over: str) -> TestResponse:
    """Out, through the provider, and back; ``over`` stands over the answer."""
    return here.client.get(BACK, query_string=op.consent(out(here), **over))


def audited(work: Work) -> list[tuple[str, str, Any]]:
    """In no order: all of it was at one time."""
    with work.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action.like("sign_in%")))
        return [(row.action, row.actor, row.detail) for row in rows]


def refusals(work: Work) -> list[tuple[str, str]]:
    """(action, why) of what was refused: nobody is named in them."""
    return [(action, detail["why"]) for action, actor, detail in audited(work) if actor == "unknown account"]


def sessions(work: Work) -> int:
    with work.db.read() as session:
        return len(session.scalars(select(UserSession)).all())


def refused_with(work: Work, answer: TestResponse, code: str) -> None:
    """One sentence, in the audit, with nobody signed in and no way onward by itself."""
    assert answer.status_code in (403, 429) and answer.location is None, answer.status_code
    page = answer.get_data(as_text=True)
    assert REFUSALS[code] in visible(page), visible(page)
    assert "http-equiv" not in page and sessions(work) == 0
    if code != "too_many":
        assert ("sign_in_refused", code) in refusals(work)


def test_the_button_stands_beside_the_password_and_leads_to_where_somebody_wanted(
    work: Work, op: Provider, here: Browser
) -> None:
    cora_is_known(work, op)
    page = here.get("/sign-in?next=/unmatched")
    assert 'href="/sign-in/with/staff?next=/unmatched"' in page and "Sign in with staff" in page and "Password" in page
    back = op.consent(out(here, next="/unmatched"))
    answer = here.client.get(BACK, query_string=back)
    assert (answer.status_code, answer.location) == (303, "/unmatched")
    assert "Sign out cora" in here.get("/")
    assert [row[:2] for row in audited(work)] == [("sign_in_by_provider", "cora@demo.example")]


def test_what_is_asked_is_openid_with_pkce_and_nothing_more(work: Work, here: Browser, op: Provider) -> None:
    asked = op.codes[op.consent(out(here))["code"]]
    assert asked["scope"] == "openid profile email" and asked["response_type"] == "code"
    assert asked["redirect_uri"] == "http://127.0.0.1:8020/sign-in/with/staff/back"
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43
    assert not {"prompt", "max_age", "aud", "launch"} & asked.keys()


def test_signing_in_leads_nowhere_else(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    for wanted in ("//evil.example", "/sign-in/with/staff", "/sign-in/with/staff/back?code=1"):
        answer = here.client.get(BACK, query_string=op.consent(out(here, next=wanted)))
        assert answer.location == "/"


def test_an_identity_is_known_by_issuer_and_subject_and_never_by_e_mail(
    work: Work, op: Provider, here: Browser
) -> None:
    answer = come(here, op)  # its e-mail is that of an account
    assert answer.status_code == 403 and sessions(work) == 0
    page = answer.get_data(as_text=True)
    said = visible(page)
    assert "You are not known here yet" in said and "cora@demo.example" in said and "Cora <b>Sample</b>" in said
    assert f"loopclose user identity EMAIL --issuer {op.origin} --sub s-1" in said
    assert "<b>Sample" not in page
    ((action, actor, detail),) = audited(work)
    assert (action, actor, detail["subject"]) == ("sign_in_unknown", "unknown account", "s-1")
    cora_is_known(work, op)
    assert come(here, op).location == "/"


def test_what_the_manager_copies_runs_nothing_else(work: Work, op: Provider, here: Browser) -> None:
    op.claims = {"sub": "x'; rm -rf /; '"}
    said = visible(come(here, op).get_data(as_text=True))
    assert """--sub 'x'"'"'; rm -rf /; '"'"''""" in said


def test_a_disabled_account_stays_closed(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    disable_user(work.db, work.clock, MAIN, "cora@demo.example")
    refused_with(work, come(here, op), "disabled")


def test_what_is_taken_back_opens_nothing_and_ends_what_it_opened(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    come(here, op)
    assert "Sign out cora" in here.get("/")
    with pytest.raises(UsageError, match=r"is not leo@demo\.example's"):
        take_back(work.db, work.clock, MAIN, "leo@demo.example", Identity(op.origin, "s-1"))
    take_back(work.db, work.clock, MAIN, "cora@demo.example", Identity(op.origin, "s-1"))
    assert "<h1>Sign in</h1>" in here.get("/")
    assert come(here, op).status_code == 403


def test_an_identity_is_one_accounts_alone(work: Work, op: Provider) -> None:
    cora_is_known(work, op)
    cora_is_known(work, op)
    with pytest.raises(UsageError, match=r"is cora@demo\.example's: take it back first"):
        add_identity(work.db, work.clock, MAIN, "leo@demo.example", Identity(op.origin, "s-1"))
    with pytest.raises(UsageError, match="There is no user nobody@demo"):
        add_identity(work.db, work.clock, MAIN, "nobody@demo.example", Identity(op.origin, "s-2"))


def of_the_ehr(work: Work, op: Provider, **more: Any) -> Browser:
    """The provider is that of the EHR ``main``, whose address is ``op.base``."""
    main = work.config.ehr["main"].model_copy(update={"base_url": op.base})
    work.config = work.config.model_copy(update={"ehr": {"main": main}})
    return configured(work, op, ehr="main", **more)


@pytest.mark.parametrize(
    "said", ["{base}/Practitioner/heart", "Practitioner/heart", "{base}/Practitioner/heart/_history/3"]
)
def test_a_clinician_is_known_by_the_reference_of_the_practices_one_ehr(work: Work, op: Provider, said: str) -> None:
    here = of_the_ehr(work, op)
    op.claims = {"fhirUser": said.format(base=op.base)}
    assert come(here, op).location == "/?mine=1"


@pytest.mark.parametrize(
    "said",
    ["https://other.example/fhir/Practitioner/heart", "{base}/Patient/heart", "heart", 7, "{base}x/Practitioner/heart"],
)
def test_nobody_of_another_server_and_no_patient_is_a_clinician(work: Work, op: Provider, said: Any) -> None:
    here = of_the_ehr(work, op)
    op.claims = {"fhirUser": said.format(base=op.base) if isinstance(said, str) else said}
    assert "not known here yet" in come(here, op).get_data(as_text=True)


def test_the_word_of_another_provider_is_not_taken_for_the_ehrs(work: Work, op: Provider, here: Browser) -> None:
    op.claims = {"fhirUser": "Practitioner/heart"}
    said = visible(come(here, op).get_data(as_text=True))
    assert "not known here yet" in said and "--fhir-user" not in said


def test_with_two_ehrs_a_reference_must_be_assigned(work: Work, op: Provider) -> None:
    main = work.config.ehr["main"]
    work.config = work.config.model_copy(
        update={"ehr": {"main": main.model_copy(update={"base_url": op.base}), "other": main}}
    )
    here = configured(work, op, ehr="main")
    op.claims = {"fhirUser": f"{op.base}/Practitioner/heart"}
    said = visible(come(here, op).get_data(as_text=True))
    assert "loopclose user identity EMAIL --ehr main --fhir-user Practitioner/heart" in said
    add_identity(work.db, work.clock, MAIN, "heart@demo.example", Identity("ehr:main", "Practitioner/heart"))
    assert come(here, op).location == "/?mine=1"


def test_what_fits_two_accounts_opens_neither(work: Work, op: Provider) -> None:
    here = of_the_ehr(work, op)
    cora_is_known(work, op)
    op.claims = {"fhirUser": "Practitioner/heart"}
    refused_with(work, come(here, op), "two_accounts")


def test_a_session_may_be_wanted_from_somebody_who_showed_anew_who_they_are(work: Work, op: Provider) -> None:
    here = configured(work, op, max_age_minutes=0)
    cora_is_known(work, op)
    asked = op.codes[op.consent(out(here))["code"]]
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    for at in (AT - 61, None, "now", True):
        op.claims = {"auth_time": at}
        answer = come(here, op)
        assert answer.status_code == 403 and sessions(work) == 0, at
    op.claims = {"auth_time": AT - 59}
    assert come(here, op).location == "/"


def test_how_long_ago_that_may_be_is_a_setting(work: Work, op: Provider) -> None:
    here = configured(work, op, max_age_minutes=10)
    cora_is_known(work, op)
    op.claims = {"auth_time": AT - 661}
    refused_with(work, come(here, op), "not_fresh")
    op.claims = {"auth_time": AT - 659}
    assert come(here, op).location == "/"


OTHER = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
Change = Callable[[Provider], None]


def over(**members: Any) -> Change:
    """What a provider says or signs otherwise."""

    def change(op: Provider) -> None:
        for name, value in members.items():
            setattr(op, name, value)

    return change


def unsigned(op: Provider) -> None:
    import base64
    import json

    parts = ({"alg": "none"}, {"iss": op.origin, "sub": "s-1", "aud": CLIENT, "exp": AT + 9, "iat": AT})
    head, body = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
    op.token = f"{head}.{body}."


def by_a_shared_secret(op: Provider) -> None:
    op.algorithm, op.signer = "HS256", OctKey.import_key(SECRET)  # type: ignore[assignment]


WRONG: dict[str, tuple[str, Change]] = {
    "issuer": ("issuer", over(claims={"iss": "https://other.example"})),
    "issuer with a slash": ("issuer", lambda op: over(claims={"iss": f"{op.origin}/"})(op)),
    "no issuer": ("issuer", over(claims={"iss": None})),
    "audience": ("audience", over(claims={"aud": "another"})),
    "no audience": ("audience", over(claims={"aud": None})),
    "several audiences": ("audience", over(claims={"aud": [CLIENT, "another"]})),
    "for another party": ("audience", over(claims={"aud": [CLIENT, "another"], "azp": "another"})),
    "for another, though by us": ("audience", over(claims={"aud": "another", "azp": CLIENT})),
    "nonce": ("nonce", over(claims={"nonce": "of another"})),
    "no nonce": ("nonce", over(claims={"nonce": None})),
    "expired": ("expired", over(claims={"exp": AT - 60})),
    "no expiry": ("expired", over(claims={"exp": None})),
    "expiry in words": ("expired", over(claims={"exp": "tomorrow"})),
    "of the future": ("early", over(claims={"iat": AT + 61})),
    "not yet": ("early", over(claims={"nbf": AT + 61})),
    "no subject": ("malformed", over(claims={"sub": None})),
    "an empty subject": ("malformed", over(claims={"sub": ""})),
    "a subject that is none": ("malformed", over(claims={"sub": 7})),
    "a long subject": ("malformed", over(claims={"sub": "s" * 256})),
    "a subject of two lines": ("malformed", over(claims={"sub": "a\nb"})),
    "digest of another token": ("malformed", over(claims={"at_hash": "AAAA"})),
    "key": ("key", over(signer=OTHER, header={"kid": OTHER.kid})),
    "no key id, other key": ("signature", over(signer=OTHER, header={"kid": None})),
    "signature": ("signature", over(signer=OTHER)),
    "no signature": ("algorithm", unsigned),
    "a shared secret": ("algorithm", by_a_shared_secret),
    "no token": ("malformed", over(token="a.b")),
    "an empty token": ("malformed", over(token="..")),
    "an endless token": ("malformed", over(token="a" * 40_000)),
    "no proof": ("no_proof", over(response={"id_token": None})),
    "a proof that is none": ("no_proof", over(response={"id_token": {"sub": "s-1"}})),
    "code": ("code", over(status=(400, {"error": "invalid_grant"}))),
    "client": ("client", over(status=(401, {"error": "invalid_client"}))),
    "down": ("unreachable", over(status=(503, {}))),
    "odd": ("unusable", over(status=(418, {"error": "no <b>"}))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_opens_nothing_and_is_one_sentence(name: str, work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    code, change = WRONG[name]
    change(op)
    refused_with(work, come(here, op), code)


def test_a_key_without_an_id_is_taken_where_only_one_is_published(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    op.header = {"kid": None}
    assert come(here, op).location == "/"


def test_rsa_is_taken_too_and_a_key_is_not_for_another_algorithm(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    op.key, op.algorithm = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True), "RS256"
    assert come(here, op).location == "/"
    op.algorithm, op.signer = "PS256", RSAKey.import_key(op.key.as_dict(private=True) | {"alg": "PS256"})
    assert come(here, op).status_code == 403 and ("sign_in_refused", "key") in refusals(work)


def test_a_new_key_is_looked_for_once_in_a_while(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    seconds = [1000.0]
    here.client.application.extensions["providers"]._monotonic = lambda: seconds[0]
    come(here, op)
    op.key = OTHER
    assert come(here, op).status_code == 403, "what is kept is not asked for again at every odd proof"
    seconds[0] += 11
    assert come(here, op).location == "/"
    assert op.asked.count("/jwks") == 2 and op.asked.count("/.well-known/openid-configuration") == 1


STATES: dict[str, dict[str, str]] = {
    "another state": {"state": "x"},
    "no state": {"state": ""},
}


@pytest.mark.parametrize("name", STATES)
def test_an_answer_to_another_question_is_not_looked_at(name: str, work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    refused_with(work, come(here, op, **STATES[name]), "state")
    assert "/token" not in op.asked


def test_an_answer_is_taken_once_and_in_the_browser_that_asked(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    other = Browser(create_app(work).test_client())
    answer = op.consent(out(here))
    refused_with(work, other.client.get(BACK, query_string=answer), "state")
    assert here.client.get(BACK, query_string=answer).location == "/"
    again = here.client.get(BACK, query_string=answer)
    assert again.status_code == 403 and refusals(work).count(("sign_in_refused", "state")) == 2


def test_an_answer_that_takes_too_long_is_not_taken(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    answer = op.consent(out(here))
    work.clock = fixed(NOW + timedelta(minutes=10, seconds=1))
    refused_with(work, here.client.get(BACK, query_string=answer), "too_slow")


def test_another_provider_does_not_answer_for_this_one(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    refused_with(work, come(here, op, iss="https://other.example"), "mixed_up")
    assert "/token" not in op.asked
    assert come(here, op, iss=op.origin).location == "/"


def test_a_provider_that_names_itself_always_does(work: Work, op: Provider, here: Browser) -> None:
    op.told = {"authorization_response_iss_parameter_supported": True}
    refused_with(work, come(here, op), "mixed_up")


def test_whoever_breaks_off_there_is_told_so_in_our_words(work: Work, op: Provider, here: Browser) -> None:
    state = op.consent(out(here))["state"]
    answer = here.client.get(BACK, query_string={"error": "<script>", "error_description": "Call 555", "state": state})
    refused_with(work, answer, "denied")
    assert "Call 555" not in answer.get_data(as_text=True) and "&lt;script" not in answer.get_data(as_text=True)


def test_an_answer_without_a_code_is_none(work: Work, op: Provider, here: Browser) -> None:
    refused_with(work, come(here, op, code=""), "no_code")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"issuer": "https://other.example"}, "unusable"),
        ({"token_endpoint": None}, "unusable"),
        ({"authorization_endpoint": "http://provider.example/authorize"}, "unusable"),
        ({"jwks_uri": "file:///etc/passwd"}, "unusable"),
    ],
)
def test_a_provider_that_describes_itself_oddly_is_asked_nothing(
    told: dict[str, Any], code: str, work: Work, op: Provider, here: Browser
) -> None:
    op.told = told
    refused_with(work, here.client.get(BEGIN), code)


def test_a_provider_that_is_down_leaves_the_password(work: Work, here: Browser, op: Provider) -> None:
    values = work.config.sign_in["staff"].model_copy(update={"issuer": "http://127.0.0.1:9"})
    work.config = work.config.model_copy(update={"sign_in": {"staff": values}})
    refused_with(work, here.client.get(BEGIN), "unreachable")
    assert "Password" in here.get("/sign-in")


def test_many_wrong_answers_are_not_looked_at_any_more(work: Work, op: Provider, here: Browser) -> None:
    cora_is_known(work, op)
    for _ in range(100):
        here.client.get(BACK)
    rows = len(audited(work))
    answer = here.client.get(BACK)
    refused_with(work, answer, "too_many")
    assert answer.status_code == 429 and "Try again in 30 seconds" in answer.get_data(as_text=True)
    assert here.client.get(BEGIN).status_code == 429 and len(audited(work)) == rows, "and cost no disk"
    work.clock = fixed(NOW + timedelta(seconds=31))
    assert come(here, op).location == "/"


def test_a_secret_that_does_not_fit_is_told_to_whoever_runs_it(work: Work, op: Provider) -> None:
    here = configured(work, op, client_secret="another")
    refused_with(work, come(here, op), "client")


def test_an_account_that_changed_meanwhile_is_not_entered(
    work: Work, op: Provider, here: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    cora_is_known(work, op)
    from loopclose.flows import identities

    def changed(session: Any, *rest: Any) -> User | None:
        found = behind(session, *rest)
        with work.db.write() as other:
            other.execute(update(User).where(User.email == "cora@demo.example").values(role="auditor"))
        return found

    behind = identities.user_behind
    monkeypatch.setattr(identities, "user_behind", changed)
    assert come(here, op).status_code == 403 and sessions(work) == 0


def test_every_reason_is_documented_with_its_sentence() -> None:
    page = (Path(__file__).parents[2] / "docs" / "refused-sign-ins.md").read_text(encoding="utf-8")
    assert [code for code, words in REFUSALS.items() if f"| `{code}` | {words} |" not in page] == []
