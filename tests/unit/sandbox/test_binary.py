"""Notes are read where their attachment points, in the form that is accepted."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from loopclose.sandbox.server import SandboxServer, serve
from tests.unit.sandbox.cast import box
from tests.unit.sandbox.http import FHIR_JSON, get


@pytest.fixture(scope="module")
def epic() -> Iterator[SandboxServer]:
    with serve(box("epic")) as server:
        yield server


@pytest.fixture(scope="module")
def oracle() -> Iterator[SandboxServer]:
    with serve(box("oracle")) as server:
        yield server


@pytest.mark.parametrize("accept", [FHIR_JSON, f"{FHIR_JSON}, application/json;q=0.9", "application/json"])
def test_a_binary_is_fhir_json_for_whoever_accepts_that(epic: SandboxServer, accept: str) -> None:
    reply = get(epic, "Binary/note0.html", accept)
    assert (reply.status, reply.content_type) == (200, FHIR_JSON)
    assert reply.json["contentType"] == "text/html"


@pytest.mark.parametrize(("form", "accept"), [("html", "text/html"), ("rtf", "text/rtf"), ("html", "*/*"), ("rtf", "")])
def test_a_binary_is_its_content_for_whoever_accepts_anything_else(epic: SandboxServer, form: str, accept: str) -> None:
    whole = get(epic, f"Binary/note0.{form}").json
    reply = get(epic, f"Binary/note0.{form}", accept)
    assert (reply.status, reply.content_type) == (200, f"text/{form}")
    assert reply.body == base64.b64decode(whole["data"])


def test_a_note_points_below_the_servers_own_base(oracle: SandboxServer) -> None:
    note = get(oracle, "DocumentReference/note0").json
    found = [content["attachment"] for content in note["content"]]
    assert [one["contentType"] for one in found] == ["text/plain", "application/pdf"]
    assert all(one["url"].startswith(f"{oracle.base_url}/Binary/") for one in found)
    text, pdf = (get(oracle, one["url"], one["contentType"]) for one in found)
    assert (text.status, pdf.status) == (200, 200)
    assert b"Assessment:" in text.body and pdf.body.startswith(b"%PDF-")


def test_a_search_gives_the_same_addresses(oracle: SandboxServer) -> None:
    page = get(oracle, "DocumentReference?patient=pat0").json
    url = page["entry"][0]["resource"]["content"][0]["attachment"]["url"]
    assert url.startswith(f"{oracle.base_url}/Binary/")


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/json", 406), ("text/html", 406), (FHIR_JSON, 200), ("application/pdf", 200), ("*/*", 200)],
)
def test_oracle_gives_fhir_json_or_the_attachments_own_type(oracle: SandboxServer, accept: str, status: int) -> None:
    reply = get(oracle, "Binary/XR-note0", accept)
    assert reply.status == status
    assert status == 200 or "application/pdf" in reply.said


def test_binaries_and_medicines_are_read_and_never_searched(epic: SandboxServer) -> None:
    assert get(epic, "Binary/nothing").status == 404
    assert get(epic, "Medication/of-med0-metoprolol").json["code"]["coding"][0]["code"] == "866436"
    for kind in ("Binary", "Medication"):
        assert "cannot be searched" in get(epic, f"{kind}?_id=note0.html").said
    types = {one["type"]: one for one in get(epic, "metadata").json["rest"][0]["resource"]}
    assert types["Binary"]["interaction"] == types["Medication"]["interaction"] == [{"code": "read"}]
    assert {"code": "search-type"} in types["Encounter"]["interaction"]
