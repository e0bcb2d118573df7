"""A token on its way to the EHR: one more try with a new one after a 401, never two, and to the EHR alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import responses

from fhir_adapters.auth import BearerAuth
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FinalError, Refused, TemporaryError
from tests.unit.fhir_adapters.scripted import capabilities
from tests.unit.fhir_adapters.smart.ehr import BASE, Clock, SignIn, client, refusing

PATIENT = f"{BASE}/Patient/p1"


class Ehr:
    """The EHR's resource, which answers by the token that it is shown."""

    def __init__(self, mock: responses.RequestsMock, status: Callable[[str], int]) -> None:
        self.shown: list[str] = []
        self.status = status
        mock.add_callback("GET", PATIENT, self._answer)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        self.shown.append(request.headers["Authorization"].removeprefix("Bearer "))
        return self.status(self.shown[-1]), {}, '{"resourceType": "Patient", "id": "p1"}'


@pytest.fixture
def fhir(sign_in: SignIn, clock: Clock, tmp_path: Path) -> FhirClient:
    pauses: list[float] = []
    made = FhirClient(BASE, client(tmp_path, clock), pause=pauses.append)
    made.pauses = pauses  # type: ignore[attr-defined]
    return made


def test_each_request_asks_for_the_token_of_its_time(
    mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient, clock: Clock
) -> None:
    ehr = Ehr(mock, lambda token: 200)
    for _ in range(3):
        fhir.read("Patient", "p1")
        clock.at += 130
    assert ehr.shown == ["token-1", "token-1", "token-2"]


def test_a_token_that_the_ehr_ended_early_is_renewed_once(
    mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient
) -> None:
    ehr = Ehr(mock, lambda token: 401 if token == "token-1" else 200)
    assert fhir.read("Patient", "p1") and fhir.read("Patient", "p1")
    assert ehr.shown == ["token-1", "token-2", "token-2"] and len(sign_in.asked) == 2


def test_a_second_refusal_in_a_row_is_final(mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient) -> None:
    ehr = Ehr(mock, lambda token: 401)
    with pytest.raises(FinalError, match=r"^The EHR refused the token twice, a new one too \(401\)\.$"):
        fhir.read("Patient", "p1")
    assert ehr.shown == ["token-1", "token-2"] and len(sign_in.asked) == 2


def test_a_403_is_no_reason_for_another_token(mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient) -> None:
    ehr = Ehr(mock, lambda token: 403)
    with pytest.raises(Refused, match="403"):
        fhir.read("Patient", "p1")
    assert ehr.shown == ["token-1"] and len(sign_in.asked) == 1


def test_a_token_that_was_set_by_hand_is_refused_once(mock: responses.RequestsMock) -> None:
    ehr = Ehr(mock, lambda token: 401)
    with pytest.raises(FinalError, match=r"refused us \(401\): check the credentials"):
        FhirClient(BASE, BearerAuth("by-hand")).read("Patient", "p1")
    assert ehr.shown == ["by-hand"]


def test_a_sign_in_that_fails_for_a_while_is_waited_for_as_it_asks(
    mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient
) -> None:
    Ehr(mock, lambda token: 200)
    sign_in.answer = lambda scope: (
        (429, "", {"Retry-After": "7"}) if len(sign_in.asked) < 3 else (200, sign_in.token(scope))
    )
    assert fhir.read("Patient", "p1")
    assert fhir.pauses == [7.0, 7.0]  # type: ignore[attr-defined]


def test_an_ehr_that_does_not_tell_for_a_while_where_it_gives_tokens_is_asked_again(
    mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    mock.add("GET", f"{BASE}/.well-known/smart-configuration", status=503)
    SignIn(mock)
    Ehr(mock, lambda token: 200)
    assert FhirClient(BASE, client(tmp_path, clock), pause=lambda _: None).read("Patient", "p1")


def test_a_sign_in_that_goes_on_failing_ends_after_four_tries(
    mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient
) -> None:
    ehr = Ehr(mock, lambda token: 200)
    sign_in.answer = lambda scope: (500, "Internal Server Error")
    with pytest.raises(TemporaryError, match="token endpoint failed"):
        fhir.read("Patient", "p1")
    assert len(sign_in.asked) == 4 and not ehr.shown


def test_a_refused_sign_in_ends_at_once(mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient) -> None:
    ehr = Ehr(mock, lambda token: 200)
    sign_in.answer = lambda scope: refusing("invalid_client", 401)
    with pytest.raises(FinalError, match="invalid_client"):
        fhir.read("Patient", "p1")
    assert len(sign_in.asked) == 1 and not ehr.shown


def test_the_token_goes_to_the_ehr_alone(mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient) -> None:
    with pytest.raises(FinalError, match="no token is sent there"):
        fhir._wire.get("https://other.example/fhir/Patient")
    assert not sign_in.asked


def test_no_token_leaves_without_tls(clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(FinalError, match="TLS"):
        FhirClient("http://ehr.example/fhir", client(tmp_path, clock))


def test_what_is_not_granted_is_said_and_is_as_if_the_ehr_did_not_have_it(
    mock: responses.RequestsMock, sign_in: SignIn, fhir: FhirClient
) -> None:
    mock.add("GET", f"{BASE}/metadata", json=capabilities("Encounter", "Patient", "Task", "Location"))
    sign_in.answer = lambda scope: (200, sign_in.token("system/Encounter.rs"))
    assert not fhir.warnings
    assert set(fhir.capabilities().types) == {"Encounter", "Location"}
    assert any("no reading of Patient, Task" in words for words in fhir.warnings)
