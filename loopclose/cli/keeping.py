"""Commands that keep what is stored: a backup, and putting one back."""

from __future__ import annotations

from pathlib import Path

import click

from loopclose.clock import system_clock
from loopclose.config.loading import load
from loopclose.flows.backups import back_up, restore


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a copy of the whole database, while others go on working."""
    back_up(load().database.url, file, system_clock())
    click.echo(f"{file} holds everything as it stands now; keep it where only you can read it.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Keep the SQLite database that stands there under another name.")
def put_back(file: Path, replace: bool) -> None:
    """Put a backup back and bring its schema up. Everybody signs in anew."""
    found = restore(load().database.url, file, system_clock(), replace=replace)
    if found.kept is not None:
        click.echo(f"What stood there is kept as {found.kept}.")
    click.echo(f"Everything is as it stood on {found.taken_at:%Y-%m-%d at %H:%M} UTC; now run loopclose sync.")


put_back.name = "restore"
COMMANDS = (backup, put_back)
