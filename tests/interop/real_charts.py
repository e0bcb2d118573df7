"""Charts of the shared data with a note, each visit of them a referred one: whose chart it is, and what is asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fhir_adapters.client import FhirClient
from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.site import Site, client_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.dialects.notes import as_html, as_pdf, as_rtf
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import TYPES, SandboxServer
from loopclose.store.upgrade import open_database
from tests.interop.loading import DATA, Json, references
from tests.interop.test_vendor_shapes import OFFICE_VISITS, resources_of
from tests.store.line import NOW, read

REFERRER = {
    "resourceType": "Practitioner",
    "id": "referrer-of-all",
    "name": [{"family": "Lee", "given": ["Lin"], "suffix": ["MD"]}],
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1245319599"}],
}
OURS = {"resourceType": "Organization", "id": "asked-of-all", "name": "Harbor Heart Sample Practice"}
CERNER = "https://fhir-ehr.cerner.com/r4/ec2458f2-1e24-41c8-b71b-0e701af7583d"
WORDS = "Reason for visit: chest pain\n\nAssessment:\nStable angina, class II.\n\nPlan:\nStart atorvastatin 40 mg."
FORMS = {
    "text/plain": WORDS.encode(),
    "text/html": as_html(WORDS),
    "text/rtf": as_rtf(WORDS),
    "application/pdf": as_pdf(WORDS),
    "application/xhtml+xml": b"<html xmlns='http://www.w3.org/1999/xhtml'><body>" + as_html(WORDS) + b"</body></html>",
}
"""What the notes hold whose Binaries were not sent along."""
MISSING = {
    "Patient": {"name": [{"text": "Sample Patient"}], "birthDate": "1970-01-01"},
    "Practitioner": {"name": [{"text": "Sample Clinician, MD"}]},
    "Organization": {"name": "Sample Practice"},
}


@dataclass(frozen=True)
class Charts:
    """What one EHR holds, and which of its visits are owed a report."""

    resources: list[Json]
    visits: list[str]
    """``Encounter/id`` of every visit that a note names."""
    clinicians: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    """Those of the practice; without any, every organization."""
    style: str = "tidy"


def synthea() -> Charts:
    """Ten people's lives: 1,215 visits, a note each."""
    files = sorted((DATA / "synthea-bulk-10").glob("*.ndjson"))
    found = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    by_identifier = {
        f"{one['resourceType']}?identifier={each['system']}|{each['value']}": f"{one['resourceType']}/{one['id']}"
        for one in found
        for each in one.get("identifier", ())
    }
    return referred([_pointed(one, by_identifier) for one in found])


def inferno() -> Charts:
    """The US Core test patients."""
    bundles = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DATA / "inferno").rglob("*.json"))]
    entries = [one for bundle in bundles for one in bundle.get("entry", ())]
    for one in entries:
        one["resource"].setdefault("id", one.get("fullUrl", "").removeprefix("urn:uuid:"))
    moved = {one["fullUrl"]: _key(one["resource"]) for one in entries if "fullUrl" in one}
    resources = {_key(one["resource"]): _pointed(one["resource"], moved) for one in entries}
    return referred([one for key, one in resources.items() if key.split("/")[0] in (*TYPES, "Medication", "Binary")])


def epic() -> Charts:
    """A chart in Epic's shape: a note in HTML and in RTF, each in a Binary, and a drug in a Medication."""
    found = referred(resources_of("epic-shape"))
    ours = ["Practitioner/eHEARTsample.1"], ["Organization/eORGsample.5", f"Organization/{OURS['id']}"]
    return Charts(found.resources, found.visits, *ours, style="epic")


def oracle() -> Charts:
    """Oracle Health's notes, each of one of its own office visits: their Binaries, which nobody sent, in five forms."""
    found = resources_of("oracle-health")
    visits = [one for one in found if one["resourceType"] == "Encounter" and one["id"] in OFFICE_VISITS]
    notes = [one for one in found if one["resourceType"] == "DocumentReference"]
    for note, visit, (form, data) in zip(notes, visits, FORMS.items(), strict=False):
        visit.setdefault("period", {"start": "2020-01-07T15:00:00Z", "end": "2020-01-07T15:30:00Z"})
        url = f"{CERNER}/Binary/of-{note['id']}"
        note |= {
            "status": "current",
            "docStatus": "final",
            "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}], "text": "Consult note"},
            "subject": visit["subject"],
            "context": {"encounter": [{"reference": _key(visit)}]},
            "content": [{"attachment": {"contentType": form, "url": url}}],
        }
        binary = {"resourceType": "Binary", "id": f"of-{note['id']}", "contentType": form}
        found.append(binary | {"data": base64.b64encode(data).decode()})
    return replace(referred(found), style="oracle")


def referred(resources: list[Json]) -> Charts:
    """Every visit that a note names is an office visit that a request of its own asked for."""
    named = {key: None for one in resources if one["resourceType"] == "DocumentReference" for key in _visits(one)}
    there = {_key(one) for one in resources}
    named_only = {key for one in resources for key in references(one) if key.count("/") == 1} - there
    parts = [key.split("/") for key in sorted(named_only) if key.split("/")[0] in MISSING]
    made = [{"resourceType": kind, "id": fhir_id, **MISSING[kind]} for kind, fhir_id in parts]
    out, visits = [REFERRER, OURS, *made], []
    for one in resources:
        if _key(one) in named and "period" in one and "subject" in one:
            visits.append(_key(one))
            asked = f"asked-{one['id']}"
            out.append(_request(asked, one))
            one = {
                **one,
                "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "basedOn": [{"reference": f"ServiceRequest/{asked}"}],
            }
            one.pop("hospitalization", None)
        out.append(one)
    return Charts(out, visits)


def _request(asked: str, visit: Json) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": asked,
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
        "code": {"text": "Referral to cardiology"},
        "subject": {"reference": visit["subject"]["reference"]},
        "authoredOn": visit["period"]["start"],
        "requester": {"reference": f"Practitioner/{REFERRER['id']}"},
        "performer": [{"reference": f"Organization/{OURS['id']}"}],
        "reasonCode": [{"text": "Please see this patient, and advise."}],
    }


@contextmanager
def read_whole(charts: Charts, folder: Path) -> Iterator[tuple[Work, Site, FhirClient]]:
    """Everything in an EHR, read by one sync."""
    strict = charts.style != "tidy"
    types = (*TYPES, "Medication")
    with SandboxServer(Store(charts.resources), types=types, style=charts.style, strict=strict) as server:
        ours = {kind: [_key(one) for one in charts.resources if one["resourceType"] == kind] for kind in MISSING}
        (folder / "patients.csv").write_text("\n".join(["patient", *(key.split("/")[1] for key in ours["Patient"])]))
        raw: dict[str, Any] = {
            "practice": {
                "main": {
                    "name": "Harbor Heart Sample Practice",
                    "timezone": "America/New_York",
                    "specialty": "cardiology",
                    "rehearsal": True,
                    "clinicians": charts.clinicians,
                    "organizations": charts.organizations or ours["Organization"],
                }
            },
            "ehr": {
                "main": {
                    "practice": "main",
                    "auth": "none",
                    "base_url": server.base_url,
                    "worklist": ["roster"],
                    "roster": str(folder / "patients.csv"),
                    "also_known_as": [CERNER],
                }
            },
            "database": {"url": f"sqlite:///{folder}/loopclose.db"},
        }
        config = parse(raw)
        (site,) = sites(config)
        db = open_database(raw["database"]["url"])
        result = read(db, site)
        assert result.error is None, result
        with client_of(site) as client:
            yield Work(config, db, fixed(NOW)), site, client
        db.close()


def _visits(document: Json) -> Iterable[str]:
    for one in document.get("context", {}).get("encounter", ()):
        if "reference" in one:
            yield "/".join(one["reference"].split("/")[-2:])


def _key(one: Json) -> str:
    return f"{one['resourceType']}/{one['id']}"


def _pointed(node: Any, moved: dict[str, str]) -> Any:
    if isinstance(node, dict):
        found = {name: _pointed(value, moved) for name, value in node.items()}
        if isinstance(found.get("reference"), str):
            found["reference"] = moved.get(found["reference"], found["reference"])
        return found
    return [_pointed(value, moved) for value in node] if isinstance(node, list) else node
