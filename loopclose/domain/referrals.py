"""What is a referral to us."""

from __future__ import annotations

from fhir_adapters.facts import ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Admission
from loopclose.domain.chart import Chart, Referral
from loopclose.domain.code_map import CodeMap
from loopclose.domain.codes import REFERRAL_IGNORED
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

INTENTS = frozenset({"order", "original-order", "instance-order", "filler-order", "reflex-order"})
ADMITTED = Admission("admitted", None, "A referral to us by its codes.")
UNDECIDED = Admission("undecided", None, "Its category and code are in no map: a person must say what it is.")
_NO_REFERRAL = {code: Admission("ignored", code, text) for code, text in REFERRAL_IGNORED.items()}


def admit_request(request: ServiceRequest, practice: Practice, directory: Directory, code_map: CodeMap) -> Admission:
    """Whether a ServiceRequest is a referral to us. What no map knows is undecided, never ignored."""
    if request.status == "draft":
        return _NO_REFERRAL["draft"]
    if request.status == "entered-in-error":
        return _NO_REFERRAL["entered_in_error"]
    if request.do_not_perform:
        return _NO_REFERRAL["do_not_perform"]
    if request.intent not in INTENTS:
        return _NO_REFERRAL["intent"]
    concepts = (*request.category, request.code) if request.code else request.category
    order = code_map.meaning(concepts, ("laboratory", "imaging", "medication"))
    if order is not None:
        return _NO_REFERRAL[order]
    meaning = code_map.meaning(concepts, ("referral", "consultation", "other_orders"))
    to_us = _performed_by_us(request, practice, directory)
    if to_us is False and meaning in ("referral", "consultation"):
        return _NO_REFERRAL["other_practice"]
    if meaning == "referral" or (meaning == "consultation" and to_us is not False):
        return ADMITTED
    return _NO_REFERRAL["not_a_referral"] if meaning == "other_orders" else UNDECIDED


def referrals_of(
    chart: Chart, admissions: dict[str, Admission], practice: Practice, directory: Directory
) -> tuple[Referral, ...]:
    """The referrals among a person's requests, by id."""
    found = []
    for request in chart.service_requests:
        if admissions[request.key].disposition != "admitted":
            continue
        written = request.authored_on.start(practice.zone) if request.authored_on else None
        requester = directory.person(request.requester, request.contained)
        found.append(
            Referral(
                request.key,
                local_key(request.subject) or "",
                request,
                request.status or "unknown",
                request.priority or "routine",
                written,
                written.astimezone(practice.zone).date() if written else None,
                requester,
                directory.is_ours(requester, practice),
            )
        )
    return tuple(sorted(found, key=lambda referral: referral.id))


def _performed_by_us(request: ServiceRequest, practice: Practice, directory: Directory) -> bool | None:
    """True: it names us; False: it names others only; None: it names nobody we can tell."""
    if practice.takes_all or not request.performer:
        return None
    somebody_else = False
    for reference in request.performer:
        who = directory.person(reference, request.contained)
        if directory.is_ours(who, practice) or (who.organization or who.key) in practice.organizations:
            return True
        somebody_else = somebody_else or who.key is not None or who.organization is not None
    return False if somebody_else else None
