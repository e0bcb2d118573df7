"""The command that drafts what is asked for on the screens, in a process of its own."""

from __future__ import annotations

import threading

import click

from loopclose.cli.common import opened
from loopclose.flows.papers.working import DraftWorker


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


COMMANDS = (worker,)
