"""Commands for users and the schema."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from loopclose.cli import identities
from loopclose.cli.common import json_option, opened, put, scope_named
from loopclose.config.loading import load
from loopclose.domain.roles import ROLES
from loopclose.errors import UsageError
from loopclose.flows import absences
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.flows.site import practice_of
from loopclose.store import users
from loopclose.store.engine import Database
from loopclose.store.upgrade import upgrade as upgrade_schema

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def user() -> None:
    """People who sign in or are told."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--reference", help="Practitioner/id or NPI of a clinician.")
@click.option("--name", help="As shown on the screens; the e-mail's first part otherwise.")
@click.option("--practice", help="Only needed where there are several.")
@click.option("--password-file", type=click.Path(path_type=Path), help="A file that holds the password.")
def add(
    email: str, role: str, reference: str | None, name: str | None, practice: str | None, password_file: Path | None
) -> None:
    """Add a user, or change the one with that e-mail."""
    work = opened()
    scope = scope_named(work.config, practice)
    password = None
    if password_file is not None:
        try:
            password = password_file.read_text().strip()
        except OSError as problem:
            raise UsageError(f"{password_file} cannot be read: {problem.strerror}.") from problem
    add_user(work.db, scope, Account(email, role, name, reference), password, work.clock)
    click.echo(f"{email} is {'an' if role[0] in 'aeiou' else 'a'} {role} of {scope.practice_id}.")


@user.command("list")
@json_option
def everybody(as_json: bool) -> None:
    """Everybody who can sign in, with their roles; a role that Loopclose does not know lets them do nothing."""
    work = opened()
    with work.db.read() as session:
        items = [
            {"practice": scope.practice_id, "email": one.email, "role": one.role, "known": one.role in ROLES}
            for scope in work.scopes()
            for one in users.of_practice(session, scope)
        ]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        unknown = "" if item["known"] else "  (no such role: give one with loopclose user add)"
        click.echo(f"{item['practice']:<16} {item['role']:<12} {item['email']}{unknown}")


@user.command("disable")
@click.argument("email")
@click.option("--practice")
def disable(email: str, practice: str | None) -> None:
    """Disable a user and end their sessions."""
    work = opened()
    scope = scope_named(work.config, practice)
    disable_user(work.db, work.clock, scope, email)
    click.echo(f"{email} is disabled.")


@user.command("away")
@click.argument("email")
@click.option("--from", "first", type=DAY, help="First day away, such as 2026-12-24; today otherwise.")
@click.option("--until", "last", type=DAY, help="Last day away; until further notice otherwise.")
@click.option("--deputy", help="E-mail of the user who is told instead; the role is otherwise.")
@click.option("--practice", help="Only needed where there are several.")
def away(email: str, first: datetime | None, last: datetime | None, deputy: str | None, practice: str | None) -> None:
    """Somebody is away, in the practice's dates, and a deputy stands in for them."""
    work = opened()
    scope = scope_named(work.config, practice)
    of = practice_of(work.config, scope.practice_id)
    absence, told = absences.note_away(work.db, work.clock, scope, of, email, _date(first), _date(last), deputy)
    until = f"until {absence.last}" if absence.last else "until further notice"
    click.echo(f"{absence.who} is away from {absence.first} {until}; {told or 'whoever has the role'} is told.")


@user.command("back")
@click.argument("email")
@click.option("--practice", help="Only needed where there are several.")
def back(email: str, practice: str | None) -> None:
    """Somebody is there again from today on: what was noted as absence ends, or is dropped."""
    work = opened()
    scope = scope_named(work.config, practice)
    ended = absences.note_back(work.db, work.clock, scope, practice_of(work.config, scope.practice_id), email)
    click.echo(f"{email} is there." if ended else f"{email} was not noted as away.")


@user.command("absences")
@click.option("--practice", help="Only needed where there are several.")
@json_option
def list_absences(practice: str | None, as_json: bool) -> None:
    """Who is away now or later, and who stands in."""
    work = opened()
    scope = scope_named(work.config, practice)
    found = absences.away(work.db, work.clock, scope, practice_of(work.config, scope.practice_id))
    if as_json:
        items = [
            {"email": one.who, "from": str(one.first), "until": one.last and str(one.last), "deputy": one.deputy}
            for one in found
        ]
        put({"items": items}, work.clock())
        return
    for one in found:
        until = f"until {one.last}" if one.last else "until further notice"
        click.echo(f"{one.who} from {one.first} {until}: {one.deputy or 'the role'}")


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to this version; make a backup first."""
    upgrade_schema(Database(load().database.url))
    click.echo("The schema is up to date.")


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


for command in identities.COMMANDS:
    user.add_command(command)
COMMANDS = (user, db)
