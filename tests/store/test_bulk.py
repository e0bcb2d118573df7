"""What a bulk export brings is what paging brings; a sync that was killed goes on with the same export."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.smart.backend import BackendAuth
from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.health.probes import ehr as probe
from loopclose.flows.reading import bulk, bulk_files
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.exports import FILE, GROUP, OPERATION, STATUS
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.exports import newest_export
from loopclose.store.persons import to_read
from loopclose.store.resources import Resource
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, lines, read, sandbox

LATER = timedelta(hours=5)
"""After which the next export is due."""


class Killed(BaseException):
    """As if the process were killed."""


@dataclass
class Exported:
    """A site that is read by export, and its EHR."""

    db: Database
    server: SandboxServer
    box: Sandbox
    settings: dict[str, Any]
    waits: list[float] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return sites(parse(self.settings))[0]

    def read(self, now: datetime | None = None, die_at: Callable[[str, int], bool] | None = None) -> SyncResult:
        """One sync; with ``die_at(stage, done)`` killed there."""

        def progress(stage: str, done: int, _total: int | None) -> None:
            if die_at is not None and die_at(stage, done):
                raise Killed

        with client_of(self.site) as client:
            client.wire.pause = self.waits.append
            return sync(self.db, fixed(now or datetime.now(UTC)), self.site, client, progress)

    def asked(self, part: str, since: int = 0) -> list[str]:
        return [path for _, path in self.server.requests[since:] if part in path]

    def row(self) -> Any:
        with self.db.read() as session:
            return newest_export(session, self.site.scope, "main")


@contextmanager
def exported(db: Database, size: int = 12, style: str = "tidy", **settings: Any) -> Iterator[Exported]:
    """A made-up practice that is exported; ``vendor`` plays that vendor's strict server."""
    vendor = settings.pop("vendor_played", None)
    box = sandbox(style, size)
    with serve(box, vendor=vendor, strict=vendor is not None) as server:
        config = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        config["ehr"]["main"] |= {"worklist": "bulk", "bulk_group": GROUP, **settings}
        yield Exported(db, server, box, config)


@pytest.mark.parametrize("style", ["tidy", "messy", "epic", "oracle"])
@pytest.mark.parametrize("group", [GROUP, None])
def test_an_export_brings_what_orders_and_encounters_bring(
    db: Database, style: str, group: str | None, tmp_path: Path
) -> None:
    with exported(db, 20, style) as found:
        if group is None:
            del found.settings["ehr"]["main"]["bulk_group"]
        result = found.read(NOW)
        assert result.complete, result.error
        assert found.asked(OPERATION) and not found.asked("ServiceRequest?authored")
        paged = open_database(f"sqlite:///{tmp_path / 'paged.db'}")
        config = tomllib.loads(config_toml(found.box, found.server.base_url, "sqlite://"))
        assert read(paged, sites(parse(config))[0]).complete
        assert lines(db, found.site) == lines(paged, found.site)
        assert found.asked(STATUS)[-1] and found.server.requests[-1][0] == "GET"
        assert [method for method, path in found.server.requests if STATUS in path][-1] == "DELETE"
        paged.close()


def test_a_sync_that_was_killed_in_mid_file_goes_on_with_the_same_export(
    db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bulk_files, "AT_ONCE", 5)
    with exported(db, 20) as found:
        batches: list[int] = []

        def second_batch(stage: str, done: int) -> bool:
            batches.extend([done] if stage == "bulk: ServiceRequest" else [])
            return len(batches) == 2

        with pytest.raises(Killed):
            found.read(NOW, second_batch)
        taken = found.row().done
        assert len(taken) == 1
        before = len(found.server.requests)
        result = found.read(NOW)
        assert result.complete, result.error
        assert len(found.server.exports.begun) == 1  # no other export was begun
        assert len(found.asked(FILE, before)) == 1  # and only the file that was not whole was taken again
        undisturbed = open_database(f"sqlite:///{tmp_path / 'whole.db'}")
        assert Exported(undisturbed, found.server, found.box, found.settings).read(NOW).complete
        assert lines(db, found.site) == lines(undisturbed, found.site)
        undisturbed.close()


def test_an_export_that_ran_out_is_begun_again_and_not_for_ever(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with exported(db) as found:
        answer = type(found.server.exports).answer
        left = [1]

        def forgetting(self: Any, method: str, path: str, *rest: Any) -> Any:
            if FILE in path and left[0] > 0:
                left[0] -= 1
                self.throw_away()
            return answer(self, method, path, *rest)

        monkeypatch.setattr(type(found.server.exports), "answer", forgetting)
        result = found.read(NOW)
        assert result.complete, result.error
        assert len(found.server.exports.begun) == 2
        left[0], later = 100, NOW + timedelta(days=8)  # a whole one again
        result = found.read(later)
        assert not result.complete and "(404)" in str(result.error) and "begun 3 times" in str(result.error)
        assert len(found.server.exports.begun) == 2 + 1 + bulk.RESTARTS
        left[0] = 0
        result = found.read(later + timedelta(minutes=15))
        assert (
            not result.complete and len(found.server.exports.begun) == 5
        )  # said until the next one, not tried at once
        assert found.read(later + timedelta(hours=2)).complete


def test_the_next_export_asks_for_what_changed_and_only_when_it_is_due(db: Database) -> None:
    with exported(db) as found:
        start = datetime.now(UTC)
        assert found.read(start).complete
        assert "_since" not in found.server.exports.begun[0] and found.server.exports.begun[0]["_type"]
        assert found.read(start + timedelta(minutes=15)).complete and len(found.server.exports.begun) == 1
        visit = next(one for one in found.box.resources if one["resourceType"] == "Encounter")
        found.server.store.put({**visit, "id": "fresh"})
        result = found.read(start + LATER)
        assert result.complete, result.error
        since = datetime.fromisoformat(found.server.exports.begun[1]["_since"])
        assert timedelta(minutes=9) < start - since < timedelta(minutes=12)
        assert result.counts["by_type"]["Encounter"]["fetched"] >= 1
        whole = found.read(start + timedelta(days=8))
        assert whole.complete and "_since" not in found.server.exports.begun[2]  # who joined the group meanwhile


def test_a_mark_moves_only_once_everything_is_kept_and_judged(db: Database) -> None:
    with exported(db) as found:
        start = datetime.now(UTC)
        with pytest.raises(Killed):
            found.read(start, lambda stage, _done: stage == "judging")
        assert found.read(start + LATER).complete
        assert "_since" not in found.server.exports.begun[1]  # no mark stood for the first one yet


def test_another_group_is_read_whole_whatever_was_read_of_the_first(db: Database) -> None:
    with exported(db) as found:
        start = datetime.now(UTC)
        assert found.read(start).complete
        del found.settings["ehr"]["main"]["bulk_group"]
        assert found.read(start + timedelta(minutes=1)).complete
        assert len(found.server.exports.begun) == 2 and "_since" not in found.server.exports.begun[1]


def test_what_the_ehr_says_went_wrong_is_said_and_leaves_the_run_incomplete_where_it_concerns_us(db: Database) -> None:
    with exported(db) as found:
        issue = {"severity": "error", "code": "processing", "diagnostics": "No Encounter of three patients"}
        found.server.exports.errors = [{"resourceType": "OperationOutcome", "issue": [issue]}]
        start = datetime.now(UTC)
        result = found.read(start)
        assert not result.complete and "No Encounter of three patients" in str(result.error)
        assert any("No Encounter of three" in one for one in result.counts["warnings"])
        assert not found.read(start + timedelta(minutes=15)).complete
        issue["diagnostics"] = "Immunization is outside of your scopes"
        result = found.read(start + LATER)
        assert result.complete and any("Immunization" in one for one in result.counts["warnings"])
        assert "_since" not in found.server.exports.begun[1]


def test_what_was_deleted_is_looked_at_by_its_id(db: Database) -> None:
    """Of a patient whom nothing else would have read again."""
    with exported(db) as found:
        start = datetime.now(UTC)
        assert found.read(start).complete
        with db.read() as session:
            followed = to_read(session, found.site.scope, "main")
            rows = session.execute(select(Resource.fhir_id, Resource.patient).filter_by(type="ServiceRequest")).all()
        gone = next(fhir_id for fhir_id, patient in rows if patient and patient not in followed)
        found.server.store.delete("ServiceRequest", gone)
        before = len(found.server.requests)
        result = found.read(start + LATER)
        assert result.complete and found.asked(f"ServiceRequest/{gone}", before), result.error
        with db.read() as session:
            row = session.scalars(select(Resource).filter_by(type="ServiceRequest", fhir_id=gone)).one()
        assert row.disposition == "gone"


def test_modmed_is_asked_by_post_and_without_a_parameter(db: Database) -> None:
    with exported(db, vendor_played="modmed") as found:
        result = found.read(datetime.now(UTC))
        assert result.complete, result.error
        assert found.server.exports.begun == [{}]
        assert ("POST", f"/fhir/Group/{GROUP}/{OPERATION}") in found.server.requests
        assert sum(found.waits) >= 120  # its fixed Retry-After
        taken = {one for one in found.asked(FILE) if one.rsplit("/", 1)[1].isdigit()}
        assert len(taken) == 2  # the files of nine other types were left alone


def test_greenway_is_told_since_when_or_it_would_export_one_day(db: Database) -> None:
    with exported(db, style="messy", vendor_played="greenway") as found:
        result = found.read(datetime.now(UTC))
        assert result.complete, result.error
        assert found.server.exports.begun[0]["_since"].startswith("1900-01-01T")
        visits = sum(one["resourceType"] == "Encounter" for one in found.box.resources)
        assert result.counts["by_type"]["Encounter"]["fetched"] >= visits > 0


def test_an_export_in_the_making_is_waited_for_by_the_next_run(db: Database) -> None:
    with exported(db, vendor_played="modmed") as found:
        found.server.exports.polls = 30
        start = datetime.now(UTC)
        result = found.read(start)
        assert not result.complete and "still making its export" in str(result.error)
        assert sum(found.waits) <= bulk.WAITED_AT_MOST
        found.waits.clear()
        found.server.exports.polls = 0
        for job in found.server.exports._jobs.values():
            job.polls = 0
        result = found.read(start + timedelta(minutes=1))
        assert result.complete, result.error
        assert sum(found.waits) >= 59 and len(found.server.exports.begun) == 1  # Retry-After holds from run to run


def test_auto_begins_an_export_only_where_nothing_else_works(db: Database) -> None:
    with exported(db, worklist="auto") as found:
        assert found.read(NOW).complete and found.server.exports.begun == []
    with exported(db, style="messy", worklist="auto", vendor_played="veradigm") as found:
        found.server.exports.clock = lambda: NOW.timestamp() + sum(found.waits)
        found.settings["practice"]["main"]["name"] = "Another"
        result = found.read(NOW)
        assert result.complete, result.error
        assert len(found.server.exports.begun) == 1


def test_a_refused_export_is_not_asked_for_by_every_sync(db: Database) -> None:
    with exported(db, bulk_group="nobody") as found:
        start = datetime.now(UTC)
        for minutes, asked in ((0, 1), (15, 1), (70, 2)):
            result = found.read(start + timedelta(minutes=minutes))
            assert not result.complete and "check bulk_group" in str(result.error)
            assert len(found.asked(OPERATION)) == asked


def test_doctor_begins_an_export_only_where_one_is_configured_and_throws_it_away(db: Database) -> None:
    def told(found: Exported) -> str:
        work = Work(parse(found.settings), db, fixed(NOW))
        return next(one.words for one in probe(work, found.site) if one.name == "export of main")

    with exported(db) as found:
        assert told(found) == (
            "its statement names bulk export of Group and Patient; tried: one is begun and thrown away"
        )
        assert found.server.exports._jobs == {} and len(found.server.exports.begun) == 1
        found.settings["ehr"]["main"]["bulk_group"] = "nobody"
        assert "tried: not possible" in told(found) and "check bulk_group" in told(found)
        found.settings["ehr"]["main"] |= {"bulk_group": GROUP, "bulk_every_hours": 24}
        assert "not tried" in told(found)
        assert found.read(NOW).complete and "was taken" in told(found)
        del found.settings["ehr"]["main"]["bulk_group"]
        found.settings["ehr"]["main"]["worklist"] = "orders"
        assert "none is configured" in told(found) and len(found.server.exports.begun) == 2


def test_a_line_that_is_no_resource_stands_in_quarantine(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with exported(db) as found:
        file = type(found.server.exports)._file

        def spoilt(self: Any, *asked: Any) -> Any:
            made = file(self, *asked)
            return replace(made, body=b'{"resourceType":"Encounter","id":\n' + made.body)

        monkeypatch.setattr(type(found.server.exports), "_file", spoilt)
        result = found.read(NOW)
        assert result.complete, result.error
        assert result.counts["by_type"]["Encounter"]["quarantined"] == 1


def test_files_that_are_closed_leave_the_run_incomplete_and_the_next_one_goes_on(db: Database) -> None:
    with exported(db) as found:
        found.server.exports.needs_token = True
        result = found.read(NOW)
        assert not result.complete and "refused us a file" in str(result.error)
        assert "Encounter" not in result.counts["by_type"] and len(found.server.exports.begun) == 1
        found.server.exports.needs_token = False
        assert found.read(NOW + timedelta(minutes=15)).complete and len(found.server.exports.begun) == 1


@pytest.mark.parametrize("needed", [True, False])
def test_the_token_goes_along_to_files_that_need_it_and_to_no_others(db: Database, needed: bool) -> None:
    """This EHR refuses a file that is asked for without a token it needs, and with one it does not."""
    with exported(db, auth="bearer", token="a-token") as found:
        found.server.exports.needs_token = needed
        result = found.read(NOW)
        assert result.complete, result.error


@pytest.mark.parametrize("group", [None, GROUP])
def test_reading_the_group_is_asked_for_only_by_who_exports_one(group: str | None, tmp_path: Path) -> None:
    """eClinicalWorks grants it to nobody else."""
    box = sandbox("tidy", 1)
    with serve(box) as server:
        config = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        signing = {"auth": "smart-backend", "client_id": "us", "key_file": str(tmp_path / "key.pem")}
        config["ehr"]["main"] |= signing | ({"bulk_group": group} if group else {})
        with client_of(sites(parse(config))[0]) as client:
            auth = client.wire.auth
            assert isinstance(auth, BackendAuth)
            assert ("Group" in auth._of.types) == (group is not None)
