"""Commands by which a person moves what is owed, made out of the table of moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import click

from loopclose.cli.common import AsOf, by_option, json_option, opened, put, scope_of, stamp
from loopclose.domain.commands import Command, Link, Promote, TakeBack
from loopclose.domain.entries import NONE, Unreadable, read_field
from loopclose.domain.move import Field, Move
from loopclose.domain.moves import MOVES
from loopclose.errors import UsageError
from loopclose.flows.decisions.desk import Desk, NotSure
from loopclose.flows.work import Work
from loopclose.store import find
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

NAMES = {"returns_on": "returns", "due_by": "due-by"}
"""Of commands, where they are not the move's."""
sure_option = click.option("--sure", is_flag=True, help="Yes, although the chart says otherwise.")
ehr_option = click.option("--ehr", help="Only needed where several EHRs have that id.")


class Entry(click.ParamType):  # type: ignore[type-arg]
    """A field's value as text; a moment needs its offset, as a command may be typed anywhere."""

    def __init__(self, asked: Field) -> None:
        self.asked = asked
        self.name = {"day": "YYYY-MM-DD", "moment": "ISO", "user": "EMAIL"}.get(asked.kind, "TEXT")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it, or say why it cannot be read."""
        if not isinstance(value, str) or value.lower() == NONE:
            return None if isinstance(value, str) and self.asked.removable else value
        if self.asked.kind == "moment":
            return AsOf().convert(value, param, ctx)
        try:
            return read_field(self.asked, value, ZoneInfo("UTC"))
        except Unreadable as problem:
            self.fail(str(problem), param, ctx)


def _command(move: Move) -> click.Command:
    """The command of a move on something owed: its options are the move's fields."""

    def run(obligation: str, by: str, as_json: bool, sure: bool = False, **given: Any) -> None:
        work = opened()
        said = {name: value for name, value in given.items() if value is not None or _of(move, name).removable}
        command = move.command(obligation=obligation, sure=sure, **said)
        scope = scope_of(work, obligation)
        becomes = _do(Desk(work, scope, by), command)
        kept = move.kept if becomes is None and move.kept else None
        if as_json:
            put(_owed(work, scope, obligation) | {"says": kept}, work.clock())
        elif kept:
            click.echo(kept)

    decorated: Callable[..., Any] = run
    if move.asks_back:
        decorated = sure_option(decorated)
    for one in reversed(move.fields):
        decorated = _option(one)(decorated)
    decorated = click.argument("obligation")(by_option(json_option(decorated)))
    return click.command(NAMES.get(move.name, move.name), help=move.does)(decorated)


def _owed(work: Work, scope: Scope, obligation: str) -> dict[str, Any]:
    """How something owed stands."""
    with work.db.read() as session:
        owed = session.get_one(Obligation, (scope.practice_id, obligation))
    return {
        "obligation": owed.id,
        "practice": owed.practice_id,
        "ehr": owed.ehr,
        "kind": owed.kind,
        "state": owed.state,
        "due_at": stamp(owed.due_at),
        "owner": owed.owner,
    }


def _do(desk: Desk, command: Command) -> str | None:
    """Carry it out; what is asked back is answered by another option."""
    try:
        return desk.do(command)
    except NotSure as question:
        raise UsageError(f"{question} Say --sure if that is so.") from question


def _of(move: Move, name: str) -> Field:
    return next(one for one in move.fields if one.name == name)


def _option(one: Field) -> Callable[..., Any]:
    names = (f"--{one.option or one.name}", one.name)
    help_ = one.help or f"{one.asks}."
    if one.kind == "flag":
        return click.option(*names, is_flag=True, help=one.asks + ".")
    kind = click.Choice(sorted(one.choices) if one.name == "code" else list(one.choices)) if one.choices else Entry(one)
    if one.default:
        return click.option(*names, type=kind, default=one.default, show_default=True, help=help_)
    return click.option(*names, type=kind, required=one.required or one.removable, help=help_)


@click.command(help=MOVES["link"].does)
@click.argument("visit")
@click.option("--referral", "referrals", multiple=True, help="ServiceRequest/id; several where it answers several.")
@click.option("--none", "nothing", is_flag=True, help="The visit answers no referral.")
@sure_option
@ehr_option
@by_option
def link(visit: str, referrals: tuple[str, ...], nothing: bool, sure: bool, ehr: str | None, by: str) -> None:
    """Say which referrals a VISIT (Encounter/id) answers."""
    if bool(referrals) == nothing:
        raise UsageError("Say either --referral ServiceRequest/… or --none.")
    work = opened()
    scope, name = _visit(work, visit, ehr)
    _do(Desk(work, scope, by), Link(ehr=name, visit=visit, referrals=referrals, sure=sure))
    click.echo(f"{visit} answers {', '.join(referrals) or 'no referral'}.")


@click.command(help=MOVES["promote"].does)
@click.argument("visit")
@ehr_option
@by_option
def promote(visit: str, ehr: str | None, by: str) -> None:
    """Let a VISIT from before go-live count."""
    work = opened()
    scope, name = _visit(work, visit, ehr)
    Desk(work, scope, by).do(Promote(ehr=name, visit=visit))
    click.echo(f"{visit} counts now.")


@click.command("take-back", help=MOVES["take_back"].does)
@click.argument("answer")
@by_option
def take_back(answer: str, by: str) -> None:
    """Take the ANSWER with that id back."""
    work = opened()
    with work.db.read() as session:
        scope = find.scope_of_answer(session, work.scopes(), answer)
    if scope is None:
        raise UsageError(f"There is no answer {answer}.")
    Desk(work, scope, by).do(TakeBack(answer=answer))


def _visit(work: Work, visit: str, ehr: str | None) -> tuple[Scope, str]:
    sites = [(Scope(settings.practice), name) for name, settings in sorted(work.config.ehr.items())]
    with work.db.read() as session:
        found = find.sites_of_visit(session, [site for site in sites if ehr in (None, site[1])], visit)
    if not found:
        raise UsageError(f"There is no visit {visit}.")
    if len(found) > 1:
        raise UsageError(f"{visit} is a visit on several EHRs: say which with --ehr.")
    return found[0]


ON_OBLIGATIONS = tuple(_command(move) for move in MOVES.values() if move.is_on_obligation)
COMMANDS = (link, promote, take_back, *ON_OBLIGATIONS)
