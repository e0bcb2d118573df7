"""Tokens of Keycloak read a whole practice, narrowed where it refuses a scope, and are renewed once."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import requests

from fhir_adapters.client import FhirClient
from fhir_adapters.smart.backend import BackendAuth
from loopclose.flows.site import READ
from tests.interop.commands import ask_at_once, configure, loopclose
from tests.keycloak.conftest import BOX, SHORT, SignIn


def configured(sign_in: SignIn, name: str, folder: Path) -> None:
    configure(folder, BOX, sign_in.registration(name, folder), sign_in.sandbox)


def test_the_resources_open_to_a_token_of_this_realm_alone(sign_in: SignIn, tmp_path: Path) -> None:
    """The front, by which the other tests stand or fall."""
    url, shown = f"{sign_in.front.base}/Patient", sign_in.auth("only-task", tmp_path).headers()
    head, claims, signature = shown["Authorization"].split(".")
    other = "A" if signature[9] != "A" else "B"
    forged = {"Authorization": ".".join([head, claims, f"{signature[:9]}{other}{signature[10:]}"])}
    assert [requests.get(url, headers=one, timeout=10).status_code for one in ({}, forged, shown)] == [401, 401, 403]
    assert requests.get(url.replace("Patient", "Task"), headers=shown, timeout=10).status_code == 200


@pytest.mark.parametrize("name", ["RS384", "ES384"])
def test_a_whole_practice_is_read_with_a_token_that_two_commands_share(
    name: str, sign_in: SignIn, tmp_path: Path
) -> None:
    configured(sign_in, name, tmp_path)
    sign_in.front.statuses.clear()
    before = len(sign_in.keycloak.requests_of(name))
    for _ in range(2):
        synced = loopclose(tmp_path, "sync", "--json")
        assert synced.returncode == 0, synced.stderr
        told = json.loads(synced.stdout)
        assert told["complete"] and told["unread"] == [] and told["warnings"] == [], told
    met = sign_in.keycloak.requests_of(name)
    assert len(met) == before + 1 and met[0] is None
    assert len(sign_in.front.statuses) > 50 and set(sign_in.front.statuses) == {200}
    reports = json.loads(loopclose(tmp_path, "worklist", "--state", "all", "--json").stdout)["items"]
    theirs = {row["visit"] for row in BOX.truth if row["kind"] == "report"}
    assert theirs and {one["visit"]["id"] for one in reports if one["visit"]} == theirs


def test_one_scope_that_the_client_may_not_have_is_found_type_by_type_and_told(sign_in: SignIn, tmp_path: Path) -> None:
    """Keycloak refuses the whole request; what was learnt is not asked for again."""
    configured(sign_in, "without-task", tmp_path)
    for _ in range(2):
        synced = loopclose(tmp_path, "sync", "--json")
        assert synced.returncode == 0, synced.stderr
        told = json.loads(synced.stdout)
        assert told["complete"] and told["unread"] == [] and "Task" not in told["by_type"]
        assert any("no reading of Task" in words for words in told["warnings"])
    met = sign_in.keycloak.requests_of("without-task")
    assert len(met) == 2 + len(READ) + 1, "both forms as a whole, each type alone, and what is taken"
    assert len([code for code in met if code]) == 3


def test_the_first_form_is_asked_for_where_the_second_is_refused(sign_in: SignIn, tmp_path: Path) -> None:
    with FhirClient(sign_in.front.base, sign_in.auth("first-form", tmp_path)) as client:
        found = [entry.id for page in client.search("Encounter", []) for entry in page.entries]
        assert client.warnings == ()
    assert len(found) == sum(one["resourceType"] == "Encounter" for one in BOX.resources)
    assert [bool(code) for code in sign_in.keycloak.requests_of("first-form")] == [False, True]


def test_nothing_granted_that_is_needed_ends_a_sync_with_the_code_of_a_refusal(sign_in: SignIn, tmp_path: Path) -> None:
    configured(sign_in, "only-task", tmp_path)
    refused = loopclose(tmp_path, "sync")
    assert refused.returncode == 3 and "grants no reading of Patient, Encounter" in refused.stderr, refused.stderr


@pytest.mark.parametrize("by", ["our clock", "the EHR's refusal"])
def test_a_token_that_ended_is_renewed_once(by: str, sign_in: SignIn, tmp_path: Path) -> None:
    """By our clock before its end; where our clock lags, by the 401 that it met."""
    before, began = len(sign_in.keycloak.requests_of("short")), time.time()
    registration = sign_in.registration("short", tmp_path)
    auth = BackendAuth(registration, now=time.time if by == "our clock" else lambda: began)
    with FhirClient(sign_in.front.base, auth) as client:
        assert list(client.search("Patient", []))
        shown = auth.headers()["Authorization"].removeprefix("Bearer ")
        until = time.time() + 2 * SHORT
        while sign_in.front.refuses(shown, "Patient") is None:
            assert time.time() < until, "the token does not end"
            time.sleep(0.2)  # Keycloak has no clock that a test could turn
        sign_in.front.statuses.clear()
        assert list(client.search("Patient", []))
    assert sign_in.front.statuses == ([200] if by == "our clock" else [401, 200])
    met = sign_in.keycloak.requests_of("short")
    assert len(met) - before >= 2 and set(met) == {None}


def test_processes_renew_once(sign_in: SignIn, tmp_path: Path) -> None:
    shown = ask_at_once(sign_in.registration("many", tmp_path))
    assert len(shown) == 1 and shown.pop().startswith("Bearer ")
    assert sign_in.keycloak.requests_of("many") == [None]
