"""The command line: one module a group of commands."""

from __future__ import annotations

import os
import sys

import click

from fhir_adapters.errors import FhirError
from loopclose.cli import (
    audit,
    codes,
    demo,
    drafting,
    ehrs,
    health,
    identities,
    keeping,
    mail,
    moves,
    reading,
    returns,
    running,
    sandbox,
    users,
)
from loopclose.domain.outside_text import harmless
from loopclose.errors import DATABASE, LoopcloseError, code_of
from loopclose.logs import INFO, SILENT, configure

OWNER_ONLY = 0o077


@click.group()
@click.version_option(package_name="loopclose")
@click.option("--log", is_flag=True, help="Tell on standard error what is done; serve always does.")
def cli(log: bool) -> None:
    """Loopclose owes the referring physician one report per referred visit, and tells you when it is late."""
    configure(INFO if log else SILENT)


for module in (
    running,
    reading,
    health,
    mail,
    moves,
    returns,
    drafting,
    keeping,
    users,
    ehrs,
    codes,
    audit,
    sandbox,
    demo,
):
    for command in module.COMMANDS:
        cli.add_command(command)
for command in identities.COMMANDS:
    users.user.add_command(command)


def main(args: list[str] | None = None) -> None:
    """Run a command; an error is one sentence on standard error and its exit code, never a traceback."""
    os.umask(OWNER_ONLY)  # first of all: whatever a command makes may hold patients' data, or a key to them
    from sqlalchemy.exc import SQLAlchemyError

    try:
        code = cli.main(args=args, prog_name="loopclose", standalone_mode=False)
        sys.exit(code or 0)
    except click.ClickException as problem:
        problem.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except (LoopcloseError, FhirError) as problem:
        click.echo(harmless(str(problem)), err=True)
        sys.exit(code_of(problem))
    except SQLAlchemyError as problem:
        why = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        click.echo(f"The database cannot be used: {why}.", err=True)
        sys.exit(DATABASE)


if __name__ == "__main__":
    main()
