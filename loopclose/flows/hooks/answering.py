"""The answer to an EHR that asks for cards: it proved who it is, and what was read before is all that is looked at."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import structlog

from fhir_adapters.cds_hooks.asker import Asker, asker_of, issuer_of
from fhir_adapters.errors import FhirError, TemporaryError
from fhir_adapters.openid.refused import NotProven
from fhir_adapters.smart.asking import Reach
from loopclose.config.reach import address_of
from loopclose.config.sections import Config
from loopclose.flows.delivery.ways import as_they_can_leave
from loopclose.flows.hooks.asked import Asked, Service
from loopclose.flows.hooks.cards import Card, Where, cards_of
from loopclose.flows.openid.doors import addresses_of
from loopclose.flows.openid.providers import Providers
from loopclose.flows.site import practice_of, zone_of
from loopclose.flows.work import Work
from loopclose.logs import in_words
from loopclose.store import audit_log, hook_tokens, persons
from loopclose.store.base import Scope
from loopclose.store.worklist import of_person
from loopclose.store.worklist_query import Days

TIMEOUT = (2.0, 3.0)
"""Seconds for the keys of an EHR, which are asked for once in minutes: somebody waits for the card."""
REFUSED = {
    "issuer": "The token is of nobody who is known here.",
    "jku": "The token names a place of its key that was not agreed on.",
    "algorithm": "The token is signed in a way that is not taken: ES384 or RS384 is expected.",
    "key": "The token names no key that is published.",
    "signature": "The signature does not fit the token.",
    "audience": "The token was made for another address.",
    "expired": "The token has expired, or does not say when it does.",
    "early": "The token is of the future, or does not say from when it is.",
    "too_long": "The token would hold for more than an hour.",
    "no_jti": "The token has no usable jti.",
    "used": "The token was used before.",
    "malformed": "There is no token that can be read.",
    "unreachable": "The keys of the EHR cannot be reached now; try again.",
    "unusable": "The keys of the EHR cannot be used.",
}
"""By code: what the EHR is answered, beside 401."""
log = structlog.get_logger()


class NotAnswered(Exception):
    """The EHR did not prove who it is; ``code`` is one of ``REFUSED``."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSED[code])
        self.code = code


def who_asks(work: Work, providers: Providers, service: Service, token: str) -> tuple[str, Asker]:
    """The name of the EHR that asks, and its proof; raises ``NotAnswered``."""
    config, address = work.config, f"{address_of(work.config.web)}/cds-services/{service.id}"
    agreed = {issuer: ehr.hooks_key_urls for ehr in config.ehr.values() for issuer in ehr.hooks_issuers}
    try:
        issuer = issuer_of(token, agreed)
        name = _ehr_of(config, issuer)
        ca = config.ehr[name].ca
        keys = providers.keys(Reach(str(ca) if ca else True, TIMEOUT))
        return name, asker_of(token, agreed, address, keys, work.clock().timestamp())
    except NotProven as problem:
        raise _not_answered(problem.code) from problem
    except FhirError as problem:
        log.warning("the keys of an EHR that asks for cards are not to be had", problem=in_words(problem))
        raise _not_answered("unreachable" if isinstance(problem, TemporaryError) else "unusable") from problem


def cards_for(work: Work, name: str, asker: Asker, service: Service, asked: Asked) -> list[Card]:
    """The cards about that patient, none of somebody unknown; raises ``NotAnswered`` for a token that was used.

    No transaction holds while anything is fetched, as nothing is: the look at patient data is audited with the token.
    """
    ehr, now = work.config.ehr[name], work.clock()
    scope = Scope(ehr.practice)
    ours = address_of(work.config.web)
    where = Where(ours, f"{ours}/launch/{name}" if ehr.launch_client_id else None)
    cards: list[Card] = []
    if asked.fhir_server in (None, *addresses_of(ehr)):
        with work.db.read() as session:
            patient = persons.patient(session, scope, name, asked.patient)
            items = of_person(session, scope, now, name, patient.person) if patient else []
        days = Days.of(practice_of(work.config, scope.practice_id).calendar, now)
        cards = cards_of(as_they_can_leave(work, scope, items), zone_of(work.config, scope.practice_id), days, where)
    else:
        log.warning("an EHR asks for cards of another server's patient", ehr=name)
    digest = hashlib.sha256(f"{asker.issuer}\0{asker.jti}".encode()).hexdigest()
    with work.db.write() as session:
        if not hook_tokens.use_token(session, scope, digest, datetime.fromtimestamp(asker.until, UTC), now):
            raise _not_answered("used")
        if cards:
            detail = {"service": service.id, "cards": len(cards)}
            audit_log.record(session, scope, now, f"{asked.user} in {name}", "view_cards", asked.patient, detail)
    return cards


def _not_answered(code: str) -> NotAnswered:
    log.warning("an EHR that asks for cards is not answered", why=code)
    return NotAnswered(code)


def _ehr_of(config: Config, issuer: str) -> str:
    return next(name for name, ehr in config.ehr.items() if issuer in ehr.hooks_issuers)
