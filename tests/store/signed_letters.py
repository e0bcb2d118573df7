"""Reports of a made-up practice that were signed here, and channels over which their letters leave, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.domain.signing import Said
from loopclose.flows.delivery.asking import ask_all
from loopclose.flows.delivery.plan import plan_due
from loopclose.flows.delivery.said import add_address, check_address
from loopclose.flows.delivery.send import send_due
from loopclose.flows.papers.sign import sign
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from tests.store.letters import drafted, looked_at, proof, read
from tests.store.line import NOW
from tests.store.scripted import Scripted

MAIN = Scope("main")
CORA, HEART = "cora@demo.example", "heart@demo.example"


def signed(work: Work, most: int = 1) -> list[Obligation]:
    """So many reports to different referrers, signed now by Dr. Heart, to whom all of them are given."""
    with work.db.write() as session:
        asked = select(Obligation).filter_by(kind="report", state="owed", guessed=False)
        found = session.scalars(asked.order_by(Obligation.due_at, Obligation.id)).all()
        by_referrer = {one.referrer_key: one for one in reversed(found) if one.referrer_key}
        chosen = sorted(by_referrer.values(), key=lambda one: (one.due_at, one.id))[:most]
        for one in chosen:
            one.author = "Practitioner/heart"
    for owed in chosen:
        drafted(work.db, MAIN, owed, NOW)
        entered = read(looked_at(work.db, MAIN, owed.id), question=Said("words", "Yes."))
        assert sign(work, MAIN, owed.id, HEART, replace(entered, has_seen_chart=True), proof(NOW)).counts
    return [report(work, one.id) for one in chosen]


def report(work: Work, key: str) -> Obligation:
    """The report as it is now."""
    with work.db.read() as session:
        return session.get_one(Obligation, ("main", key))


class PostOffice:
    """The channels of the practice, scripted, and its rounds: for the screens as well."""

    def __init__(self, work: Work, monkeypatch: pytest.MonkeyPatch, *channels: Scripted) -> None:
        self.work, self.hours = work, 0
        self.ways = {one.name: one for one in channels}
        for module in ("delivering", "addresses"):
            monkeypatch.setattr(f"loopclose.web.{module}.ways_of", lambda work, scope: self.ways)
        monkeypatch.setattr("loopclose.flows.delivery.ways.ways_of", lambda work, scope: self.ways)
        monkeypatch.setattr("loopclose.flows.health.asking.ways_of", lambda work, scope: self.ways)

    def address(self, owed: Obligation, channel: str, to: str, *, check: bool = True, **more: Any) -> str:
        """One address of whoever gets that report."""
        given = {"referrer": owed.referrer_key, "name": owed.referrer_name, "channel": channel, "to": to, **more}
        key = add_address(self.work, MAIN, given, CORA)
        if check:
            check_address(self.work, MAIN, key, CORA)
        return key

    def round(self, hours: int = 0) -> None:
        """What the scheduler does, so many hours later."""
        self.hours += hours
        at = replace(self.work, clock=fixed(NOW + timedelta(hours=self.hours)))
        plan_due(at, MAIN, self.ways)
        send_due(at, MAIN, self.ways)
        ask_all(at, MAIN, self.ways)

    def rows(self) -> list[DeliveryRow]:
        """Every delivery, the oldest first."""
        with self.work.db.read() as session:
            return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.planned_at, DeliveryRow.id)))
