"""What is a referral to us."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fhir_adapters.facts import ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Admission
from loopclose.domain.chart import Chart, Referral
from loopclose.domain.code_map import CodeMap
from loopclose.domain.codes import REFERRAL_IGNORED
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

INTENTS = frozenset({"order", "original-order", "instance-order", "filler-order", "reflex-order"})
PRIORITIES = frozenset({"stat", "asap", "urgent", "routine"})
ADMITTED = Admission("admitted", None, "A referral to us by its codes.")
UNDECIDED = Admission("undecided", None, "Its category and code are in no map: a person must say what it is.")
NO_INTENT = Admission("undecided", None, "It does not say whether it is an order: a person must say what it is.")
NAMED = Admission("undecided", None, "A visit of ours names it, though it is set aside: a person must say.")
SET_ASIDE = frozenset({"draft", "entered_in_error", "intent", "other_practice"})
"""Why a referral is none to us that is still right where a visit of ours says that it answers it: the wrong button, the
wrong name, a state that nobody moved on."""
CHOSEN = Admission("admitted", None, "A person said that a visit answers it.")
ORDERS = ("laboratory", "imaging", "medication")
ASKS = ("referral", "consultation")
_NO_REFERRAL = {code: Admission("ignored", code, text) for code, text in REFERRAL_IGNORED.items()}


def admit_request(request: ServiceRequest, practice: Practice, directory: Directory, code_map: CodeMap) -> Admission:
    """Whether a ServiceRequest is a referral to us. What no map knows is undecided, never ignored."""
    if request.status == "draft":
        return _NO_REFERRAL["draft"]
    if request.status == "entered-in-error":
        return _NO_REFERRAL["entered_in_error"]
    if request.do_not_perform:
        return _NO_REFERRAL["do_not_perform"]
    if request.intent is not None and request.intent not in INTENTS:
        return _NO_REFERRAL["intent"]
    meaning = meaning_of(request, code_map)
    if meaning in ORDERS:
        return _NO_REFERRAL[meaning]
    to_us = _performed_by_us(request, practice, directory)
    if to_us is False and meaning in ASKS:
        return _NO_REFERRAL["other_practice"]
    if meaning == "other_orders":
        return _NO_REFERRAL["not_a_referral"]
    if request.intent is None:
        return NO_INTENT
    return ADMITTED if meaning in ASKS else UNDECIDED


def meaning_of(request: ServiceRequest, code_map: CodeMap) -> str | None:
    """What is ordered, None where the map does not know it: codes before words, and what says that somebody is
    referred before what it may be about.

    A category that says referral settles it: its code may well tell of abnormal imaging.
    """
    if code_map.coded(request.category, ("referral",)):
        return "referral"
    concepts = (*request.category, request.code) if request.code else request.category
    coded = code_map.coded(concepts, (*ORDERS, *ASKS, "other_orders"))
    if coded == "other_orders" and request.code is not None and code_map.said((request.code,), ASKS):
        return None  # "Referral to vascular surgery" of the category surgery: a person must say
    return coded or code_map.said(concepts, (*ASKS, *ORDERS, "other_orders"))


def admit_requests(
    chart: Chart, practice: Practice, directory: Directory, code_map: CodeMap, chosen: Collection[str]
) -> dict[str, Admission]:
    """Every request of a chart with its admission. ``chosen``: those that a person linked to a visit.

    A referral that is set aside, and that a visit of ours names, is never passed over in silence or for another.
    """
    found = {}
    named: set[str] | None = None
    for request in chart.service_requests:
        verdict = admit_request(request, practice, directory, code_map)
        if verdict.code in SET_ASIDE and meaning_of(request, code_map) in ASKS:
            named = _named_by_us(chart, practice, directory) if named is None else named
            from_us = directory.is_ours(directory.person(request.requester, request.contained), practice)
            verdict = NAMED if request.key in named and not from_us else verdict
        found[request.key] = CHOSEN if verdict.disposition == "undecided" and request.key in chosen else verdict
    return found


def _named_by_us(chart: Chart, practice: Practice, directory: Directory) -> set[str]:
    """The requests that our encounters name as what they answer."""
    found: set[str] = set()
    for encounter in chart.encounters:
        if encounter.based_on and encounter.status not in ("planned", "cancelled", "entered-in-error"):
            people = (directory.person(one.individual, encounter.contained) for one in encounter.participant)
            ours = practice.takes_all or directory.is_our_organization(encounter.service_provider, practice)
            if ours or any(directory.is_ours(who, practice) for who in people):
                found.update(key for reference in encounter.based_on if (key := local_key(reference)))
    return found


def referrals_of(
    chart: Chart,
    admissions: Mapping[str, Admission],
    practice: Practice,
    directory: Directory,
    disposition: str = "admitted",
) -> tuple[Referral, ...]:
    """The referrals among a person's requests, by id; or those that may be, where the disposition is undecided."""
    found = []
    for request in chart.service_requests:
        if admissions[request.key].disposition != disposition:
            continue
        written = request.authored_on.start(practice.zone) if request.authored_on else None
        requester = directory.person(request.requester, request.contained)
        found.append(
            Referral(
                request.key,
                local_key(request.subject) or "",
                request,
                request.status or "unknown",
                _priority(request),
                written,
                written.astimezone(practice.zone).date() if written else None,
                requester,
                directory.is_ours(requester, practice),
            )
        )
    return tuple(sorted(found, key=lambda referral: referral.id))


def _priority(request: ServiceRequest) -> str:
    """One of https://hl7.org/fhir/R4/valueset-request-priority.html; whatever else stands there means routine."""
    written = (request.priority or "").strip().lower()
    return written if written in PRIORITIES else "routine"


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
