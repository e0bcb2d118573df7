"""Keycloak refuses us: each time one request, one clear sentence, and no loop."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from fhir_adapters.errors import FinalError
from fhir_adapters.smart.asking import Reach
from fhir_adapters.smart.assertion import client_assertion
from fhir_adapters.smart.backend import BackendAuth
from fhir_adapters.smart.keys import make_key, next_of, read_key
from fhir_adapters.smart.tokens import request_token
from tests.interop.commands import configure, loopclose
from tests.keycloak.conftest import BOX, SignIn, inline
from tests.keycloak.server import REALM

READ_AGAIN = 60
"""Seconds in which Keycloak must have read a client's keys again: for one that it does not know, every 10 at most."""


def refused_once(sign_in: SignIn, name: str, auth: BackendAuth, words: str) -> str:
    """Whoever asks, and however often: one request, one sentence."""
    before = len(sign_in.keycloak.requests_of())
    for _ in range(3):
        with pytest.raises(FinalError, match=words) as told:
            auth.headers()
    assert "\n" not in str(told.value)
    assert len(sign_in.keycloak.requests_of()) - before == 1
    print(f"{name}: {told.value}")
    return str(told.value)


def test_a_client_that_was_disabled(sign_in: SignIn, tmp_path: Path) -> None:
    registration = sign_in.registration("disabled", tmp_path)
    assert BackendAuth(registration).headers()
    registration.token_file.unlink()
    sign_in.keycloak.change("disabled", enabled=False)
    refused_once(sign_in, "disabled", BackendAuth(registration), "refused us")
    configure(tmp_path, BOX, registration, sign_in.sandbox)
    ended = loopclose(tmp_path, "sync")
    assert ended.returncode == 3 and "refused us" in ended.stderr, ended.stderr
    sign_in.keycloak.change("disabled", enabled=True)
    assert loopclose(tmp_path, "sync").returncode == 0


def test_a_key_that_is_registered_no_more(sign_in: SignIn, tmp_path: Path) -> None:
    registration = sign_in.registration("re-registered", tmp_path)
    make_key(tmp_path / "other", "ES384")
    attributes = {"token.endpoint.auth.signing.alg": "ES384", **inline(tmp_path / "other")}
    sign_in.keycloak.change("re-registered", attributes=attributes)
    refused_once(sign_in, "re-registered", BackendAuth(registration), "that our public key is registered there")
    assert BackendAuth(replace(registration, key_file=tmp_path / "other")).headers()


@pytest.mark.parametrize("name", ["RS384", "ES384"])
def test_an_unknown_key(name: str, sign_in: SignIn, tmp_path: Path) -> None:
    registration = replace(sign_in.registration(name, tmp_path), key_file=tmp_path / "unknown")
    make_key(tmp_path / "unknown", name)
    refused_once(sign_in, name, BackendAuth(registration), "that our public key is registered there")


def test_the_other_algorithm(sign_in: SignIn, tmp_path: Path) -> None:
    registration = replace(sign_in.registration("RS384", tmp_path), client_id="ES384")
    refused_once(sign_in, "ES384", BackendAuth(registration), "refused us")


def test_an_unknown_client(sign_in: SignIn, tmp_path: Path) -> None:
    registration = replace(sign_in.registration("ES384", tmp_path), client_id="nobody")
    refused_once(sign_in, "nobody", BackendAuth(registration), "check client_id")


def test_a_wrong_audience(sign_in: SignIn, tmp_path: Path) -> None:
    """The same endpoint by another name of its host, which is not what Keycloak calls itself."""
    elsewhere = sign_in.keycloak.token_endpoint.replace("127.0.0.1", "localhost")
    refused_once(sign_in, "ES384", sign_in.auth("ES384", tmp_path, token_url=elsewhere), "Invalid token audience")


def test_a_token_url_that_is_wrong(sign_in: SignIn, tmp_path: Path) -> None:
    another = sign_in.keycloak.token_endpoint.replace(f"/{REALM}/", "/master/")
    other_realm = sign_in.auth("ES384", tmp_path, token_url=another)
    with pytest.raises(FinalError, match="check client_id"):
        other_realm.headers()
    no_endpoint = sign_in.auth("ES384", tmp_path, token_url=f"{sign_in.keycloak.realm}/token")
    with pytest.raises(FinalError, match="check token_url"):
        no_endpoint.headers()


def test_clocks_that_do_not_agree(sign_in: SignIn, tmp_path: Path) -> None:
    """Keycloak sends no Date by which the difference could be told; its own words tell."""
    registration = sign_in.registration("ES384", tmp_path)
    slow = BackendAuth(registration, now=lambda: time.time() - 600)
    refused_once(sign_in, "ES384", slow, "Token is not active")
    fast = BackendAuth(registration, now=lambda: time.time() + 600)
    refused_once(sign_in, "ES384", fast, "refused us")


def test_a_replayed_assertion(sign_in: SignIn) -> None:
    endpoint, now = sign_in.keycloak.token_endpoint, time.time()
    assertion = client_assertion(read_key(sign_in.folder / "ES384"), "ES384", endpoint, now)
    assert request_token(endpoint, assertion, ["system/Patient.rs"], Reach(), now).granted == ("system/Patient.rs",)
    with pytest.raises(FinalError, match=r"refused us \(40. invalid_client\)"):
        request_token(endpoint, assertion, ["system/Patient.rs"], Reach(), now)


def test_a_key_that_is_used_before_it_is_known(sign_in: SignIn) -> None:
    """Published beside the current one and used at once, it is refused; when Keycloak has read it, it is taken."""
    key = sign_in.folder / "rotated"
    registration = replace(sign_in.registration("rotated", sign_in.folder), key_file=key)
    assert BackendAuth(registration).headers()
    made = loopclose(sign_in.folder, "ehr", "keys", "rotated", "--next")
    assert made.returncode == 0, made.stderr
    next_of(key).rename(key)
    registration.token_file.unlink()
    began = time.monotonic()
    refused_once(sign_in, "rotated", BackendAuth(registration), "registered there and is not brand-new")
    while True:
        try:
            assert BackendAuth(registration).headers()
            break
        except FinalError:
            assert time.monotonic() - began < READ_AGAIN
            time.sleep(1)  # Keycloak has no clock that a test could turn
    print(f"The new key was taken after {time.monotonic() - began:.0f} s.")
