"""The command that drafts one report, in whatever forms; and the one that drafts what is asked for on the screens."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from loopclose.cli.common import opened, scope_of
from loopclose.domain.states import BY_LOOPCLOSE
from loopclose.errors import UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.papers.letter import letter_of, look_of
from loopclose.flows.papers.working import DraftWorker, write_now
from loopclose.letters.forms import FORMS, kinds_of
from loopclose.store.obligations import Obligation

NAMES = ", ".join(FORMS)


@click.command()
@click.argument("obligation")
@click.option("--format", "formats", default="html,text", show_default=True, help=f"{NAMES}.")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to write.")
@click.option("--by", metavar="EMAIL", help="The user who has it drafted; Loopclose itself otherwise.")
def draft(obligation: str, formats: str, folder: Path, by: str | None) -> None:
    """Write the consult note and the prescription sheet of a report."""
    asked = [one.strip() for one in formats.split(",")]
    for one in asked:
        if one not in FORMS:
            raise UsageError(f"There is no format {one}: {NAMES} are there.")
    work = opened()
    scope = scope_of(work, obligation)
    with work.db.read() as session:
        ehr = session.get_one(Obligation, (scope.practice_id, obligation)).ehr
    if by is not None:
        check_role(work.db, scope, by, "draft")
    write_now(work.db, work.clock, work.site_of(scope.practice_id, ehr), obligation, by or BY_LOOPCLOSE)
    letter = letter_of(work, scope, obligation)
    if letter is None:
        raise UsageError(f"There is no report {obligation}.")
    folder.mkdir(parents=True, exist_ok=True)
    refused: list[UsageError] = []
    for form in (FORMS[one] for one in asked):
        for kind in kinds_of(letter, form):
            try:
                made = form.make(letter, kind, look_of(work.config, scope, letter.header.author))
            except UsageError as problem:  # the other files are written all the same
                refused.append(problem)
                continue
            path = folder / f"{kind}{form.suffix}"
            path.write_bytes(made)
            click.echo(str(path))
    if refused:
        raise refused[0]


@click.command()
@click.option("--once", is_flag=True, help="End when nothing waits any more.")
def worker(once: bool) -> None:
    """Draft what is asked for on the screens, until interrupted; serve does the same beside its web server."""
    drafting = DraftWorker(opened())
    if once:
        while drafting.once():
            pass
    else:
        drafting.keep_on(threading.Event())


COMMANDS = (draft, worker)
