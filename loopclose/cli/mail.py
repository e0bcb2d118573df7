"""Commands for mails: a test, what became of them, and what a person decides about one."""

from __future__ import annotations

import click

from loopclose.cli.common import by_option, json_option, opened, put
from loopclose.errors import UNSENT, UsageError
from loopclose.flows.night.deciding import Decider
from loopclose.flows.night.testing import send_test
from loopclose.flows.work import Work
from loopclose.store import mails
from loopclose.store.base import Scope
from loopclose.store.outbox import FAILED, HELD, STATES


@click.group()
def mail() -> None:
    """Mails: try the mail server, see what did not leave, send again or drop."""


@mail.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send a test mail, and say what the mail server answered."""
    accepted, words = send_test(opened(), address)
    click.echo(words)
    if not accepted:
        raise click.exceptions.Exit(UNSENT)


@mail.command("list")
@click.option("--state", type=click.Choice(sorted(STATES)), multiple=True, help="Failed and held without it.")
@json_option
def list_mails(state: tuple[str, ...], as_json: bool) -> None:
    """The newest mails, and why they did not leave."""
    work, items = opened(), []
    for scope in work.scopes():
        with work.db.read() as session:
            found = mails.newest(session, scope, state or (FAILED, HELD))
        items += [
            {
                "id": one.id,
                "practice": scope.practice_id,
                "recipient": one.recipients[0],
                "state": one.state,
                "why": one.error,
                "night": one.night.isoformat(),
                "subject": one.subject,
            }
            for one in found
        ]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        click.echo(f"{item['id']}  {item['state']}, to {item['recipient']}, night of {item['night']}: {item['why']}")
    if not items:
        click.echo("No such mail.")


@mail.command("again")
@click.argument("id")
@by_option
def again(id: str, by: str) -> None:
    """Let a mail leave with the next run, if what it says is still true by then."""
    work = opened()
    _decider(work, id, by).send_again(id)
    click.echo("It leaves with the next run: loopclose serve makes one within minutes, or run loopclose nightly.")


@mail.command("drop")
@click.argument("id")
@by_option
def drop(id: str, by: str) -> None:
    """Keep a mail from ever leaving."""
    work = opened()
    _decider(work, id, by).drop(id)
    click.echo("Dropped. Nobody gets it.")


def _decider(work: Work, key: str, by: str) -> Decider:
    for scope in work.scopes():
        if _has(work, scope, key):
            return Decider(work.db, work.clock, scope, by)
    raise UsageError(f"There is no mail {key}: loopclose mail list shows those that there are.")


def _has(work: Work, scope: Scope, key: str) -> bool:
    with work.db.read() as session:
        return mails.message(session, scope, key) is not None


COMMANDS = (mail,)
