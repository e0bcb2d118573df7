"""What a draft is made from, out of vendors' own resources behind those vendors' rules: notes in every form, drugs."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.drafting.material import Material
from loopclose.drafting.notes.note import notes_of
from loopclose.flows.papers.draft import draft
from loopclose.flows.papers.gather import gather
from loopclose.flows.site import client_of, sites
from loopclose.sandbox.dialects.notes import as_html, as_rtf
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from tests.interop.test_vendor_shapes import SETTINGS, made_up, resources_of
from tests.store.line import NOW, read

Json = dict[str, Any]
WORDS = "Assessment:\nStable angina, class II.\nPlan:\nStart atorvastatin 40 mg."
CERNER = "https://fhir-ehr.cerner.com/r4/ec2458f2-1e24-41c8-b71b-0e701af7583d"
FORMS = {"text/html": as_html(WORDS), "text/rtf": as_rtf(WORDS), "text/plain": WORDS.encode()}


@contextmanager
def drafted(
    folder: Path, vendor: str, resources: list[Json], clinicians: list[str], ours: list[str], visit: str
) -> Iterator[Material]:
    """The material of the report of one visit, read through that vendor's rules."""
    (folder / "patients.csv").write_text(
        "\n".join(["patient", *(one["id"] for one in resources if one["resourceType"] == "Patient")])
    )
    with SandboxServer(Store(resources), style=vendor, strict=True) as server:
        settings = tomllib.loads(SETTINGS.format(address=server.base_url, clinicians=clinicians, organizations=ours))
        settings["ehr"]["main"] |= {"roster": str(folder / "patients.csv"), "also_known_as": [CERNER]}
        db, where = open_database(f"sqlite:///{folder}/loopclose.db"), sites(parse(settings))[0]
        assert read(db, where).error is None
        with db.read() as session:
            owed = session.scalars(select(Obligation).filter_by(visit=visit, kind="report")).first()
        assert owed is not None
        with client_of(where) as client:
            draft(db, fixed(NOW), where, client, owed.id, "tests")
            yield gather(db, where, client, owed, visit)
        db.close()


def said(material: Material) -> str:
    """Everything that the notes of the visit say."""
    notes, unread = notes_of(material)
    assert not unread, unread
    return "\n".join(words for note in notes for section in note.sections for words in section.paragraphs)


@pytest.mark.parametrize("form", ["text/html", "text/rtf"])
def test_epics_note_in_each_of_its_forms_and_its_drugs_by_reference(tmp_path: Path, form: str) -> None:
    resources = resources_of("epic-shape")
    for one in resources:
        if one["resourceType"] == "DocumentReference":
            one["content"] = [part for part in one["content"] if part["attachment"]["contentType"] == form]
    ours = ["Practitioner/eHEARTsample.1"], ["Organization/eORGsample.5"]
    with drafted(tmp_path, "epic", resources, *ours, "Encounter/eVISITsample.1") as material:
        assert "Start apixaban 5 mg twice a day" in said(material)
        (drug,) = material.drugs.values()
    assert {one.code for one in drug.coding if one.system == "http://www.nlm.nih.gov/research/umls/rxnorm"}


@pytest.mark.parametrize("form", FORMS)
def test_oracle_healths_note_at_an_absolute_address_of_its_own(tmp_path: Path, form: str) -> None:
    visit, ours = "Encounter/97939539", ["Organization/667844", "Organization/675844", "Organization/685844"]
    resources = resources_of("oracle-health")
    note = next(one for one in resources if one["id"] == "198449751")
    patient = next(one for one in resources if one["id"] == "97939539")["subject"]
    attachment = note["content"][0]["attachment"] | {"contentType": form}
    context = {"encounter": [{"reference": visit}]}
    note |= {"subject": patient, "content": [{"attachment": attachment}], "context": context}
    data = base64.b64encode(FORMS[form]).decode()
    resources.append({"resourceType": "Binary", "id": "R-198449751", "contentType": form, "data": data})
    resources.append(
        {
            "resourceType": "ServiceRequest",
            "id": "asked",
            "status": "active",
            "intent": "order",
            "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
            "code": {"text": "Referral to cardiology"},
            "subject": patient,
            "authoredOn": "2019-12-20",
            "requester": {"reference": "Practitioner/outside"},
            "performer": [{"reference": ours[0]}],
        }
    )
    resources += made_up(resources, "Patient", name=[{"text": "Sample Patient"}], birthDate="1970-01-01")
    resources += made_up(resources, "Practitioner", name=[{"text": "Sample Clinician, MD"}])
    resources += made_up(resources, "Organization", name="Sample Practice")
    with drafted(tmp_path, "oracle", resources, [], ours, visit) as material:
        assert "Stable angina, class II." in said(material) and "Start atorvastatin 40 mg." in said(material)
