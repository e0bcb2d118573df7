"""Commands for the audit."""

from __future__ import annotations

from dataclasses import asdict

import click

from loopclose.cli.common import json_option, opened, put
from loopclose.errors import DATABASE, DONE
from loopclose.store import audit_log


@click.group()
def audit() -> None:
    """Who looked at what, and the seals over it."""


@audit.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Check every seal. Ends with 5 where something was changed or taken out after it was sealed."""
    work = opened()
    items = []
    for scope in work.scopes():
        with work.db.read() as session:
            verdict = audit_log.verify(session, scope)
        items.append({"practice": scope.practice_id, "ok": not verdict.broken, **asdict(verdict)})
    if as_json:
        put({"items": items}, work.clock())
    else:
        for item in items:
            _tell(item)
    raise click.exceptions.Exit(DONE if all(item["ok"] for item in items) else DATABASE)


def _tell(item: dict[str, object]) -> None:
    click.echo(
        f"{item['practice']}: {item['sealed']} rows in {item['segments']} sealed segments, "
        f"{item['unsealed']} not sealed yet."
    )
    if item["newest"]:
        click.echo(f"  newest seal {item['newest']}")
    for problem in item["broken"]:  # type: ignore[attr-defined]
        click.echo(f"  broken: {problem}")


COMMANDS = (audit,)
