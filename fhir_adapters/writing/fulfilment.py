"""Saying by a Task that a referral is fulfilled, once its report was received, and taking that back."""

from __future__ import annotations

import json
from datetime import datetime

from fhir_adapters.errors import FhirError
from fhir_adapters.facts.own import NOTHING, Ours
from fhir_adapters.writing.chart import Outcome, WritableChart, outcome_of
from fhir_adapters.writing.letter import Letter
from fhir_adapters.writing.requests import change
from fhir_adapters.writing.resources import CONSULT_NOTE, checked, fulfilment_of


def fulfil(
    chart: WritableChart,
    letter: Letter,
    document: str | None,
    received_at: datetime,
    *,
    counted: tuple[str, str] = CONSULT_NOTE,
    requester: str | None = None,
) -> Outcome:
    """Write the Task of a receipt (``resources.fulfilment_of``), once, where the EHR takes one.

    Raises ``ValueError`` where the letter answers no referral.
    """
    task = checked(fulfilment_of(letter, document, received_at, counted=counted, requester=requester))
    try:
        takes = chart.takes("Task")
    except FhirError as problem:
        return outcome_of(problem, [])
    if not takes:
        return Outcome("refused", words=f"This EHR takes no Task. {chart.row.refuses}".strip())
    return chart.write(json.dumps([task]).encode())


def take_back(chart: WritableChart, key: str, ours: Ours = NOTHING) -> Outcome:
    """Have the Task under ``key`` (``Task/id``) say that it was entered in error: the receipt was withdrawn."""
    try:
        change(chart.client, key, lambda task: {**task, "status": "entered-in-error"}, ours)
    except FhirError as problem:
        return outcome_of(problem, [])
    return Outcome("written", (key,))
