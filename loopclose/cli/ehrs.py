"""Commands for what an EHR and we agree on."""

from __future__ import annotations

import click

from fhir_adapters.smart.keys import ALGORITHMS
from loopclose.cli.common import json_option, put
from loopclose.cli.connecting import connect
from loopclose.cli.own_keys import jwks, jwks_address, tell_keys
from loopclose.clock import system_clock
from loopclose.config.loading import load
from loopclose.flows.ehr_keys import keys_of


@click.group()
def ehr() -> None:
    """The EHRs, and how we sign in there."""


@ehr.command("keys")
@click.argument("name")
@click.option(
    "--algorithm",
    type=click.Choice(ALGORITHMS),
    help="Of a key that is made; RS384, or that of the current key, otherwise.",
)
@click.option("--next", "and_next", is_flag=True, help="Make the next key too, so that the EHR knows both for a while.")
@click.option("--launch", is_flag=True, help="The key of launch_key_file, for being opened from within the EHR.")
@json_option
def keys(name: str, algorithm: str | None, and_next: bool, launch: bool, as_json: bool) -> None:
    """Make the private key of [ehr.NAME] if there is none, and print what to register at the EHR."""
    config = load()
    of = "launch_key_file" if launch else "key_file"
    found = keys_of(config, name, algorithm, and_next=and_next, of=of)
    if as_json:
        items = [
            {"file": str(one.file), "made": one.made, "algorithm": one.key.algorithm, "kid": one.key.kid,
             "pem": one.key.public_pem()}
            for one in found
        ]  # fmt: skip
        put({"jwks_address": jwks_address(config), "jwks": jwks(found), "items": items}, system_clock())
        return
    tell_keys(config, found)
    if len(found) > 1:
        click.echo(f"\nWait a day at least, until the EHR knows both; then move {found[1].file} to {found[0].file}.")


ehr.add_command(connect)
COMMANDS = (ehr,)
