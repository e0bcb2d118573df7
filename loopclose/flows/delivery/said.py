"""What people of ours say of a delivery, and of an address."""

from __future__ import annotations

from typing import Any

from loopclose.domain.address_book import OPT_OUTS, SOURCES, checked
from loopclose.domain.addresses import BadAddress
from loopclose.domain.channels import IN_BOOK
from loopclose.domain.clinician_key import is_key
from loopclose.domain.delivering import CANCELLED, FAILED, PLANNED, RECEIVED, SENT, UNSURE, WAITING
from loopclose.errors import UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.delivery.heard import PERSON, Said, hear, proved_absent
from loopclose.flows.delivery.send import follow, judge_report
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate
from loopclose.store import addresses, audit_log, deliveries, delivery_history, opt_outs
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow

ARRIVED, LEFT, NOT_LEFT, WRONG, DROP = "arrived", "left", "not_left", "wrong_office", "drop"
WORDS = {
    ARRIVED: "It arrived",
    LEFT: "It left, as far as we can see",
    NOT_LEFT: "It did not leave: send it again",
    WRONG: "It went to the wrong office",
    DROP: "Do not send it",
}
"""What can be said of a delivery, by code."""
POSSIBLE = {
    ARRIVED: frozenset({UNSURE, SENT, "underway", FAILED}),
    LEFT: frozenset({UNSURE, "underway"}),
    NOT_LEFT: frozenset({UNSURE}),
    WRONG: frozenset({UNSURE, SENT, RECEIVED, "underway"}),
    DROP: frozenset({PLANNED, WAITING}),
}
MEANWHILE = "Meanwhile something else became of it: look at it again."
BOTH = "Quiet hours have a begin and an end: give both, or none."


def say(work: Work, scope: Scope, ways: Ways, key: str, code: str, by: str, words: str = "") -> None:
    """A user says what became of a delivery. Raises ``UsageError`` with the reason where that cannot be said now."""
    row = _delivery(work, scope, key, by)
    if code not in POSSIBLE:
        raise UsageError(f"What became of it? One of {', '.join(POSSIBLE)} is expected.")
    if row.state not in POSSIBLE[code]:
        raise UsageError(f"That cannot be said of a delivery that is {row.state}.")
    text = words.strip() or f"{WORDS[code]}."
    if code == NOT_LEFT:
        if not proved_absent(work, scope, key, by, text):
            raise UsageError(MEANWHILE)
    elif code == DROP:
        _drop(work, scope, key, by, text)
    else:
        state = {ARRIVED: "received", LEFT: "transmitted", WRONG: "failed"}[code]
        fate = Fate(state, words=text, address_is_bad=code == WRONG)  # type: ignore[arg-type]
        if not hear(work, scope, key, Said(fate, PERSON, by)):
            raise UsageError(MEANWHILE)
        judge_report(work, scope, row.obligation)
        if code == WRONG:
            follow(work, scope, ways, row)
    with work.db.write() as session:
        audit_log.record(session, scope, work.clock(), by, f"delivery_{code}", row.obligation, {"delivery": key})


def _delivery(work: Work, scope: Scope, key: str, by: str) -> DeliveryRow:
    check_role(work.db, scope, by, "send")
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
    if row is None:
        raise UsageError(f"There is no delivery {key}.")
    return row


def _drop(work: Work, scope: Scope, key: str, by: str, words: str) -> None:
    with work.db.write() as session:
        row = deliveries.delivery(session, scope, key, lock=True)
        if row is None or row.state not in POSSIBLE[DROP]:
            raise UsageError("Meanwhile it left: it cannot be taken back.")
        now = work.clock()
        row.state, row.error, row.try_after = CANCELLED, words, None
        delivery_history.add_event(session, scope, key, "cancelled", PERSON, by, now, now, words)


def add_address(work: Work, scope: Scope, given: dict[str, Any], by: str) -> str:
    """Put an address into the book, not yet checked; gives its id. Raises ``UsageError`` for one that is none."""
    if given.get("channel") not in IN_BOOK:
        raise UsageError(f"How do letters go there? One of {', '.join(IN_BOOK)} is expected.")
    if given.get("source", "person") not in SOURCES:
        raise UsageError(f"How is it known? One of {', '.join(SOURCES)} is expected.")
    if not str(given.get("referrer") or "").strip():
        raise UsageError("Say whose address it is.")
    _check_key(str(given["referrer"]))
    if (given.get("quiet_from") is None) != (given.get("quiet_until") is None):
        raise UsageError(BOTH)
    try:
        to = checked(given["channel"], str(given.get("to") or ""))
    except BadAddress as problem:
        raise UsageError(str(problem)) from problem
    check_role(work.db, scope, by, "keep_addresses")
    with work.db.write() as session:
        key = addresses.add_address(session, scope, {**given, "to": to}, by, work.clock())
        audit_log.record(session, scope, work.clock(), by, "add_address", key, {"channel": given["channel"]})
    return key


def _check_key(referrer: str) -> None:
    """Refuse what names no clinician: what is kept of it would be heeded for nobody."""
    if not is_key(referrer):
        raise UsageError("A referrer is written as npi:… or as the EHR and the reference, such as main:Practitioner/7.")


def check_address(work: Work, scope: Scope, key: str, by: str) -> None:
    """A user says that an address is right, having compared it with the office."""
    check_role(work.db, scope, by, "keep_addresses")
    with work.db.write() as session:
        row = addresses.address(session, scope, key, lock=True)
        if row is None:
            raise UsageError("There is no such address.")
        if row.closed_at is not None:
            raise UsageError("It is closed: add it anew once the office says that it is right after all.")
        row.checked_by, row.checked_at = by, work.clock()
        audit_log.record(session, scope, work.clock(), by, "check_address", key)


def close_address(work: Work, scope: Scope, key: str, by: str, because: str) -> None:
    """A user closes an address: nothing is sent there any more."""
    if not because.strip():
        raise UsageError("Say why it is closed.")
    check_role(work.db, scope, by, "keep_addresses")
    with work.db.write() as session:
        if addresses.address(session, scope, key) is None:
            raise UsageError("There is no such address.")
        addresses.close(session, scope, key, by, because.strip(), work.clock())
        audit_log.record(session, scope, work.clock(), by, "close_address", key)


def change_address(work: Work, scope: Scope, key: str, values: dict[str, Any], by: str) -> None:
    """A user changes what does not say where an address leads: ``rank`` (1 to 9), ``location``, ``contact``,
    ``quiet_from`` and ``quiet_until`` (both or none). Raises ``UsageError`` for what makes no sense.
    """
    if not 1 <= int(values.get("rank", 1)) <= 9:
        raise UsageError("The order is a number from 1, which is tried first, to 9.")
    if (values.get("quiet_from") is None) != (values.get("quiet_until") is None):
        raise UsageError(BOTH)
    check_role(work.db, scope, by, "keep_addresses")
    with work.db.write() as session:
        if addresses.address(session, scope, key) is None:
            raise UsageError("There is no such address.")
        addresses.change_address(session, scope, key, values)
        audit_log.record(session, scope, work.clock(), by, "change_address", key)


def opt_out(work: Work, scope: Scope, referrer: str, what: str, by: str, words: str = "") -> None:
    """A user keeps what an office does not want."""
    if what not in OPT_OUTS:
        raise UsageError(f"What do they not want? One of {', '.join(OPT_OUTS)} is expected.")
    _check_key(referrer)
    check_role(work.db, scope, by, "keep_addresses")
    with work.db.write() as session:
        opt_outs.opt_out(session, scope, referrer, what, by, words.strip(), work.clock())
        audit_log.record(session, scope, work.clock(), by, "opt_out", None, {"what": what})


def opt_in(work: Work, scope: Scope, referrer: str, what: str, by: str) -> None:
    """A user keeps that an office wants it again."""
    check_role(work.db, scope, by, "keep_addresses")
    with work.db.write() as session:
        if not opt_outs.opt_in(session, scope, referrer, what, by, work.clock()):
            raise UsageError("They did not say that they want none.")
        audit_log.record(session, scope, work.clock(), by, "opt_in", None, {"what": what})
