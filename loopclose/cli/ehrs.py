"""Commands for what an EHR and we agree on."""

from __future__ import annotations

import json

import click

from fhir_adapters.smart.keys import ALGORITHMS, NEXT
from loopclose.cli.common import json_option, opened, put
from loopclose.cli.health import tell
from loopclose.clock import system_clock
from loopclose.config.loading import load
from loopclose.config.reach import address_of
from loopclose.errors import UsageError
from loopclose.flows.ehr_keys import PUBLISHED_AT, OwnKey, keys_of
from loopclose.flows.health.probes import ehr as probe
from loopclose.flows.site import sites


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
    address = f"{address_of(config.web)}{PUBLISHED_AT}"
    jwks = {"keys": [one.key.public_jwk() for one in found]}
    if as_json:
        items = [
            {"file": str(one.file), "made": one.made, "algorithm": one.key.algorithm, "kid": one.key.kid,
             "pem": one.key.public_pem()}
            for one in found
        ]  # fmt: skip
        put({"jwks_address": address, "jwks": jwks, "items": items}, system_clock())
        return
    for one in found:
        _tell(one)
    if config.web.address is None:
        click.echo("\nSet [web] address, so that EHRs can be told where the public keys are found. It ends thus:")
    else:
        click.echo("\nRegister at the EHR this address of the public keys (JWK Set URL):")
    click.echo(address)
    click.echo("\nWhere it takes no address, this JWK Set:")
    click.echo(json.dumps(jwks))
    click.echo("\nWhere it takes PEM files, these:")
    for one in found:
        click.echo(one.key.public_pem().rstrip())
    if len(found) > 1:
        click.echo(f"\nWait a day at least, until the EHR knows both; then move {found[1].file} to {found[0].file}.")


@ehr.command("connect")
@click.argument("name")
@json_option
def connect(name: str, as_json: bool) -> None:
    """Try what [ehr.NAME] allows: signing in, each search by which visits are found, and a read."""
    work = opened()
    (site,) = sites(work.config, name)
    key = site.settings.key_file
    if key is not None and not key.exists():
        raise UsageError(f"There is no key yet: register what loopclose ehr keys {name} prints, then try again.")
    tell([(site.scope, check) for check in probe(work, site)], as_json, work.clock())


def _tell(one: OwnKey) -> None:
    which = "next private key" if one.file.name.endswith(NEXT) else "private key"
    stands = "was made in" if one.made else "stands in"
    click.echo(f"The {which} ({one.key.algorithm}) {stands} {one.file}, for its owner alone.")


COMMANDS = (ehr,)
