"""A piece of work on a request (https://hl7.org/fhir/R4/task.html): the elements read."""

from __future__ import annotations

import msgspec

from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.elements import CodeableConcept, Element, Identifier, Period, Reference, Resource
from fhir_adapters.facts.when import When


class TaskRestriction(Element, frozen=True, kw_only=True):
    """When the work is wanted."""

    period: Period | None = None


class TaskInput(Element, frozen=True, kw_only=True):
    """What the work needs: read when it is a reference."""

    value_reference: Reference | None = None


class TaskOutput(Element, frozen=True, kw_only=True):
    """What the work produced: read when it is a reference."""

    value_reference: Reference | None = None


class Task(Resource, frozen=True, kw_only=True):
    """The coordination of a referral, or another piece of work."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[Contained, ...] = ()
    based_on: tuple[Reference, ...] = ()
    group_identifier: Identifier | None = None
    status: str | None = None
    code: CodeableConcept | None = None
    description: str | None = None
    focus: Reference | None = None
    for_: Reference | None = msgspec.field(default=None, name="for")
    encounter: Reference | None = None
    execution_period: Period | None = None
    authored_on: When | None = None
    last_modified: When | None = None
    requester: Reference | None = None
    owner: Reference | None = None
    reason_code: CodeableConcept | None = None
    restriction: TaskRestriction | None = None
    input: tuple[TaskInput, ...] = ()
    output: tuple[TaskOutput, ...] = ()
