"""The command line: one module a group of commands."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from fhir_adapters.errors import FhirError
from loopclose.domain.outside_text import harmless
from loopclose.errors import DATABASE, LoopcloseError, code_of
from loopclose.logs import INFO, SILENT, configure

OWNER_ONLY = 0o077


MODULES = {
    "addressing": ("address",),
    "asking": ("asks",),
    "audit": ("audit",),
    "chasing": ("chase",),
    "codes": ("codes",),
    "delivering": ("send", "deliveries", "delivered", "recall"),
    "demo": ("demo",),
    "drafting": ("draft", "worker"),
    "ehrs": ("ehr",),
    "health": ("doctor",),
    "keeping": ("backup", "restore"),
    "mail": ("mail",),
    "moves": (
        *("link", "promote", "take-back", "confirm", "attest", "countersign", "decline", "waive", "reopen", "assign"),
        *("due-by", "requester", "hold", "release"),
    ),
    "reading": ("worklist", "links", "quarantine", "export"),
    "returns": ("returns",),
    "running": ("sync", "nightly"),
    "sandbox": ("sandbox",),
    "serving": ("serve",),
    "users": ("user", "db"),
}
"""By module, its commands: a command imports what it needs, and not what all the others need."""


class Commands(click.Group):
    """Every command, imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the alphabet."""
        return sorted(name for names in MODULES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, if there is one."""
        module = next((module for module, names in MODULES.items() if cmd_name in names), None)
        if module is None:
            return None
        found = import_module(f"loopclose.cli.{module}").COMMANDS
        return next((one for one in found if one.name == cmd_name), None)


@click.group(cls=Commands)
@click.version_option(package_name="loopclose")
@click.option("--log", is_flag=True, help="Tell on standard error what is done; serve always does.")
def cli(log: bool) -> None:
    """Loopclose owes the referring physician one report per referred visit, and tells you when it is late."""
    configure(INFO if log else SILENT)


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
