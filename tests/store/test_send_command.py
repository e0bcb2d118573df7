"""``loopclose send`` refuses with one sentence and writes nothing, or sends the letter once."""

from __future__ import annotations

from datetime import timedelta

from loopclose.domain.address_book import NO_CHANNEL, NOT_CHECKED, UNUSED_LONG
from loopclose.domain.commands import Hold
from loopclose.domain.delivering import CLOSED, GUESSED, NOBODY, NOT_SIGNED, ON_HOLD, OTHER_ADDRESS
from loopclose.domain.roles import refused
from loopclose.errors import DATABASE, TEMPORARY, UNSENT, USAGE
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.flows.delivery.plan import NO_ADDRESS, SENT_BEFORE
from loopclose.flows.delivery.said import opt_in, opt_out
from loopclose.sandbox.fax_exchange import Turn
from loopclose.store.addresses import AddressRow
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.leases import hold
from loopclose.store.obligations import Document, Obligation
from loopclose.store.people import Audit
from tests.store.commands import Commands, line, office
from tests.store.desks import rows_of
from tests.store.practices import row
from tests.store.test_corrections import CORA, HEART, MAIN, Line, one_kind

__all__ = ["line", "office"]

BY = ("--by", CORA)
HOUR, YEAR = timedelta(hours=1), timedelta(days=366)


def refuses(office: Commands, says: str, *args: str, code: int = USAGE, by: str = CORA) -> None:
    """The command ends with that code and one sentence on standard error; every table is as it was, and nobody was
    dialled.
    """
    before = office.tables()
    for more in ((), ("--json",)):
        ended = office.run("send", *args, "--by", by, *more)
        assert (ended.code, ended.out) == (code, ""), ended
        assert says in ended.err and ended.err.count("\n") == 1, ended
    assert office.tables() == before, args
    assert office.gateway.exchange.orders == 0


def test_what_may_not_be_sent_is_refused_and_nothing_is_written(office: Commands, line: Line) -> None:
    report, key = line.owed.id, office.address()
    other = office.address("+1 617-555-0143", referrer="npi:1093817465")
    ways = ((report,), (report, "--to", key))
    for changes, says in (
        ({"guessed": True}, GUESSED),
        ({"referrer_key": None}, NOBODY),
        ({"state": "held"}, ON_HOLD),
        ({"state": "drafted"}, NOT_SIGNED),
        ({"state": "waived"}, CLOSED),
    ):
        with office.changed(Obligation, (report,), **changes):
            for args in ways:
                refuses(office, says, *args)
    refuses(office, OTHER_ADDRESS, report, "--to", other)
    unsigned = next(one for one in rows_of(line.db, Obligation, kind="report", state="owed") if not one.guessed)
    refuses(office, NOT_SIGNED, unsigned.id)
    refuses(office, NOT_SIGNED, unsigned.id, "--to", key)
    refuses(office, NOT_SIGNED, unsigned.id, "--to", other, "--copy")
    refuses(office, "--to", report, "--copy")
    refuses(office, "There is no such address", report, "--to", "nowhere")
    refuses(office, "There is no obligation nothing.", "nothing")
    about = next(iter(rows_of(line.db, Obligation, kind="resolve")), None)
    if about is not None:
        refuses(office, f"There is no report {about.id}.", about.id)
    line.do(Hold(obligation=report, code="other", note="The patient asked."), HEART)
    for args in ways:
        refuses(office, ON_HOLD, *args)


def test_an_address_at_which_nothing_may_arrive_is_refused_and_nothing_is_written(office: Commands, line: Line) -> None:
    report, key, now = line.owed.id, office.address(), line.now
    for changes, says in (
        ({"checked_at": None, "checked_by": None}, NOT_CHECKED),
        ({"closed_at": now, "closed_because": "They moved."}, "This address is closed: They moved."),
        ({"checked_at": now - YEAR}, UNUSED_LONG),
        ({"checked_at": now - 2 * YEAR, "used_at": now - YEAR}, UNUSED_LONG),
    ):
        with office.changed(AddressRow, (key,), **changes):
            refuses(office, says, report, "--to", key)
            refuses(office, NO_ADDRESS, report)
    refuses(office, NO_CHANNEL, report, "--to", office.address("front-desk", channel="print"))
    referrer = line.report().referrer_key or ""
    for what in ("paper", "fax"):
        opt_out(line.at_work(), MAIN, referrer, what, CORA, "Their manager called.")
        refuses(office, "Their office wants no letters this way: Their manager called.", report, "--to", key)
        refuses(office, NO_ADDRESS, report)
        opt_in(line.at_work(), MAIN, referrer, what, CORA)
    other = office.address("+1 617-555-0143", referrer="npi:1093817465")
    opt_out(line.at_work(), MAIN, "npi:1093817465", "copies", CORA, "They have enough.")
    refuses(office, "They have enough.", report, "--to", other, "--copy")


def test_a_letter_that_was_changed_after_it_was_signed_is_refused(office: Commands, line: Line) -> None:
    key = office.address()
    with office.changed(Document, (line.owed.id, "consult-note", 1), body=b"something else"):
        for args in ((), ("--to", key)):
            refuses(office, "was changed after signature 1", line.owed.id, *args, code=DATABASE)


def test_whoever_may_not_send_is_refused(office: Commands, line: Line) -> None:
    key = office.address()
    for role in ("auditor", "integrator"):
        email = f"{role}@demo.example"
        add_user(line.db, MAIN, Account(email, role))
        refuses(office, refused(role, "send"), line.owed.id, "--to", key, by=email)
    disable_user(line.db, line.work.clock, MAIN, CORA)
    for by in (CORA, "nobody@demo.example"):
        refuses(office, f"There is no user {by}", line.owed.id, by=by)
        refuses(office, f"There is no user {by}", line.owed.id, "--to", key, by=by)


@one_kind
def test_nothing_leaves_in_a_rehearsal(office: Commands, line: Line) -> None:
    key = office.address()
    office.path.write_text(office.path.read_text().replace("rehearsal = false", "rehearsal = true"))
    for args in ((), ("--to", key)):
        refuses(office, "rehearsal", line.owed.id, *args)


def test_a_letter_is_sent_once_in_the_name_of_whoever_sends_it(office: Commands, line: Line) -> None:
    office.address()
    sent = office.run("send", line.owed.id, *BY)
    (delivery,) = rows_of(line.db, DeliveryRow)
    assert (sent.code, sent.err) == (0, "") and sent.out.startswith(f"{delivery.id}  underway: taken by the channel")
    assert delivery.planned_by == CORA and len(office.gateway.exchange.received) == 1
    assert [one.actor for one in rows_of(line.db, Audit, action="send")] == [CORA]
    again = office.run("send", line.owed.id, *BY)
    assert (again.code, again.out) == (0, sent.out) and len(office.gateway.exchange.received) == 1


@one_kind
def test_a_copy_or_one_for_the_own_chart_is_not_taken_for_the_report(office: Commands, line: Line) -> None:
    office.run("send", line.owed.id, "--copy", "--to", office.address(referrer="npi:1093817465"), *BY)
    given = {"obligation": line.owed.id, "letter": rows_of(line.db, DeliveryRow)[0].letter, "channel": "chart"}
    with line.db.write() as session:
        session.add(row(DeliveryRow, "main", id="f1", purpose="filing", state="sent", planned_at=line.now, **given))
    ended = office.run("send", line.owed.id, *BY)
    assert (ended.code, ended.out) == (USAGE, "") and NO_ADDRESS in ended.err


@one_kind
def test_what_was_sent_outside_is_sent_again_only_to_an_address_that_is_named(office: Commands, line: Line) -> None:
    key = office.address()
    attested = office.run("attest", line.owed.id, "--channel", "fax", "--to", "Dr. Lee", *BY)
    assert attested.code == 0 and line.report().state == "sent", attested
    refuses(office, SENT_BEFORE, line.owed.id)
    assert office.run("send", line.owed.id, "--to", key, *BY).code == 0
    assert len(office.gateway.exchange.received) == 1


@one_kind
def test_what_no_channel_took_yet_ends_with_7_and_says_why_and_when(office: Commands, line: Line) -> None:
    office.address()
    office.gateway.exchange.script = [Turn("limited")]
    ended = office.run("send", line.owed.id, *BY)
    assert ended.code == UNSENT and "  waiting: not taken yet" in ended.out
    assert "It leaves from 2026-11-2" in ended.out and rows_of(line.db, DeliveryRow)[0].error in ended.out


@one_kind
def test_a_letter_for_quiet_hours_waits_and_says_until_when(office: Commands, line: Line) -> None:
    local = line.now.astimezone(line.site.practice.zone)
    office.address(quiet_from=(local - HOUR).time(), quiet_until=(local + HOUR).time())
    with office.changed(Obligation, (line.owed.id,), priority="routine"):
        ended = office.run("send", line.owed.id, *BY)
    assert ended.code == UNSENT and f"It leaves from {line.now + HOUR:%Y-%m-%dT%H:%M:%SZ}" in ended.out
    assert office.gateway.exchange.received == []


@one_kind
def test_where_another_process_sends_the_letter_is_packed_and_that_is_said(office: Commands, line: Line) -> None:
    office.address()
    with hold(line.db, "deliveries:main"):
        for more in ((), ("--json",)):
            ended = office.run("send", line.owed.id, *BY, *more)
            assert ended.code == TEMPORARY and "Another process is at it" in ended.err
            assert "planned" in ended.out
    assert [one.state for one in rows_of(line.db, DeliveryRow)] == ["planned"]
    assert office.run("send", line.owed.id, *BY).code == 0
    assert len(office.gateway.exchange.received) == 1


@one_kind
def test_what_is_said_of_nobody_is_not_kept(office: Commands, line: Line) -> None:
    before = office.tables()
    for args in (
        ("address", "add", "Dr. Lee", "fax", "+16175550142", "--name", "Dr. Lee"),
        ("address", "opt-out", "1093817465", "paper"),
        ("chase", "token", "Dr. Lee"),
    ):
        ended = office.run(*args, "--by", "mona@demo.example")
        assert (ended.code, ended.out) == (USAGE, "") and "main:Practitioner/7" in ended.err, ended
    assert office.tables() == before
