"""What an EHR is asked stays within its budget, whichever process asks, and is counted by reason."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.errors import BudgetSpent, GoesOn
from fhir_adapters.pace import Pace, because
from loopclose.config.loading import parse
from loopclose.flows.asking import Ledger, asking
from loopclose.flows.health.check import Look, readings
from loopclose.flows.health.checks import asked
from loopclose.flows.reading import following
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store import requests
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from tests.store.line import NOW, config

MINUTE = int(NOW.timestamp() // 60)


@pytest.fixture
def ehr(box: Sandbox) -> Iterator[SandboxServer]:
    with serve(box) as server:
        yield server


@pytest.fixture
def where(ehr: SandboxServer, box: Sandbox) -> Callable[..., Site]:
    """The site, with more settings of its EHR."""

    def made(**settings: Any) -> Site:
        values = tomllib.loads(config_toml(box, ehr.base_url, "sqlite://"))
        values["ehr"]["main"] |= settings
        return sites(parse(values))[0]

    return made


def read(db: Database, site: Site, now: datetime = NOW, pace: Pace | None = None) -> SyncResult:
    """One gentle sync, by a clock that goes on while it waits."""
    with client_of(site, pace=pace) as client:
        client._wire.pause = lambda _: None
        return sync(db, lambda: now, site, client, gently=True)


def test_no_more_is_taken_of_a_minute_than_it_has_however_many_take(db: Database, where: Callable[..., Site]) -> None:
    ledger, given = Ledger(db, where()), list[int]()

    def take() -> None:
        for _ in range(8):
            given.append(ledger.take("minute", MINUTE, 7, 100))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(given) == 100 == ledger.taken("minute", MINUTE)
    assert ledger.take("minute", MINUTE + 1, 7, 100) == 7
    assert ledger.taken("minute", MINUTE) == 100  # another process may still be at it
    ledger.take("minute", MINUTE + 9, 7, 100)
    assert ledger.taken("minute", MINUTE) == 0  # long over, and forgotten


def test_two_processes_share_a_minute(db: Database, where: Callable[..., Site]) -> None:
    now = [NOW.timestamp()]
    paces = [Pace(40, lambda: now[0], None, Ledger(db, where())) for _ in range(2)]
    waits = [pace.turn() for _ in range(20) for pace in paces]
    assert waits == [0.0] * 40
    assert all(0 < pace.turn() <= 60 for pace in paces)


def test_a_day_that_is_used_up_ends_the_run_and_the_next_day_goes_on(db: Database, where: Callable[..., Site]) -> None:
    site, now = where(requests_per_day=100), [NOW.timestamp()]

    def pace() -> Pace:
        return Pace(None, lambda: now[0], 100, Ledger(db, site), lambda seconds: int(seconds // 86_400))

    results = []
    for _ in range(9):
        results.append(read(db, site, pace=pace()))
        if results[-1].complete:
            break
        now[0] += 86_400
    errors = [one.error for one in results if one.error is not None]
    assert results[-1].complete and len(errors) > 0
    assert all(isinstance(one, (BudgetSpent, GoesOn)) for one in errors)
    with db.read() as session:
        assert not session.scalars(select(PatientRow).filter_by(read_at=None)).all()


def test_a_spent_day_says_so_in_a_sentence(db: Database, where: Callable[..., Site]) -> None:
    site = where(requests_per_day=100)
    Ledger(db, site).take("day", 1, 100, 100)
    pace = Pace(None, lambda: 86_400.0, 100, Ledger(db, site))
    result = read(db, site, pace=pace)
    assert str(result.error) == (
        "The 100 requests that this EHR may be asked in a day are used up (requests_per_day); reading goes on tomorrow."
    )


def test_a_long_first_reading_judges_what_it_has_and_goes_on(
    db: Database, where: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "SOME", 2)
    site, passed = where(), [NOW]

    def clock() -> datetime:
        passed[0] += timedelta(minutes=6)
        return passed[0]

    def one() -> tuple[SyncResult, int, int]:
        with client_of(site) as client:
            result = sync(db, clock, site, client, gently=True)
        with db.read() as session:
            unread = session.scalars(select(PatientRow).filter_by(read_at=None)).all()
            owed = session.scalars(select(Obligation)).all()
        return result, len(unread), len({one.patient for one in owed} & {one.id for one in unread})

    first, left, early = one()
    assert isinstance(first.error, GoesOn) and left > 0 and early == 0
    assert str(first.error).startswith(f"{left} patients are still to be read for the first time")
    rounds = 0
    while left and rounds < 10:
        result, left, early = one()
        assert early == 0
        rounds += 1
    assert result.complete and left == 0


def test_requests_are_counted_by_reason_and_shown(db: Database, where: Callable[..., Site], ehr: SandboxServer) -> None:
    site, now = where(), NOW.timestamp()
    with asking(db, site, "doctor", lambda: now) as client:
        client.capabilities()
        with because("worklist"):
            [*client.search("Encounter", ())]
        client.read("Patient", "pat1")
    with db.read() as session:
        made = requests.counted(session, site.scope, site.ehr, date(2026, 11, 24))
    assert made == {"doctor": 1, "statement": 1, "worklist": 1} and sum(made.values()) == len(ehr.requests)


def test_health_shows_how_often_an_ehr_was_asked_today_and_why(
    db: Database, where: Callable[..., Site], ehr: SandboxServer, box: Sandbox
) -> None:
    site = where()
    with db.write() as session:
        requests.count(session, site.scope, "main", date(2026, 11, 24), {"pass": 1200, "changes": 40})
        requests.count(session, site.scope, "main", date(2026, 11, 23), {"pass": 7})
    values = tomllib.loads(config_toml(box, ehr.base_url, "sqlite://"))
    values["ehr"]["main"]["requests_per_day"] = 6000
    with db.read() as session:
        settings = parse(values)
        (check,) = asked(Look(settings, site.scope, NOW, session, readings(settings, session, site.scope, NOW), ()))
    assert check.sentence == "1,240 of 6,000 today (pass 1,200, changes 40)"
    assert config(box, ehr).ehr["main"].requests_per_day is None


def test_a_day_is_the_practices_own(db: Database, where: Callable[..., Site]) -> None:
    late = datetime(2026, 11, 25, 3, tzinfo=UTC).timestamp()  # ten in the evening of the day before, in New York
    site = where()
    with asking(db, site, "sync", lambda: late) as client:
        client.capabilities()
    with db.read() as session:
        assert requests.counted(session, site.scope, site.ehr, date(2026, 11, 24)) == {"statement": 1}
