"""The scheduler: what is due when, and that nothing which a job raises ends it or keeps another from its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from loopclose.config.loading import load
from loopclose.errors import ConfigError, TemporaryProblem
from loopclose.flows import schedule
from loopclose.flows.health.asking import installation
from loopclose.flows.health.check import Check
from loopclose.flows.schedule import Job, Scheduler, due, until_night
from loopclose.flows.site import Site, practice_of
from loopclose.flows.work import Work
from loopclose.logs import INFO, configure
from loopclose.store import ticks
from loopclose.store.upgrade import open_database
from tests.spec.cast import local

SETTINGS = """
[practice.a]
name = "A Sample"
timezone = "America/New_York"
[practice.b]
name = "B Sample"
timezone = "America/New_York"
"""
EHR = '[ehr.{name}]\npractice = "{practice}"\nbase_url = "http://127.0.0.1:9/fhir"\n'
EHRS = {"a1": "a", "a2": "a", "b1": "b"}
NIGHT = time(2)
OPEN, CLOSED = local("2026-11-24 10:00"), local("2026-11-24 21:00")
LOCKED = OperationalError("INSERT INTO sync_run", {"patient": "Patient/p1"}, Exception("database is locked"))
WEEKEND = local("2026-11-28 10:00")


class Line:
    """Jobs that only write down that they were asked, and raise what they are told to."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.trouble: dict[str, Exception] = {}

    def __call__(self, name: str) -> None:
        self.done.append(name)
        if name in self.trouble:
            raise self.trouble[name]

    def sync_site(self, work: Work, site: Site) -> None:
        self(f"sync {site.ehr}")

    def run_night(self, work: Work, scope: Any, ahead: timedelta = timedelta(0)) -> None:
        self(f"{'tell' if ahead else 'night'} {scope.practice_id}")

    def send_put_off(self, work: Work, scope: Any) -> None:
        """Asked so often that the tests of other jobs leave it out."""

    def seal(self, db: Any, clock: Any, scope: Any) -> None:
        self(f"seal {scope.practice_id}")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    found = Line()
    for name in ("sync_site", "run_night", "send_put_off", "seal"):
        monkeypatch.setattr(schedule, name, getattr(found, name))
    return found


@pytest.fixture
def clock() -> list[datetime]:
    return [OPEN.astimezone(UTC)]


@pytest.fixture
def work(tmp_path: Path, clock: list[datetime]) -> Iterator[Work]:
    ehrs = "".join(EHR.format(name=name, practice=practice) for name, practice in EHRS.items())
    (tmp_path / "loopclose.toml").write_text(SETTINGS + ehrs)
    config = load({"LOOPCLOSE_CONFIG": str(tmp_path / "loopclose.toml")})
    found = Work(config, open_database(config.database.url), lambda: clock[0])
    yield found
    found.db.close()


@pytest.fixture
def tick(work: Work, clock: list[datetime], line: Line) -> Callable[[timedelta], list[str]]:
    """Lets the scheduler look once, a while later; gives what was asked of it then."""
    scheduler = Scheduler(work)

    def after(passed: timedelta) -> list[str]:
        clock[0] += passed
        line.done.clear()
        scheduler.tick()
        return sorted(line.done)

    return after


def jobs(work: Work, now: datetime, **last: datetime) -> list[str]:
    """What is due for practice a; ``last`` by ``kind_of``."""
    before = {Job("mails", "a"): now} | {Job(*name.split("_")): at for name, at in last.items()}
    return [str(job) for job in due(practice_of(work.config, "a"), ["a1", "a2"], NIGHT, before, now)]


def test_while_open_each_ehr_is_read_every_quarter_of_an_hour_and_people_are_told(work: Work) -> None:
    told = {"seal_a": OPEN, "night_a": OPEN}
    assert jobs(work, OPEN, **told) == ["sync of a1", "sync of a2", "tell of a"]
    recent = OPEN - timedelta(minutes=14, seconds=59)
    assert jobs(work, OPEN, sync_a1=recent, sync_a2=recent, **told) == []
    assert jobs(work, OPEN, sync_a1=recent, sync_a2=OPEN - timedelta(minutes=15), **told) == [
        "sync of a2",
        "tell of a",
    ]


@pytest.mark.parametrize("now", [CLOSED, WEEKEND], ids=["evening", "weekend"])
def test_while_closed_nothing_is_read(work: Work, now: datetime) -> None:
    assert jobs(work, now, seal_a=now, night_a=now) == []


def test_the_audit_is_sealed_once_an_hour_open_or_not(work: Work) -> None:
    assert jobs(work, CLOSED, night_a=CLOSED, seal_a=CLOSED - timedelta(minutes=59)) == []
    assert jobs(work, CLOSED, night_a=CLOSED, seal_a=CLOSED - timedelta(hours=1)) == ["seal of a"]


def test_a_night_is_run_once_a_local_date_and_made_good_when_the_server_was_down(work: Work) -> None:
    before, at = local("2026-11-24 01:59"), local("2026-11-24 02:00")
    yesterday = local("2026-11-23 02:00")
    assert jobs(work, before, seal_a=before, night_a=yesterday) == []
    assert jobs(work, at, seal_a=at, night_a=yesterday) == ["night of a"]
    assert jobs(work, CLOSED, seal_a=CLOSED, night_a=yesterday) == ["night of a"]
    assert jobs(work, CLOSED, seal_a=CLOSED, night_a=at) == []


@pytest.mark.parametrize("now", [OPEN, CLOSED, WEEKEND], ids=["open", "evening", "weekend"])
def test_what_was_put_off_is_looked_at_every_five_minutes_whenever(work: Work, now: datetime) -> None:
    told = {"seal_a": now, "night_a": now, "sync_a1": now, "sync_a2": now}
    assert jobs(work, now, mails_a=now - timedelta(minutes=5), **told) == ["mails of a"]
    assert jobs(work, now, mails_a=now - timedelta(minutes=4), **told) == []


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-11-24 01:00", 1), ("2026-11-24 02:00", 24), ("2026-11-24 10:00", 16)]
)
def test_how_long_it_is_to_the_night(work: Work, now: str, hours: int) -> None:
    assert until_night(practice_of(work.config, "a"), NIGHT, local(now)) == timedelta(hours=hours)


def test_a_locked_database_costs_one_turn_and_not_the_scheduler(
    tick: Callable[[timedelta], list[str]], line: Line, work: Work
) -> None:
    everything = sorted(
        [f"sync {ehr}" for ehr in EHRS] + [f"{kind} {one}" for kind in ("tell", "seal", "night") for one in "ab"]
    )
    line.trouble = dict.fromkeys(everything, LOCKED)
    configure(INFO)  # a command run before in this process may have silenced the log
    with capture_logs() as logged:
        assert tick(timedelta(0)) == everything
    failed = [entry for entry in logged if entry["event"] == "job failed"]
    assert len(failed) == len(everything) and all(entry["exc_info"] for entry in failed)
    line.trouble = {}
    assert tick(timedelta(minutes=15)) == [one for one in everything if one[:4] in ("sync", "tell")]


@pytest.mark.parametrize("problem", [TemporaryProblem("Another process is at it."), KeyError("name"), LOCKED])
def test_one_ehr_that_fails_keeps_no_other_from_its_turn(
    tick: Callable[[timedelta], list[str]], line: Line, problem: Exception
) -> None:
    line.trouble = {"sync a1": problem, "tell a": problem}
    assert {"sync a2", "sync b1", "tell b", "night a", "night b", "seal b"} <= set(tick(timedelta(0)))


def test_a_practice_that_cannot_be_made_keeps_no_other_from_its_turn(
    tick: Callable[[timedelta], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def poisoned(config: Any, name: str) -> Any:
        if name == "a":
            raise ConfigError("The code map cannot be read.")
        return practice_of(config, name)

    monkeypatch.setattr(schedule, "practice_of", poisoned)
    assert tick(timedelta(0)) == ["night b", "seal b", "sync b1", "tell b"]


def test_the_scheduler_says_that_it_lives_and_what_it_is_at(
    tick: Callable[[timedelta], list[str]], work: Work, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def looked(name: str) -> None:
        with work.db.read() as session:
            found = ticks.last(session)
        seen.append(found.doing if found else "?")

    monkeypatch.setattr(schedule, "sync_site", lambda work, site: looked(site.ehr))
    tick(timedelta(0))
    assert seen == ["sync of a1", "sync of a2", "sync of b1"]
    with work.db.read() as session:
        assert ticks.last(session) == ticks.Tick(clock[0], "")


def test_a_tick_that_cannot_be_noted_stops_nothing(
    tick: Callable[[timedelta], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: Any) -> None:
        raise LOCKED

    monkeypatch.setattr(ticks, "note", locked)
    assert "night b" in tick(timedelta(0))


def test_doctor_tells_of_a_scheduler_that_is_silent(work: Work, clock: list[datetime]) -> None:
    def part() -> Check:
        return next(one for one in installation(work) if one.name == "scheduler")

    assert part().ok and "never ran" in part().words
    with work.db.write() as session:
        ticks.note(session, clock[0])
    clock[0] += ticks.SILENT
    assert part().ok
    clock[0] += timedelta(seconds=1)
    assert part().exit_code == 6 and part().words.endswith("UTC: restart loopclose serve")
    with work.db.write() as session:
        ticks.note(session, clock[0], "sync of a1")
    clock[0] += ticks.LONGEST_JOB
    assert part().ok and "at the sync of a1" in part().words
    clock[0] += timedelta(seconds=1)
    assert part().exit_code == 6
