"""Commands for letters on their way: send one, see what became of each, say what is known, call one back."""

from __future__ import annotations

from typing import Any

import click

from loopclose.cli.common import by_option, json_option, opened, put, say, scope_of, stamp
from loopclose.domain.channels import CHANNELS
from loopclose.domain.delivering import CANCELLED, COPY, REPORT, STATES, TO_SEND, UNDERWAY, WENT_OUT
from loopclose.domain.recalling import REASONS
from loopclose.errors import UNSENT, TemporaryProblem, UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.delivery import recall as recalling
from loopclose.flows.delivery import said
from loopclose.flows.delivery.plan import plan_asked, plan_to
from loopclose.flows.delivery.send import send_due
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.work import Work
from loopclose.store import deliveries
from loopclose.store.base import Scope
from loopclose.store.deliveries import MOST_SHOWN, DeliveryRow


@click.command()
@click.argument("obligation")
@by_option
@click.option(
    "--to",
    "address",
    metavar="ADDRESS",
    help="An id of loopclose address list; else the first of the referrer that may be used.",
)
@click.option(
    "--copy", "is_copy", is_flag=True, help="A copy for somebody else than the referrer, to the address of --to."
)
@json_option
def send(obligation: str, by: str, address: str | None, is_copy: bool, as_json: bool) -> None:
    """Send the signed letter of OBLIGATION (a report, or a missed visit, as loopclose worklist --json shows it) now,
    and whatever else is due to leave.

    Ends with 0 once a channel took it; 2 where it may not be sent, with the reason, and nothing is written then; 5
    where the letter was changed after it was signed; 6 where another process is sending; 7 where no channel took it
    yet.
    """
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
@click.option("--state", type=click.Choice(sorted(STATES)), multiple=True, help="Only these; may be given again.")
@click.option("--channel", type=click.Choice(sorted(CHANNELS)), help="One channel only.")
@json_option
def list_deliveries(state: tuple[str, ...], channel: str | None, as_json: bool) -> None:
    """The newest letters, 100 of each practice, and what became of them; copies in the own chart are among them."""
    work, items, more = opened(), [], False
    for scope in work.scopes():
        with work.db.read() as session:
            found = deliveries.newest(session, scope, state or None, channel, MOST_SHOWN + 1)
            items += [_item(one) for one in found[:MOST_SHOWN]]
            more = more or len(found) > MOST_SHOWN
    if as_json:
        put({"items": items, "more": more}, work.clock())
        return
    for item in items:
        why = f" ({item['error']})" if item["error"] else ""
        say(
            f"{item['id']}  {item['state']}, by {item['channel']} to {item['recipient']}, {item['to']}: "
            f"{item['purpose']} of {item['obligation']}{why}"
        )
    if more:
        click.echo(f"There are older ones: the newest {MOST_SHOWN} are shown.", err=True)
    if not items:
        click.echo("No letter is so." if state or channel else "No letter was packed yet.")


def _item(row: DeliveryRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "practice": row.practice_id,
        "ehr": row.ehr,
        "obligation": row.obligation,
        "purpose": row.purpose,
        "recipient": row.name,
        "address": row.address,
        "channel": row.channel,
        "to": row.to,
        "urgent": row.urgent,
        "state": row.state,
        "planned_by": row.planned_by,
        "planned_at": stamp(row.planned_at),
        "leaves_at": stamp(row.try_after) if row.state in TO_SEND else None,
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
@click.argument("code", type=click.Choice(sorted(said.POSSIBLE)), metavar="WHAT")
@by_option
@click.option("--words", default="", help="How that is known.")
@json_option
def delivered(delivery: str, code: str, by: str, words: str, as_json: bool) -> None:
    """Say what became of a DELIVERY (its id) of which more is known than Loopclose could see.

    WHAT: arrived; left (as far as can be seen); not_left (it is sent again); wrong_office (its address is closed);
    drop (what did not leave yet is not sent).
    """
    work = opened()
    for scope in work.scopes():
        with work.db.read() as session:
            found = deliveries.delivery(session, scope, delivery)
        if found is not None:
            said.say(work, scope, ways_of(work, scope), delivery, code, by, words)
            _told(work, scope, delivery, as_json)
            return
    raise UsageError(f"There is no delivery {delivery}: loopclose deliveries shows those that there are.")


@click.command()
@click.argument("obligation")
@click.option("--code", type=click.Choice(sorted(REASONS)), required=True, help="Why.")
@click.option("--words", default="", help="More of it, in words.")
@click.option("--only", metavar="DELIVERY", help="This delivery only; whatever left of the report otherwise.")
@by_option
@json_option
def recall(obligation: str, code: str, words: str, only: str | None, by: str, as_json: bool) -> None:
    """Call back the letters of OBLIGATION, a report or a missed visit: what has not left stays, and who got one is
    listed, to be called.

    Why: wrong_recipient (who got it does not care for this patient: the address is closed, and the report is owed
    again, or the missed visit to be told), wrong_patient or wrong_words (the report is held until somebody
    looked at it).
    """
    work = opened()
    scope = scope_of(work, obligation)
    gone = recalling.recall(work, scope, obligation, code, by, words, only)
    with work.db.read() as session:
        items = [_got(one) for one in recalling.sheet(session, scope, obligation)]
    if as_json:
        put({"left": gone, "items": items}, work.clock())
        return
    for item in items:
        when = item["received_at"] or item["sent_at"] or "nobody knows"
        left = f"left: {when}" if item["left"] else "did not leave"
        say(f"{item['recipient']}, by {item['channel']} to {item['to']}: {left}")
    click.echo(f"{gone} had left, or may have: call each, and answer the breach assessment on the page of the report.")


def _got(one: recalling.Got) -> dict[str, Any]:
    row, event = one.row, one.recalled
    return {
        "delivery": row.id,
        "recipient": row.name,
        "channel": row.channel,
        "to": row.to,
        "left": row.state != CANCELLED,
        "sent_at": stamp(row.sent_at),
        "received_at": stamp(row.received_at),
        "recalled_at": stamp(event.heard_at) if event else None,
        "recalled_by": event.by if event else None,
        "words": event.words if event else None,
    }


COMMANDS = (send, list_deliveries, delivered, recall)
