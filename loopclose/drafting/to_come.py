"""What was ordered, apart: what is done with, and what has no final result yet, so that somebody must look for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fhir_adapters.facts import DiagnosticReport, Observation, ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Material, about
from loopclose.drafting.names import named
from loopclose.drafting.orders import NOT_ORDERED, order_item
from loopclose.drafting.paper import Item
from loopclose.drafting.reports import DRAFT_STATES
from loopclose.drafting.results import NOT_FINAL
from loopclose.drafting.sentences import ERROR, cited, name_source, told
from loopclose.drafting.supplies import HEADS, supply_item
from loopclose.drafting.values import codes_of

NO_RESULT = frozenset({*DRAFT_STATES, "cancelled", "unknown", ERROR})
"""States of a report or a result that is no final one."""
TESTS = frozenset({"laboratory", "imaging", "procedure"})
"""Categories of results that somebody makes after the visit; what is measured at it may stay preliminary for ever."""
Results = Sequence[DiagnosticReport | Observation]


def ordered(material: Material) -> tuple[list[Item], list[Item]]:
    """What was ordered: (what is done, on hold, or told of otherwise, what has no final result yet)."""
    done, pending = list[Item](), list[Item]()
    for one in material.orders:
        if one.status in (ERROR, "revoked") or one.do_not_perform or one.intent in NOT_ORDERED:
            continue
        results = material.results.get(one.key, ())
        said = order_item(one, about(material), results)
        was_cancelled = bool(results) and all(result.status == "cancelled" for result in results)
        (pending if _is_open(one, results) else done).append(said if was_cancelled else said[:1])
    done += [
        supply_item(one, about(material))[:1]
        for one in material.supplies
        if one.status not in (ERROR, "revoked") and one.intent not in HEADS
    ]
    return done, [*pending, *_without_order(material)]


def _is_open(one: ServiceRequest, results: Results) -> bool:
    """Whether a result of an order is still to come: of one that is done as well (the specimen was taken), and of one
    of which a part is final.
    """
    final = [result for result in results if result.status not in NO_RESULT]
    if not final:
        return one.status == "active" or any(result.status in DRAFT_STATES for result in results)
    names = {named(result.code) for result in final}
    reports = (result for result in results if isinstance(result, DiagnosticReport))
    return any(report.status in DRAFT_STATES and named(report.code) not in names for report in reports)


def _without_order(material: Material) -> Iterator[Item]:
    """Reports and results of the visit that are not final, of no order that is told, each once."""
    told_of = {result.key for those in material.results.values() for result in those}
    waiting: list[DiagnosticReport | Observation] = [
        one for one in material.reports if one.status in DRAFT_STATES and one.key not in told_of
    ]
    told_of |= {key for one in material.reports for key in map(local_key, one.result) if key}
    final = {named(one.code) for one in material.observations if one.status not in NO_RESULT}
    waiting += [
        one
        for one in material.observations
        if one.status in DRAFT_STATES and _is_test(one) and one.key not in told_of and named(one.code) not in final
    ]
    for one in waiting:
        sources = (name_source(one, one.code), cited(one, "status", one.status or ""))
        yield (told(about(material), one, f"{named(one.code)} ({NOT_FINAL[one.status or '']})", sources),)


def _is_test(one: Observation) -> bool:
    return not TESTS.isdisjoint(code for concept in one.category for code in codes_of(concept))
