"""Letters in every state in which their codes can be, before a page that somebody tries to guess at."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from loopclose.domain.confirm_code import confirm_code
from loopclose.domain.delivering import COPY
from loopclose.domain.short_code import ALPHABET
from loopclose.flows.delivery.seals import confirm_digest
from loopclose.flows.web_key import web_key
from loopclose.store.deliveries import DeliveryRow
from tests.web.office import Office, values


@dataclass(frozen=True)
class Codes:
    """Codes by what they open."""

    true: str
    open: tuple[str, ...]
    """Of other letters, which nobody but their offices has."""
    expired: tuple[str, ...]
    used_up: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every code that was ever given."""
        return (self.true, *self.open, *self.expired, *self.used_up)


def many_codes(office: Office, now: datetime, each: int) -> Codes:
    """Beside the office's own letter, that can be confirmed from ``now`` on for thirty days, ``each`` of every kind."""
    until = now + timedelta(days=30)
    kinds = {
        "open": ("sent", until),
        "expired": ("sent", now - timedelta(days=1)),
        "used_up": ("failed", now - timedelta(hours=1)),
    }
    ours, key = office.delivery(), web_key(office.work().config).value
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    with office.db.write() as session:
        content = session.get_one(DeliveryRow, ("main", ours.id)).content
        session.execute(update(DeliveryRow).values(confirm_until=until))
        for no in range(each):
            for kind, (state, last) in kinds.items():
                code = confirm_code(secrets.choice)
                given = {**values(ours), "id": f"{kind}-{no}", "purpose": COPY, "state": state}
                given |= {"confirm": confirm_digest(key, code), "confirm_until": last, "content": content}
                session.add(DeliveryRow(**given))
                found[kind].append(code)
    return Codes(office.code, **{kind: tuple(codes) for kind, codes in found.items()})


def unknown() -> str:
    """Well-formed, and never given."""
    return confirm_code(secrets.choice)


def near(code: str) -> str:
    """A code of which one character was misread: the one that checks it does not fit."""
    at = secrets.randbelow(len(code))
    return code[:at] + secrets.choice(ALPHABET.replace(code[at], "")) + code[at + 1 :]


def malformed() -> str:
    """What is no code at all."""
    return secrets.choice(("AAAA", "0O1I5S", "7FK2-83XC", "%00", "'", "x" * 40, unknown()[:-1], "é" * 6))
