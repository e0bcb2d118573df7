"""The command that walks an integrator through connecting an EHR, from an empty folder to what sync reads by."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from fhir_adapters.vendors import VENDORS
from loopclose.cli.common import json_option, opened, say
from loopclose.cli.health import tell
from loopclose.cli.own_keys import tell_keys
from loopclose.clock import system_clock
from loopclose.config.expected import AUTO
from loopclose.config.first import First, first_text, write_first
from loopclose.config.loading import CONFIG_VARIABLE, DEFAULT_FILE
from loopclose.errors import UsageError
from loopclose.flows.ehr_keys import keys_of
from loopclose.flows.first_contact import algorithm_of, meet, scopes_of
from loopclose.flows.health.probes import ehr as probe
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work

ASKED = {
    "url": "Address of the EHR's FHIR endpoint (base URL)",
    "practice": "Name of the practice",
    "timezone": "Its time zone (such as America/New_York)",
    "clinicians": "NPIs of its clinicians, with commas between",
}
"""What is asked for where no option says it, and somebody is there to answer."""


@click.command("connect")
@click.argument("name")
@click.option("--url", metavar="URL", help="Of the EHR's FHIR endpoint; with these the first configuration is made.")
@click.option("--practice", metavar="TEXT", help="The practice's name.")
@click.option("--timezone", metavar="ZONE", help="The practice's, such as America/New_York.")
@click.option("--clinicians", metavar="LIST", help="NPIs or references of the practice's clinicians, with commas.")
@click.option("--vendor", type=click.Choice(sorted(VENDORS)), help="Whose EHR it is; what it says itself otherwise.")
@click.option("--open", "is_open", is_flag=True, help="The EHR asks nobody to sign in.")
@click.option("--address", metavar="URL", help="Where people, and the EHR, reach our web server.")
@click.option("--roster", metavar="FILE", help="A CSV file of patient ids, where the EHR lists no visits.")
@click.option("--live-from", metavar="DAY", help="Visits before this day are never escalated; today otherwise.")
@json_option
def connect(name: str, as_json: bool, **first: Any) -> None:
    """Connect [ehr.NAME]: make the configuration and the key that are missing, print what to register at the EHR, then
    try what it allows: signing in, each search by which visits are found, and a read.
    """
    path = Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_FILE))
    if not path.exists():
        _begin(path, name, first, quiet=as_json)
    elif any(first.values()):
        raise UsageError(f"{path} is there already, and these options make the first one: change it there.")
    work = opened()
    (site,) = sites(work.config, name)
    _register(work, site, path, quiet=as_json)
    checks = [(site.scope, check) for check in probe(work, site)]
    if not as_json and all(check.ok for _, check in checks):
        click.echo("Nothing stands in the way: go on with loopclose sync, then loopclose doctor. What the EHR allows:")
    tell(checks, as_json, work.clock())


def _begin(path: Path, name: str, said: dict[str, Any], *, quiet: bool) -> None:
    """Meet the EHR and write the first configuration; nothing is written where it does not answer."""
    _ask_for_the_rest(path, said)
    first = First(
        ehr=name,
        base_url=said["url"],
        practice=said["practice"],
        timezone=said["timezone"],
        clinicians=[one.strip() for one in said["clinicians"].split(",") if one.strip()],
        live_from=_day(said["live_from"], said["timezone"]),
        signs_in=not said["is_open"],
        vendor=said["vendor"] or AUTO,
        roster=said["roster"],
        address=said["address"],
    )
    text = first_text(first)
    met = meet(first.base_url, first.vendor)
    if not met.answers and first.vendor == AUTO:
        raise UsageError(
            f"{first.base_url} shows nobody without a token whose it is, and vendors take keys of different kinds: "
            "say --vendor too, or --vendor generic."
        )
    write_first(path, text)
    if not quiet:
        how = f"answers ({met.software or 'unnamed software'})" if met.answers else "answers nobody without a token"
        say(f"{first.base_url} {how}, vendor {met.vendor.name}.")
        click.echo(f"Wrote {path}:\n")
        click.echo("\n".join(f"    {line}" for line in text.splitlines()))


def _ask_for_the_rest(path: Path, said: dict[str, Any]) -> None:
    missing = [key for key in ASKED if not said[key]]
    if missing and not sys.stdin.isatty():
        options = ", ".join(f"--{key}" for key in missing)
        raise UsageError(f"There is no configuration at {path} yet; to make the first one, say {options} too.")
    for key in missing:
        said[key] = click.prompt(ASKED[key])


def _day(text: str | None, zone: str) -> date:
    """The day from which visits count; today, where the practice is, if nobody says."""
    try:
        return date.fromisoformat(text) if text else system_clock().astimezone(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, OSError) as problem:
        raise UsageError(f"{zone!r} is no time zone of the IANA list, such as America/New_York.") from problem
    except ValueError as problem:
        raise UsageError(f"{text!r} is no day: write it like 2026-12-24.") from problem


def _register(work: Work, site: Site, path: Path, *, quiet: bool) -> None:
    """Make the key that is missing, and print what to register; ``UsageError`` where a client id is missing still."""
    settings = site.settings
    if settings.auth != "smart-backend" or settings.key_file is None:
        return
    if settings.key_file.exists() and settings.client_id is not None:
        return
    vendor = meet(settings.base_url, settings.vendor).vendor
    wanted = None if settings.key_file.exists() else algorithm_of(vendor)
    found = keys_of(work.config, site.ehr, wanted)
    if not quiet:
        where = f", {vendor.registers}" if vendor.registers else ""
        click.echo(f"\nTo register a client for SMART Backend Services{where}:")
        tell_keys(work.config, found)
        click.echo(f"\nScopes to have allowed: {' '.join(scopes_of(site))}")
        click.echo("(or each of them ending in .read, where the EHR has those)")
    if settings.client_id is None:
        raise UsageError(
            f'Register this, and enter what the EHR gives as client_id = "…" under [ehr.{site.ehr}] of {path}; '
            f"then run loopclose ehr connect {site.ehr} again."
        )
