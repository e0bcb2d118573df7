"""The requests that references and business identifiers of one chart name, however they are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from fhir_adapters.facts import Identifier, Reference
from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.references import local_key, resolve
from loopclose.domain.chart import Chart

REQUEST = "ServiceRequest/"
PLACEHOLDERS = frozenset({"none", "null", "unknown", "n/a", "na", "tbd", "test", "pending"})


class Requests:
    """Of one person's chart."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.present = {request.key for request in chart.service_requests}

    @cached_property
    def _by_identifier(self) -> dict[tuple[str | None, str], set[str]]:
        """The requests that carry a business identifier, by (system, value) and by the value alone."""
        found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        for request in self.chart.service_requests:
            ids = (*request.identifier, *((request.requisition,) if request.requisition else ()))
            for system, value in _names(ids):
                found[system, value].add(request.key)
                found[None, value].add(request.key)
        return found

    def seen(self, references: Iterable[Reference | None]) -> list[str]:
        """The requests of this chart that some references name: what else they name may be any order."""
        return [key for key in self.named(references) if key in self.present]

    def named(self, references: Iterable[Reference | None], contained: tuple[Contained, ...] = ()) -> list[str]:
        """Every request that some references name as what a visit answers, by key or identifier, seen or not."""
        found: list[str] = []
        for reference in references:
            key = local_key(reference)
            if reference is None or key is not None:
                found += self._requests_at(key or "")
                continue
            ids = [one for one in _identifiers_of(reference, contained) if (one.value or "").strip()]
            shown = next((f"{one.system or ''}|{(one.value or '').strip()}" for one in ids), reference.display)
            other = shown or reference.reference
            found += next((sorted(known) for one in ids if (known := self._with(one))), [other] if other else [])
        return found

    def _requests_at(self, key: str) -> list[str]:
        """The request that ``Type/id`` is, or that a task is about. A referral was a ReferralRequest before R4."""
        kind, _, fhir_id = key.partition("/")
        if kind == "Task":
            about = [one for task in self.chart.tasks if task.key == key for one in (task.focus, *task.based_on)]
            return [name for one in about if (name := local_key(one) or "") in self.present]
        return [f"{REQUEST}{fhir_id}"] if kind in ("ServiceRequest", "ReferralRequest") else []

    def _with(self, one: Identifier) -> set[str]:
        """The requests with that identifier; the same value of two systems names neither."""
        known = self._by_identifier.get((_system(one), (one.value or "").strip()), set())
        return set() if not one.system and len(known) > 1 else known

    def identified(self, identifiers: Iterable[Identifier]) -> list[str]:
        """The requests that carry one of some identifiers, by its system and value."""
        return sorted({key for name in _names(identifiers) for key in self._by_identifier.get(name, ()) if name[0]})


def _identifiers_of(reference: Reference, contained: tuple[Contained, ...]) -> tuple[Identifier, ...]:
    """The business identifiers by which a reference names something that is not told by its id."""
    target = resolve(reference)
    if target.kind == "identifier":
        return (Identifier(system=target.system, value=target.value),)
    inside = next((one for one in contained if target.kind == "contained" and one.id == target.value), None)
    return inside.identifiers if inside is not None else (reference.identifier,) if reference.identifier else ()


def _system(one: Identifier) -> str | None:
    """The system of an identifier, however it ends and in whatever case."""
    return (one.system or "").strip().rstrip("/").casefold() or None


def _names(identifiers: Iterable[Identifier]) -> Iterator[tuple[str | None, str]]:
    """Business identifiers that can tell things apart: not "0", "N/A" and what else stands for none."""
    for one in identifiers:
        value = (one.value or "").strip()
        if value.strip("0-. ") and value.casefold() not in PLACEHOLDERS:
            yield _system(one), value
