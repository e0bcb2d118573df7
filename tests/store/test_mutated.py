"""Whatever an EHR sends of one patient: no traceback, every resource accounted for, nobody else's worklist changed."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest

from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store.engine import Database
from tests.store.line import read, sandbox, site
from tests.store.mutated import BrokenStore, mutate
from tests.store.peers import emptied, owed_by_patient

MANY = int(os.environ.get("MUTATED", "200"))
"""Resources broken in all, on each database."""
AT_ONCE = 50
VICTIMS = 8
OF_PATIENTS = (
    "Patient",
    "ServiceRequest",
    "Encounter",
    "Appointment",
    "Task",
    "DocumentReference",
    "Communication",
    "Procedure",
    "DiagnosticReport",
    "EpisodeOfCare",
)


def patient_of(resource: dict[str, Any]) -> str | None:
    """Whose it is."""
    if resource["resourceType"] == "Patient":
        return f"Patient/{resource['id']}"
    named = [resource.get(name) for name in ("subject", "patient", "for")]
    named += [one.get("actor") for one in resource.get("participant", [])]
    found = (one["reference"] for one in named if one and "reference" in one)
    return next((key for key in found if key.startswith("Patient/")), None)


def rounds() -> range:
    """One seed each."""
    return range(max(1, MANY // AT_ONCE))


@pytest.fixture(scope="module")
def box() -> Sandbox:
    """Referrals of every kind."""
    return sandbox("messy", 40, seed=3)


def test_broken_resources_of_some_patients_trouble_nobody_else(db: Database, box: Sandbox) -> None:
    patients = sorted({who for one in box.resources if (who := patient_of(one))})
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        healthy = owed_by_patient(db)
        for seed in rounds():
            rng = Random(seed)
            victims = set(rng.sample(patients, VICTIMS))
            theirs = [one for one in box.resources if patient_of(one) in victims and one["resourceType"] in OF_PATIENTS]
            broken = _broken(rng.sample(theirs, min(AT_ONCE, len(theirs))), rng)
            _try(db, where, server, box, broken, seed)
            now = owed_by_patient(db)
            for who in set(patients) - victims:
                assert now.get(who) == healthy.get(who), (seed, who)


def test_broken_people_end_no_run(db: Database, box: Sandbox) -> None:
    people = [
        one for one in box.resources if one["resourceType"] in ("Practitioner", "PractitionerRole", "Organization")
    ]
    with serve(box) as server:
        where = site(box, server)
        for seed in rounds():
            rng = Random(1000 + seed)
            broken = _broken(rng.sample(people, min(10, len(people))), rng)
            _try(db, where, server, box, broken, seed)


def _broken(resources: list[dict[str, Any]], rng: Random) -> dict[tuple[str, str], bytes]:
    return {(one["resourceType"], one["id"]): mutate(one, rng) for one in resources}


def _try(
    db: Database, where: Any, server: SandboxServer, box: Sandbox, broken: dict[tuple[str, str], bytes], seed: int
) -> None:
    """Read a practice of which some resources are broken, from the beginning."""
    emptied(db)
    server.store = BrokenStore(box.resources, broken)
    try:
        result = read(db, where)
    finally:
        server.store = Store(box.resources)
    assert result.complete, (seed, result.error)
    for kind, one in {"all": result.counts, **result.counts["by_type"]}.items():
        parts = one["admitted"] + one["unchanged"] + sum(one["ignored"].values()) + one["quarantined"]
        assert one["fetched"] == parts, (seed, kind, one)
