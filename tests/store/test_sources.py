"""Where visits are found is tried out where nothing is configured; what was found is kept for a day."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.reading.sync import SyncResult
from loopclose.flows.site import Site, sites
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.resources import Ehr, Resource
from tests.store.line import NOW, read, sandbox


@dataclass
class Found:
    """A site that is read by trial, and its EHR."""

    db: Database
    site: Site
    box: Sandbox
    server: SandboxServer
    config: dict[str, Any]

    def read(self, now: datetime = NOW) -> SyncResult:
        """One sync."""
        return read(self.db, self.site, fixed(now))

    def tried(self, action: Callable[[], Any]) -> int:
        """How many times the EHR was asked for one resource meanwhile."""
        before = len(self.server.requests)
        action()
        return sum("_count=1&" in f"{path}&" for _, path in self.server.requests[before:])

    def kept(self) -> dict[str, Any] | None:
        """What is kept of the trial."""
        with self.db.read() as session:
            row = session.scalars(select(Ehr)).one()
            return row.worklist

    def configure(self, table: str, **settings: Any) -> None:
        """The same site, with other settings."""
        self.config[table]["main"] |= settings
        self.site = sites(parse(self.config))[0]


@contextmanager
def by_trial(db: Database, style: str, strict: bool, size: int = 40) -> Iterator[Found]:
    """A practice of that style whose configuration says nothing of how its visits are found."""
    box = sandbox(style, size)
    with serve(box, strict=strict) as server:
        settings = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        settings["ehr"]["main"]["worklist"] = "auto"
        yield Found(db, sites(parse(settings))[0], box, server, settings)


def reports(db: Database) -> set[tuple[str | None, str | None]]:
    with db.read() as session:
        return {(one.visit, one.referral) for one in session.scalars(select(Obligation).filter_by(kind="report"))}


def truth(box: Sandbox) -> set[tuple[str, str]]:
    return {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}


def test_what_lists_everybody_is_read_by_orders_and_encounters(db: Database) -> None:
    with by_trial(db, "tidy", strict=False) as found:
        assert found.tried(found.read) == 3
        kept = found.kept()
        assert kept is not None and kept["sources"] == {"orders": "whole", "encounters": "whole"}
        assert reports(db) == truth(found.box)


def test_where_nothing_is_listed_without_a_patient_the_schedule_is_read(db: Database) -> None:
    with by_trial(db, "oracle", strict=True) as found:
        result = found.read()
        assert result.complete, result.error
        kept = found.kept()
        assert kept is not None and kept["sources"] == {"schedule": "clinicians"}
        assert [words.partition(":")[0] for words in kept["because"]] == ["orders", "encounters", "schedule answered"]
        booked = {
            actor["actor"]["reference"]
            for one in found.box.resources
            if one["resourceType"] == "Appointment" and one["status"] != "proposed"
            for actor in one["participant"]
        }
        patients = {one["id"]: one["subject"]["reference"] for one in found.box.resources if "subject" in one}
        findable = {row for row in truth(found.box) if patients[row[0].split("/")[1]] in booked}
        assert findable and findable <= reports(db) <= truth(found.box)


def test_what_a_trial_found_is_relied_on_for_a_day(db: Database) -> None:
    with by_trial(db, "oracle", strict=True, size=12) as found:
        assert found.tried(found.read) > 0
        assert found.tried(lambda: found.read(NOW + timedelta(hours=23))) == 0
        assert found.tried(lambda: found.read(NOW + timedelta(hours=25))) > 0


def test_other_clinicians_are_a_reason_to_try_again(db: Database) -> None:
    with by_trial(db, "oracle", strict=True, size=12) as found:
        found.read()
        found.configure("practice", clinicians=["Practitioner/heart"])
        assert found.tried(found.read) > 0


def test_where_nothing_works_the_run_says_what_to_do_and_reads_nothing(db: Database) -> None:
    with by_trial(db, "epic", strict=True, size=12) as found:
        result = found.read()
        assert not result.complete and found.kept() is None
        said = str(result.error)
        assert "give it a list of patients (roster)" in said and "orders:" in said and "schedule:" in said


def test_a_server_that_fails_just_then_leaves_the_run_incomplete_and_is_tried_again(db: Database) -> None:
    with by_trial(db, "tidy", strict=False, size=12) as found:
        found.server.faults.faults.append(Fault("status", "Encounter", on="search", code=500))
        result = found.read()
        assert not result.complete and "failed (500)" in str(result.error) and found.kept() is None
        found.server.faults.faults.clear()
        result = found.read()
        assert result.complete and [*(found.kept() or {})["sources"]] == ["orders", "encounters"]
        assert reports(db) == truth(found.box)


@pytest.mark.parametrize("code", [403, 500])
def test_a_source_that_was_used_and_is_refused_later_is_not_dropped_in_silence(db: Database, code: int) -> None:
    with by_trial(db, "tidy", strict=False, size=12) as found:
        assert found.read().complete
        refused = Fault("status", "Encounter?", on="search", code=code)
        found.server.faults.faults.append(refused)
        result = found.read(NOW + timedelta(days=2))
        assert not result.complete and f"({code})" in str(result.error)
        assert [*(found.kept() or {})["sources"]] == ["orders", "encounters"]
        found.server.faults.faults.clear()
        assert found.read(NOW + timedelta(days=2, minutes=15)).complete


def test_what_is_configured_is_not_tried(db: Database) -> None:
    with by_trial(db, "tidy", strict=False, size=12) as found:
        found.configure("ehr", worklist=["orders", "encounters"])
        assert found.tried(found.read) == 0 and found.kept() is None


def test_a_meeting_in_a_schedule_is_nobodys_visit_and_no_trouble(db: Database) -> None:
    with by_trial(db, "oracle", strict=True, size=12) as found:
        clinician = sorted(found.site.practice.clinicians)[0]
        at = (NOW - timedelta(days=1)).isoformat()
        meeting = {"resourceType": "Appointment", "id": "meeting", "status": "booked", "start": at, "end": at}
        actors = [{"actor": {"reference": clinician}, "status": "accepted"}]
        found.server.store.put({**meeting, "participant": actors}, NOW)
        result = found.read()
        assert result.complete, result.error
        assert result.counts["by_type"]["Appointment"]["ignored"] == {"no_patient": 1}
        with db.read() as session:
            row = session.scalars(select(Resource).filter_by(fhir_id="meeting")).one()
        assert (row.disposition, row.reason, row.patient) == ("ignored", "no_patient", None)


def test_a_booking_of_the_last_days_is_looked_at_again_by_the_next_sync(db: Database) -> None:
    with by_trial(db, "oracle", strict=True, size=12) as found:
        found.read()
        read_up_to = datetime.now(UTC)  # by the server's Date
        later = NOW + timedelta(days=30)
        assert found.read(later).complete
        asked = [path for _, path in found.server.requests if "Appointment?practitioner=" in path]
        since = min(datetime.fromisoformat(one.split("date=ge")[1].split("&")[0]) for one in asked[-2:])
        assert timedelta(0) <= read_up_to - timedelta(days=7) - since < timedelta(minutes=10)
        assert f"date=lt{later + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}" in "".join(asked)


def test_clinicians_who_are_named_by_npi_are_looked_up_for_their_schedule(db: Database) -> None:
    with by_trial(db, "oracle", strict=True, size=12) as found:
        named = [one["id"] for one in found.box.resources if one["resourceType"] == "Practitioner"]
        ours = [one for one in named if f"Practitioner/{one}" in found.site.practice.clinicians]
        npis = [identifier["value"] for one in ours for identifier in npis_of(found, one)]
        found.configure("practice", clinicians=npis, organizations=[])
        assert npis and found.read().complete
        kept = found.kept()
        assert kept is not None and kept["sources"] == {"schedule": "clinicians"} and reports(db)


def npis_of(found: Found, practitioner: str) -> list[dict[str, Any]]:
    resource = found.server.store.get("Practitioner", practitioner)
    assert resource is not None
    return [one for one in resource["identifier"] if one["system"].endswith("us-npi")]
