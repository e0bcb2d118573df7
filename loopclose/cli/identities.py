"""Commands for whose account an identity is that a provider or an EHR presents."""

from __future__ import annotations

import click

from loopclose.cli.common import json_option, opened, put, say, scope_named
from loopclose.flows.identities import Identity, add_identity, take_back
from loopclose.store.identities import identities


@click.command("identity")
@click.argument("email")
@click.option("--issuer", help="The provider, as it calls itself.")
@click.option("--sub", "subject", help="The provider's own name of the person.")
@click.option("--ehr", help="The EHR whose own name of the person is given.")
@click.option("--fhir-user", help="That name, such as Practitioner/123.")
@click.option("--take-back", "is_over", is_flag=True, help="It is theirs no more; their sessions end.")
@click.option("--practice", help="Only needed where there are several.")
def identity(
    email: str,
    issuer: str | None,
    subject: str | None,
    ehr: str | None,
    fhir_user: str | None,
    is_over: bool,
    practice: str | None,
) -> None:
    """Say whose account an identity is: the page of somebody who is not known yet names it."""
    work = opened()
    scope = scope_named(work.config, practice)
    named = Identity.given(issuer, subject, work.ehr_of(scope, ehr) if ehr else None, fhir_user)
    if is_over:
        take_back(work.db, work.clock, scope, email, named)
        say(f"{named.subject} of {named.issuer} is not {email} any more, who is signed out.")
        return
    add_identity(work.db, work.clock, scope, email, named)
    say(f"{named.subject} of {named.issuer} is {email}.")


@click.command("identities")
@click.option("--practice", help="Only needed where there are several.")
@json_option
def listed(practice: str | None, as_json: bool) -> None:
    """Every identity by which somebody signs in, and whose it is."""
    work = opened()
    scope = scope_named(work.config, practice)
    with work.db.read() as session:
        found = identities(session, scope)
    if as_json:
        items = [{"email": email, "issuer": issuer, "subject": subject} for email, issuer, subject in found]
        put({"items": items}, work.clock())
        return
    for email, issuer, subject in found:
        say(f"{email}  {issuer}  {subject}")


COMMANDS = (identity, listed)
"""Of the group ``user``."""
