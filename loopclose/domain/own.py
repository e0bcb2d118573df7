"""A chart without what Loopclose wrote into it: that is neither evidence, nor a tie, nor a time, nor a wish."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from fhir_adapters.facts import Resource
from fhir_adapters.facts.own import Ours, is_ours
from loopclose.domain.chart import Chart

R = TypeVar("R", bound=Resource)


def without_our_own(chart: Chart) -> Chart:
    """The same chart without our documents, messages and tasks; the very same where there is none of them.

    Known by the marks that they carry (``fhir_adapters.facts.own``), or by ``chart.written_by_us``: servers drop marks.
    """
    ours = Ours(chart.written_by_us)
    documents, messages = _others(chart.documents, ours), _others(chart.communications, ours)
    tasks = _others(chart.tasks, ours)
    if (documents, messages, tasks) == (chart.documents, chart.communications, chart.tasks):
        return chart
    return replace(chart, documents=documents, communications=messages, tasks=tasks)


def _others(facts: tuple[R, ...], ours: Ours) -> tuple[R, ...]:
    return tuple(one for one in facts if not is_ours(one, ours))
