"""The command that tells what letters asked of referrers and promised them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from loopclose.cli.common import json_option, opened, put, say, stamp
from loopclose.domain.duties import HANDOVER, RESULT
from loopclose.store import letter_duties
from loopclose.store.letter_duties import Asked


@click.command()
@click.option("--all", "everything", is_flag=True, help="What was answered, too.")
@json_option
def asks(everything: bool, as_json: bool) -> None:
    """What letters asked of referrers and promised them, the first due first: by when, until when a medicine that is
    handed over stays ours, which promised results are due, and what was answered.
    """
    work, items = opened(), []
    now = work.clock()
    for scope in work.scopes():
        with work.db.read() as session:
            items += [_item(one, now) for one in letter_duties.asked(session, scope, open_only=not everything)]
    if as_json:
        put({"items": items}, now)
        return
    for item in items:
        late = "late" if item["late"] else ""
        say(
            f"{item['due_at']}  {late:<4}  {item['kind']:<14} {item['state']:<9} {item['referrer'] or '-'}: "
            f"{item['words']}{_stands(item)}"
        )
    if not items:
        click.echo("Nothing was asked or promised yet." if everything else "Nothing is open.")


def _stands(item: dict[str, Any]) -> str:
    """What became of it, or where it stands, after its words."""
    if item["answered_by"]:
        return f" ({item['answer'] or item['state']}, says {item['answered_by']})"
    if item["kind"] == HANDOVER:
        until = f"until {item['by']}" if item["by"] else "until it is agreed"
        return f" (ours {until}{f'; {supply}' if (supply := item['supply']) else ''})"
    if item["kind"] == RESULT:
        return " (due: send it on, or ask for it)" if item["late"] else " (not due yet)"
    return ""


def _item(one: Asked, now: datetime) -> dict[str, Any]:
    row, owed, closed = one.row, one.owed, one.closed
    return {
        "obligation": owed.id,
        "practice": owed.practice_id,
        "report": row.letter,
        "kind": owed.kind,
        "words": row.words,
        "by": row.by.isoformat() if row.by else None,
        "supply": row.supply or None,
        "state": owed.state,
        "late": closed is None and owed.due_at < now,
        "due_at": stamp(owed.due_at),
        "sent_at": stamp(row.sent_at),
        "referrer": owed.referrer_name,
        "owner": owed.owner,
        "answer": closed.code if closed else None,
        "answered_by": closed.actor if closed else None,
        "answered_at": stamp(closed.effective_at) if closed else None,
    }


COMMANDS = (asks,)
