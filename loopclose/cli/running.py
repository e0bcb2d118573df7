"""Commands that run things: sync, nightly, serve."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.progress import Progress

from fhir_adapters.errors import TemporaryError
from loopclose.cli.common import as_of_option, json_option, opened, put
from loopclose.config import Config
from loopclose.errors import DONE, EHR_REFUSED, QUARANTINE, TEMPORARY, UNSENT, TemporaryProblem, worst
from loopclose.flows.nightly import NightResult, nightly
from loopclose.flows.sealing import seal
from loopclose.flows.site import Site, client_of, ladder_of, practice_of, sites
from loopclose.flows.sync.crew import Crew, hands_here
from loopclose.flows.sync.hand import collect_seldom
from loopclose.flows.sync.run import SyncResult
from loopclose.flows.sync.run import sync as sync_site
from loopclose.flows.work import Work
from loopclose.outbound.mail import FolderMailer, Mailer, SmtpMailer
from loopclose.outbound.planner import Letterhead
from loopclose.store.base import Scope
from loopclose.store.quarantine import in_quarantine


@click.command()
@click.option("--ehr", help="Only this [ehr.NAME].")
@click.option("--strict", is_flag=True, help="End with 4 while anything stands in quarantine.")
@as_of_option
@json_option
def sync(ehr: str | None, strict: bool, as_of: datetime | None, as_json: bool) -> None:
    """Read the EHR and bring what is owed up to date. Sends nothing."""
    work = opened(as_of, writes=True)
    chosen = sites(work.config, ehr)
    collect_seldom()
    results, codes = [], []
    for site in chosen:
        try:
            result = run_one(work, site, show=not as_json)
        except TemporaryProblem as problem:
            click.echo(str(problem), err=True)
            codes.append(TEMPORARY)
            continue
        results.append(result)
        codes.append(_code(work, site, result, strict))
        if result.error is not None:
            click.echo(f"{site.ehr}: {result.error}", err=True)
    if as_json:
        document = results[0].as_json() if len(chosen) == 1 and results else {"items": [r.as_json() for r in results]}
        put(document, work.clock())
    else:
        for result in results:
            _tell(result)
    raise click.exceptions.Exit(worst(codes))


def run_one(work: Work, site: Site, *, show: bool) -> SyncResult:
    """Sync one site, with progress on a terminal."""
    with (
        client_of(site) as client,
        Crew(work.db, site, hands=hands_here()) as crew,
        Progress(console=Console(stderr=True), disable=not show, transient=True) as bars,
    ):
        tasks: dict[str, object] = {}

        def progress(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        return sync_site(work.db, work.clock, site, client, progress, crew)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be told, and write and send nothing.")
@as_of_option
@json_option
def night(dry_run: bool, as_of: datetime | None, as_json: bool) -> None:
    """Tell people what is late or falls due: one mail a person, none when there is nothing."""
    work = opened(as_of, writes=not dry_run)
    whole = NightResult()
    for scope in work.scopes():
        result = run_night(work, scope, dry_run=dry_run)
        if not dry_run:
            with suppress(TemporaryProblem):  # then another process seals the same rows
                seal(work.db, work.clock, scope)
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
            f"{whole.examined} open, {whole.late} late; {len(whole.alerts)} alerts, "
            f"{whole.messages_sent} mails sent, {whole.failed} failed, {whole.already_sent} sent before."
        )
    raise click.exceptions.Exit(UNSENT if whole.failed and not dry_run else DONE)


night.name = "nightly"


def run_night(work: Work, scope: Scope, ahead: timedelta = timedelta(0), *, dry_run: bool = False) -> NightResult:
    """The night run of one practice."""
    config = work.config
    settings = config.practice[scope.practice_id]
    letterhead = Letterhead(
        config.mail.sender if config.mail else "loopclose@localhost", address_of(config), settings.rehearsal
    )
    return nightly(
        work.db,
        work.clock,
        scope,
        practice_of(config, scope.practice_id),
        ladder_of(config),
        mailer_of(config),
        letterhead,
        dry_run=dry_run,
        ahead=ahead,
    )


def mailer_of(config: Config) -> Mailer | None:
    """The configured way of sending mail, or None."""
    if config.web.mail_folder is not None:
        return FolderMailer(config.web.mail_folder)
    mail = config.mail
    if mail is None:
        return None
    password = mail.password.get_secret_value() if mail.password else None
    return SmtpMailer(mail.host, mail.port, mail.sender, mail.tls, mail.user, password, mail.ca)


def address_of(config: Config) -> str:
    """The address for links in mails."""
    return config.web.address or f"http://{config.web.host}:{config.web.port}"


@click.command()
def serve() -> None:
    """Run the web server and the scheduler, until interrupted."""
    from loopclose.cli.serving import run

    run(opened())


def _code(work: Work, site: Site, result: SyncResult, strict: bool) -> int:
    if result.error is not None:
        return TEMPORARY if isinstance(result.error, TemporaryError) else EHR_REFUSED
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


COMMANDS = (sync, night, serve)
