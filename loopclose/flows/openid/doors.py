"""The doors that lead over somebody else's sign-in, as they are configured: providers of staff, and EHRs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import SecretStr

from fhir_adapters.openid.client import Client
from fhir_adapters.smart.asking import Reach
from loopclose.config.sections import Config, EhrConfig
from loopclose.flows.openid.refusals import SignInRefused
from loopclose.store.base import Scope

TIMEOUT = (5.0, 10.0)
"""Seconds: somebody waits at the screen."""
LAUNCH_SCOPES = ("openid", "fhirUser")
SIGN_IN, LAUNCH, PROVE = "sign_in", "launch", "prove"


@dataclass(frozen=True)
class Door:
    """One of them: a provider, and whose staff it signs in."""

    kind: str
    """``sign_in``, ``launch`` or ``prove``."""
    name: str
    label: str
    scope: Scope
    client: Client
    reach: Reach
    scopes: tuple[str, ...]
    address: str
    """The issuer; of an EHR its base address, which tells the issuer."""
    ehr: str | None = None
    """Whose ``fhirUser`` is believed."""
    known_as: tuple[str, ...] = ()
    """Every address of that EHR, by which its ``fhirUser`` may begin."""
    claims: tuple[str, ...] = ()
    max_age_minutes: int | None = None

    @property
    def key(self) -> str:
        """As which a browser and the audit know it."""
        return f"{self.kind}.{self.name}"


def sign_in_doors(config: Config) -> dict[str, Door]:
    """The providers of staff, by name."""
    found = {}
    for name, one in config.sign_in.items():
        ehr = config.ehr[one.ehr] if one.ehr else None
        found[name] = Door(
            SIGN_IN,
            name,
            one.label,
            Scope(one.practice or (ehr.practice if ehr else next(iter(config.practice)))),
            Client(one.client_id, _told(one.client_secret), one.key_file),
            Reach(str(one.ca) if one.ca else True, TIMEOUT),
            tuple(one.scopes),
            one.issuer,
            one.ehr,
            addresses_of(ehr) if ehr else (),
            tuple(one.claims),
            one.max_age_minutes,
        )
    return found


def proving_door(door: Door) -> Door:
    """The same provider, which is to ask anew who is there, whoever is signed in: before something is signed."""
    return replace(door, kind=PROVE, max_age_minutes=0)


def launch_doors(config: Config) -> dict[str, Door]:
    """The EHRs from which Loopclose may be opened, by name."""
    return {
        name: Door(
            LAUNCH,
            name,
            name,
            Scope(ehr.practice),
            Client(
                ehr.launch_client_id,
                _told(ehr.launch_secret),
                ehr.launch_key_file,
            ),
            Reach(str(ehr.ca) if ehr.ca else True, TIMEOUT),
            LAUNCH_SCOPES,
            ehr.base_url,
            name,
            addresses_of(ehr),
            ("fhirUser",),
        )
        for name, ehr in config.ehr.items()
        if ehr.launch_client_id is not None
    }


def door_of_ehr(config: Config, iss: str, name: str | None = None) -> Door:
    """The door of the EHR that calls itself ``iss``; of ``name``, where that is said.

    Raises ``SignInRefused`` for one that is not configured: nothing is asked of whoever merely names itself.
    """
    known = launch_doors(config)
    fitting = [one for one in known.values() if iss.rstrip("/") in one.known_as and name in (None, one.name)]
    if not fitting:
        raise SignInRefused("foreign_ehr")
    if len(fitting) > 1:
        raise SignInRefused("two_ehrs")
    return fitting[0]


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def addresses_of(ehr: EhrConfig) -> tuple[str, ...]:
    """Every address by which an EHR is known."""
    return (ehr.base_url, *ehr.also_known_as)
