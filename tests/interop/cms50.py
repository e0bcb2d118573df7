"""The numerator of CMS50 (Closing the Referral Loop) as its stored versions write it, for tests alone.

Written anew from the published logic, on resources as a server gives them. v0.3 and v0.4 (QI-Core) ask for a Task whose
*code* is a Consultant Report and that is based on the first referral; v1.0 and v1.1 for one whose code is ``fulfill``
and whose *reason* is such a report, with the referral as its focus or basis. All: completed, and its period ends after
the referral was authored and within the measurement period. A date that is compared by day is taken in one zone, the
evaluator's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from loopclose.domain.cms50 import consultant_report

Json = dict[str, Any]
FULFILL = "http://hl7.org/fhir/CodeSystem/task-code|fulfill"
REFERRAL = frozenset({"http://snomed.info/sct|103696004", "http://snomed.info/sct|306253008"})
"""Of the value set Referral, what the tests use."""
OFFICE_VISIT = frozenset({"http://www.ama-assn.org/go/cpt|99213"})


def first_referral(resources: Iterable[Json], year: int, zone: tzinfo = UTC) -> Json | None:
    """The first order of a referral of January to October; of two of one instant, the lesser id."""
    found = [
        one
        for one in resources
        if one["resourceType"] == "ServiceRequest"
        and one["status"] in ("active", "completed")
        and one["intent"] == "order"
        and tokens(one.get("code")) & REFERRAL
        and date(year, 1, 1) <= day(one["authoredOn"], zone) <= date(year, 10, 31)
    ]
    return min(found, key=lambda one: (instant(one["authoredOn"], zone), one["id"]), default=None)


def denominator(resources: Iterable[Json], year: int, zone: tzinfo = UTC) -> bool:
    """A finished visit within the year, and a referral."""
    held = list(resources)
    visits = [one for one in held if one["resourceType"] == "Encounter" and one["status"] == "finished"]
    seen = any(
        any(tokens(kind) & OFFICE_VISIT for kind in one.get("type", ()))
        and {day(one["period"][end], zone).year for end in ("start", "end")} == {year}
        for one in visits
    )
    return seen and first_referral(held, year, zone) is not None


def numerator_v0(resources: Iterable[Json], year: int, zone: tzinfo = UTC) -> bool:
    """As v0.3.000 and v0.4.000 write it."""
    held = list(resources)
    referral = first_referral(held, year, zone)
    return referral is not None and any(
        tokens(task.get("code")) & consultant_report()
        and referral["id"] in _ids(task.get("basedOn", ()))
        and _ends(task, referral, year, zone)
        for task in held
        if task["resourceType"] == "Task"
    )


def numerator_v1(resources: Iterable[Json], year: int, zone: tzinfo = UTC) -> bool:
    """As v1.0.000 and v1.1.000 write it."""
    held = list(resources)
    referral = first_referral(held, year, zone)
    return referral is not None and any(
        FULFILL in tokens(task.get("code"))
        and tokens(task.get("reasonCode")) & consultant_report()
        and referral["id"] in _ids([task.get("focus", {}), *task.get("basedOn", ())])
        and _ends(task, referral, year, zone)
        for task in held
        if task["resourceType"] == "Task"
    )


NUMERATORS: Mapping[str, Callable[..., bool]] = {"v0.4": numerator_v0, "v1.1": numerator_v1}


def tokens(concept: Json | None) -> frozenset[str]:
    """``system|code`` of a CodeableConcept."""
    return frozenset(f"{one.get('system')}|{one.get('code')}" for one in (concept or {}).get("coding", ()))


def instant(text: str, zone: tzinfo) -> datetime:
    """A dateTime; one without an offset is meant in the evaluator's zone."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=zone) if found.tzinfo is None else found


def day(text: str, zone: tzinfo) -> date:
    """The calendar day of a date or dateTime in the evaluator's zone."""
    return date.fromisoformat(text) if len(text) == 10 else instant(text, zone).astimezone(zone).date()


def _ends(task: Json, referral: Json, year: int, zone: tzinfo) -> bool:
    end = task.get("executionPeriod", {}).get("end")
    if task.get("status") != "completed" or end is None:
        return False
    return instant(end, zone) > instant(referral["authoredOn"], zone) and day(end, zone).year == year


def _ids(references: Iterable[Json]) -> set[str]:
    return {one.get("reference", "").rpartition("/")[2] for one in references}
