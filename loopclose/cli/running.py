"""Commands that run once: sync, nightly."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import click
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import SQLAlchemyError

from loopclose.cli.common import as_of_option, json_option, opened, put, say
from loopclose.errors import DATABASE, DONE, QUARANTINE, UNSENT, LoopcloseError, TemporaryProblem, code_of, worst
from loopclose.flows.jobs import run_night, sync_site
from loopclose.flows.night.nightly import NightResult
from loopclose.flows.night.sealing import seal
from loopclose.flows.reading.sync import SyncResult
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work
from loopclose.logs import in_words
from loopclose.store.quarantine import in_quarantine


@click.command()
@click.option("--ehr", help="Only this [ehr.NAME].")
@click.option("--gently", is_flag=True, help="What did not change is not read again, as serve does it.")
@click.option("--strict", is_flag=True, help="End with 4 while anything stands in quarantine.")
@as_of_option
@json_option
def sync(ehr: str | None, gently: bool, strict: bool, as_of: datetime | None, as_json: bool) -> None:
    """Read the EHR and bring what is owed up to date. Sends nothing."""
    work = opened(as_of, writes=True)
    chosen = sites(work.config, ehr)
    results, codes = [], []
    for site in chosen:
        try:
            result = run_one(work, site, show=not as_json, gently=gently)
        except TemporaryProblem as problem:
            click.echo(str(problem), err=True)
            codes.append(code_of(problem))
            continue
        results.append(result)
        codes.append(_code(work, site, result, strict))
        if result.error is not None:
            say(f"{site.ehr}: {result.error}", err=True)
    if as_json:
        document = results[0].as_json() if len(chosen) == 1 and results else {"items": [r.as_json() for r in results]}
        put(document, work.clock())
    else:
        for result in results:
            _tell(result)
    raise click.exceptions.Exit(worst(codes))


def run_one(work: Work, site: Site, *, show: bool, gently: bool = False) -> SyncResult:
    """Sync one site, with progress on a terminal."""
    with (
        Progress(console=Console(stderr=True), disable=not show, transient=True) as bars,
    ):
        tasks: dict[str, object] = {}

        def progress(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        return sync_site(work, site, progress, gently=gently)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be told, and write and send nothing.")
@as_of_option
@json_option
def night(dry_run: bool, as_of: datetime | None, as_json: bool) -> None:
    """Tell people what is late or falls due: one mail a person, none when there is nothing."""
    work = opened(as_of, writes=not dry_run)
    whole, codes = NightResult(), []
    for scope in work.scopes():
        try:
            result = run_night(work, scope, dry_run=dry_run)
            if not dry_run:
                with suppress(TemporaryProblem):  # then another process seals the same rows
                    seal(work.db, work.clock, scope)
        except (LoopcloseError, SQLAlchemyError) as problem:  # one practice's trouble costs no other its night
            click.echo(f"{scope.practice_id}: {in_words(problem)}", err=True)
            codes.append(code_of(problem) if isinstance(problem, LoopcloseError) else DATABASE)
            continue
        codes.append(UNSENT if result.failed and not dry_run else DONE)
        whole = NightResult(
            whole.examined + result.examined,
            whole.late + result.late,
            whole.alerts + result.alerts,
            whole.messages_sent + result.messages_sent,
            whole.failed + result.failed,
            whole.already_sent + result.already_sent,
        )
    if as_json:
        put(whole.as_json(), work.clock())
    else:
        click.echo(
            f"{whole.examined} waiting, {whole.late} late; {len(whole.alerts)} alerts, "
            f"{whole.messages_sent} mails sent, {whole.failed} failed, {whole.already_sent} sent before."
        )
    raise click.exceptions.Exit(worst(codes))


night.name = "nightly"


def _code(work: Work, site: Site, result: SyncResult, strict: bool) -> int:
    if result.error is not None:
        return code_of(result.error)
    if result.unread:
        return QUARANTINE
    if not strict:
        return DONE
    with work.db.read() as session:
        return QUARANTINE if in_quarantine(session, site.scope, site.ehr) else DONE


def _tell(result: SyncResult) -> None:
    counts = result.counts
    state = "complete" if result.complete else "INCOMPLETE"
    click.echo(
        f"{result.ehr}: {state}; {counts['fetched']} fetched = {counts['admitted']} admitted + "
        f"{counts['unchanged']} unchanged + {sum(counts['ignored'].values())} ignored + "
        f"{counts['quarantined']} in quarantine"
    )
    if result.unread:
        click.echo(f"{result.ehr}: not read whole, see loopclose doctor: {', '.join(result.unread)}")
    for warning in counts["warnings"]:
        say(f"{result.ehr}: {warning}")


COMMANDS = (sync, night)
