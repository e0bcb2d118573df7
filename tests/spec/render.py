"""Write the spec tables, and the commands, into docs: the same rows that the tests run."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import click

from loopclose.cli import cli
from loopclose.domain import codes

DOCS = Path(__file__).parents[2] / "docs"
CHAPTERS = (
    "business_time",
    "deadlines",
    "admission",
    "visits",
    "linking",
    "named",
    "referrer",
    "returns",
    "owing",
    "loose_ends",
    "request_answers",
    "evidence",
    "states",
    "escalation",
    "told",
    "deputies",
    "holds",
    "moves",
    "roles",
    "signing",
    "signing_time",
    "duties",
    "corrections",
    "asks",
    "letter_kinds",
    "dosing",
    "delivering",
)


def pages() -> dict[str, str]:
    """By path within docs: what the page must hold."""
    found = {"rules/codes.md": _codes(), "commands.md": _commands()}
    for name in CHAPTERS:
        module = importlib.import_module(f"tests.spec.test_{name}")
        rows = [module.COLUMNS, ["---"] * len(module.COLUMNS), *module.ROWS]
        table = "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
        found[f"rules/{name}.md"] = f"# {module.TITLE}\n{module.TEXT.strip()}\n\n{table}\n"
    return found


def _codes() -> str:
    parts = ["# Closed lists of codes\nNothing else ever stands in these places.\n"]
    for title, table in (
        ("Kinds of obligation", codes.KINDS),
        ("Why a request is ignored", codes.REFERRAL_IGNORED),
        ("Why an encounter is ignored", codes.VISIT_IGNORED),
        ("Why anything else is ignored", codes.OTHER_IGNORED),
        ("Why a visit owes nothing", codes.NOTHING_OWED),
        ("Waivers", codes.WAIVERS),
    ):
        rows = "\n".join(f"| `{code}` | {words} |" for code, words in table.items())
        parts.append(f"## {title}\n| code | meaning |\n| --- | --- |\n{rows}\n")
    for title, names in (
        ("States of a report", codes.REPORT_STATES),
        ("Deadline rules", codes.RULES),
        ("Link methods", codes.METHODS),
        ("Bands", codes.BANDS),
        ("How the referrer was found", codes.HOW),
    ):
        parts.append(f"## {title}\n" + " ".join(f"`{name}`" for name in names) + "\n")
    return "\n".join(parts)


def _commands() -> str:
    """Every command with its arguments and options, as ``--help`` says them."""
    parts = [
        "# Commands\n`--json` prints one JSON document to standard output and nothing else; errors and progress go to "
        "standard error. Exit codes are in [Operate](operate.md), the keys of what the commands of letters print in "
        "[What they print](json.md).\n",
        "| command | does | options |\n| --- | --- | --- |",
    ]
    parts += [_row(f"loopclose {path}", command) for path, command in sorted(_leaves(cli, ""))]
    return "\n".join(parts) + "\n"


def _leaves(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            itself = command if command.invoke_without_command else getattr(command, "otherwise", None)
            if itself is not None:
                yield f"{path}{name}", itself
            yield from _leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def _row(path: str, command: click.Command) -> str:
    arguments = " ".join(one.name.upper() for one in command.params if isinstance(one, click.Argument) and one.name)
    options = [
        f"`{one.opts[0]}`" + (f" {one.help.rstrip('.')}" if one.help else "")
        for one in command.params
        if isinstance(one, click.Option)
    ]
    does = " ".join((command.help or "").split())
    return f"| `{f'{path} {arguments}'.strip()}` | {does} | {'; '.join(options)} |"


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
