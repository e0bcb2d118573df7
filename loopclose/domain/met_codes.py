"""The codes of a chart that no map knows: of visits, requests, notes and clinicians, where something hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from fhir_adapters.facts import CodeableConcept
from loopclose.domain.admission import Admission
from loopclose.domain.chart import Chart, Visit
from loopclose.domain.code_elements import LONGEST, TEXT, token_of
from loopclose.domain.code_map import texts_of, words_of
from loopclose.domain.directory import Directory
from loopclose.domain.evidence import is_signed, visits_of
from loopclose.domain.judgement import Rules, Unmapped
from loopclose.domain.referrals import ASKS, ORDERS, meaning_of

OF_A_VISIT = ("office_visit", "consultation", "phone", "nurse_only", "laboratory_visit", "documentation_only", "series")
OF_A_REQUEST = (*ORDERS, *ASKS, "other_orders")
BY_ITS_TYPE = frozenset({"phone", "nurse_only", "laboratory", "documentation_only"})
"""Codes of encounters that are no visits by their type."""
WHATEVER_ITS_CODE = frozenset({"draft", "entered_in_error", "do_not_perform", "intent"})
"""Codes of requests that are no referrals whatever their codes mean."""
OWING = frozenset({"report", "resolve", "series_visit"})


@dataclass(frozen=True)
class Met:
    """One person's chart as it was judged.

    What people said of a code on the screen does not take it out of the list: so it can be told, and judged
    again, what hangs on their word.
    """

    chart: Chart
    rules: Rules
    directory: Directory
    requests: Mapping[str, Admission]
    encounters: Mapping[str, Admission]
    visits: tuple[Visit, ...]
    outcomes: Mapping[str, str]

    def unmapped(self) -> Iterator[Unmapped]:
        """Every code that the shipped map and the site's own do not know."""
        yield from self._of_encounters()
        yield from self._of_requests()
        yield from self._of_notes()
        yield from self._of_clinicians()

    def _of_encounters(self) -> Iterator[Unmapped]:
        before = self.rules.code_map.before
        for one in self.chart.encounters:
            admission, seen = self.encounters[one.key], one.class_
            if before.visit_class(seen) is None and (admission.disposition == "admitted" or admission.code == "class"):
                parts = [seen.token if seen.code else None, seen.display] if seen is not None else []
                shown = " ".join(part for part in parts if part) or "(none)"
                token = token_of((seen,), None) if seen is not None else ""
                yield Unmapped(one.key, "Encounter.class", shown, token)
            hangs = self.outcomes.get(one.key) in OWING or admission.code in BY_ITS_TYPE
            if one.type and hangs and before.meaning(one.type, OF_A_VISIT) is None:
                yield _of_concept(one.key, "Encounter.type", one.type[0])

    def _of_requests(self) -> Iterator[Unmapped]:
        code_map = self.rules.code_map
        for request in self.chart.service_requests:
            admission = self.requests[request.key]
            if admission.code in WHATEVER_ITS_CODE or meaning_of(request, code_map.before) is not None:
                continue
            if admission.disposition != "undecided" and meaning_of(request, code_map) is None:
                continue  # a person said that a visit answers it
            if request.category and code_map.before.coded(request.category, OF_A_REQUEST) is None:
                yield _of_concept(request.key, "ServiceRequest.category", request.category[0])
            yield _of_concept(request.key, "ServiceRequest.code", request.code)

    def _of_notes(self) -> Iterator[Unmapped]:
        """Signed notes of visits that owe a report: the type alone says whether they are it."""
        owing = {visit for visit, outcome in self.outcomes.items() if outcome == "report"}
        for one in self.chart.documents if owing else ():
            if one.type is None or self.rules.code_map.before.coded((one.type,), ("notes", "other_notes")) is not None:
                continue
            if is_signed(one, self.chart, self.rules.docstatus_absent_counts) and visits_of(one) & owing:
                yield _of_concept(one.key, "DocumentReference.type", one.type)

    def _of_clinicians(self) -> Iterator[Unmapped]:
        """Specialties that count where the visit itself names none."""
        before = self.rules.code_map.before
        for visit in self.visits:
            marks = self.directory.specialties_of(visit.author) if visit.author else ()
            if not marks or self.outcomes[visit.id] not in OWING or before.specialties_in(marks):
                continue
            types = visit.encounter.type if visit.encounter else ()
            if not before.specialties_in(tuple(texts_of(types))):
                token = next((one for one, code in pairwise(marks) if one.endswith(f"|{code}")), TEXT + marks[0])
                shown = " ".join(dict.fromkeys((token.removeprefix(TEXT), marks[0])))
                yield Unmapped(visit.id, "PractitionerRole.specialty", shown, token[:LONGEST])


def _of_concept(resource: str, element: str, concept: CodeableConcept | None) -> Unmapped:
    """Shown by its first code and its first words."""
    codings = concept.coding if concept is not None else ()
    tokens = [coding.token for coding in codings if coding.code]
    words = words_of((), concept.text if concept else None) + [one.display for one in codings if one.display]
    shown = " ".join([*tokens[:1], *words[:1]])
    token = token_of(codings, concept.text if concept else None)
    return Unmapped(resource, element, shown or "(none)", token)
