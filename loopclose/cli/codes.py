"""Commands for what local codes mean: list them, say it, take it back, and write the map as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from loopclose.cli.common import by_option, json_option, opened, put, say
from loopclose.domain.code_elements import ELEMENTS, TEXT, can_be_said, meanings_of
from loopclose.errors import UsageError
from loopclose.flows.codes import Listed, as_file, listed
from loopclose.flows.decisions.on_codes import Code, Mapper
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work

ehr_option = click.option("--ehr", metavar="NAME", help="Which [ehr.NAME]; needed where there are several.")
element_option = click.option("--element", type=click.Choice(list(ELEMENTS)), required=True)
code_option = click.option("--code", metavar="SYSTEM|CODE", help="The code, as the list shows it.")
text_option = click.option("--text", metavar="WORDS", help="The whole text, where there is no code.")


@click.group(invoke_without_command=True)
@ehr_option
@json_option
@click.pass_context
def codes(context: click.Context, ehr: str | None, as_json: bool) -> None:
    """What the EHRs' own codes mean: without another word, list those that no map knows."""
    if context.invoked_subcommand is not None:
        return
    work = opened()
    found: list[tuple[str, Listed]] = []
    for scope in work.scopes():
        if ehr is not None and ehr not in work.config.ehr:
            sites(work.config, ehr)  # says which there are
        with work.db.read() as session:
            found += [(scope.practice_id, one) for one in listed(session, scope, ehr)]
    if as_json:
        put({"items": [_as_json(practice, one) for practice, one in found]}, work.clock())
        return
    for _, one in found:
        means = f"means {one.said.meaning}, says {one.said.by}" if one.said else "not known"
        say(f"{one.count:>5}  {one.code.ehr:<12} {one.code.element:<26} {one.shown}: {means}")
    asked = sum(one.asks for _, one in found)
    click.echo(f"{len(found)} codes; for {asked} of them somebody may be asked each time")


@codes.command()
@ehr_option
@element_option
@code_option
@text_option
@click.option("--as", "meaning", required=True, metavar="MEANING", help="What it means; a wrong one names them all.")
@by_option
def assign(ehr: str | None, element: str, code: str | None, text: str | None, meaning: str, by: str) -> None:
    """Say what a code means, wherever it stands in that EHR, now and later."""
    work = opened()
    site = _site(work, ehr)
    known = meanings_of(element, site.rules.code_map)
    if meaning not in known:
        raise UsageError(f"{element} cannot mean {meaning}: it is one of {', '.join(known)}.")
    mapper, about = Mapper(work, site.scope, by), _code(site, element, code, text)
    later = mapper.effect(about, meaning).read_later
    mapper.assign(about, meaning)
    _tell(mapper, later)


@codes.command()
@ehr_option
@element_option
@code_option
@text_option
@by_option
def withdraw(ehr: str | None, element: str, code: str | None, text: str | None, by: str) -> None:
    """Take back what was said of a code."""
    work = opened()
    site = _site(work, ehr)
    mapper, about = Mapper(work, site.scope, by), _code(site, element, code, text)
    later = mapper.effect(about, None).read_later
    mapper.withdraw(about)
    _tell(mapper, later)


@codes.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@ehr_option
def write(file: Path, ehr: str | None) -> None:
    """Write the site's map, with what people said, as a FILE that code_map of [ehr.NAME] can name."""
    work = opened()
    site = _site(work, ehr)
    try:
        file.write_text(as_file(work, site), encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{file} cannot be written: {problem.strerror}.") from problem
    click.echo(f"Written to {file}: name it under code_map in [ehr.{site.ehr}].")


def _site(work: Work, ehr: str | None) -> Site:
    found = sites(work.config, ehr)
    if len(found) != 1:
        raise UsageError(f"There are several EHRs ({', '.join(one.ehr for one in found)}): say which with --ehr.")
    return found[0]


def _code(site: Site, element: str, code: str | None, text: str | None) -> Code:
    if (code is None) == (text is None):
        raise UsageError("Say either --code 'system|code' or --text WORDS.")
    if code is not None and "|" not in code:
        raise UsageError(f"{code!r} is no code: write it as system|code, or |code where it has no system.")
    return Code(site.ehr, element, code if code is not None else TEXT + " ".join((text or "").split()))


def _tell(mapper: Mapper, later: int) -> None:
    who = "1 patient was" if mapper.judged == 1 else f"{mapper.judged} patients were"
    read = "1 patient is" if later == 1 else f"{later} patients are"
    click.echo(f"{who} judged again." + (f" {read} read at the next sync." if later else ""))


def _as_json(practice: str, one: Listed) -> dict[str, Any]:
    said = one.said
    return {
        "practice": practice,
        "ehr": one.code.ehr,
        "element": one.code.element,
        "code": None if one.code.token.startswith(TEXT) else one.code.token or None,
        "text": one.code.token.removeprefix(TEXT) if one.code.token.startswith(TEXT) else None,
        "shown": one.shown,
        "count": one.count,
        "obligation": one.example,
        "asks": one.asks,
        "can_be_assigned": can_be_said(one.code.token),
        "meaning": said.meaning if said else None,
        "by": said.by if said else None,
        "at": said.at.isoformat(timespec="seconds").replace("+00:00", "Z") if said else None,
    }


COMMANDS = (codes,)
