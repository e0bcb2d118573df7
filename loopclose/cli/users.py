"""Commands for users and the schema."""

from __future__ import annotations

from pathlib import Path

import click

from loopclose.cli.common import json_option, opened, put
from loopclose.config.loading import load
from loopclose.domain.roles import ROLES
from loopclose.errors import UsageError
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.store import users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.upgrade import upgrade as upgrade_schema


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
    scope = _scope(sorted(work.config.practice), practice)
    password = None
    if password_file is not None:
        try:
            password = password_file.read_text().strip()
        except OSError as problem:
            raise UsageError(f"{password_file} cannot be read: {problem.strerror}.") from problem
    add_user(work.db, scope, Account(email, role, name, reference), password, work.clock)
    click.echo(f"{email} is a {role} of {scope.practice_id}.")


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
    scope = _scope(sorted(work.config.practice), practice)
    disable_user(work.db, work.clock, scope, email)
    click.echo(f"{email} is disabled.")


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to this version; make a backup first."""
    upgrade_schema(Database(load().database.url))
    click.echo("The schema is up to date.")


def _scope(practices: list[str], asked: str | None) -> Scope:
    if asked is not None and asked not in practices:
        raise UsageError(f"There is no practice {asked}; the configuration has: {', '.join(practices)}.")
    if asked is None and len(practices) > 1:
        raise UsageError(f"Say which practice: --practice {' or '.join(practices)}.")
    return Scope(asked or practices[0])


COMMANDS = (user, db)
