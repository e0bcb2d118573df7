"""Commands for the days on which patients are back with their referrers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from loopclose.cli.common import json_option, opened, put, say
from loopclose.cli.moves import ON_OBLIGATIONS
from loopclose.domain.return_lines import LARGEST, NoSuchFile, lines_of
from loopclose.errors import DONE, QUARANTINE, UsageError
from loopclose.flows.decisions.return_file import LEFT_OUT, TAKEN, Outcome, ReturnFile
from loopclose.store.base import Scope


class Returns(click.Group):
    """``returns import FILE``, and ``returns OBLIGATION``: what is no command of its own is something owed."""

    otherwise = next(command for command in ON_OBLIGATIONS if command.name == "returns")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The move on one thing owed, where the first word is none of ours."""
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return self.otherwise.name, self.otherwise, args


@click.group(cls=Returns, help=Returns.otherwise.help, context_settings={"ignore_unknown_options": True})
def returns() -> None:
    """The day on which a patient sees the referrer again."""


@returns.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", metavar="EMAIL", help="The user who hands the dates in; needed unless it is only tried.")
@click.option("--practice", metavar="NAME", help="Whose patients they are; needed where there are several practices.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken, and keep nothing.")
@json_option
def import_returns(file: Path, by: str | None, practice: str | None, dry_run: bool, as_json: bool) -> None:
    """Take return dates from a CSV FILE with the columns patient, date, and perhaps referrer and source."""
    work = opened()
    names = [scope.practice_id for scope in work.scopes() if practice in (None, scope.practice_id)]
    if len(names) != 1:
        raise UsageError(f"Say with --practice which it is: {', '.join(s.practice_id for s in work.scopes())}.")
    try:
        lines = list(lines_of(_text(file)))
    except NoSuchFile as problem:
        raise UsageError(str(problem)) from problem
    found = list(ReturnFile(work, Scope(names[0]), by, dry_run).take(iter(lines)))
    if as_json:
        put({"dry_run": dry_run, "counts": _counts(found), "items": [asdict(one) for one in found]}, work.clock())
    else:
        for one in found:
            if one.what != TAKEN:
                say(f"Line {one.line}: {one.says}", err=one.what in LEFT_OUT)
        told = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in _counts(found).items())
        click.echo(f"{len(found)} lines: {told or 'nothing'}.")
    raise click.exceptions.Exit(QUARANTINE if any(one.what in LEFT_OUT for one in found) else DONE)


def _text(file: Path) -> str:
    if file.stat().st_size > LARGEST:
        raise UsageError(f"{file} is larger than {LARGEST // 2**20} MB: hand it in in parts.")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{file} cannot be read as UTF-8 text.") from problem


def _counts(found: list[Outcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.what] = counts.get(one.what, 0) + 1
    return counts


COMMANDS = (returns,)
