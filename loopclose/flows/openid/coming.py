"""Somebody comes by a provider's word: the question that is sent with them, and what the answer proves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from fhir_adapters.errors import FhirError, TemporaryError
from fhir_adapters.facts.elements import Reference
from fhir_adapters.facts.references import resolve
from fhir_adapters.openid.client import Question, authorization_url, code_of, redeem
from fhir_adapters.openid.id_token import Expected, claims_of
from fhir_adapters.openid.refused import NotProven
from loopclose.clock import Clock
from loopclose.domain.outside_text import one_line
from loopclose.flows.openid.doors import Door
from loopclose.flows.openid.providers import Providers
from loopclose.flows.openid.refusals import SignInRefused
from loopclose.logs import in_words

LASTS = timedelta(minutes=10)
"""How long the provider may take over it: a password, perhaps a second factor."""
LONGEST_SHOWN = 120
PEOPLE = ("Practitioner", "PractitionerRole", "Person")
"""Whom a ``fhirUser`` of staff may be (SMART App Launch 2.2 allows Patient and RelatedPerson beside them)."""
_ID = re.compile(r"[0-9a-f-]{36}")
log = structlog.get_logger()


@dataclass(frozen=True)
class Begun:
    """A sign-in under way, as the browser carries it, signed, until it comes back."""

    door: str
    question: Question
    at: float
    onward: str
    """The page that it is to lead to."""

    def as_list(self) -> list[Any]:
        """As the cookie holds it, the state first."""
        question = self.question
        return [question.state, question.nonce, question.verifier, self.door, self.at, self.onward]

    @classmethod
    def from_list(cls, kept: list[Any]) -> Begun:
        """Out of the cookie again."""
        state, nonce, verifier, door, at, onward = kept
        return cls(door, Question(state, nonce, verifier), float(at), onward)


@dataclass(frozen=True)
class Presented:
    """Who somebody is, by the provider's word."""

    issuer: str
    subject: str
    ehr: str | None
    fhir_user: str | None
    """``Practitioner/id`` in that EHR."""
    shown: tuple[tuple[str, str], ...]
    """(claim, text) of what the proof says besides: nobody is found by it."""


@dataclass(frozen=True)
class Context:
    """What was open in the EHR (SMART launch context): ids there, as references."""

    patient: str | None = None
    encounter: str | None = None
    obligation: str | None = None
    """What a card of ours named, where the EHR hands that on (``appContext``)."""


@dataclass(frozen=True)
class Proven:
    """What an answer proves. The access token that came with it is gone: nothing is read with it."""

    who: Presented
    context: Context


def begin(
    providers: Providers, clock: Clock, door: Door, redirect_uri: str, onward: str, more: Mapping[str, str]
) -> tuple[Begun, str]:
    """A new question, and the address that it is put at; raises ``SignInRefused``.

    ``more``: further parameters; ``launch`` and ``aud`` of SMART.
    """
    begun = Begun(door.key, Question.new(), clock().timestamp(), onward)
    scopes, asked = door.scopes, dict(more)
    if "launch" in more:
        scopes = ("launch", *scopes)
    elif "aud" in more:
        scopes = ("launch/patient", *scopes)
    if door.max_age_minutes is not None:
        asked["max_age"] = str(door.max_age_minutes * 60)
        if door.max_age_minutes == 0:
            asked["prompt"] = "login"
    try:
        provider = providers.of(door)
    except FhirError as problem:
        raise _refused(door, problem) from problem
    return begun, authorization_url(provider, door.client, begun.question, redirect_uri, " ".join(scopes), asked)


def finish(
    providers: Providers, clock: Clock, door: Door, begun: Begun | None, answer: Mapping[str, str], redirect_uri: str
) -> Proven:
    """What the answer proves; raises ``SignInRefused``. ``begun``: the sign-in that its ``state`` belongs to."""
    now = clock().timestamp()
    if begun is None or begun.door != door.key:
        raise SignInRefused("state")
    if not 0 <= now - begun.at <= LASTS.total_seconds():
        raise SignInRefused("too_slow")
    try:
        provider = providers.of(door)
        code = code_of(provider, answer)
        told = redeem(provider, door.client, begun.question, redirect_uri, code, door.reach, now)
        access, age = told.get("access_token"), door.max_age_minutes
        expected = Expected(
            door.client.client_id,
            begun.question.nonce,
            access if isinstance(access, str) else None,
            None if age is None else begun.at - age * 60,
        )
        claims = claims_of(told["id_token"], provider, providers.keys(door.reach), expected, now)
    except FhirError as problem:
        raise _refused(door, problem) from problem
    return Proven(_presented(door, provider.issuer, claims), _context(told))


def _refused(door: Door, problem: FhirError) -> SignInRefused:
    if isinstance(problem, NotProven):
        return SignInRefused(problem.code)
    log.warning("a provider could not be used", door=door.key, problem=in_words(problem))
    return SignInRefused("unreachable" if isinstance(problem, TemporaryError) else "unusable")


def _presented(door: Door, issuer: str, claims: Mapping[str, Any]) -> Presented:
    shown = [(name, claims[name]) for name in door.claims if isinstance(claims.get(name), str)]
    return Presented(
        issuer,
        claims["sub"],
        door.ehr,
        _fhir_user(door, claims.get("fhirUser")) if door.ehr else None,
        tuple((name, one_line(text)[:LONGEST_SHOWN]) for name, text in shown),
    )


def _fhir_user(door: Door, said: object) -> str | None:
    """``Practitioner/id`` of somebody of that EHR; nobody of another server, and no patient."""
    if not isinstance(said, str):
        return None
    for base in door.known_as:
        found = resolve(Reference(reference=said), base)
        if found.key is not None and found.type in PEOPLE:
            return found.key
    return None


def _context(told: Mapping[str, Any]) -> Context:
    return Context(
        _reference("Patient", told.get("patient")),
        _reference("Encounter", told.get("encounter")),
        _named(told.get("appContext")),
    )


def _named(said: object) -> str | None:
    """The id of something owed, as a card of ours gave it along; EHRs put other things there too."""
    return said if isinstance(said, str) and _ID.fullmatch(said) else None


def _reference(kind: str, said: object) -> str | None:
    """The id that SMART gives, as a reference; some servers give a reference at once."""
    if not isinstance(said, str) or not said:
        return None
    found = resolve(Reference(reference=said if said.startswith(f"{kind}/") else f"{kind}/{said}"))
    return found.key
