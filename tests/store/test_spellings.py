"""A patient is known by any spelling of a reference to her, and held up where she is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from loopclose.flows.site import Site
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.quarantine import in_quarantine
from tests.store.line import read, site
from tests.store.one_patient import ONE, Changed, owed


def known_inside(where: Site) -> Site:
    """The same EHR, with its inner address told."""
    settings = where.settings.model_copy(update={"also_known_as": ["http://inner:8080/fhir"]})
    return replace(where, settings=settings)


def spelled(spelling: str) -> Callable[[dict[str, Any]], Any]:
    """The subject of one visit in another spelling."""

    def change(one: dict[str, Any]) -> Any:
        if one["id"] not in ("enc4", "sr4"):
            return one
        forms = {
            "root": {"reference": "/Patient/pat4"},
            "version": {"reference": "Patient/pat4/_history/3"},
            "inner": {"reference": "http://inner:8080/fhir/Patient/pat4"},
            "identifier": {"identifier": {"system": "urn:mrn", "value": "m4"}},
            "conditional": {"reference": "Patient?identifier=urn:mrn|m4"},
            "urn": {"reference": "urn:uuid:618787f5-2588-3dca-b90e-5e8fd27b1a36"},
            "words": {"display": "Pat Four"},
            "elsewhere": {"reference": "https://other.example/fhir/Patient/pat4"},
        }
        return {**one, "subject": forms[spelling]}

    return change


def numbered(box: Sandbox) -> list[dict[str, Any]]:
    """The practice with a record number for patient 4."""
    return [
        {**one, "identifier": [{"system": "urn:mrn", "value": "m4"}]} if one["id"] == "pat4" else one
        for one in box.resources
    ]


@pytest.mark.parametrize("spelling", ["root", "version", "inner", "identifier", "conditional"])
def test_a_patient_of_this_ehr_is_known_in_any_spelling(db: Database, box: Sandbox, spelling: str) -> None:
    with serve(box) as server:
        where = site(box, server)
        where = known_inside(where)
        server.store = Changed(numbered(box), spelled(spelling))
        found = read(db, where)
        assert found.complete and not found.counts["without_verdict"] and not found.counts["quarantined"]
        assert any(one[1] == "Encounter/enc4" for one in owed(db, of=ONE))
        second = read(db, where)
    assert second.counts["fetched"] == second.counts["unchanged"]


@pytest.mark.parametrize("spelling", ["urn", "words", "elsewhere", "inner", "identifier"])
def test_a_patient_who_cannot_be_told_is_in_quarantine_with_the_reason(
    db: Database, box: Sandbox, spelling: str
) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, spelled(spelling))  # nobody has the number m4 here
        found = read(db, where)
        assert found.complete and not found.counts["without_verdict"] and found.counts["quarantined"] == 2
        with db.read() as session:
            held = in_quarantine(session, where.scope)
        assert {one["reason"] for one in held} == {"no_subject"} and "which patient" in held[0]["detail"]
        where = known_inside(where)
        mended = read(db, where)
        assert bool(mended.counts["quarantined"] or in_quarantine_now(db, where)) == (spelling != "inner")


def in_quarantine_now(db: Database, where: Site) -> list[dict[str, Any]]:
    with db.read() as session:
        return in_quarantine(session, where.scope)
