"""Commands that only read: worklist, links, quarantine, export."""

from __future__ import annotations

from datetime import datetime

import click

from loopclose.cli.common import as_of_option, json_option, opened, put, say
from loopclose.domain.codes import BANDS, KINDS, REPORT_STATES
from loopclose.flows.delivery.ways import as_they_can_leave
from loopclose.store.export import export as exported
from loopclose.store.links import links as linked
from loopclose.store.quarantine import in_quarantine
from loopclose.store.worklist import worklist as owed
from loopclose.store.worklist_item import to_json


@click.command()
@click.option("--kind", type=click.Choice([*KINDS, "all"]), default="report", show_default=True)
@click.option("--state", type=click.Choice(["open", "all", *REPORT_STATES]), default="open", show_default=True)
@click.option("--late", is_flag=True, help="Only what is late.")
@as_of_option
@json_option
def worklist(kind: str, state: str, late: bool, as_of: datetime | None, as_json: bool) -> None:
    """What is owed, late first."""
    work = opened(as_of)
    now = work.clock()
    with work.db.read() as session:
        by_scope = {
            scope: owed(session, scope, now, kind=kind, state=state, late=late or None) for scope in work.scopes()
        }
    items = [to_json(item) for scope, those in by_scope.items() for item in as_they_can_leave(work, scope, those)]
    if as_json:
        put({"items": items}, now)
        return
    for item in items:
        lateness = f"{item['late_by_hours']} h late" if item["late"] else "in time"
        about = (item["visit"] or item["appointment"] or item["referral"] or {}).get("id", "")
        click.echo(
            f"{item['due_at']}  {lateness:>12}  {item['kind']:<8} {item['state']:<9} {about:<24} {item['next_step']}"
        )
    click.echo(f"{len(items)} owed, {sum(item['late'] for item in items)} late")


@click.command()
@click.option("--band", type=click.Choice(BANDS))
@as_of_option
@json_option
def links(band: str | None, as_of: datetime | None, as_json: bool) -> None:
    """Every visit of ours and the referrals it answers."""
    work = opened(as_of)
    with work.db.read() as session:
        items = [item for scope in work.scopes() for item in linked(session, scope, band)]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        answers = ", ".join(item["referrals"]) or "-"
        say(f"{item['visit']:<24} {item['band']:<10} {answers:<24} {'; '.join(item['because'])}")


@click.command()
@as_of_option
@json_option
def quarantine(as_of: datetime | None, as_json: bool) -> None:
    """What cannot be read safely, why, and what it holds up."""
    work = opened(as_of)
    with work.db.read() as session:
        items = [item for scope in work.scopes() for item in in_quarantine(session, scope)]
    if as_json:
        put({"items": items}, work.clock())
        return
    for item in items:
        say(f"{item['resource']}: {item['detail']}")
    click.echo(f"{len(items)} in quarantine")


@click.command()
def export() -> None:
    """Everything that matters as NDJSON, sorted by table and key."""
    work = opened()
    with work.db.read() as session:
        for scope in work.scopes():
            for line in exported(session, scope):
                click.echo(line)


COMMANDS = (worklist, links, quarantine, export)
