"""Commands for the tokens by which offices of referrers ask by machine where a report is."""

from __future__ import annotations

import click

from loopclose.cli.common import by_option, json_option, opened, put, say, scope_named, stamp
from loopclose.errors import UsageError
from loopclose.flows.chasing.machines import make_token, revoke_token
from loopclose.store import chase_tokens

practice_option = click.option("--practice", help="Which practice, where there are several.")


@click.group()
def chase() -> None:
    """Tokens by which the office of a referrer asks by machine where a report is."""


@chase.command("token")
@click.argument("referrer")
@practice_option
@by_option
def token(referrer: str, practice: str | None, by: str) -> None:
    """Make a token of REFERRER (npi:1093817465, or main:Practitioner/7, of the EHR main), and print it this once."""
    work = opened()
    made = make_token(work, scope_named(work.config, practice), referrer, by)
    click.echo(made)
    click.echo("It is not shown again: hand it to the office on a safe way.", err=True)


@chase.command("tokens")
@json_option
def tokens(as_json: bool) -> None:
    """Every token that was made: whose it is, and whether it is in force."""
    work, items = opened(), []
    for scope in work.scopes():
        with work.db.read() as session:
            items += [
                {
                    "id": one.id,
                    "practice": one.practice_id,
                    "referrer": one.referrer,
                    "made_by": one.made_by,
                    "made_at": stamp(one.made_at),
                    "revoked_at": stamp(one.revoked_at),
                }
                for one in chase_tokens.tokens(session, scope)
            ]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        say(f"{item['id']}  {item['referrer']}  {'revoked' if item['revoked_at'] else 'in force'}")
    if not items:
        click.echo("There is no token.")


@chase.command("revoke")
@click.argument("id")
@by_option
def revoke(id: str, by: str) -> None:
    """Take a token back, by the ID that loopclose chase tokens shows: nothing is answered to it any more."""
    work = opened()
    for scope in work.scopes():
        with work.db.read() as session:
            here = any(one.id == id for one in chase_tokens.tokens(session, scope))
        if here:
            revoke_token(work, scope, id, by)
            click.echo("Revoked: nothing is answered to it any more.")
            return
    raise UsageError(f"There is no token {id}: loopclose chase tokens shows those that there are.")


COMMANDS = (chase,)
