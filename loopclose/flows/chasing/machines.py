"""An office asks by machine: its token says whose patients it may ask about, and nothing clinical is answered.

Whatever does not fit is answered alike, byte for byte: an unknown patient, another referrer's, a wrong birth date.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loopclose.domain.chasing import OF_STATE, SENT, STATUSES, UNKNOWN, Chase
from loopclose.domain.clinician_key import is_key
from loopclose.domain.searching import words_in
from loopclose.domain.short_code import read_short_code
from loopclose.errors import UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.chasing.desk import legs
from loopclose.flows.site import zone_of
from loopclose.flows.work import Work
from loopclose.store import audit_log, chase_tokens, chases, deliveries
from loopclose.store.base import Scope, natural_id
from loopclose.store.chase_tokens import ChaseToken
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.worklist import referrer_name
from loopclose.store.worklist_item import instant

MOST, SPAN = 30, timedelta(minutes=1)
"""Questions of one token within that time."""
FIELDS = ("family_name", "birth_date", "visit_date", "code")
LONGEST = 200
NO_TOKEN = "A bearer token is needed: the practice makes one by loopclose chase token."  # noqa: S105
ODD = "A JSON object is expected, with family_name, birth_date and one of visit_date and code, each a text."
DAY = "birth_date and visit_date are written as YYYY-MM-DD."
TOO_MANY = f"More than {MOST} questions in a minute: wait a minute."
Answer = dict[str, str | None]


class NotAnswered(Exception):
    """A question that is not answered, with the HTTP status that says why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Question:
    """What a machine asks."""

    family_name: str
    birth_date: str
    visit_date: str | None
    code: str | None
    """As ``domain.short_code`` writes it; empty for what can be none."""


def make_token(work: Work, scope: Scope, referrer: str, by: str) -> str:
    """A new token of a referrer, which is shown once: only its digest is kept. Raises ``UsageError``."""
    check_role(work.db, scope, by, "log_chase")
    if not is_key(referrer):
        raise UsageError("A referrer is written as npi:… or as the EHR and the reference, such as main:Practitioner/7.")
    token, key = secrets.token_urlsafe(32), natural_id(secrets.token_hex(16))
    with work.db.write() as session:
        if referrer_name(session, scope, referrer) is None:
            raise UsageError(f"Nothing was ever owed to {referrer}: see loopclose worklist for who referred.")
        chase_tokens.add_token(session, scope, key, referrer, _digest(token), by, work.clock())
        audit_log.record(session, scope, work.clock(), by, "make_chase_token", key)
    return token


def revoke_token(work: Work, scope: Scope, key: str, by: str) -> None:
    """Nothing is answered to a token any more. Raises ``UsageError`` where there is no such one in force."""
    check_role(work.db, scope, by, "log_chase")
    with work.db.write() as session:
        if not chase_tokens.revoke(session, scope, key, by, work.clock()):
            raise UsageError("There is no such token in force: loopclose chase tokens shows those that there are.")
        audit_log.record(session, scope, work.clock(), by, "revoke_chase_token", key)


def asked(body: Any) -> Question:
    """A question as it came. Raises ``NotAnswered`` with what is expected."""
    if not isinstance(body, Mapping) or not all(isinstance(body.get(name, ""), str) for name in FIELDS):
        raise NotAnswered(400, ODD)
    given = {name: body.get(name, "").strip()[:LONGEST] for name in FIELDS}
    if not given["family_name"] or not given["birth_date"] or not (given["visit_date"] or given["code"]):
        raise NotAnswered(400, ODD)
    if not all(_is_day(given[name]) for name in ("birth_date", "visit_date") if given[name]):
        raise NotAnswered(400, DAY)
    code = (read_short_code(given["code"]) or "") if given["code"] else None
    return Question(given["family_name"], given["birth_date"], given["visit_date"] or None, code)


def answer(work: Work, token: str, body: Any) -> Answer:
    """What is told of the one report that fits; every question is audited, and is a chase, once a day a report.

    Raises ``NotAnswered`` for a token that is none, for too many questions, and for a body that cannot be read.
    """
    with work.db.read() as session:
        known = chase_tokens.whose(session, _digest(token))
    if known is None:
        raise NotAnswered(401, NO_TOKEN)
    scope, key = known
    with work.db.write() as session:
        row = chase_tokens.take_turn(session, scope, key, work.clock(), MOST, SPAN)
    if row is None:
        raise NotAnswered(429, TOO_MANY)
    question = asked(body)
    with work.db.write() as session:
        return _answered(work, session, scope, row, question)


def _answered(work: Work, session: Session, scope: Scope, token: ChaseToken, question: Question) -> Answer:
    zone, now = zone_of(work.config, scope.practice_id), work.clock()
    owed = _found(session, scope, token.referrer, question, zone)
    by, told = f"token:{token.id}", _told(session, scope, owed)
    audit_log.record(session, scope, now, by, "asked_by_machine", owed.id if owed else None, {"told": told["status"]})
    if owed is not None:
        day = now.astimezone(zone).date().isoformat()
        chase = Chase("machine", owed.referrer_name or "", answered=f"{STATUSES[told['status'] or UNKNOWN]}.")
        once = natural_id(scope.practice_id, "chase", owed.id, day, "machine")
        chases.note_chase(session, scope, once, owed.id, chase, by, now)
    return told


def _found(
    session: Session, scope: Scope, referrer: str, question: Question, zone: ZoneInfo
) -> Obligation | None:  # fmt: skip
    """The report that fits all that was told; of several the one that is least far."""
    family = set(words_in(question.family_name))
    rows = chases.reports_born(session, scope, referrer, question.birth_date)
    rows = [one for one in rows if family and family <= set(words_in(one.patient_name or ""))]
    if question.code is not None:
        coded = set(deliveries.with_code(session, scope, question.code)) if question.code else set()
        rows = [one for one in rows if one.id in coded]
    if question.visit_date is not None:
        rows = [one for one in rows if _day_of(session, scope, one, zone) == question.visit_date]
    order = list(STATUSES)
    return min(rows, key=lambda one: order.index(OF_STATE[one.state]), default=None)


def _day_of(session: Session, scope: Scope, owed: Obligation, zone: ZoneInfo) -> str | None:
    visit = session.get(VisitRow, (scope.practice_id, owed.ehr, owed.visit)) if owed.visit else None
    return visit.start.astimezone(zone).date().isoformat() if visit is not None else None


def _told(session: Session, scope: Scope, owed: Obligation | None) -> Answer:
    """Status, times, channel and code: the same keys whatever is known."""
    told: Answer = {"status": UNKNOWN, "promised_at": None, "sent_at": None, "channel": None, "code": None}
    if owed is None:
        return told
    status = OF_STATE[owed.state]
    told |= {"status": status, "promised_at": instant(owed.due_at)}
    if status in (SENT, OF_STATE["confirmed"]):
        told["sent_at"] = instant(owed.sent_at)
        if leg := legs(session, scope, [owed.id]).get(owed.id):
            told |= {"channel": leg[0].channel, "code": leg[1]}
    return told


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
