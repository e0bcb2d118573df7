"""What the commands of letters print with ``--json``: exactly the keys of docs/json.md, of the types that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from loopclose.errors import USAGE
from loopclose.store.addresses import AddressRow
from loopclose.store.deliveries import MOST_SHOWN, DeliveryRow
from loopclose.store.obligations import Obligation
from tests.store.commands import NUMBER, Commands, line, moments, office
from tests.store.practices import row
from tests.store.test_corrections import CORA, Line, one_kind

__all__ = ["line", "office"]

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
BY = ("--by", CORA)
DAY = timedelta(days=1)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _is(check: Callable[[str], object]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, str) and bool(check(value))

    return fits


TYPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: type(value) is int,
    "true or false": lambda value: type(value) is bool,
    "moment": _is(MOMENT.fullmatch),
    "day": _is(date.fromisoformat),
    "time": _is(time.fromisoformat),
}


def shape(heading: str) -> dict[str, str]:
    """By key, in the order of the page: its type."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", part, re.MULTILINE))
    assert found, heading
    return found


def fits(item: dict[str, Any], heading: str) -> None:
    """It has those keys in that order, each of its type."""
    wanted = shape(heading)
    assert list(item) == list(wanted)
    for name, kind in wanted.items():
        plain = kind.removesuffix(" or null")
        assert (plain != kind and item[name] is None) or TYPES[plain](item[name]), (name, kind, item[name])


def one(document: dict[str, Any]) -> dict[str, Any]:
    """What a command prints of one thing."""
    return {name: value for name, value in document.items() if name not in ("schema", "as_of")}


@one_kind
def test_where_there_is_nothing_the_document_says_so_and_so_do_the_words(office: Commands) -> None:
    for args, words in (
        (("deliveries",), "No letter was packed yet.\n"),
        (("deliveries", "--state", "sent"), "No letter is so.\n"),
        (("asks",), "Nothing is open.\n"),
        (("asks", "--all"), "Nothing was asked or promised yet.\n"),
        (("address", "list"), "The address book is empty.\n"),
        (("chase", "tokens"), "There is no token.\n"),
    ):
        assert office.json(*args)["items"] == [], args
        assert office.run(*args).out == words
    assert office.json("deliveries")["more"] is False


def test_a_letter_from_being_sent_to_being_called_back(office: Commands, line: Line) -> None:
    key = office.address()
    sent = one(office.json("send", line.owed.id, *BY))
    fits(sent, "deliveries")
    assert (sent["state"], sent["address"], sent["to"], sent["sent_at"]) == ("underway", key, NUMBER, None)
    listed = office.json("deliveries")
    assert listed["items"] == [sent] and set(moments(listed)) == {"2026-11-24T15:00:00Z"}
    plain = office.run("deliveries").out
    assert all(str(sent[name]) in plain for name in ("id", "state", "channel", "recipient", "to", "obligation"))
    assert office.json("deliveries", "--channel", "print")["items"] == []
    line.hours += 1
    arrived = one(office.json("delivered", sent["id"], "arrived", "--words", "Their desk has it.", *BY))
    fits(arrived, "deliveries")
    assert (arrived["state"], arrived["received_at"]) == ("received", "2026-11-24T16:00:00Z")
    back = office.json("recall", line.owed.id, "--code", "wrong_recipient", "--words", "They called.", *BY)
    (got,) = back["items"]
    fits(got, "recall")
    assert back["left"] == 1 and got["left"] and got["recalled_by"] == CORA and "They called." in got["words"]
    assert office.json("deliveries")["items"][0]["error"].startswith("Called back")


@one_kind
def test_what_did_not_leave_before_it_was_called_back_is_not_said_to_have_left(office: Commands, line: Line) -> None:
    office.address(quiet_from=time(0, 0), quiet_until=time(23, 59))
    with office.changed(Obligation, (line.owed.id,), priority="routine"):
        waits = one(office.run("send", line.owed.id, *BY, "--json").json)
    fits(waits, "deliveries")
    assert waits["state"] == "planned" and waits["leaves_at"] > "2026-11-24T15:00:00Z"
    called = office.run("recall", line.owed.id, "--code", "wrong_recipient", *BY)
    assert "did not leave" in called.out and "0 had left" in called.out
    with line.db.read() as session:
        assert session.scalars(select(DeliveryRow)).one().state == "cancelled"


@one_kind
def test_a_command_that_refuses_prints_one_sentence_on_standard_error_and_nothing_else(
    office: Commands, line: Line
) -> None:
    key = office.address()
    office.run("send", line.owed.id, *BY)
    (sent,) = office.json("deliveries")["items"]
    for args in (
        ("send", "nothing", *BY),
        ("delivered", "nothing", "arrived", *BY),
        ("delivered", sent["id"], "not_left", *BY),
        ("delivered", sent["id"], "arrived", "--by", "nobody@demo.example"),
        ("recall", line.owed.id, "--code", "wrong_words", "--only", "nothing", *BY),
        ("confirm", "nothing", *BY),
        ("confirm", line.owed.id, "--by", "nobody@demo.example"),
    ):
        ended = office.run(*args, "--json")
        assert (ended.code, ended.out) == (USAGE, "") and ended.err.count("\n") == 1, ended
    assert key


@one_kind
def test_older_letters_than_are_shown_are_told_of(office: Commands, line: Line) -> None:
    with line.db.write() as session:
        for no in range(MOST_SHOWN + 1):
            session.add(row(DeliveryRow, "main", id=f"d{no:03}", state="sent", channel="fax", planned_at=line.now))
    found = office.json("deliveries")
    assert len(found["items"]) == MOST_SHOWN and found["more"] is True
    assert "There are older ones" in office.run("deliveries").err


@one_kind
def test_a_report_that_is_confirmed_says_how_it_stands(office: Commands, line: Line) -> None:
    office.run("attest", line.owed.id, "--channel", "fax", "--to", "Dr. Lee", *BY)
    done = one(office.json("confirm", line.owed.id, *BY))
    fits(done, "confirm")
    assert (done["obligation"], done["kind"], done["state"]) == (line.owed.id, "report", "confirmed")
    again = one(office.json("reopen", line.owed.id, *BY))
    fits(again, "confirm")
    assert again["state"] == line.report().state


@one_kind
def test_the_address_book_says_of_each_whether_it_may_be_used(office: Commands, line: Line) -> None:
    fine = office.address(quiet_from=time(18, 0), quiet_until=time(7, 30), rank=2)
    office.address("+16175550143", check=False)
    closed = office.address("+16175550144")
    assert office.run("address", "close", closed, "--because", "They moved.", *BY).code == 0
    stale = office.address("+16175550145")
    office.address("front-desk", channel="print")
    by_to = {}
    with office.changed(AddressRow, (stale,), checked_at=line.now - 400 * DAY):
        for item in office.json("address", "list")["items"]:
            fits(item, "address list")
            by_to[item["to"]] = item
        plain = office.run("address", "list").out
    assert (by_to[NUMBER]["id"], by_to[NUMBER]["why_not"], by_to[NUMBER]["quiet_until"]) == (fine, None, "07:30")
    assert "Nobody has checked" in by_to["+16175550143"]["why_not"]
    assert by_to["+16175550144"]["closed_because"] == "They moved." and by_to["+16175550144"]["closed_by"] == CORA
    assert "for a year" in by_to["+16175550145"]["why_not"]
    assert "Nothing is configured" in by_to["front-desk"]["why_not"]
    for item in by_to.values():
        (words,) = [told for told in plain.splitlines() if item["id"] in told]
        assert item["to"] in words and (item["why_not"] or "It may be used.") in words
    assert office.run("address", "opt-out", line.report().referrer_key or "", "fax", *BY).code == 0
    told = {item["to"]: item["why_not"] for item in office.json("address", "list")["items"]}
    assert "Their office wants no letters this way" in told[NUMBER]


@one_kind
def test_tokens_are_listed_without_what_they_are(office: Commands, line: Line) -> None:
    referrer = line.report().referrer_key or ""
    made = office.run("chase", "token", referrer, "--by", "mona@demo.example")
    assert made.code == 0 and "not shown again" in made.err, made
    token = made.out.strip()
    (item,) = office.json("chase", "tokens")["items"]
    fits(item, "chase tokens")
    assert (item["referrer"], item["revoked_at"]) == (referrer, None)
    ended = office.run("chase", "tokens")
    assert "in force" in ended.out and token not in ended.out
    line.hours += 1
    assert office.run("chase", "revoke", item["id"], "--by", "mona@demo.example").code == 0
    assert office.json("chase", "tokens")["items"][0]["revoked_at"] == "2026-11-24T16:00:00Z"
    assert "revoked" in office.run("chase", "tokens").out
