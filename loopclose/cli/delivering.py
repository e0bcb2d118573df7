"""Commands for letters on their way: send one, see what became of each, say what is known, and what they ask."""

from __future__ import annotations

from typing import Any

import click

from loopclose.cli.common import by_option, json_option, opened, put, say, scope_of, stamp
from loopclose.domain.channels import CHANNELS
from loopclose.domain.delivering import COPY, REPORT, STATES, TO_SEND, UNDERWAY, WENT_OUT
from loopclose.domain.recalling import REASONS
from loopclose.errors import UNSENT, TemporaryProblem, UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.delivery import recall as recalling
from loopclose.flows.delivery import said
from loopclose.flows.delivery.plan import plan_asked, plan_to
from loopclose.flows.delivery.send import send_due
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.work import Work
from loopclose.store import deliveries, letter_duties
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.letter_duties import Asked


@click.command()
@click.argument("obligation")
@by_option
@click.option("--to", "address", metavar="ADDRESS", help="Id of an address; the first that may be used otherwise.")
@click.option("--copy", "is_copy", is_flag=True, help="A copy, to an address of somebody else: needs --to.")
@json_option
def send(obligation: str, by: str, address: str | None, is_copy: bool, as_json: bool) -> None:
    """Send the signed letter of a report now, and whatever else is due to leave. Ends with 0 once a channel took it."""
    work = opened()
    scope = scope_of(work, obligation)
    check_role(work.db, scope, by, "send")
    ways = ways_of(work, scope)
    if not ways and work.config.practice[scope.practice_id].rehearsal:
        raise UsageError(f"Nothing leaves in a rehearsal: see rehearsal in [practice.{scope.practice_id}].")
    if address is None and is_copy:
        raise UsageError("Say to which address the copy goes: --to.")
    if address is None:
        key = plan_asked(work, scope, ways, obligation, by)
    else:
        key = plan_to(work, scope, ways, obligation, address, by, COPY if is_copy else REPORT)
    busy = None
    try:
        send_due(work, scope, ways)
    except TemporaryProblem as problem:  # it is packed, and leaves with whoever is at it
        busy = problem
    row = _told(work, scope, key, as_json)
    if row.state not in WENT_OUT | {UNDERWAY}:
        if busy is not None:
            raise busy
        raise click.exceptions.Exit(UNSENT)


def _told(work: Work, scope: Scope, key: str, as_json: bool) -> DeliveryRow:
    """Print how a delivery stands."""
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
    if row is None:
        raise UsageError(f"There is no delivery {key}.")
    if as_json:
        put(_item(row), work.clock())
    else:
        say(f"{key}  {row.state}: {STATES[row.state]}.{_more(row)}")
    return row


def _more(row: DeliveryRow) -> str:
    leaves = f" It leaves from {stamp(row.try_after)}." if row.state in TO_SEND and row.try_after else ""
    return leaves + (f" {row.error}" if row.error else "")


@click.command("deliveries")
@click.option("--state", type=click.Choice(sorted(STATES)), multiple=True, help="Every state without it.")
@click.option("--channel", type=click.Choice(sorted(CHANNELS)), help="One channel only.")
@json_option
def list_deliveries(state: tuple[str, ...], channel: str | None, as_json: bool) -> None:
    """The newest letters on their way, and what became of them."""
    work, items = opened(), []
    for scope in work.scopes():
        with work.db.read() as session:
            items += [_item(one) for one in deliveries.newest(session, scope, state or None, channel)]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        why = f" ({item['error']})" if item["error"] else ""
        say(
            f"{item['id']}  {item['state']}, by {item['channel']} to {item['recipient']}: "
            f"report {item['obligation']}{why}"
        )
    if not items:
        click.echo("No such letter.")


def _item(row: DeliveryRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "practice": row.practice_id,
        "obligation": row.obligation,
        "purpose": row.purpose,
        "recipient": row.name,
        "channel": row.channel,
        "state": row.state,
        "planned_at": stamp(row.planned_at),
        "sent_at": stamp(row.sent_at),
        "received_at": stamp(row.received_at),
        "tries": row.tries,
        "error": row.error,
        "code": row.code,
        "sha256": row.sha256,
        "followed_by": row.followed_by,
    }


@click.command()
@click.argument("delivery")
@click.argument("code", type=click.Choice(sorted(said.POSSIBLE)))
@by_option
@click.option("--words", default="", help="How that is known.")
def delivered(delivery: str, code: str, by: str, words: str) -> None:
    """Say what became of a delivery of which more is known than Loopclose could see."""
    work = opened()
    for scope in work.scopes():
        with work.db.read() as session:
            found = deliveries.delivery(session, scope, delivery)
        if found is not None:
            said.say(work, scope, ways_of(work, scope), delivery, code, by, words)
            click.echo("Kept.")
            return
    raise UsageError(f"There is no delivery {delivery}: loopclose deliveries shows those that there are.")


@click.command()
@click.argument("obligation")
@click.option("--code", type=click.Choice(sorted(REASONS)), required=True, help="Why.")
@click.option("--words", default="", help="More of it, in words.")
@click.option("--only", metavar="DELIVERY", help="This delivery only; whatever left of the report otherwise.")
@by_option
def recall(obligation: str, code: str, words: str, only: str | None, by: str) -> None:
    """Call a letter back: what has not left stays, and who got it is listed, to be called."""
    work = opened()
    scope = scope_of(work, obligation)
    gone = recalling.recall(work, scope, obligation, code, by, words, only)
    with work.db.read() as session:
        found = recalling.sheet(session, scope, obligation)
    for one in found:
        when = stamp(one.row.received_at or one.row.sent_at) or "perhaps"
        say(f"{one.row.name}, by {one.row.channel} to {one.row.to}: {when}")
    click.echo(f"{gone} had left, or may have: call each, and answer the breach assessment on the page of the report.")


@click.command()
@click.option("--all", "everything", is_flag=True, help="What was answered, too.")
@json_option
def asks(everything: bool, as_json: bool) -> None:
    """What letters asked of referrers, and what they promised: by when, and what became of it."""
    work, items = opened(), []
    for scope in work.scopes():
        with work.db.read() as session:
            items += [_asked(one) for one in letter_duties.asked(session, scope, open_only=not everything)]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        answer = f" ({item['answer'] or item['state']}, says {item['answered_by']})" if item["answered_by"] else ""
        say(
            f"{item['due_at']}  {item['kind']:<14} {item['state']:<9} {item['referrer'] or '-'}: "
            f"{item['words']}{answer}"
        )
    if not items:
        click.echo("Nothing is asked of anybody.")


def _asked(one: Asked) -> dict[str, Any]:
    row, owed, closed = one.row, one.owed, one.closed
    return {
        "obligation": owed.id,
        "practice": owed.practice_id,
        "report": row.letter,
        "kind": owed.kind,
        "words": row.words,
        "supply": row.supply or None,
        "state": owed.state,
        "due_at": stamp(owed.due_at),
        "sent_at": stamp(row.sent_at),
        "referrer": owed.referrer_name,
        "owner": owed.owner,
        "answer": closed.code if closed else None,
        "answered_by": closed.actor if closed else None,
        "answered_at": stamp(closed.effective_at) if closed else None,
    }


COMMANDS = (send, list_deliveries, delivered, recall, asks)
