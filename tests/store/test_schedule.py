"""The scheduler: what is due when, and that nothing which a job raises ends it or keeps another from its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from fhir_adapters.errors import TemporaryError
from loopclose.config.loading import load, parse
from loopclose.errors import DATABASE, EHR_REFUSED, STOPPED, ConfigError, TemporaryProblem, worst
from loopclose.flows import schedule
from loopclose.flows.due import NOTHING_TOLD, PATIENCE, Job, Last, due, until_night
from loopclose.flows.health.asking import health, installation
from loopclose.flows.health.check import Check
from loopclose.flows.health.scheduler import troubles
from loopclose.flows.reading.sync import SyncResult
from loopclose.flows.reading.told_alone import ToldResult
from loopclose.flows.schedule import (
    DELIVERING,
    LANES,
    READING,
    TELLING,
    Scheduler,
    schedulers,
)
from loopclose.flows.site import Site, practice_of
from loopclose.flows.work import Work
from loopclose.logs import INFO, configure
from loopclose.store import job_runs, ticks
from loopclose.store.base import Scope
from loopclose.store.events import Calling, note_told
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
        self.meanwhile: Callable[[str], None] = lambda ehr: None

    def __call__(self, name: str) -> None:
        self.done.append(name)
        if name in self.trouble:
            raise self.trouble[name]

    def sync_site(self, work: Work, site: Site, *, gently: bool) -> SyncResult:
        assert gently
        self(f"sync {site.ehr}")
        self.meanwhile(site.ehr)
        return SyncResult(site.ehr, site.scope.practice_id, True, {})

    def read_told_of(self, work: Work, site: Site) -> ToldResult:
        self(f"events {site.ehr}")
        return ToldResult(1, 1)

    def run_night(self, work: Work, scope: Any, ahead: timedelta = timedelta(0)) -> None:
        self(f"{'tell' if ahead else 'night'} {scope.practice_id}")

    def send_put_off(self, work: Work, scope: Any) -> None:
        """Asked so often that the tests of other jobs leave it out."""

    def seal(self, db: Any, clock: Any, scope: Any) -> None:
        self(f"seal {scope.practice_id}")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    found = Line()
    for name in ("sync_site", "read_told_of", "run_night", "send_put_off", "seal"):
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
    """Lets both lanes of the scheduler look once, a while later; gives what was asked of them then."""
    lanes = [Scheduler(work, lane) for lane in LANES]

    def after(passed: timedelta) -> list[str]:
        clock[0] += passed
        line.done.clear()
        for scheduler in lanes:
            scheduler.tick()
        return sorted(line.done)

    return after


def jobs(work: Work, now: datetime, called_at: datetime | None = None, **last: datetime) -> list[str]:
    """What is due for practice a; ``last`` by ``kind_of``: over at once, or with ``_runs`` still under way."""
    before = {Job("mails", "a"): Last(now, now)}
    before |= {Job(*name.split("_")[:2]): Last(at, None if name.endswith("_runs") else at) for name, at in last.items()}
    return [str(job) for job in due(practice_of(work.config, "a"), ["a1", "a2"], NIGHT, before, now, called_at)]


def test_while_open_each_ehr_is_read_every_quarter_of_an_hour_and_people_are_told(work: Work) -> None:
    told = {"seal_a": OPEN, "night_a": OPEN}
    assert jobs(work, OPEN, **told) == ["sync of a1", "sync of a2"]
    recent = OPEN - timedelta(minutes=14, seconds=59)
    told["tell_a"] = recent
    assert jobs(work, OPEN, sync_a1=recent, sync_a2=recent, **told) == []
    assert jobs(work, OPEN, sync_a1=recent, sync_a2=OPEN - timedelta(minutes=15), **told) == ["sync of a2"]
    just = OPEN - timedelta(seconds=20)
    assert jobs(work, OPEN, sync_a1=recent, sync_a2_runs=just, **told) == []
    assert jobs(work, OPEN, sync_a1=recent, sync_a2=just, **told) == ["tell of a"]
    assert jobs(work, WEEKEND, sync_a1=WEEKEND, sync_a2=WEEKEND, seal_a=WEEKEND, night_a=WEEKEND) == []


@pytest.mark.parametrize("now", [CLOSED, WEEKEND], ids=["evening", "weekend"])
def test_while_closed_nothing_is_read(work: Work, now: datetime) -> None:
    assert jobs(work, now, seal_a=now, night_a=now) == []


def test_the_audit_is_sealed_once_an_hour_open_or_not(work: Work) -> None:
    assert jobs(work, CLOSED, night_a=CLOSED, seal_a=CLOSED - timedelta(minutes=59)) == []
    assert jobs(work, CLOSED, night_a=CLOSED, seal_a=CLOSED - timedelta(hours=1)) == ["seal of a"]


def test_a_night_reads_first_and_is_run_once(work: Work) -> None:
    before, at = local("2026-11-24 01:59"), local("2026-11-24 02:00")
    yesterday, later = local("2026-11-23 02:00"), local("2026-11-24 02:10")
    assert jobs(work, before, seal_a=before, night_a=yesterday) == []
    assert jobs(work, at, seal_a=at, night_a=yesterday, sync_a1=before) == ["sync of a1", "sync of a2"]
    assert jobs(work, later, seal_a=at, night_a=yesterday, sync_a1=at, sync_a2_runs=at) == []
    assert jobs(work, later, seal_a=at, night_a=yesterday, sync_a1=at, sync_a2=at) == ["night of a"]
    assert jobs(work, later, seal_a=at, night_a=later, sync_a1=at, sync_a2=at) == []
    assert jobs(work, local("2026-11-25 01:59"), seal_a=local("2026-11-25 01:59"), night_a=later) == []


def test_a_night_waits_for_its_reading_for_half_an_hour_and_no_longer(work: Work) -> None:
    hour, yesterday = local("2026-11-28 02:00"), local("2026-11-27 02:00")  # a Saturday: nothing else reads
    still = {"sync_a1": hour, "sync_a2_runs": hour, "night_a": yesterday}
    almost, over = hour + PATIENCE - timedelta(seconds=1), hour + PATIENCE
    assert jobs(work, almost, hour, seal_a=almost, **still) == []
    assert jobs(work, over, hour, seal_a=over, **still) == ["night of a"]
    stuck = {"sync_a1": hour, "sync_a2_runs": yesterday, "night_a": yesterday}
    assert jobs(work, over, hour, seal_a=over, **stuck) == ["sync of a2", "night of a"]


def test_nights_missed_while_the_machine_slept_are_made_good_once_on_waking(
    tick: Callable[[timedelta], list[str]], clock: list[datetime]
) -> None:
    tick(timedelta(0))
    clock[0] = local("2026-11-25 01:00")  # fell asleep at ten the day before; nothing was missed
    assert not [one for one in tick(timedelta(0)) if one.startswith("night")]
    clock[0] = local("2026-11-29 00:30")  # three nights were missed, and it is none of their hours
    assert [one for one in tick(timedelta(0)) if one[:4] in ("sync", "nigh")] == [
        "night a",
        "night b",
        *(f"sync {ehr}" for ehr in sorted(EHRS)),
    ]
    assert not [one for one in tick(timedelta(minutes=1)) if one.startswith("night")]
    clock[0] = local("2026-11-29 02:00")
    assert {"night a", "night b"} <= set(tick(timedelta(0)))


def test_a_night_that_failed_is_tried_again_and_not_left_to_the_next(
    tick: Callable[[timedelta], list[str]], line: Line, work: Work
) -> None:
    line.trouble = {"night a": LOCKED}
    assert {"night a", "night b"} <= set(tick(timedelta(0)))
    assert not [one for one in tick(timedelta(minutes=14)) if one.startswith("night")]
    line.trouble.clear()
    assert [one for one in tick(timedelta(minutes=1)) if one.startswith("night")] == ["night a"]
    assert not [one for one in tick(timedelta(hours=3)) if one.startswith("night")]


def test_a_night_in_which_the_process_died_is_run_again(work: Work, clock: list[datetime], line: Line) -> None:
    reading, telling = Scheduler(work, READING), Scheduler(work, TELLING)
    reading.tick()
    with work.db.write() as session:
        assert job_runs.begin(session, Scope("a"), "night", "a", None, clock[0])
    line.done.clear()
    telling.tick()
    assert "night b" in line.done and "night a" not in line.done
    clock[0] += PATIENCE
    telling.tick()
    assert "night a" in line.done


def test_a_restarted_scheduler_repeats_nothing(
    tick: Callable[[timedelta], list[str]], work: Work, line: Line, clock: list[datetime]
) -> None:
    assert "night a" in tick(timedelta(0))
    line.done.clear()
    for lane in LANES:
        Scheduler(work, lane).tick()
    assert line.done == []


def test_what_another_server_began_meanwhile_is_not_begun_again(
    work: Work, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = job_runs.begin

    def begun_first(session: Any, scope: Any, kind: str, of: str, before: Any, now: datetime) -> bool:
        begin(session, scope, kind, of, before, now - timedelta(seconds=1))
        return begin(session, scope, kind, of, before, now)

    monkeypatch.setattr(job_runs, "begin", begun_first)
    for lane in LANES:
        Scheduler(work, lane).tick()
    assert line.done == []


def test_each_ehr_is_read_by_a_scheduler_of_its_own(work: Work, line: Line) -> None:
    found = schedulers(work)
    assert [one.name for one in found] == ["telling", "delivering", "reading a1", "reading a2", "reading b1"]
    found[3].tick()
    assert line.done == ["sync a2"]


def test_an_ehr_that_hangs_delays_no_other(work: Work, line: Line) -> None:
    by_name = {one.name: one for one in schedulers(work)}

    def within(ehr: str) -> None:  # a1 does not answer: meanwhile the other threads go on
        if ehr == "a1":
            by_name["reading a2"].tick()
            by_name["reading b1"].tick()

    line.meanwhile = within
    by_name["reading a1"].tick()
    assert line.done == ["sync a1", "sync a2", "sync b1"]


def test_signs_of_life_of_an_ehr_that_is_read_no_more_alarm_nobody(work: Work, clock: list[datetime]) -> None:
    with work.db.write() as session:
        ticks.note(session, "reading gone", clock[0] - timedelta(days=9))
    schedulers(work)
    with work.db.read() as session:
        assert ticks.last(session) == []


def test_a_long_sync_delays_no_night(work: Work, line: Line, clock: list[datetime]) -> None:
    reading, telling = Scheduler(work, READING), Scheduler(work, TELLING)
    reading.tick()
    telling.tick()
    clock[0] = local("2026-11-28 02:00")
    line.done.clear()

    def within(ehr: str) -> None:  # what the other lane does while this sync goes on and on
        if ehr == "a1":
            for _ in range(4):
                telling.tick()
                clock[0] += timedelta(minutes=10)

    line.meanwhile = within
    reading.tick()
    assert line.done.index("night a") < line.done.index("sync a2")


@pytest.mark.parametrize("now", [OPEN, CLOSED, WEEKEND], ids=["open", "evening", "weekend"])
def test_what_was_put_off_is_looked_at_every_five_minutes_whenever(work: Work, now: datetime) -> None:
    told = {"seal_a": now, "night_a": now, "tell_a": now, "sync_a1": now, "sync_a2": now}
    assert jobs(work, now, mails_a=now - timedelta(minutes=5), **told) == ["mails of a"]
    assert jobs(work, now, mails_a=now - timedelta(minutes=4), **told) == []


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-24 01:00", 1),
        ("2026-11-24 02:00", 24),
        ("2026-11-24 10:00", 16),
        ("2026-10-31 10:00", 17),  # summer time ends in between
        ("2027-03-13 10:00", 16),  # 02:00 is not there: 03:00 is as long away
    ],
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
    assert tick(timedelta(minutes=15)) == [one for one in everything if one[:4] != "seal"]


def test_how_each_job_went_is_kept_and_shown_until_it_succeeds(
    tick: Callable[[timedelta], list[str]], line: Line, work: Work, clock: list[datetime]
) -> None:
    def shown() -> dict[str, Check]:
        return {check.name: check for check in health(work, Scope("a")).checks if check.about == "Scheduler"}

    tick(timedelta(0))
    assert all(check.ok for check in shown().values()) and shown().keys() == {
        *(f"job {kind} of a" for kind in ("night", "seal", "tell")),
        *(f"job sync of {ehr}" for ehr in ("a1", "a2")),
    }
    line.trouble = {"sync a1": KeyError("name"), "night a": LOCKED}
    tick(timedelta(minutes=15))
    check = shown()["job sync of a1"]
    assert (
        check.exit_code == 6
        and "fails since Tue 24 Nov 2026, 15:15 UTC, last tried Tue 24 Nov 2026, 15:15 UTC" in check.words
    )
    assert "(KeyError); last succeeded Tue 24 Nov 2026, 15:00 UTC" in check.words
    assert tick(
        timedelta(minutes=15)
    ) and "fails since Tue 24 Nov 2026, 15:15 UTC, last tried Tue 24 Nov 2026, 15:30 UTC" in (
        shown()["job sync of a1"].words
    )
    line.trouble.pop("sync a1")
    tick(timedelta(minutes=15))
    assert shown()["job sync of a1"].ok
    clock[0] = local("2026-11-25 02:00")
    tick(timedelta(0))
    with work.db.read() as session:
        (warning,) = troubles(session, Scope("a"), clock[0])
        assert "The night run fails since Wed 25 Nov 2026, 07:00 UTC (OperationalError: database is locked)" in warning
        assert troubles(session, Scope("b"), clock[0]) == []


def test_a_sync_that_was_not_complete_is_no_success(work: Work, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = SyncResult("a1", "a", False, {}, TemporaryError("The EHR cannot be reached."))
    monkeypatch.setattr(schedule, "sync_site", lambda work, site, gently: broken)
    Scheduler(work, READING).tick()
    with work.db.read() as session:
        assert {row.error for row in job_runs.jobs(session, Scope("a"))} == {
            "TemporaryError: The EHR cannot be reached."
        }


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

    def looked(name: str) -> SyncResult:
        with work.db.read() as session:
            found = {one.lane: one.doing for one in ticks.last(session)}
        seen.append(found[READING])
        return SyncResult(name, "a", True, {})

    monkeypatch.setattr(schedule, "sync_site", lambda work, site, gently: looked(site.ehr))
    tick(timedelta(0))
    assert seen == ["sync of a1", "sync of a2", "sync of b1"]
    with work.db.read() as session:
        assert {*ticks.last(session)} == {ticks.Tick(lane, clock[0], "") for lane in LANES}


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

    def warned() -> list[str]:
        with work.db.read() as session:
            return troubles(session, Scope("a"), clock[0])

    def note(doing: str, *lanes: str) -> None:
        with work.db.write() as session:
            for lane in lanes:
                ticks.note(session, lane, clock[0], doing)

    assert part().ok and "never ran" in part().words and not warned()
    note("", *LANES)
    clock[0] += ticks.SILENT
    assert part().ok and not warned()
    clock[0] += timedelta(seconds=1)
    assert part().exit_code == STOPPED and part().words.endswith("UTC: restart loopclose serve")
    assert warned()[0].startswith("The scheduler stopped: nothing is read and nobody is told")
    assert worst([STOPPED, DATABASE, EHR_REFUSED]) == STOPPED
    note("", TELLING, DELIVERING)
    assert part().exit_code == STOPPED, "one lane alone is not enough"
    note("sync of a1", READING)
    clock[0] += ticks.SILENT
    note("", TELLING, DELIVERING)
    clock[0] += ticks.LONGEST_JOB - ticks.SILENT
    note("", TELLING, DELIVERING)
    assert part().ok and "at the sync of a1" in part().words
    clock[0] += timedelta(seconds=1)
    assert part().exit_code == STOPPED


def test_a_night_that_does_not_come_is_warned_of(
    tick: Callable[[timedelta], list[str]], work: Work, clock: list[datetime], line: Line
) -> None:
    tick(timedelta(0))
    clock[0] += timedelta(hours=27)
    with work.db.write() as session:
        for lane in LANES:
            ticks.note(session, lane, clock[0])
    with work.db.read() as session:
        (warning,) = troubles(session, Scope("a"), clock[0])
    assert warning == "There was no night run since Tue 24 Nov 2026, 15:00 UTC. The page Health says more."


def due_of(work: Work, told: Calling, now: datetime = OPEN, failed: bool = False, **last: datetime) -> list[str]:
    """What is due to read of the EHR a1, of which that was told."""
    before = {Job(*name.split("_")): Last(at, at, failed and name.startswith("events")) for name, at in last.items()}
    found = due(practice_of(work.config, "a"), ["a1"], NIGHT, before, now, None, {"a1": told})
    return [str(job) for job in found if job.kind in ("sync", "events")]


NAMED, SOMETHING = Calling(by_name=True, of_all=False), Calling(by_name=False, of_all=True)


def test_whom_an_ehr_names_is_read_within_a_minute_or_so(work: Work) -> None:
    def ago(**passed: float) -> datetime:
        return OPEN - timedelta(**passed)

    done = {"night_a": OPEN}
    assert due_of(work, NAMED, sync_a1=ago(minutes=2), **done) == ["events of a1"]
    assert due_of(work, NAMED, sync_a1=ago(seconds=59), **done) == []
    assert due_of(work, NAMED, sync_a1=ago(minutes=2), events_a1=ago(seconds=59), **done) == []
    assert due_of(work, NAMED, sync_a1=ago(minutes=2), events_a1=ago(minutes=1), **done) == ["events of a1"]
    assert due_of(work, NAMED, sync_a1=ago(minutes=15), **done) == ["sync of a1"], "which reads them first"
    assert due_of(work, NAMED, sync_a1=ago(minutes=9), events_a1=ago(minutes=9), failed=True, **done) == []
    long = ago(minutes=15)
    assert due_of(work, NAMED, sync_a1=ago(minutes=9), events_a1=long, failed=True, **done) == ["events of a1"]
    assert due_of(work, NAMED, **done) == ["sync of a1"], "until then nobody is there to be read anew"
    closed = {"sync_a1": CLOSED - timedelta(hours=2), "night_a": CLOSED}
    assert due_of(work, NAMED, CLOSED, **closed) == ["events of a1"]
    assert due_of(work, NOTHING_TOLD, sync_a1=ago(minutes=2), **done) == []


def test_where_an_ehr_says_no_more_than_that_something_changed_a_sync_follows_sooner(work: Work) -> None:
    done = {"night_a": OPEN}
    assert due_of(work, SOMETHING, sync_a1=OPEN - timedelta(minutes=5), **done) == ["sync of a1"]
    assert due_of(work, SOMETHING, sync_a1=OPEN - timedelta(minutes=4, seconds=59), **done) == []
    assert due_of(work, SOMETHING, CLOSED, sync_a1=CLOSED - timedelta(hours=2), night_a=CLOSED) == []


def test_what_an_ehr_told_is_looked_for_where_it_may_tell(
    work: Work, tick: Callable[[timedelta], list[str]], clock: list[datetime]
) -> None:
    values = work.config.model_dump(mode="json", exclude_none=True)
    values["ehr"]["a1"] |= {"worklist": ["events", "orders"], "events_secret": "s" * 32}
    work.config = parse(values)
    tick(timedelta(0))
    for ehr in ("a1", "a2"):
        with work.db.write() as session:
            event = {"event_id": "e", "type": "Encounter", "fhir_id": "1", "patient": None}
            note_told(session, Scope("a"), ehr, [event], clock[0])
    assert tick(timedelta(minutes=1)) == ["events a1"]
