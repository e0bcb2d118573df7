"""Several requests that tell of one order, brought together: plan, order and filler's order, and what replaced it.

R4 ``ServiceRequest.basedOn`` names the step before, ``replaces`` what an order stands in place of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fhir_adapters.facts import DiagnosticReport, Observation, ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.drafting.names import named
from loopclose.drafting.sentences import ERROR
from loopclose.drafting.values import codes_of

VOID = frozenset({ERROR, "revoked"})
Results = Mapping[str, Sequence[DiagnosticReport | Observation]]


def newest(orders: Sequence[ServiceRequest], results: Results) -> tuple[tuple[ServiceRequest, ...], Results]:
    """The orders, each told once by its newest step, and what was reported of any of its steps.

    A step that is void takes nothing's place, and one that names another thing is an order beside that it is based on.
    An order that was replaced goes with its steps, but for those of which something was reported.
    """
    by_key = {one.key: one for one in orders}
    after: dict[str, str] = {}  # by key: the step that tells of it
    for one in orders:
        if one.status not in VOID:
            for key in filter(None, map(local_key, one.based_on)):
                if key in by_key and _same(by_key[key], one):
                    after.setdefault(key, one.key)
    replaced = {
        key: one.key
        for one in orders
        if one.status not in VOID
        for key in map(local_key, one.replaces)
        if key in by_key and key != one.key
    }
    for key, by in replaced.items():
        step = after.get(key)
        after[key] = by
        if step is not None and step != by and not results.get(step):
            after[step] = by
    found: dict[str, list[DiagnosticReport | Observation]] = {}
    for key in by_key:
        told = found.setdefault(_last(key, after), [])
        told += [one for one in results.get(key, ()) if one not in told]
    return tuple(one for one in orders if _last(one.key, after) == one.key), {**results, **found}


def _same(before: ServiceRequest, one: ServiceRequest) -> bool:
    if bool(before.do_not_perform) != bool(one.do_not_perform):
        return False  # what is not to be done is no step of what is
    return named(before.code) == named(one.code) or bool({*codes_of(before.code)} & {*codes_of(one.code)})


def _last(key: str, after: Mapping[str, str]) -> str:
    """The step that tells of an order; steps that name each other in a ring are told each by itself."""
    seen, at = {key}, key
    while at in after:
        at = after[at]
        if at in seen:
            return key
        seen.add(at)
    return at
