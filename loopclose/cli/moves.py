"""Commands by which a person moves what is owed: link, confirm, attest, waive, reopen, assign, draft."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from loopclose.cli.common import AsOf, opened
from loopclose.domain.codes import WAIVERS
from loopclose.errors import UsageError
from loopclose.flows.decisions import moves as decide
from loopclose.flows.papers.draft import papers_to_write
from loopclose.flows.site import client_of
from loopclose.flows.work import Work
from loopclose.letters.html import to_html
from loopclose.letters.text import to_text
from loopclose.store.base import Scope
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation

by_option = click.option("--by", required=True, metavar="EMAIL", help="The user who decides.")


@click.command()
@click.argument("visit")
@click.option("--referral", "referrals", multiple=True, help="ServiceRequest/id; several where it answers several.")
@click.option("--none", "nothing", is_flag=True, help="The visit answers no referral.")
@click.option("--ehr", help="Only needed where several EHRs have that id.")
@by_option
def link(visit: str, referrals: tuple[str, ...], nothing: bool, ehr: str | None, by: str) -> None:
    """Say which referrals a VISIT (Encounter/id) answers."""
    if bool(referrals) == nothing:
        raise UsageError("Say either --referral ServiceRequest/… or --none.")
    work = opened()
    scope, name = _visit(work, visit, ehr)
    decide.link_visit(work.db, work.clock, work.judge(), scope, name, visit, referrals, by)
    click.echo(f"{visit} answers {', '.join(referrals) or 'no referral'}.")


@click.command()
@click.argument("obligation")
@by_option
def confirm(obligation: str, by: str) -> None:
    """Say that a report arrived, or that anything else is done."""
    work = opened()
    decide.confirm(work.db, work.clock, work.judge(), _scope(work, obligation), obligation, by)


@click.command()
@click.argument("obligation")
@by_option
@click.option("--channel", default="fax", show_default=True, type=click.Choice(decide.CHANNELS))
@click.option("--to", "recipient", required=True, help="To whom it was sent.")
@click.option("--at", "sent_at", type=AsOf(), help="When; now otherwise.")
def attest(obligation: str, by: str, channel: str, recipient: str, sent_at: datetime | None) -> None:
    """Say that a report was sent outside Loopclose."""
    work = opened()
    decide.attest(
        work.db,
        work.clock,
        work.judge(),
        _scope(work, obligation),
        obligation,
        by,
        channel=channel,
        recipient=recipient,
        sent_at=sent_at or work.clock(),
    )


@click.command()
@click.argument("obligation")
@by_option
@click.option("--code", required=True, type=click.Choice(sorted(WAIVERS)))
@click.option("--note", default="", help="In words; needed for the code other.")
def waive(obligation: str, by: str, code: str, note: str) -> None:
    """Say that nothing is owed after all."""
    work = opened()
    decide.waive(work.db, work.clock, work.judge(), _scope(work, obligation), obligation, by, code=code, note=note)


@click.command()
@click.argument("obligation")
@by_option
def reopen(obligation: str, by: str) -> None:
    """Open what was closed."""
    work = opened()
    decide.reopen(work.db, work.clock, work.judge(), _scope(work, obligation), obligation, by)


@click.command()
@click.argument("obligation")
@by_option
@click.option("--to", required=True, metavar="EMAIL")
def assign(obligation: str, by: str, to: str) -> None:
    """Give it to somebody."""
    work = opened()
    decide.assign(work.db, work.clock, work.judge(), _scope(work, obligation), obligation, by, to=to)


@click.command()
@click.argument("obligation")
@click.option("--format", "formats", default="html,text", show_default=True, help="html, text.")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to write.")
@click.option("--by", default="loopclose", metavar="EMAIL")
def draft(obligation: str, formats: str, folder: Path, by: str) -> None:
    """Write the consult note and the prescription sheet of a report."""
    asked = [one.strip() for one in formats.split(",")]
    for one in asked:
        if one not in ("html", "text"):
            raise UsageError(f"The format {one} is not built yet: html and text are.")
    work = opened()
    scope = _scope(work, obligation)
    with work.db.read() as session:
        owed = session.get_one(Obligation, (scope.practice_id, obligation))
    site = work.site_of(scope.practice_id, owed.ehr)
    with client_of(site) as client:
        papers = papers_to_write(work.db, work.clock, site, client, obligation, by)
    folder.mkdir(parents=True, exist_ok=True)
    for kind, paper in papers.items():
        for one in asked:
            path = folder / f"{kind}.{'txt' if one == 'text' else one}"
            path.write_text(to_html(paper) if one == "html" else to_text(paper), encoding="utf-8")
            click.echo(str(path))


def _scope(work: Work, obligation: str) -> Scope:
    with work.db.read() as session:
        for scope in work.scopes():
            if session.get(Obligation, (scope.practice_id, obligation)) is not None:
                return scope
    raise UsageError(f"There is no obligation {obligation}.")


def _visit(work: Work, visit: str, ehr: str | None) -> tuple[Scope, str]:
    found = []
    with work.db.read() as session:
        for name, settings in sorted(work.config.ehr.items()):
            if ehr in (None, name) and session.get(VisitRow, (settings.practice, name, visit)) is not None:
                found.append((Scope(settings.practice), name))
    if not found:
        raise UsageError(f"There is no visit {visit}.")
    if len(found) > 1:
        raise UsageError(f"{visit} is a visit on several EHRs: say which with --ehr.")
    return found[0]


COMMANDS = (link, confirm, attest, waive, reopen, assign, draft)
