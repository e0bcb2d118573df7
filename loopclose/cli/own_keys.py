"""What is printed of our keys: their public halves, as an EHR takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from fhir_adapters.smart.keys import NEXT
from loopclose.config.reach import address_of
from loopclose.config.sections import Config
from loopclose.flows.ehr_keys import PUBLISHED_AT, OwnKey


def jwks_address(config: Config) -> str:
    """Where the public keys are found, once the web server runs."""
    return f"{address_of(config.web)}{PUBLISHED_AT}"


def jwks(found: Sequence[OwnKey]) -> dict[str, object]:
    """The keys as a JWK Set."""
    return {"keys": [one.key.public_jwk() for one in found]}


def tell_keys(config: Config, found: Sequence[OwnKey]) -> None:
    """Print where keys stand and what an EHR may be given of them: an address, a JWK Set, PEM."""
    for one in found:
        which = "next private key" if one.file.name.endswith(NEXT) else "private key"
        stands = "was made in" if one.made else "stands in"
        click.echo(f"The {which} ({one.key.algorithm}) {stands} {one.file}, for its owner alone.")
    if config.web.address is None:
        click.echo("\nSet [web] address, so that EHRs can be told where the public keys are found. It ends thus:")
    else:
        click.echo("\nRegister at the EHR this address of the public keys (JWK Set URL), and let loopclose serve run:")
    click.echo(jwks_address(config))
    click.echo("\nWhere it takes no address, this JWK Set:")
    click.echo(json.dumps(jwks(found)))
    click.echo("\nWhere it takes PEM files, these:")
    for one in found:
        click.echo(one.key.public_pem().rstrip())
