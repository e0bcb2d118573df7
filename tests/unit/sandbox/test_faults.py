"""Each fault as it looks on the wire, and whom it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import requests

from loopclose.sandbox.faults import FORMS, NO_ZONE, Fault
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer, serve
from tests.unit.sandbox.cast import box
from tests.unit.sandbox.http import get
from tests.unit.sandbox.ways import for_one

Spoil = Callable[..., SandboxServer]
ONE, OTHER = "Encounter?patient=pat1", "Encounter?patient=pat2"


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxServer]:
    with serve(box("tidy")) as server:
        yield server


@pytest.fixture
def spoil(running: SandboxServer) -> Iterator[Spoil]:
    def with_faults(*faults: Fault) -> SandboxServer:
        running.faults.faults[:] = faults
        return running

    yield with_faults
    running.faults.faults.clear()


def test_a_status_for_one_patient_leaves_everybody_else_alone(spoil: Spoil) -> None:
    server = spoil(Fault("status", "Encounter", patient="pat1", code=403))
    assert get(server, ONE).status == get(server, "Encounter?subject=Patient/pat1").status == 403
    assert get(server, "Encounter/enc1").status == 403
    assert (
        requests.post(f"{server.base_url}/Encounter/_search", data={"patient": "pat1"}, timeout=10).status_code == 403
    )
    assert get(server, OTHER).ids == ["enc2"]
    assert get(server, "Encounter/enc2").status == get(server, "ServiceRequest?patient=pat1").status == 200


def test_a_fault_without_a_type_is_about_everything_of_that_patient(spoil: Spoil) -> None:
    server = spoil(Fault("status", patient="Patient/pat1", code=500))
    for path in (ONE, "ServiceRequest?patient=pat0,pat1", "Patient/pat1", "Patient?_id=pat1", "Encounter/enc1"):
        assert get(server, path).status == 500
    for path in (OTHER, "Patient/pat2", "Encounter?date=ge2026-01-01", "metadata"):
        assert get(server, path).status == 200


def test_a_fault_can_be_about_searches_or_reads_alone(spoil: Spoil) -> None:
    server = spoil(Fault("status", "Encounter", on="read", code=403))
    assert (get(server, ONE).status, get(server, "Encounter/enc1").status) == (200, 403)
    server = spoil(Fault("status", "Encounter", on="search", code=403))
    assert (get(server, ONE).status, get(server, "Encounter/enc1").status) == (403, 200)


def test_a_type_is_that_type_alone(spoil: Spoil) -> None:
    server = spoil(Fault("status", "Practitioner", code=403))
    assert get(server, "PractitionerRole/heart-role").status == 200
    assert get(server, "Practitioner/heart").status == 403


def test_a_fault_comes_after_some_and_ends_after_some(spoil: Spoil) -> None:
    server = spoil(Fault("status", "Encounter", after=1, times=2, code=503))
    assert [get(server, ONE).status for _ in range(4)] == [200, 503, 503, 200]


def test_a_page_fails_in_the_middle(spoil: Spoil) -> None:
    server = spoil(Fault("status", "Condition", patient="pat1", on="next", code=410))
    first = get(server, "Condition?patient=pat1")
    assert (first.status, len(first.ids), first.json["total"]) == (200, 1, 2)
    assert get(server, first.json["link"][0]["url"]).status == 410


@pytest.mark.parametrize("code", [410, 404])
def test_a_page_token_expires_and_the_search_can_begin_again(spoil: Spoil, code: int) -> None:
    server = spoil(Fault("expired", "Condition", times=1, code=code))
    following = get(server, "Condition?patient=pat1").json["link"][0]["url"]
    expired = get(server, following)
    assert expired.status == code and "not kept" in expired.said
    assert get(server, following).status == 200
    assert len(get(server, "Condition?patient=pat1").ids) == 2


def test_a_search_is_answered_with_an_outcome_alone(spoil: Spoil) -> None:
    server = spoil(Fault("outcome", "Encounter", patient="pat1"))
    assert get(server, ONE).status == 200 and "could not be carried out" in get(server, ONE).said
    assert get(server, OTHER).ids == ["enc2"]


ODD = {
    "numeric-id": lambda entry: entry["resource"]["id"] == 12345,
    "no-id": lambda entry: "id" not in entry["resource"],
    "no-type": lambda entry: "resourceType" not in entry["resource"],
    "null": lambda entry: entry is None,
    "null-resource": lambda entry: entry["resource"] is None,
    "numeric-updated": lambda entry: isinstance(entry["resource"]["meta"]["lastUpdated"], int),
    "unasked": lambda entry: entry["resource"]["resourceType"] == "Basic",
}


@pytest.mark.parametrize("how", FORMS["odd"])
def test_a_page_has_one_odd_entry_more(spoil: Spoil, how: str) -> None:
    server = spoil(Fault("odd", "Encounter", patient="pat1", how=how))
    page = get(server, ONE).json
    first, odd = page["entry"]
    assert first["resource"]["id"] == "enc1" and ODD[how](odd)
    assert page["total"] == 2
    if odd and odd["resource"]:
        assert odd["resource"]["subject"] == {"reference": "Patient/pat1"}
    assert get(server, OTHER).ids == ["enc2"]


def test_the_total_is_wrong(spoil: Spoil) -> None:
    asked = "Condition?patient=pat1"
    assert get(spoil(Fault("total", "Condition", how="string")), asked).json["total"] == "2"
    page = get(spoil(Fault("total", "Condition", how="outcome")), asked).json
    assert page["total"] == 3 and page["entry"][-1]["resource"]["resourceType"] == "OperationOutcome"
    assert page["entry"][-1]["search"] == {"mode": "outcome"}
    assert get(spoil(Fault("short", "Condition")), asked).json["total"] == 7
    page = get(spoil(Fault("total", "Condition", how="absent")), asked).json
    assert "total" not in page and len(page["entry"]) == 2
    for how, totals in (("shrinks", [2, 1]), ("page", [1, 1])):
        server = spoil(Fault("total", "Condition", how=how))
        first = get(server, asked).json
        second = get(server, first["link"][0]["url"]).json
        assert [first["total"], second["total"]] == totals


@pytest.mark.parametrize(
    ("how", "begins"),
    [
        ("scheme", "https://127.0.0.1:{port}/fhir/Condition?"),
        ("port", "http://127.0.0.1:{above}/fhir/Condition?"),
        ("inner", "http://fhir-inner:8080/fhir/Condition?"),
        ("twice", "http://127.0.0.1:{port}:{port}/fhir/Condition?"),
        ("query", "?"),
        ("root", "/fhir/Condition?"),
        ("relative", "Condition?"),
    ],
)
def test_the_next_link_is_written_as_proxies_write_it(spoil: Spoil, how: str, begins: str) -> None:
    server = spoil(Fault("next", "Condition", patient="pat1", how=how))
    first = get(server, "Condition?patient=pat1")
    url = first.json["link"][0]["url"]
    port = int(server.base_url.rsplit(":", 1)[1].split("/")[0])
    assert url.startswith(begins.format(port=port, above=port + 1))
    second = get(server, "Condition?" + url.partition("?")[2])
    assert sorted([*first.ids, *second.ids]) == ["cond1", "ruled1"]


def test_links_and_parameters_are_null(spoil: Spoil) -> None:
    assert get(spoil(Fault("null-link", "Encounter")), ONE).json["link"] is None
    types = get(spoil(Fault("null-params", "metadata")), "metadata").json["rest"][0]["resource"]
    assert all(one["searchParam"] is None for one in types)


@pytest.mark.parametrize("path", [ONE, "Encounter/enc1", "metadata"])
def test_a_body_begins_with_a_byte_order_mark(spoil: Spoil, path: str) -> None:
    plain = get(spoil(), path).body
    assert get(spoil(Fault("bom")), path).body == b"\xef\xbb\xbf" + plain


def test_retry_after_can_be_a_date_without_a_zone(spoil: Spoil) -> None:
    server = spoil(Fault("status", "Encounter", code=503, retry_after=NO_ZONE))
    assert get(server, ONE).headers["Retry-After"] == NO_ZONE


def test_of_several_ids_the_first_alone_is_found(spoil: Spoil) -> None:
    server = spoil(Fault("first-id", "Practitioner"))
    assert get(server, "Practitioner?_id=heart,beat,pump").ids == ["heart"]
    assert get(server, "Encounter?_id=enc1,enc2").ids == ["enc1", "enc2"]


def test_practitioners_are_read_only(spoil: Spoil) -> None:
    server = spoil(Fault("read-only", "Practitioner"))
    refused = get(server, "Practitioner?_id=heart")
    assert refused.status == 400 and "cannot be searched" in refused.said
    assert get(server, "Practitioner/heart").status == 200


def test_a_merged_patient_is_answered_as_the_survivor(spoil: Spoil) -> None:
    server = spoil(Fault("merged", patient="pat1", into="pat2"))
    assert get(server, "Patient/pat1").json["id"] == "pat2"
    assert get(server, "Patient?_id=pat1").ids == ["pat2"]
    assert get(server, "Patient?_id=pat0,pat1").ids == ["pat0", "pat2"]
    assert get(server, ONE).ids == get(server, "Encounter?patient=Patient/pat1").ids == ["enc2"]
    assert get(server, "Encounter?patient=pat0").ids == ["enc0"]


def test_a_store_merges_two_patients() -> None:
    store = Store(box("tidy").resources)
    store.merge("pat1", "pat2", datetime(2026, 11, 24, 16, tzinfo=UTC))
    assert len(store.search("Encounter", [("patient", "pat2")])) == 2
    assert store.search("Encounter", [("patient", "pat1")]) == []
    survivor, moved = store.get("Patient", "pat2"), store.get("Encounter", "enc1")
    assert survivor is not None and moved is not None
    assert survivor["link"] == [{"other": {"reference": "Patient/pat1"}, "type": "replaces"}]
    assert moved["meta"] == {"versionId": "2", "lastUpdated": "2026-11-24T16:00:00.000Z"}
    assert store.is_gone("Patient", "pat1")


def test_results_are_partial_and_an_outcome_says_so(spoil: Spoil) -> None:
    page = get(spoil(Fault("partial", "Encounter", patient="pat1")), ONE).json
    assert page["total"] == 1 and len(page["entry"]) == 2
    outcome = page["entry"][1]
    assert outcome["search"] == {"mode": "outcome"} and outcome["resource"]["issue"][0]["code"] == "incomplete"


def test_results_are_kept_from_us_and_an_outcome_says_so(spoil: Spoil) -> None:
    page = get(spoil(Fault("withheld", "Encounter", patient="pat1")), ONE).json
    issue = page["entry"][1]["resource"]["issue"][0]
    assert page["total"] == 1 and (issue["code"], issue["severity"]) == ("suppressed", "warning")


@pytest.mark.parametrize("kind", ["partial", "withheld"])
def test_what_is_partial_can_leave_results_out(spoil: Spoil, kind: str) -> None:
    asked = "Condition?patient=pat1"
    every = get(spoil(), asked).ids
    page = get(spoil(Fault(kind, "Condition", how="drops")), asked)
    left, said = (entry["resource"] for entry in page.json["entry"])
    assert (len(every), [left["id"]], page.json["total"]) == (2, every[1:], 1)
    assert said["resourceType"] == "OperationOutcome"
    assert get(spoil(Fault(kind, "Encounter", how="drops")), ONE).json["total"] == 0


def pages(server: SandboxServer, asked: str, most: int) -> list[list[str]]:
    """The ids on each page, as far as links lead, but ``most`` pages."""
    found, path = list[list[str]](), asked
    while path and len(found) < most:
        page = get(server, path)
        found.append(page.ids)
        path = next((link["url"] for link in page.json["link"]), "")
    return found


def test_pages_repeat_themselves_shift_and_lead_back(spoil: Spoil) -> None:
    asked = "Encounter?status=finished&_count=2"
    one, two, three, four = get(spoil(), asked).ids + get(spoil(), f"{asked}&_offset=2").ids
    assert pages(spoil(Fault("repeats", "Encounter", page=2)), asked, 2) == [[one, two], [two, three, four]]
    shifted = pages(spoil(Fault("shifts", "Encounter", page=2)), asked, 100)
    assert shifted[0] == [one, two] and shifted[1][0] == four
    met = [one for page in shifted for one in page]
    assert three not in met and len(met) == get(spoil(), asked).json["total"] - 1
    assert pages(spoil(Fault("next", "Encounter", how="first", page=2)), asked, 3) == [[one, two]] * 3


def test_an_answer_breaks_off_in_the_middle(spoil: Spoil) -> None:
    server = spoil(Fault("reset", "Encounter", how="mid-body", times=1))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(server, ONE)
    assert get(server, ONE).ids == ["enc1"]


def test_an_answer_has_no_date(spoil: Spoil) -> None:
    assert "Date" not in get(spoil(Fault("dateless")), ONE).headers
    assert "Date" in get(spoil(), ONE).headers


def test_references_can_carry_the_address_of_the_server(spoil: Spoil) -> None:
    server = spoil(Fault("absolute"))
    for visit in (get(server, ONE).json["entry"][0]["resource"], get(server, "Encounter/enc1").json):
        assert visit["subject"]["reference"] == f"{server.base_url}/Patient/pat1"


def test_a_merged_patient_is_read_by_a_redirect(spoil: Spoil) -> None:
    server = spoil(Fault("merged", patient="pat1", into="pat2", how="redirect"))
    answer = requests.get(f"{server.base_url}/Patient/pat1", timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{server.base_url}/Patient/pat2")
    assert get(server, "Patient?_id=pat1").ids == ["pat2"] and get(server, ONE).ids == ["enc2"]


def test_an_answer_comes_late(spoil: Spoil) -> None:
    server = spoil(Fault("slow", "Encounter", patient="pat1", times=2, seconds=0.3))
    with pytest.raises(requests.Timeout):
        requests.get(f"{server.base_url}/{ONE}", timeout=0.05)
    assert get(server, ONE).ids == get(server, ONE).ids == ["enc1"]


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="not known"):
        Fault("statuss")
    with pytest.raises(ValueError, match="is one of string"):
        Fault("total", how="wrong")


@pytest.mark.parametrize("way", for_one("pat1"))
def test_whatever_goes_wrong_for_one_patient_is_nothing_to_the_others(spoil: Spoil, way: str) -> None:
    others = ("Condition?patient=pat2", "Encounter?patient=pat1", "Condition?category=x", "Patient/pat1", "metadata")
    asked = "Condition?patient=pat1"
    plain = {path: get(spoil(), path).body for path in (asked, *others)}
    server = spoil(for_one("pat1", "Condition", "pat2")[way])
    if way == "cut in the middle":
        with pytest.raises(requests.RequestException):
            get(server, asked)
    else:
        first = get(server, asked)
        later = [get(server, first.json["link"][0]["url"]).status] if way.startswith(("gone", "expired")) else []
        assert first.body != plain[asked] or later in ([404], [410]) or "Date" not in first.headers
    assert {path: get(server, path).body for path in others} == {path: plain[path] for path in others}
