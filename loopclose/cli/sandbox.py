"""Commands of the demo EHR."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import click

from loopclose.cli.common import AsOf
from loopclose.errors import UsageError
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve as serve_ehr
from loopclose.sandbox.settings import config_toml, write_ndjson, write_roster, write_truth
from loopclose.sandbox.styles import STYLES


@click.group()
def sandbox() -> None:
    """A made-up practice's EHR."""


@sandbox.command("serve")
@click.option("--style", type=click.Choice(STYLES), default="tidy", show_default=True)
@click.option("--size", type=click.IntRange(1), default=60, show_default=True, help="Number of referrals.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0)
@click.option("--as-of", type=AsOf())
@click.option("--truth", type=click.Path(path_type=Path), help="Where to write what is true of it.")
@click.option("--config", type=click.Path(path_type=Path), help="Where to write the configuration that reads it.")
@click.option("--strict", is_flag=True, help="Refuse the searches that the vendor of that style refuses.")
def serve(
    style: str,
    size: int,
    seed: int,
    port: int,
    as_of: datetime | None,
    truth: Path | None,
    config: Path | None,
    strict: bool,
) -> None:
    """Serve one style over HTTP until interrupted; prints its base URL once it listens."""
    made = generate(style, size, seed, as_of or datetime.now(UTC))
    try:
        server = serve_ehr(made, port, strict=strict)
    except OSError as problem:
        raise UsageError(f"Port {port} cannot be used ({problem.strerror}): choose another with --port.") from problem
    with server:
        if truth is not None:
            write_truth(made, truth)
        if config is not None:
            roster = config.with_name("patients.csv") if server.refuses else None
            if roster is not None:
                write_roster(made, roster)
            told = config_toml(made, server.base_url, roster=roster.name if roster else None)
            config.write_text(told, encoding="utf-8")
        click.echo(server.base_url)
        threading.Event().wait()


@sandbox.command("write")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--style", type=click.Choice(STYLES), default="tidy", show_default=True)
@click.option("--size", type=click.IntRange(1), default=60, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--as-of", type=AsOf())
def write(folder: Path, style: str, size: int, seed: int, as_of: datetime | None) -> None:
    """Write one style as NDJSON, with its truth."""
    write_ndjson(generate(style, size, seed, as_of or datetime.now(UTC)), folder)


COMMANDS = (sandbox,)
