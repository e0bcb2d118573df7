"""Commands of the demo EHR."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import click

from loopclose.cli.common import AsOf
from loopclose.errors import UsageError
from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve as serve_ehr
from loopclose.sandbox.settings import config_toml, write_ndjson, write_roster, write_truth
from loopclose.sandbox.styles import STYLES
from loopclose.sandbox.vendors import VENDORS


@click.group()
def sandbox() -> None:
    """A made-up practice's EHR."""


@sandbox.command("serve")
@click.option("--style", type=click.Choice(STYLES), help="Whose data; tidy, or what fits the vendor, without it.")
@click.option("--vendor", type=click.Choice(tuple(VENDORS)), help="Whose server it plays; the style's without it.")
@click.option("--size", type=click.IntRange(1), default=60, show_default=True, help="Number of referrals.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0)
@click.option("--as-of", type=AsOf())
@click.option("--truth", type=click.Path(path_type=Path), help="Where to write what is true of it.")
@click.option("--config", type=click.Path(path_type=Path), help="Where to write the configuration that reads it.")
@click.option("--strict", is_flag=True, help="Refuse what that vendor refuses, and list what it lists.")
@click.option(
    "--limit-per-minute", "limit", type=click.IntRange(1), help="Most requests in a minute; the vendor's without it."
)
def serve(
    style: str | None,
    vendor: str | None,
    size: int,
    seed: int,
    port: int,
    as_of: datetime | None,
    truth: Path | None,
    config: Path | None,
    strict: bool,
    limit: int | None,
) -> None:
    """Serve one style over HTTP until interrupted; prints its base URL once it listens."""
    made = generate(style or _style_of(vendor), size, seed, as_of or datetime.now(UTC))
    at_most = MinuteLimit(limit) if limit is not None else None
    try:
        server = serve_ehr(made, port, strict=strict, vendor=vendor, limit=at_most)
    except OSError as problem:
        raise UsageError(f"Port {port} cannot be used ({problem.strerror}): choose another with --port.") from problem
    with server:
        if truth is not None:
            write_truth(made, truth)
        if config is not None:
            roster = None if server.sources else config.with_name("patients.csv")
            if roster is not None:
                write_roster(made, roster)
            told = config_toml(made, server.base_url, roster=roster.name if roster else None)
            config.write_text(told, encoding="utf-8")
        click.echo(server.base_url)
        threading.Event().wait()


def _style_of(vendor: str | None) -> str:
    return VENDORS[vendor].style if vendor is not None else "tidy"


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
