"""Writing over the wire: once, to the EHR alone, and every answer told for what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from fhir_adapters.auth import BearerAuth
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import (
    Conflict,
    FhirError,
    NotSignedIn,
    NotSupported,
    Refused,
    TemporaryError,
    Unknown,
)
from fhir_adapters.facts.own import Ours
from fhir_adapters.vendors.writing import GENERIC
from fhir_adapters.writing.requests import change, create
from fhir_adapters.writing.resources import documents_of
from tests.unit.fhir_adapters.writing.letters import DELIVERY, letter

EHR = "https://ehr.example/fhir"
PLACE = f"{EHR}/DocumentReference"
Json = dict[str, Any]


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def client() -> Iterator[FhirClient]:
    with FhirClient(EHR, BearerAuth("s3cret"), pause=lambda _: None) as found:
        yield found


def document() -> Json:
    """Ours."""
    assert GENERIC.document is not None
    return documents_of(letter(), GENERIC.document)[-1]


def outcome(words: str, code: str = "invalid") -> str:
    """What a server says."""
    issue = {"severity": "error", "code": code, "diagnostics": words}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]})


def test_it_is_created_once_by_its_identifier(mock: responses.RequestsMock, client: FhirClient) -> None:
    mock.add("POST", PLACE, status=201, headers={"Location": f"{PLACE}/d7/_history/1"})
    assert create(client, document(), once=True).key == "DocumentReference/d7"
    asked = mock.calls[0].request
    assert asked.headers["If-None-Exist"] == f"identifier=urn:ietf:rfc:3986|urn:uuid:{DELIVERY}"
    assert asked.headers["Content-Type"] == "application/fhir+json"


def test_one_that_stands_there_already_is_the_same(mock: responses.RequestsMock, client: FhirClient) -> None:
    mock.add("POST", PLACE, json={"resourceType": "DocumentReference", "id": "d7"}, status=200)
    made = create(client, document(), once=True)
    assert (made.key, made.was_there) == ("DocumentReference/d7", True)


@pytest.mark.parametrize(
    "location",
    [
        f"{PLACE}/d7",
        "DocumentReference/d7",
        "/fhir/DocumentReference/d7/_history/3",
        "https://else.example/x/DocumentReference/d7",
    ],
)
def test_where_it_stands_is_read_and_never_followed(
    mock: responses.RequestsMock, client: FhirClient, location: str
) -> None:
    mock.add("POST", PLACE, status=201, headers={"Location": location})
    assert create(client, document(), once=False).key == "DocumentReference/d7"
    assert [call.request.url for call in mock.calls] == [PLACE]


def test_a_redirection_gets_neither_letter_nor_token(mock: responses.RequestsMock, client: FhirClient) -> None:
    mock.add("POST", PLACE, status=307, headers={"Location": "https://else.example/fhir/DocumentReference"})
    with pytest.raises(Refused, match="another address"):
        create(client, document(), once=False)
    assert len(mock.calls) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, NotSignedIn),
        (403, Refused),
        (404, NotSupported),
        (405, NotSupported),
        (409, Conflict),
        (412, Conflict),
        (413, Refused),
        (422, Refused),
        (429, TemporaryError),
        (500, Unknown),
        (501, NotSupported),
        (502, Unknown),
        (503, TemporaryError),
        (504, Unknown),
    ],
)
def test_every_answer_is_told_for_what_it_is_and_written_once(
    mock: responses.RequestsMock, client: FhirClient, status: int, kind: type[FhirError]
) -> None:
    mock.add("POST", PLACE, body="{}", status=status)
    with pytest.raises(kind) as told:
        create(client, document(), once=False)
    assert isinstance(told.value, Unknown) == (kind is Unknown)
    assert len(mock.calls) == 1, "an answer that is no good is no reason to write again"
    assert "s3cret" not in str(told.value)


def test_a_500_that_says_the_resource_is_wrong_is_final(mock: responses.RequestsMock, client: FhirClient) -> None:
    mock.add("POST", PLACE, body=outcome("type is required", "required"), status=500)
    with pytest.raises(Refused, match="type is required"):
        create(client, document(), once=False)


def test_a_connection_that_breaks_leaves_it_unknown_and_one_that_is_refused_does_not(
    mock: responses.RequestsMock, client: FhirClient
) -> None:
    mock.add("POST", PLACE, body=ConnectionResetError("reset by peer"))
    with pytest.raises(Unknown, match="Nobody knows"):
        create(client, document(), once=False)
    mock.replace("POST", PLACE, body=ConnectionRefusedError("connection refused"))
    with pytest.raises(TemporaryError, match="refused the connection"):
        create(client, document(), once=False)


def test_what_a_server_says_names_nobody(mock: responses.RequestsMock, client: FhirClient) -> None:
    said = "Consult note for \"Lee Sample\" (MRN 8812345, Patient 'p') is invalid at DocumentReference.type"
    mock.add("POST", PLACE, body=outcome(said), status=422)
    with pytest.raises(Refused) as told:
        create(client, document(), once=False)
    assert "DocumentReference.type" in str(told.value)
    assert not any(word in str(told.value) for word in ("Lee", "8812345", "Consult note for"))


def stored(**more: Any) -> Json:
    """Ours, as the server gives it."""
    return {**document(), "id": "d7", "meta": {**document()["meta"], "versionId": "4"}, **more}


def test_a_change_is_of_the_version_that_was_read(mock: responses.RequestsMock, client: FhirClient) -> None:
    mock.add("GET", f"{PLACE}/d7", json=stored())
    mock.add("PUT", f"{PLACE}/d7", status=200)
    change(client, "DocumentReference/d7", lambda one: {**one, "status": "entered-in-error"})
    put = mock.calls[1].request
    assert put.headers["If-Match"] == 'W/"4"'
    assert json.loads(put.body or b"")["status"] == "entered-in-error"


def test_what_somebody_changed_meanwhile_is_left(mock: responses.RequestsMock, client: FhirClient) -> None:
    mock.add("GET", f"{PLACE}/d7", json=stored())
    mock.add("PUT", f"{PLACE}/d7", body="{}", status=412)
    with pytest.raises(Conflict):
        change(client, "DocumentReference/d7", lambda one: one)


def test_what_is_not_known_as_ours_is_never_changed(mock: responses.RequestsMock, client: FhirClient) -> None:
    bare = {"resourceType": "DocumentReference", "id": "d7", "meta": {"versionId": "4"}}
    mock.add("GET", f"{PLACE}/d7", json=bare)
    mock.add("PUT", f"{PLACE}/d7", status=200)
    with pytest.raises(Refused, match="not known as ours"):
        change(client, "DocumentReference/d7", lambda one: one)
    change(client, "DocumentReference/d7", lambda one: one, Ours(keys=frozenset({"DocumentReference/d7"})))
    assert [call.request.method for call in mock.calls] == ["GET", "GET", "PUT"]
