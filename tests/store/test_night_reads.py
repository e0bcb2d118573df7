"""What a night rests on: visits left open count although nobody could read since, and an old chart is said."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.jobs import run_night, sync_site
from loopclose.flows.schedule import LANES, Scheduler
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.outbound.chart_age import chart_notes
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, add_people, sandbox

MAIN, BOSTON = Scope("main"), ZoneInfo("America/New_York")
FRIDAY, SATURDAY = datetime(2026, 11, 27, 22, tzinfo=UTC), datetime(2026, 11, 28, 7, 30, tzinfo=UTC)


@pytest.fixture
def place(db: Database, tmp_path: Path) -> Iterator[tuple[Work, SandboxServer]]:
    box = sandbox("tidy", 20)
    with serve(box) as server:
        values = tomllib.loads(config_toml(box, server.base_url, db.url))
        values["web"] = {"mail_folder": str(tmp_path / "mails")}
        add_people(db)
        yield Work(parse(values), db, fixed(FRIDAY)), server


def at(work: Work, moment: datetime) -> Work:
    return Work(work.config, work.db, fixed(moment))


def mails(folder: Path) -> list[str]:
    found = [message_from_bytes(path.read_bytes()) for path in sorted((folder / "mails").glob("*.eml"))]
    return [str(mail.get_payload(decode=True)) for mail in found]


def test_the_night_of_a_weekend_reads_first_and_says_nothing_of_age(
    place: tuple[Work, SandboxServer], tmp_path: Path
) -> None:
    work, _ = place
    (site,) = sites(work.config)
    sync_site(at(work, FRIDAY), site)
    for lane in LANES:
        Scheduler(at(work, SATURDAY), lane).tick()
    assert mails(tmp_path) and not any("was last read" in mail for mail in mails(tmp_path))


def test_a_night_whose_reading_fails_tells_all_the_same_and_says_how_old_the_chart_is(
    place: tuple[Work, SandboxServer], tmp_path: Path
) -> None:
    work, server = place
    (site,) = sites(work.config)
    sync_site(at(work, FRIDAY), site)
    server.close()
    for lane in LANES:
        Scheduler(at(work, SATURDAY), lane).tick()
    words = (
        "The EHR main was last read completely on Fri 27 Nov 2026 at 17:00: what was done there since is not seen here."
    )
    assert mails(tmp_path) and all(words in mail for mail in mails(tmp_path))


def test_a_visit_left_open_is_over_after_twelve_hours_although_nobody_could_read(
    place: tuple[Work, SandboxServer],
) -> None:
    work, server = place
    (site,) = sites(work.config)
    sync_site(at(work, NOW), site)
    with work.db.read() as session:
        owed = session.scalars(select(Obligation).filter_by(kind="report", state="owed")).first()
    assert owed is not None and owed.visit is not None
    visit = server.store.get("Encounter", owed.visit.removeprefix("Encounter/"))
    assert visit is not None
    begins = {"start": (NOW - timedelta(hours=1)).isoformat()}
    left_open = {**visit, "id": "left-open", "status": "in-progress", "period": begins}
    left_open.pop("statusHistory", None)
    server.store.put(left_open)
    sync_site(at(work, NOW), site)

    def rows() -> int:
        with work.db.read() as session:
            return len(session.scalars(select(VisitRow).where(VisitRow.id == "Encounter/left-open")).all())

    assert rows() == 0
    run_night(at(work, NOW + timedelta(hours=10)), MAIN)
    assert rows() == 0
    run_night(at(work, NOW + timedelta(hours=13)), MAIN)
    assert rows() == 1


def test_the_desk_is_asked_about_a_booking_that_nobody_closed_although_nobody_could_read(
    place: tuple[Work, SandboxServer],
) -> None:
    work, server = place
    (site,) = sites(work.config)
    sync_site(at(work, NOW), site)
    with work.db.read() as session:
        owed = session.scalars(select(Obligation).filter_by(kind="report", state="owed")).first()
    assert owed is not None and owed.author is not None
    begins = NOW + timedelta(hours=1)
    server.store.put(
        {
            "resourceType": "Appointment",
            "id": "left-open",
            "status": "booked",
            "start": begins.isoformat(),
            "end": (begins + timedelta(minutes=20)).isoformat(),
            "basedOn": [{"reference": owed.referral}],
            "participant": [
                {"actor": {"reference": owed.patient}, "status": "accepted"},
                {"actor": {"reference": owed.author}, "status": "accepted"},
            ],
        }
    )
    sync_site(at(work, NOW), site)

    def asked() -> int:
        with work.db.read() as session:
            about = select(Obligation).where(Obligation.appointment == "Appointment/left-open")
            return len(session.scalars(about).all())

    run_night(at(work, NOW + timedelta(hours=10)), MAIN)
    assert asked() == 0
    run_night(at(work, NOW + timedelta(hours=14)), MAIN)
    assert asked() == 1


def test_how_old_a_chart_is_is_said_from_an_hour_on() -> None:
    assert chart_notes({"main": NOW - timedelta(hours=1)}, NOW, BOSTON) == ()
    (note,) = chart_notes({"main": NOW - timedelta(hours=1, seconds=1), "b": NOW}, NOW, BOSTON)
    assert note.startswith("The EHR main was last read completely on Tue 24 Nov 2026 at 08:59")
    assert chart_notes({"main": None}, NOW, BOSTON) == (
        "The EHR main was never read completely: what was done there is not seen here.",
    )
