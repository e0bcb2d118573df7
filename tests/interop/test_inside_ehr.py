"""Signing in and being opened from within an EHR, against oidc-provider: what it really sends, and really refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
import requests
from sqlalchemy import select

from fhir_adapters.smart.keys import make_key, read_key
from loopclose.cli.serving import server_of
from loopclose.clock import system_clock
from loopclose.config.loading import parse
from loopclose.flows.identities import Identity, add_identity
from loopclose.flows.openid.refusals import REFUSALS
from loopclose.flows.work import Work
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from tests.interop.servers import people_provider
from tests.store.line import NOW, add_people, config, read, site
from tests.web.pages import visible
from tests.web.serving import running

MAIN, BOX = Scope("main"), generate("messy", 40, 1, NOW)
PEOPLE = {
    "p-heart": {"name": "Hana Sample", "fhirUser": "Practitioner/heart"},
    "p-cora": {"name": "Cora Sample", "email": "cora@demo.example"},
}


class Place:
    """A running Loopclose, and the provider beside it."""

    def __init__(self, work: Work, ours: str, base: str) -> None:
        self.work, self.ours, self.base = work, ours, base
        self.origin = base.removesuffix("/fhir")

    def control(self, *words: object) -> Any:
        return requests.get("/".join([self.origin, "control", *map(str, words)]), timeout=10).json()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("inside")
    for algorithm in ("ES384", "RS384"):
        make_key(folder / algorithm, algorithm)
    with serve(BOX) as sandbox:
        settings = config(BOX, sandbox, f"sqlite:///{folder / 'inside.db'}")
        work = Work(settings, open_database(settings.database.url), system_clock)
        add_people(work.db)
        read(work.db, site(BOX, sandbox))
    values = settings.model_dump(mode="json", exclude_none=True)
    with _free_port() as port:
        ours = f"http://127.0.0.1:{port}"
    keys = {one: {"keys": [read_key(folder / one).public_jwk()]} for one in ("ES384", "RS384")}
    backs = {"staff": "/sign-in/with/staff/back", "strict": "/sign-in/with/strict/back", "ehr": "/launch/main/back"}
    clients: list[dict[str, Any]] = [
        {"client_id": "staff", "client_secret": "a secret + of many signs %", "redirect_uris": [ours + backs["staff"]]},
        {"client_id": "strict", "jwks": keys["RS384"], "alg": "RS384", "redirect_uris": [ours + backs["strict"]]},
        {"client_id": "ehr", "jwks": keys["ES384"], "alg": "ES384", "redirect_uris": [ours + backs["ehr"]]},
    ]
    (folder / "people.json").write_text(json.dumps({"clients": clients, "people": PEOPLE}))
    with people_provider(folder / "people.json") as base:
        origin = base.removesuffix("/fhir")
        values["web"] |= {"port": port, "address": ours}
        one = {"issuer": origin, "label": "Work"}
        values["sign_in"] = {
            "staff": {**one, "client_id": "staff", "client_secret": clients[0]["client_secret"]},
            "strict": {**one, "client_id": "strict", "key_file": str(folder / "RS384"), "max_age_minutes": 0},
        }
        values["ehr"]["main"] |= {
            "base_url": base,
            "launch_client_id": "ehr",
            "launch_key_file": str(folder / "ES384"),
        }
        work.config = parse(values)
        add_identity(work.db, work.clock, MAIN, "cora@demo.example", Identity(origin, "p-cora"))
        with running(server_of(work)):
            yield Place(work, ours, base)
    work.db.close()


class _free_port:
    """A port that nothing listens on."""

    def __enter__(self) -> int:
        import socket

        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            found: int = held.getsockname()[1]
        return found

    def __exit__(self, *_: object) -> None:
        return None


def come(
    place: Place,
    address: str,
    browser: requests.Session | None = None,
    asked: dict[str, str] | None = None,
    heard: list[str] | None = None,
    **over: str,
) -> requests.Response:
    """As a browser goes, redirection by redirection, noted in ``heard``.

    ``asked`` stands over the question on its way to the provider, ``over`` over the answer on its way back.
    """
    browser = browser or requests.Session()
    url = place.ours + address
    for _ in range(20):
        path = urlsplit(url).path
        if path == "/auth" and asked:
            url, asked = changed(url, asked), None
        if path.endswith("/back"):
            url = changed(url, over)
        if heard is not None:
            heard.append(url)
        answer = browser.get(url, allow_redirects=False, timeout=20)
        if answer.status_code not in (302, 303):
            return answer
        url = urljoin(url, answer.headers["Location"])
    raise AssertionError("it goes round and round")


def changed(url: str, over: dict[str, str]) -> str:
    """The address with other parameters; an empty one is left out."""
    parts = urlsplit(url)
    query = {name: value for name, value in {**dict(parse_qsl(parts.query)), **over}.items() if value}
    return parts._replace(query=urlencode(query)).geturl()


def launch(place: Place, name: str, patient: str, encounter: str, **asked: str) -> str:
    """The click in the EHR: the address that it opens."""
    place.control("open", name, patient.partition("/")[2], encounter.partition("/")[2])
    return f"/launch?{urlencode({'iss': place.base, 'launch': name, **asked})}"


def a_report(place: Place) -> Obligation:
    with place.work.db.read() as session:
        rows = session.scalars(select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed"))
        found = list(rows)
    visits = [one.visit for one in found]
    return next(one for one in found if one.visit and visits.count(one.visit) == 1)


def test_staff_sign_in_by_secret_and_by_key(place: Place) -> None:
    place.control("who", "p-cora")
    for name in ("staff", "strict"):
        answer = come(place, f"/sign-in/with/{name}?next=/unmatched")
        assert answer.status_code == 200 and answer.url == f"{place.ours}/unmatched", visible(answer.text)
        assert "Sign out cora" in answer.text


def test_somebody_whom_nobody_knows_here_yet(place: Place) -> None:
    place.control("who", "p-heart")
    answer = come(place, "/sign-in/with/staff")
    assert answer.status_code == 403 and f"--issuer {place.origin} --sub p-heart" in visible(answer.text)


def test_the_report_of_the_visit_that_is_open_in_the_ehr(place: Place) -> None:
    place.control("who", "p-heart")
    one = a_report(place)
    answer = come(place, launch(place, "l-1", one.patient, one.visit or ""))
    assert answer.url == f"{place.ours}/obligation/{one.id}" and "Sign out heart" in answer.text


def test_by_oneself_with_a_patient_picked_there(place: Place) -> None:
    place.control("who", "p-heart")
    place.control("pick", "nobody-here")
    answer = come(place, "/launch/main")
    assert answer.status_code == 200 and "This patient has not been read" in answer.text


WRONG = {
    "state": ("staff", {"state": "of another"}, "state"),
    "code": ("staff", {"code": "never given"}, "code"),
    "issuer": ("staff", {"iss": "https://other.example"}, "mixed_up"),
    "issuer left out": ("staff", {"iss": ""}, "mixed_up"),
    "refused there": ("staff", {"code": "", "error": "access_denied"}, "denied"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_refused_in_a_sentence(name: str, place: Place) -> None:
    place.control("who", "p-cora")
    door, over, code = WRONG[name]
    answer = come(place, f"/sign-in/with/{door}", **over)
    assert answer.status_code == 403 and REFUSALS[code] in visible(answer.text)


TAMPERED = {
    "nonce": ("/sign-in/with/staff", {"nonce": "n" * 43}, "nonce"),
    "PKCE": ("/sign-in/with/staff", {"code_challenge": "c" * 43}, "code"),
    "PKCE of an EHR": ("/launch/main", {"code_challenge": "c" * 43}, "code"),
    "aud": ("/launch/main", {"aud": "https://other.example/fhir"}, "denied"),
    "no PKCE": ("/sign-in/with/staff", {"code_challenge": ""}, "denied"),
    "no fresh proof": ("/sign-in/with/strict", {"prompt": "", "max_age": ""}, "not_fresh"),
}
"""By what is changed on the way to the provider: where it begins, the change, and why it is refused."""


@pytest.mark.parametrize("name", TAMPERED)
def test_a_question_that_was_changed_on_the_way_is_refused(name: str, place: Place) -> None:
    place.control("who", "p-cora")
    address, asked, code = TAMPERED[name]
    answer = come(place, address, None, asked)
    assert answer.status_code == 403 and REFUSALS[code] in visible(answer.text), visible(answer.text)


def test_an_answer_is_good_once_and_in_the_browser_that_asked(place: Place) -> None:
    place.control("who", "p-cora")
    browser, heard = requests.Session(), list[str]()
    assert come(place, "/sign-in/with/staff", browser, heard=heard).status_code == 200
    (back,) = (url for url in heard if "/back" in url)
    for other in (browser, requests.Session()):
        answer = other.get(back, timeout=20)
        assert answer.status_code == 403 and REFUSALS["state"] in visible(answer.text)


def test_a_launch_that_the_ehr_does_not_know_and_a_foreign_ehr(place: Place) -> None:
    answer = come(place, f"/launch?{urlencode({'iss': place.base, 'launch': 'never'})}")
    assert answer.status_code == 403 and REFUSALS["denied"] in visible(answer.text)
    answer = come(place, f"/launch?{urlencode({'iss': 'https://evil.example/fhir', 'launch': 'l'})}")
    assert answer.status_code == 403 and REFUSALS["foreign_ehr"] in visible(answer.text)


def test_a_provider_whose_clock_is_ahead_is_not_believed(place: Place) -> None:
    place.control("who", "p-cora")
    place.control("ahead", 3600)
    try:
        answer = come(place, "/sign-in/with/staff")
        assert answer.status_code == 403 and REFUSALS["early"] in visible(answer.text)
    finally:
        place.control("ahead", 0)
