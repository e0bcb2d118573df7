"""The command that looks at every part: what is well, what is not, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import click

from loopclose.cli.common import json_option, opened, put
from loopclose.errors import worst
from loopclose.flows.health.asking import everything
from loopclose.flows.health.check import Check
from loopclose.store.base import Scope


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Every part, its health, and what to do. Ends with the code of what is worst."""
    work = opened()
    tell(list(everything(work)), as_json, work.clock())


def tell(found: Sequence[tuple[Scope | None, Check]], as_json: bool, now: datetime) -> NoReturn:
    """Print checks, each with the practice it is of, and end with the code of what is worst."""
    if as_json:
        parts = [
            {
                "part": check.name,
                "practice": scope.practice_id if scope else None,
                "ok": check.ok,
                "says": check.words,
                "exit": check.exit_code,
            }
            for scope, check in found
        ]
        put({"items": parts}, now)
    else:
        for _, check in found:
            click.echo(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.words}")
    raise click.exceptions.Exit(worst([check.exit_code for _, check in found]))


COMMANDS = (doctor,)
