"""What the commands share: configuration, database, the clock, and one JSON document on standard output."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from loopclose.clock import fixed, system_clock
from loopclose.config.loading import load
from loopclose.config.sections import Config
from loopclose.domain.outside_text import harmless
from loopclose.errors import UsageError
from loopclose.flows.backups import note_if_put_back
from loopclose.flows.work import Work
from loopclose.logs import configure
from loopclose.store import find
from loopclose.store.base import Scope
from loopclose.store.upgrade import open_database

by_option = click.option("--by", required=True, metavar="EMAIL", help="The user who decides.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


class AsOf(click.ParamType):  # type: ignore[type-arg]
    """An instant with its offset."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Refuse a time without an offset: it would mean another moment on another machine."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            utc = moment.astimezone(UTC)
        except (ValueError, OverflowError):  # the latter: in Greenwich it would be year 0, or year 10000
            self.fail(f"{value!r} is no time: write it like 2026-11-23T17:00:00-05:00.", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset: write it like {value}Z or {value}-05:00.", param, ctx)
        return utc


as_of_option = click.option("--as-of", type=AsOf(), help="Take this instant for now.")


def opened(as_of: datetime | None = None, *, writes: bool = False) -> Work:
    """Load the configuration and open the database.

    A command that writes or sends takes ``--as-of`` only in a rehearsal.
    """
    config = load()
    configure(form=config.log.format)
    if as_of is not None and writes and not all(practice.rehearsal for practice in config.practice.values()):
        raise UsageError("--as-of on a command that writes or sends needs rehearsal = true in every [practice.…].")
    db = open_database(config.database.url)
    taken = note_if_put_back(db, system_clock)
    if taken is not None:
        click.echo(f"This database is a backup of {taken:%Y-%m-%d %H:%M} UTC that was put back.", err=True)
    return Work(config, db, fixed(as_of) if as_of else system_clock)


def scope_named(config: Config, asked: str | None) -> Scope:
    """The practice that is asked for, or the only one; raises ``UsageError``."""
    practices = sorted(config.practice)
    if asked is not None and asked not in practices:
        raise UsageError(f"There is no practice {asked}; the configuration has: {', '.join(practices)}.")
    if asked is None and len(practices) > 1:
        raise UsageError(f"Say which practice: --practice {' or '.join(practices)}.")
    return Scope(asked or practices[0])


def scope_of(work: Work, obligation: str) -> Scope:
    """The practice of something owed; raises ``UsageError`` where there is no such thing."""
    with work.db.read() as session:
        found = find.scope_of_obligation(session, work.scopes(), obligation)
    if found is None:
        raise UsageError(f"There is no obligation {obligation}.")
    return found


def say(text: str, *, err: bool = False) -> None:
    """Print a line that may hold text of others: nothing in it moves the cursor, hides words, or ends the line."""
    click.echo(" ".join(harmless(text).splitlines()), err=err)


def put(document: dict[str, Any], now: datetime) -> None:
    """Print the one JSON document of a command."""
    click.echo(json.dumps({"schema": 1, "as_of": stamp(now), **document}))


def stamp(moment: datetime | None) -> str | None:
    """An instant as the commands print it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None
