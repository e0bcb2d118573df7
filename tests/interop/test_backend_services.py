"""SMART Backend Services against a real sign-in: tokens by both algorithms; each refusal is a sentence, and no loop."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FinalError, Refused
from fhir_adapters.smart.asking import Reach
from fhir_adapters.smart.assertion import client_assertion
from fhir_adapters.smart.backend import BackendAuth, Registration
from fhir_adapters.smart.keys import ALGORITHMS, make_key, read_key
from fhir_adapters.smart.tokens import request_token
from loopclose.cli.serving import server_of
from loopclose.clock import system_clock
from loopclose.config.loading import load
from loopclose.flows.ehr_keys import PUBLISHED_AT
from loopclose.flows.site import READ
from loopclose.flows.work import Work
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve
from loopclose.store.upgrade import open_database
from tests.interop.commands import ask_at_once, configure, loopclose
from tests.interop.servers import oidc_provider
from tests.store.line import NOW
from tests.web.serving import running

BOX = generate("tidy", 20, 1, NOW)
ALL_V1 = " ".join(f"system/{kind}.read" for kind in READ)
ALL_V2 = " ".join(f"system/{kind}.rs" for kind in READ)
CLIENTS = {
    "RS384": ("RS384", ALL_V2),
    "ES384": ("ES384", ALL_V2),
    "first-form": ("ES384", ALL_V1),
    "narrow": ("ES384", "system/Patient.rs system/Encounter.rs"),
    "nothing": ("ES384", "system/Other.rs"),
    "sync": ("ES384", ALL_V2),
    "without-task": ("ES384", ALL_V2.replace("system/Task.rs ", "").removesuffix(" system/Task.rs")),
    "only-task": ("ES384", "system/Task.rs"),
    "many": ("ES384", ALL_V2),
    "short": ("ES384", ALL_V2),
    "published": ("RS384", ALL_V2),
}
"""By client: the algorithm that the sign-in expects of it, and the scopes that it may have."""
SHORT = 150
"""Seconds that a token of the client ``short`` lives; an assertion lives longer."""
SETTINGS = """
[practice.main]
name = "A Sample"
timezone = "America/New_York"
[ehr.main]
practice = "main"
base_url = "https://ehr.example/fhir"
key_file = "RS384"
[web]
port = 0
"""


class SignIn:
    """A running sign-in, and the folder with a key for each algorithm."""

    def __init__(self, base: str, sandbox: str, folder: Path) -> None:
        self.base, self.sandbox, self.folder = base, sandbox, folder
        self.origin = base.removesuffix("/fhir")

    def key(self, algorithm: str) -> Path:
        return self.folder / algorithm

    def registration(self, name: str, tmp_path: Path, **more: Any) -> Registration:
        """Of a client, whose key stands where nobody else's tokens are."""
        path = tmp_path / "key.pem"
        path.write_bytes(self.key(CLIENTS[name][0]).read_bytes())
        path.chmod(0o600)
        return Registration(self.base, name, path, READ, **more)

    def control(self, *words: object) -> list[dict[str, Any]]:
        """Tell the server something; gives its log of token requests."""
        answer = requests.get("/".join([self.origin, "control", *map(str, words)]), timeout=10)
        found: list[dict[str, Any]] = answer.json()
        return found

    def tokens_of(self, name: str) -> int:
        return len([one for one in self.control("log") if one["client"] == name and one["error"] is None])


@pytest.fixture(scope="module")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignIn]:
    folder = tmp_path_factory.mktemp("sign-in")
    for algorithm in ALGORITHMS:
        make_key(folder / algorithm, algorithm)
    (folder / "loopclose.toml").write_text(SETTINGS)
    config = load({"LOOPCLOSE_CONFIG": str(folder / "loopclose.toml")})
    work = Work(config, open_database(config.database.url), system_clock)
    with serve(BOX) as sandbox, running(server_of(work)) as ours:
        clients = [_client(name, folder, f"{ours}{PUBLISHED_AT}") for name in CLIENTS]
        (folder / "settings.json").write_text(json.dumps({"fhir": sandbox.base_url, "clients": clients}))
        with oidc_provider(folder / "settings.json") as base:
            yield SignIn(base, sandbox.base_url, folder)
    work.db.close()


def _client(name: str, folder: Path, published_at: str) -> dict[str, Any]:
    """A client as it is registered there: by the address of our public keys, or by the keys themselves."""
    algorithm, scope = CLIENTS[name]
    found: dict[str, Any] = {"client_id": name, "alg": algorithm, "scope": scope}
    if name == "published":
        return {**found, "jwks_uri": published_at}
    keys = [read_key(folder / one).public_jwk() for one in ALGORITHMS]
    return {**found, "jwks": {"keys": keys}, **({"ttl": SHORT} if name == "short" else {})}


def refused_once(sign_in: SignIn, auth: BackendAuth, words: str) -> None:
    """Whoever asks, and however often: one request, one sentence."""
    before = len(sign_in.control("log"))
    for _ in range(3):
        with pytest.raises(FinalError, match=words) as told:
            auth.headers()
        assert "\n" not in str(told.value)
    assert len(sign_in.control("log")) - before == 1


@pytest.mark.parametrize("name", ["RS384", "ES384", "first-form", "published"])
def test_a_token_reads(name: str, sign_in: SignIn, tmp_path: Path) -> None:
    with FhirClient(sign_in.base, BackendAuth(sign_in.registration(name, tmp_path))) as client:
        found = [entry.id for page in client.search("Encounter", []) for entry in page.entries]
        assert client.capabilities().types and client.warnings == ()
    assert len(found) == sum(one["resourceType"] == "Encounter" for one in BOX.resources)


def test_an_expired_assertion(sign_in: SignIn, tmp_path: Path) -> None:
    slow = BackendAuth(sign_in.registration("ES384", tmp_path), now=lambda: time.time() - 600)
    refused_once(sign_in, slow, r"refused us \(401 invalid_client\).*clock is 10 minutes behind the EHR's")


def test_an_assertion_that_lives_too_long(sign_in: SignIn, tmp_path: Path) -> None:
    fast = BackendAuth(sign_in.registration("ES384", tmp_path), now=lambda: time.time() + 600)
    refused_once(sign_in, fast, r"clock is 10 minutes ahead of the EHR's")


def test_a_wrong_audience(sign_in: SignIn, tmp_path: Path) -> None:
    elsewhere = sign_in.origin.replace("127.0.0.1", "localhost") + "/token"
    auth = BackendAuth(sign_in.registration("ES384", tmp_path, token_url=elsewhere))
    refused_once(sign_in, auth, "invalid_client")


def test_a_replayed_assertion(sign_in: SignIn) -> None:
    endpoint, now = f"{sign_in.origin}/token", time.time()
    assertion = client_assertion(read_key(sign_in.key("ES384")), "ES384", endpoint, now)
    assert request_token(endpoint, assertion, ["system/Patient.rs"], Reach(), now).granted == ("system/Patient.rs",)
    with pytest.raises(FinalError, match=r"refused us \(401 invalid_client\)"):
        request_token(endpoint, assertion, ["system/Patient.rs"], Reach(), now)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_unknown_key(algorithm: str, sign_in: SignIn, tmp_path: Path) -> None:
    registration = replace(sign_in.registration(algorithm, tmp_path), key_file=tmp_path / "unknown")
    make_key(tmp_path / "unknown", algorithm)
    refused_once(sign_in, BackendAuth(registration), "that our public key is registered there")


def test_the_other_algorithm_and_an_unknown_client(sign_in: SignIn, tmp_path: Path) -> None:
    registration = sign_in.registration("RS384", tmp_path)
    refused_once(sign_in, BackendAuth(replace(registration, client_id="ES384")), "invalid_client")
    refused_once(sign_in, BackendAuth(replace(registration, client_id="nobody")), "invalid_client")


def test_narrowed_scopes_are_said_and_what_is_granted_reads(sign_in: SignIn, tmp_path: Path) -> None:
    before = sign_in.tokens_of("narrow")
    with FhirClient(sign_in.base, BackendAuth(sign_in.registration("narrow", tmp_path))) as client:
        assert list(client.search("Encounter", []))
        (note,) = client.warnings
        assert note.startswith("The EHR grants no reading of ") and "Task" in note and "Encounter" not in note
        with pytest.raises(Refused, match=r"\(403\).*not reach Task"):
            list(client.search("Task", []))
    assert sign_in.tokens_of("narrow") == before + 1


def test_no_scope_at_all_is_said_and_everything_is_refused(sign_in: SignIn, tmp_path: Path) -> None:
    """It answers 200 without saying what it granted, which is nothing."""
    with FhirClient(sign_in.base, BackendAuth(sign_in.registration("nothing", tmp_path))) as client:
        with pytest.raises(Refused, match="403"):
            list(client.search("Encounter", []))
        assert any("does not say which scopes it granted" in words for words in client.warnings)
    assert sign_in.tokens_of("nothing") == 2, "one in each form"


def test_a_revoked_token_is_renewed_once(sign_in: SignIn, tmp_path: Path) -> None:
    auth, before = BackendAuth(sign_in.registration("ES384", tmp_path)), sign_in.tokens_of("ES384")
    with FhirClient(sign_in.base, auth) as client:
        assert list(client.search("Patient", []))
        sign_in.control("revoke", auth.headers()["Authorization"].removeprefix("Bearer "))
        assert list(client.search("Patient", []))
    assert sign_in.tokens_of("ES384") == before + 2


def test_a_token_that_ended_at_the_ehr_is_renewed_once(sign_in: SignIn, tmp_path: Path) -> None:
    registration, before = sign_in.registration("short", tmp_path), sign_in.tokens_of("short")
    with FhirClient(sign_in.base, BackendAuth(registration)) as client:
        assert list(client.search("Patient", []))
        try:
            sign_in.control("ahead", SHORT + 50)
            assert list(client.search("Patient", []))
        finally:
            sign_in.control("ahead", 0)
    assert sign_in.tokens_of("short") == before + 2


def test_processes_renew_once(sign_in: SignIn, tmp_path: Path) -> None:
    registration = sign_in.registration("many", tmp_path)
    shown = ask_at_once(registration)
    assert len(shown) == 1 and shown.pop().startswith("Bearer ")
    assert sign_in.tokens_of("many") == 1
    assert registration.token_file.stat().st_mode & 0o777 == 0o600


def configured(sign_in: SignIn, name: str, folder: Path) -> Registration:
    """A folder in which commands read the made-up practice as that client."""
    registration = sign_in.registration(name, folder)
    configure(folder, BOX, registration, sign_in.sandbox)
    return registration


def test_the_whole_line_reads_with_a_token_that_two_commands_share(sign_in: SignIn, tmp_path: Path) -> None:
    registration = configured(sign_in, "sync", tmp_path)
    for _ in range(2):
        synced = loopclose(tmp_path, "sync", "--json")
        assert synced.returncode == 0, synced.stderr
        assert json.loads(synced.stdout)["complete"]
    assert sign_in.tokens_of("sync") == 1
    reports = json.loads(loopclose(tmp_path, "worklist", "--state", "all", "--json").stdout)["items"]
    theirs = {row["visit"] for row in BOX.truth if row["kind"] == "report"}
    assert {one["visit"]["id"] for one in reports if one["visit"]} == theirs
    registration.key_file.unlink()
    registration.token_file.unlink()
    refused = loopclose(tmp_path, "sync")
    assert refused.returncode == 3 and "There is no key file" in refused.stderr, refused.stderr


def test_a_type_that_is_not_granted_is_left_out_and_told_by_sync_and_doctor(sign_in: SignIn, tmp_path: Path) -> None:
    configured(sign_in, "without-task", tmp_path)
    synced = json.loads(loopclose(tmp_path, "sync", "--json").stdout)
    assert synced["complete"] and synced["unread"] == [] and "Task" not in synced["by_type"]
    assert any("no reading of Task" in words for words in synced["warnings"])
    told = loopclose(tmp_path, "doctor").stdout
    assert "no reading of Task" in told and "not there: Task" in told


def test_nothing_granted_that_is_needed_ends_a_sync_with_the_code_of_a_refusal(sign_in: SignIn, tmp_path: Path) -> None:
    configured(sign_in, "only-task", tmp_path)
    refused = loopclose(tmp_path, "sync")
    assert refused.returncode == 3 and "grants no reading of Patient, Encounter" in refused.stderr, refused.stderr
