"""Commands for the address book: where letters for each referrer go, and who checked it."""

from __future__ import annotations

from typing import Any

import click

from loopclose.cli.common import by_option, json_option, opened, put, say, scope_named, stamp
from loopclose.domain.address_book import OPT_OUTS, SOURCES, wants_none, why_not
from loopclose.domain.channels import IN_BOOK
from loopclose.errors import UsageError
from loopclose.flows.delivery import said
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.work import Work
from loopclose.store import addresses, opt_outs
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope


@click.group()
def address() -> None:
    """The address book: where letters for each referrer go."""


@address.command("list")
@json_option
def list_addresses(as_json: bool) -> None:
    """Every address, with whether a letter can be sent there, and why not."""
    work, items = opened(), []
    now = work.clock()
    for scope in work.scopes():
        ways = set(ways_of(work, scope))
        with work.db.read() as session:
            said_no = opt_outs.all_opted_out(session, scope)
            for row in addresses.all_addresses(session, scope):
                unwanted = wants_none(row.channel, is_copy=False, opted_out=said_no.get(row.referrer, {}))
                items.append(_entry(row) | {"why_not": why_not(row.entry, now, ways) or unwanted})
    if as_json:
        put({"items": items}, now)
        return
    for item in items:
        how = item["why_not"] or "It may be used."
        say(f"{item['id']}  {item['name']}, {item['referrer']}: {item['channel']} {item['to']}. {how}")
    if not items:
        click.echo("The address book is empty.")


def _entry(row: AddressRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "practice": row.practice_id,
        "referrer": row.referrer,
        "name": row.name,
        "location": row.location,
        "contact": row.contact,
        "channel": row.channel,
        "to": row.to,
        "rank": row.rank,
        "source": row.source,
        "quiet_from": row.quiet_from.isoformat("minutes") if row.quiet_from else None,
        "quiet_until": row.quiet_until.isoformat("minutes") if row.quiet_until else None,
        "checked_by": row.checked_by,
        "checked_at": stamp(row.checked_at),
        "used_at": stamp(row.used_at),
        "closed_at": stamp(row.closed_at),
        "closed_by": row.closed_by,
        "closed_because": row.closed_because,
    }


@address.command("add")
@click.argument("referrer")
@click.argument("channel", type=click.Choice(sorted(IN_BOOK)))
@click.argument("to")
@click.option("--name", required=True, help="What the referrer is called.")
@click.option("--rank", type=click.IntRange(1, 9), default=1, show_default=True, help="1 is tried first.")
@click.option(
    "--source", type=click.Choice(sorted(SOURCES)), default="person", show_default=True, help="How it is known."
)
@click.option("--practice", help="Which practice, where there are several.")
@by_option
def add(referrer: str, channel: str, to: str, name: str, rank: int, source: str, practice: str | None, by: str) -> None:
    """Put an address of REFERRER (npi:1093817465, or main:Practitioner/7, of the EHR main) into the book; it is not
    checked by that. TO: a fax number, an e-mail or Direct address, a printer's name, or Practitioner/id (fhir).
    """
    work = opened()
    scope = scope_named(work.config, practice)
    given = {"referrer": referrer, "channel": channel, "to": to, "name": name, "rank": rank, "source": source}
    click.echo(said.add_address(work, scope, given, by))


@address.command("check")
@click.argument("id")
@by_option
def check(id: str, by: str) -> None:
    """Say that an address is right, having compared it with the office."""
    work = opened()
    said.check_address(work, _book_of(work, id), id, by)
    click.echo("Kept: letters may go there.")


@address.command("close")
@click.argument("id")
@click.option("--because", required=True, help="Why.")
@by_option
def close(id: str, because: str, by: str) -> None:
    """Close an address: nothing goes there any more."""
    work = opened()
    said.close_address(work, _book_of(work, id), id, by, because)
    click.echo("Kept: nothing goes there any more.")


@address.command("opt-out")
@click.argument("referrer")
@click.argument("what", type=click.Choice(sorted(OPT_OUTS)))
@click.option("--words", default="", help="Who said so, and how.")
@click.option("--practice", help="Which practice, where there are several.")
@by_option
def opt_out(referrer: str, what: str, words: str, practice: str | None, by: str) -> None:
    """Keep what the office of REFERRER (as in loopclose address list) does not want: no more paper (fax and print), no
    copies, or nothing by one channel. It holds until opt-in.
    """
    work = opened()
    said.opt_out(work, scope_named(work.config, practice), referrer, what, by, words)
    click.echo("Kept.")


@address.command("opt-in")
@click.argument("referrer")
@click.argument("what", type=click.Choice(sorted(OPT_OUTS)))
@click.option("--practice", help="Which practice, where there are several.")
@by_option
def opt_in(referrer: str, what: str, practice: str | None, by: str) -> None:
    """Keep that the office of REFERRER wants again what it did not want."""
    work = opened()
    said.opt_in(work, scope_named(work.config, practice), referrer, what, by)
    click.echo("Kept.")


def _book_of(work: Work, key: str) -> Scope:
    for scope in work.scopes():
        with work.db.read() as session:
            if addresses.address(session, scope, key) is not None:
                return scope
    raise UsageError(f"There is no address {key}: loopclose address list shows those that there are.")


COMMANDS = (address,)
