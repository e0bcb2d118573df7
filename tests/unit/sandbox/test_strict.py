"""A strict server refuses what its vendor refuses, and nothing that the vendor allows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer, serve
from tests.unit.sandbox.cast import box
from tests.unit.sandbox.http import get

SINCE = "2026-10-01T00:00:00Z"


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, SandboxServer]]:
    with serve(box("epic"), strict=True) as epic, serve(box("oracle"), strict=True) as oracle:
        yield {"epic": epic, "oracle": oracle}


REFUSED = [
    ("oracle", f"Encounter?date=ge{SINCE}", "required"),
    ("oracle", "Encounter", "required"),
    ("oracle", "Encounter?_id=enc1&_count=10", "_count may be given with patient only"),
    ("oracle", "Encounter?identifier=1&status=finished", "status may be given with patient only"),
    ("oracle", f"Encounter?_id=enc1&date=ge{SINCE}", "date may be given with patient only"),
    ("oracle", "Encounter?patient=pat1&status=arrived", "status may not be arrived"),
    ("oracle", "Encounter?patient=pat1&date=ge2026-10-01", "and a time"),
    ("oracle", "Encounter?patient=pat1&_total=accurate", "not searched by _total"),
    ("oracle", "Encounter?practitioner=heart", "not searched by practitioner"),
    ("oracle", f"ServiceRequest?authored=ge{SINCE}", "not searched by authored"),
    ("oracle", f"ServiceRequest?_lastUpdated=ge{SINCE}", "required"),
    ("oracle", "ServiceRequest?_id=sr1&_count=10", "no other parameter"),
    ("oracle", "ServiceRequest?patient=pat1&_lastUpdated=ge2026-10-01", "and a time"),
    ("oracle", f"ServiceRequest?patient=pat1&_lastUpdated=gt{SINCE}", "one of ge, le"),
    ("oracle", "Appointment?patient=pat1", "Appointment needs _id, or a date"),
    ("oracle", f"Appointment?date=ge{SINCE}", "exactly one of"),
    ("oracle", f"Appointment?date=ge{SINCE}&patient=pat1&practitioner=heart", "exactly one of"),
    ("oracle", f"Appointment?date=ge{SINCE}&patient=pat1&patient=pat2", "exactly one of"),
    ("oracle", "Appointment?date=ge2026-10-01&patient=pat1", "and a time"),
    ("oracle", "DocumentReference?category=clinical-note", "required"),
    ("oracle", "DocumentReference?_id=note1&_count=10", "no other parameter"),
    ("oracle", "DocumentReference?patient=pat1&date=ge2026&_lastUpdated=ge2026", "may not be given together"),
    *(
        ("oracle", f"{kind}?_lastUpdated=ge{SINCE}", "required")
        for kind in ("DiagnosticReport", "Condition", "Procedure", "AllergyIntolerance", "MedicationRequest")
    ),
    ("oracle", "Observation?category=vital-signs", "required"),
    ("oracle", "Practitioner", "required"),
    ("oracle", "Binary?_id=R-note0", "cannot be searched"),
    ("epic", f"Encounter?date=ge{SINCE}", "required"),
    ("epic", f"ServiceRequest?authored=ge{SINCE}", "required"),
    ("epic", "Appointment?date=ge2026-10-01", "required"),
    ("epic", "Appointment?practitioner=heart", "required"),
    ("epic", "DocumentReference?status=current", "required"),
    ("epic", "Task?status=requested", "required"),
    ("epic", "PractitionerRole", "required"),
    ("oracle", f"Appointment?date=ge{SINCE}&practitioner=heart", "closed range"),
    ("oracle", f"Appointment?date=ge{SINCE}&date=gt{SINCE}&location=loc1", "closed range"),
]


@pytest.mark.parametrize(("style", "path", "words"), REFUSED, ids=[f"{s} {p}" for s, p, _ in REFUSED])
def test_a_strict_server_refuses_and_says_why(
    servers: dict[str, SandboxServer], style: str, path: str, words: str
) -> None:
    reply = get(servers[style], path)
    assert reply.status == 400
    assert words in reply.said


ALLOWED = [
    ("oracle", "Encounter?patient=pat1&_count=10&status=finished,in-progress", ["enc1"]),
    ("oracle", f"Encounter?patient=pat1&date=ge{SINCE}&date=lt2026-12-01T00:00:00Z", ["enc1"]),
    ("oracle", "Encounter?_id=enc1,enc2", ["enc1", "enc2"]),
    ("oracle", "ServiceRequest?_id=sr1,sr2", ["sr1", "sr2"]),
    ("oracle", "ServiceRequest?subject=Patient/pat1&_lastUpdated=ge2000-01-01T00:00:00Z&code=none", []),
    ("oracle", "Appointment?_id=app1", ["app1"]),
    ("oracle", f"Appointment?patient=pat1,pat2&date=ge{SINCE}&date=lt2027-10-01T00:00:00Z", ["app1", "app2"]),
    ("oracle", "DocumentReference?patient=pat1", ["note1"]),
    ("oracle", "DiagnosticReport?patient=pat1&_count=50", ["rep1"]),
    ("oracle", "Practitioner?_id=heart,beat", ["heart", "beat"]),
    ("epic", "ServiceRequest?patient=pat1&category=8", ["sr1"]),
    ("epic", "DocumentReference?subject=Patient/pat1", ["note1"]),
    ("epic", "Encounter?patient=pat1&practitioner=made-up", []),
    ("epic", "PractitionerRole?practitioner=heart", ["heart-role"]),
    ("epic", "PractitionerRole?practitioner=Practitioner/heart,Practitioner/beat", ["heart-role", "beat-role"]),
    ("epic", "Medication?_id=of-med0-metoprolol", ["of-med0-metoprolol"]),
]


@pytest.mark.parametrize(("style", "path", "ids"), ALLOWED, ids=[f"{s} {p}" for s, p, _ in ALLOWED])
def test_a_strict_server_allows_what_its_vendor_does(
    servers: dict[str, SandboxServer], style: str, path: str, ids: list[str]
) -> None:
    reply = get(servers[style], path)
    assert (reply.status, reply.ids) == (200, ids)


def test_the_schedule_is_read_by_practitioner_and_closed_range(servers: dict[str, SandboxServer]) -> None:
    asked = f"Appointment?practitioner=heart,beat&date=ge{SINCE}&date=lt2026-11-24T15:00:00Z"
    found = get(servers["oracle"], asked).json
    assert found["total"] > 10
    for entry in found["entry"]:
        assert {"Practitioner/heart", "Practitioner/beat"} & {
            one["actor"]["reference"] for one in entry["resource"]["participant"]
        }


@pytest.mark.parametrize(
    ("kind", "count", "given"),
    [
        ("DocumentReference", None, 10),
        ("DocumentReference", 1000, 100),
        ("DiagnosticReport", None, 10),
        ("DiagnosticReport", 1000, 100),
        ("Observation", None, 50),
        ("Observation", 1000, 200),
    ],
)
def test_pages_are_cut_where_the_vendor_cuts_them(kind: str, count: int | None, given: int) -> None:
    many = [
        {"resourceType": kind, "id": f"x{n}", "subject": {"reference": "Patient/p"}, "meta": {"versionId": "1"}}
        for n in range(250)
    ]
    with SandboxServer(Store(many), style="oracle", strict=True) as server:
        page = get(server, f"{kind}?patient=p" + (f"&_count={count}" if count else ""))
        assert len(page.ids) == given and page.json["total"] == 250
        following = get(server, page.json["link"][0]["url"])
        assert following.status == 200 and following.ids[0] == f"x{given}"


def test_the_statement_names_the_vendor_and_lists_what_it_searches_by(servers: dict[str, SandboxServer]) -> None:
    epic, oracle = (get(servers[style], "metadata").json for style in ("epic", "oracle"))
    assert epic["software"]["name"] == "Epic"
    assert "software" not in oracle and oracle["publisher"] == "Oracle Health"
    types = {one["type"]: one for one in oracle["rest"][0]["resource"]}
    assert "PractitionerRole" not in types and "Task" not in types
    assert get(servers["oracle"], "PractitionerRole?practitioner=heart").status == 404
    listed = [one["name"] for one in types["ServiceRequest"]["searchParam"]]
    assert listed == ["_id", "patient", "subject", "code", "_lastUpdated", "_count"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("Encounter", "4110"),
        ("Encounter?_count=5", "4111"),
        ("ServiceRequest?status=active", "4111"),
        ("ServiceRequest?performer=heart", "4111"),
    ],
)
def test_epic_refuses_in_its_own_words(servers: dict[str, SandboxServer], path: str, code: str) -> None:
    reply = get(servers["epic"], path)
    (issue,) = reply.json["issue"]
    assert (reply.status, issue["severity"]) == (400, "fatal")
    coding = issue["details"]["coding"][0]
    assert (coding["code"], coding["system"]) == (code, "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369")
    assert issue["details"]["text"] == coding["display"]


@pytest.mark.parametrize("names", [("_total",), ("_lastUpdated",), ("made-up", "_total")])
def test_epic_ignores_what_it_does_not_know_and_says_so_last(
    servers: dict[str, SandboxServer], names: tuple[str, ...]
) -> None:
    asked = "&".join(f"{name}=ge2027-01-01" for name in names)
    found = get(servers["epic"], f"Encounter?patient=pat1&{asked}").json
    assert [one["search"]["mode"] for one in found["entry"]] == ["match"] * found["total"] + ["outcome"]
    issues = found["entry"][-1]["resource"]["issue"]
    assert {(one["severity"], one["details"]["coding"][0]["code"]) for one in issues} == {("warning", "4122")}
    said = [one["diagnostics"] for one in issues]
    assert said == [f"Unknown parameter: {name}. Parameter has been ignored." for name in sorted(names)]
    assert found["total"] > 0


@pytest.mark.parametrize("style", ["tidy", "messy", "epic", "oracle"])
def test_without_strict_every_search_is_allowed(style: str) -> None:
    with serve(box(style)) as server:
        for path in (f"Encounter?date=ge{SINCE}&_total=accurate", f"ServiceRequest?authored=ge{SINCE}&_count=500"):
            assert get(server, path).json["total"] > 10
