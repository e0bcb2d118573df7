"""What somebody had open in the EHR when they opened Loopclose from there, and what is owed about it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from loopclose.flows.looks import FORGET
from loopclose.flows.openid.coming import Context
from loopclose.flows.sign_in import SignedIn
from loopclose.flows.work import Work
from loopclose.store import decisions, persons, unread, users
from loopclose.store.people import PatientRow, SearchKey
from loopclose.store.worklist import of_person
from loopclose.store.worklist_item import Item

NOTHING = "-"
"""Stands for what the EHR did not say."""


@dataclass(frozen=True)
class Opened:
    """A patient of an EHR, and what is open of theirs here."""

    ehr: str
    patient: PatientRow | None
    """None: never read from that EHR, so nothing can be said."""
    unread: bool
    """Whether the last sync could not read them."""
    encounter: str | None
    is_visit: bool
    """Whether that Encounter is known here as a visit of ours."""
    named: Item | None
    """The one thing that a card of ours named."""
    of_visit: Sequence[Item]
    others: Sequence[Item]

    @property
    def meant(self) -> Item | None:
        """The one thing that they come for, where there is no doubt which."""
        if self.named is not None:
            return self.named
        near = self.of_visit if self.encounter else self.others
        reports = [one for one in near if one.obligation.kind == "report"]
        return reports[0] if len(reports) == 1 else None


def keep_opened(work: Work, who: SignedIn, ehr: str, context: Context) -> str:
    """Keep what is open in the EHR, for that user alone; gives the opaque key that stands for it in an address."""
    now, key = work.clock(), secrets.token_urlsafe(12)
    parts = (context.patient, context.encounter, context.obligation)
    words = " ".join((*((part or NOTHING).replace(" ", "") for part in parts), ehr))
    row = SearchKey(practice_id=who.scope.practice_id, key=key, words=words, user_id=who.user.id, made_at=now)
    with work.db.write() as session:
        users.keep_search(session, who.scope, row, now - FORGET)
    return key


def opened(work: Work, who: SignedIn, key: str) -> Opened | None:
    """What is owed about what is open there; None where the key is not theirs, or was forgotten."""
    with work.db.read() as session:
        words = users.searched(session, who.scope, key, who.user.id)
        parts = (words or "").split(" ", 3)
        if len(parts) != 4 or parts[3] not in work.config.ehr:
            return None
        patient, encounter, named = (None if part == NOTHING else part for part in parts[:3])
        ehr = parts[3]
        row = persons.patient(session, who.scope, ehr, patient) if patient else None
        if row is None:
            items: list[Item] = []
        else:
            items = [one for one in of_person(session, who.scope, work.clock(), ehr, row.person) if one.is_open]
        return Opened(
            ehr,
            row,
            bool(patient and unread.unread(session, who.scope, ehr, [patient])),
            encounter,
            bool(encounter and decisions.visit(session, who.scope, ehr, encounter)),
            next((one for one in items if one.obligation.id == named), None),
            [one for one in items if encounter is not None and one.obligation.visit == encounter],
            [one for one in items if encounter is None or one.obligation.visit != encounter],
        )
