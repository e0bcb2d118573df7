"""What is written to the demo EHR: as it is, and as the vendor whom it plays takes it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer

Json = dict[str, Any]
META = {"versionId": "1", "lastUpdated": "2026-11-20T12:00:00Z"}
PATIENT: Json = {"resourceType": "Patient", "id": "p", "meta": META}
VISIT: Json = {"resourceType": "Encounter", "id": "v", "meta": META, "subject": {"reference": "Patient/p"}}
NOTE: Json = {
    "resourceType": "DocumentReference",
    "id": "mine",
    "meta": {"tag": [{"system": "urn:us", "code": "x"}]},
    "identifier": [{"system": "urn:us", "value": "1"}],
    "status": "current",
    "docStatus": "final",
    "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
    "subject": {"reference": "Patient/p"},
    "author": [{"reference": "Practitioner/heart"}],
    "content": [{"attachment": {"contentType": "text/plain", "data": "SGVsbG8="}}],
    "context": {"encounter": [{"reference": "Encounter/v"}], "period": {"end": "2026-11-20T12:00:00Z"}},
}
PDF = [{"attachment": {"contentType": "application/pdf", "data": "JVBERg=="}}]


def server(vendor: str | None = None) -> SandboxServer:
    """With one patient and a visit."""
    return SandboxServer(Store([PATIENT, VISIT]), style=vendor or "tidy", strict=vendor is not None)


def sent(ehr: SandboxServer, method: str, path: str, resource: Any, **headers: str) -> requests.Response:
    """One request."""
    data = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, f"{ehr.base_url}/{path}", data=data, headers=named, timeout=10)


def test_a_repeat_is_told_by_if_none_exist_and_a_change_by_its_version() -> None:
    with server() as ehr:
        first = sent(ehr, "POST", "DocumentReference", NOTE, If_None_Exist="identifier=urn:us|1")
        again = sent(ehr, "POST", "DocumentReference", NOTE, If_None_Exist="identifier=urn:us|1")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.headers["Location"] == again.headers["Location"]
        place = f"DocumentReference/{NOTE['id']}"
        assert sent(ehr, "PUT", place, NOTE, If_Match=first.headers["ETag"]).status_code == 200
        assert sent(ehr, "PUT", place, NOTE, If_Match=first.headers["ETag"]).status_code == 412
        assert sent(ehr, "PUT", place, {**NOTE, "id": "other"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b'{"resourceType":"Task"}', 400), (b'{"resourceType":"X"}', 400)]
)
def test_what_is_no_document_is_refused(body: bytes, status: int) -> None:
    with server() as ehr:
        assert sent(ehr, "POST", "DocumentReference", body).status_code == status
        assert sent(ehr, "POST", "Nothing", body).status_code == 404


def test_epic_keeps_one_attachment_its_own_id_and_nothing_of_ours() -> None:
    with server("epic") as ehr:
        made = sent(ehr, "POST", "DocumentReference", {**NOTE, "content": NOTE["content"] + PDF})
        assert (made.status_code, made.content) == (201, b"")
        (kept,) = [json.loads(raw) for raw in ehr.store.search("DocumentReference", [])]
        assert kept["id"] != "mine" and "tag" not in kept["meta"] and kept["content"] == NOTE["content"]
        assert [one["system"] for one in kept["identifier"]] == ["urn:oid:1.2.840.114350.1.13.0.1.7.2.727879"]


@pytest.mark.parametrize(
    ("vendor", "kind", "change", "status", "words"),
    [
        ("epic", "DocumentReference", {"context": {}}, 422, "Valid encounter required"),
        ("epic", "DocumentReference", {"content": PDF}, 422, "text/plain"),
        ("epic", "DocumentReference", {"subject": {"reference": "Patient/q"}}, 422, "Invalid subject received"),
        ("epic", "Task", {}, 405, "cannot be created"),
        ("oracle", "DocumentReference", {}, 400, "application/pdf"),
        ("oracle", "DocumentReference", {"content": PDF * 2}, 400, "1 entry"),
        ("oracle", "DocumentReference", {"content": PDF, "docStatus": "preliminary"}, 400, "final or amended"),
        ("oracle", "DocumentReference", {"content": PDF, "context": {}}, 400, "period.end"),
        ("oracle", "DocumentReference", {"content": PDF, "author": [{"reference": "Organization/o"}]}, 400, "author"),
        ("oracle", "Communication", {"status": "completed"}, 400, "Required: category"),
        ("athena", "DocumentReference", {}, 405, "cannot be created"),
    ],
)
def test_a_vendor_refuses_what_it_does_not_take(vendor: str, kind: str, change: Json, status: int, words: str) -> None:
    with server(vendor) as ehr:
        if kind not in ehr.types:
            return
        answer = sent(ehr, "POST", kind, {**NOTE, "resourceType": kind, **change})
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
        assert ehr.store.search(kind, []) == []


def test_a_server_that_plays_nobody_says_what_it_takes() -> None:
    with server() as ehr:
        stated = requests.get(f"{ehr.base_url}/metadata", timeout=10).json()["rest"][0]["resource"]
        once = {one["type"] for one in stated if one.get("conditionalCreate")}
        assert once == {"DocumentReference", "Communication", "Task"}


def test_people_see_what_was_written_and_no_word_of_it_is_a_program() -> None:
    words = base64.b64encode(b"Dear <script>Dr. Sample").decode()
    note = {**NOTE, "content": [{"attachment": {"contentType": "text/plain", "data": words}}, *PDF]}
    with server() as ehr:
        at = ehr.base_url.removesuffix("/fhir") + "/written"
        assert "Nothing was written yet" in requests.get(at, timeout=10).text
        sent(ehr, "POST", "DocumentReference", note)
        shown = requests.get(at, timeout=10)
        assert shown.headers["Content-Type"].startswith("text/html")
        assert "Dear &lt;script&gt;Dr. Sample" in shown.text and "<script>" not in shown.text
        assert "application/pdf" in shown.text and "DocumentReference/mine" in shown.text
