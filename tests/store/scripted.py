"""A channel that does as a test says, and remembers every parcel that arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loopclose.flows.delivery.asking import ask_all
from loopclose.flows.delivery.corrected import plan_corrections
from loopclose.flows.delivery.plan import plan_due, plan_to
from loopclose.flows.delivery.said import add_address, check_address
from loopclose.flows.delivery.send import send_due
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryAttempt, DeliveryEvent
from tests.store.desks import rows_of
from tests.store.test_corrections import CORA, MAIN, Line

Step = Callable[[Parcel], Taken]


@dataclass
class Scripted:
    """Each call of ``send`` and of ``look_up`` takes the next step of its script; after the last, all is well."""

    name: str = "direct"
    forms: tuple[str, ...] = ("text",)
    script: list[Step] = field(default_factory=list)
    fates: list[Fate | None] = field(default_factory=list)
    arrived: list[tuple[str, str, str]] = field(default_factory=list)
    """(delivery, address, SHA-256) of each parcel that the other side has."""

    def pack(self, sending: Sending) -> bytes:
        return f"{sending.delivery} {sending.code} ".encode() + b"".join(one.content for one in sending.enclosures)

    def send(self, parcel: Parcel) -> Taken:
        return self.script.pop(0)(parcel) if self.script else self.takes(parcel)

    def takes(self, parcel: Parcel) -> Taken:
        self.arrived.append((parcel.delivery, parcel.to, hashlib.sha256(parcel.content).hexdigest()))
        return Taken(f"r{len(self.arrived)}", is_sent=self.name != "fax")

    def look_up(self, parcel: Parcel) -> Fate | None:
        return self.fates.pop(0) if self.fates else None


def raises(problem: Exception) -> Step:
    def step(parcel: Parcel) -> Taken:
        raise problem

    return step


class Post:
    """The letters of one line, and the channels that they leave by."""

    def __init__(self, line: Line, *channels: Scripted) -> None:
        self.line = line
        self.ways = {one.name: one for one in channels or (Scripted(),)}

    @property
    def channel(self) -> Scripted:
        return next(iter(self.ways.values()))

    def address(
        self, to: str = "lee@direct.example.org", *, channel: str = "direct", check: bool = True, **more: Any
    ) -> str:
        given = {"referrer": self.line.report().referrer_key, "name": "Dr. Lee", "channel": channel, "to": to, **more}
        key = add_address(self.line.at_work(), MAIN, given, CORA)
        if check:
            check_address(self.line.at_work(), MAIN, key, CORA)
        return key

    def run(self) -> None:
        """What the scheduler does every minute."""
        work = self.line.at_work()
        if work.config.delivery.automatic:
            plan_due(work, MAIN, self.ways)
            plan_corrections(work, MAIN, self.ways)
        send_due(work, MAIN, self.ways)
        ask_all(work, MAIN, self.ways)

    def later(self, hours: int = 1) -> None:
        self.line.hours += hours
        self.run()

    def send(self, address: str, by: str = CORA, **more: Any) -> str:
        return plan_to(self.line.at_work(), MAIN, self.ways, self.line.owed.id, address, by, **more)

    def rows(self) -> list[DeliveryRow]:
        found: list[DeliveryRow] = rows_of(self.line.db, DeliveryRow)
        return sorted(found, key=lambda one: (one.planned_at, one.id))

    def states(self) -> list[str]:
        return [one.state for one in self.rows()]

    def events(self) -> list[str]:
        found = rows_of(self.line.db, DeliveryEvent)
        return [one.what for one in sorted(found, key=lambda one: (one.heard_at, one.delivery, one.no))]

    def attempts(self) -> list[DeliveryAttempt]:
        return list(rows_of(self.line.db, DeliveryAttempt))
