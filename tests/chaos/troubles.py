"""What may go wrong with a server: every kind and form of fault that the demo EHR knows, at random places."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from loopclose.sandbox.faults import NO_ZONE, Fault

ANY = ("", "search", "read", "first", "next")
SEARCHES = ("search", "first", "next")
FOR_EVER = 1_000_000
TIMES = (1, 1, 2, 4, 8, FOR_EVER)
AFTER = (0, 0, 0, 1, 2, 5)
OF_PATIENTS = (
    *("Appointment", "Communication", "DiagnosticReport", "DocumentReference", "Encounter", "EpisodeOfCare"),
    *("Procedure", "ServiceRequest", "Task", "Patient"),
)
TYPES = (*OF_PATIENTS, "Encounter", "ServiceRequest", "Practitioner", "PractitionerRole", "Organization")
"""Where a fault concerns everybody: the types of the worklist twice as often."""
PARTS = ("_lastUpdated", "patient=", "_id=")
"""Parts of an address: what changed, what is found by patient, and by id."""
SLOW, PATIENCE = 2.0, 0.3
"""Seconds that a slow answer takes, and that it is waited for."""


@dataclass(frozen=True)
class Trouble:
    """One kind of fault and where it may come: ``on`` and ``page`` as of faults, ``times`` at most; ``more`` is given
    to it too.
    """

    kind: str
    how: str = ""
    on: tuple[str, ...] = ("",)
    times: int = FOR_EVER
    pages: tuple[int | None, ...] = (None, None, 1, 2)
    of_one: bool = False
    """Only of one patient."""
    often: int = 1
    """How many times as often as others: what loses something in silence must meet something new to be seen."""
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Expiring:
    """A token that the EHR may call expired at any request, and gives another for."""

    number: int = 0
    secret: bool = False

    def headers(self) -> dict[str, str]:
        """The token at hand."""
        return {"Authorization": f"Bearer {self.number}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Another one."""
        self.number += 1
        return True

    def not_granted(self) -> frozenset[str]:
        """Everything is granted."""
        return frozenset()

    def notes(self) -> tuple[str, ...]:
        """Nothing to say."""
        return ()


def _said(code: str, words: str) -> str:
    issue = {"severity": "error", "code": code, "diagnostics": words}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]})


PLAIN = {"body": "Unauthorized", "content_type": "text/plain"}
STATUSES: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (SEARCHES, {"code": 400}),
    (SEARCHES, {"code": 400, "body": _said("invalid", "Unknown search parameter _total")}),
    (SEARCHES, {"code": 422, "body": _said("processing", "Unsupported parameter")}),
    (SEARCHES, {"code": 405}),
    (ANY, {"code": 301}),
    (ANY, {"code": 401, **PLAIN}),
    (ANY, {"code": 401, "body": '{"error": "invalid_token"}'}),
    (ANY, {"code": 403, "body": _said("forbidden", "Break the glass first.")}),
    (ANY, {"code": 404}),
    (SEARCHES, {"code": 410}),  # of a read it is the one word of a deletion that there is, and believed
    (ANY, {"code": 429}),
    (ANY, {"code": 429, "retry_after": "1"}),
    (ANY, {"code": 429, "retry_after": "3600"}),
    (ANY, {"code": 500, "body": '{"error": "internal"}'}),
    (ANY, {"code": 500, "body": "<html>Oops</html>", "content_type": "text/html"}),
    (SEARCHES, {"code": 500, "body": _said("not-supported", "Required search parameter missing")}),
    (ANY, {"code": 501}),
    (ANY, {"code": 502}),
    (ANY, {"code": 503}),
    (ANY, {"code": 503, "retry_after": NO_ZONE}),
    (ANY, {"code": 503, "retry_after": "soon"}),
    (ANY, {"code": 504}),
)
CATALOGUE = (
    *(Trouble("status", on=on, more=more) for on, more in STATUSES),
    Trouble("reset", on=ANY),
    Trouble("reset", "mid-body", ANY),
    Trouble("truncated", on=ANY),
    Trouble("html", on=ANY, times=2),
    Trouble("huge", on=ANY, times=2),
    Trouble("announced", on=ANY),
    Trouble("outcome", on=ANY),
    Trouble("slow", on=ANY, times=4, more={"seconds": SLOW}),
    Trouble("odd", "numeric-id", SEARCHES),
    Trouble("odd", "no-id", SEARCHES),
    Trouble("odd", "no-type", SEARCHES),
    Trouble("odd", "null", SEARCHES),
    Trouble("odd", "null-resource", SEARCHES),
    Trouble("odd", "numeric-updated", SEARCHES),
    Trouble("odd", "unasked", SEARCHES),
    Trouble("total", "string", SEARCHES),
    Trouble("total", "outcome", SEARCHES),
    Trouble("total", "shrinks", SEARCHES),
    Trouble("total", "page", SEARCHES),
    Trouble("total", "absent", SEARCHES),
    Trouble("next", "scheme", ("search", "first")),
    Trouble("next", "port", ("search", "first")),
    Trouble("next", "inner", ("search", "first")),
    Trouble("next", "twice", ("search", "first")),
    Trouble("next", "query", ("search", "first")),
    Trouble("next", "root", ("search", "first")),
    Trouble("next", "relative", ("search", "first")),
    Trouble("next", "first", ("search", "first")),
    Trouble("endless", on=SEARCHES),
    Trouble("elsewhere", on=("search", "first"), times=2),
    Trouble("short", on=SEARCHES),
    Trouble("unfiltered", on=("search",)),
    Trouble("read-only"),
    Trouble("first-id", on=("search",)),
    Trouble("merged"),
    Trouble("merged", "redirect"),
    *(Trouble("expired", more={"code": code}) for code in (400, 404, 410)),
    Trouble("repeats", on=SEARCHES),
    Trouble("shifts", on=SEARCHES, often=4),
    Trouble("partial", on=SEARCHES),
    Trouble("partial", "drops", SEARCHES, often=8),
    Trouble("withheld", on=SEARCHES),
    # what is kept from us of everybody no later run can read
    Trouble("withheld", "drops", SEARCHES, of_one=True, often=4),
    Trouble("bom", on=ANY),
    Trouble("absolute", on=ANY),
    Trouble("dateless", on=ANY),
    Trouble("null-link", on=SEARCHES, pages=(2, 3)),  # of pages of one nothing tells whether there is another
    Trouble("null-params"),
)


def draw(dice: Random, patients: Sequence[str], kinds: Collection[str] = ()) -> Fault:
    """A random trouble at a random place; ``patients``: ids; ``kinds``: none but these, where any are named. A merge
    has nobody to merge into yet.
    """
    those = [one for one in CATALOGUE if not kinds or one.kind in kinds]
    (trouble,) = dice.choices(those, [one.often for one in those])
    if trouble.kind == "merged":
        old, into = dice.sample(sorted(patients), 2)
        return Fault("merged", patient=old, into=into, how=trouble.how)
    where, patient = _place(dice, patients)
    if trouble.of_one and patient is None:
        where, patient = dice.choice(OF_PATIENTS), dice.choice(sorted(patients))
    if trouble.kind == "null-params":
        where, patient = "metadata", None
    return Fault(
        trouble.kind,
        where,
        min(trouble.times, dice.choice(TIMES)),
        dice.choice(AFTER),
        patient=patient,
        on="" if where == "metadata" else dice.choice(trouble.on),
        how=trouble.how,
        page=dice.choice(trouble.pages),
        **trouble.more,
    )


def _place(dice: Random, patients: Sequence[str]) -> tuple[str, str | None]:
    """Where, and about whom: mostly narrow, seldom all of the server."""
    drawn = dice.random()
    if drawn < 0.35:
        return dice.choice(OF_PATIENTS), dice.choice(sorted(patients))
    if drawn < 0.6:
        return dice.choice(TYPES), None
    if drawn < 0.8:
        return "", dice.choice(sorted(patients))
    return (dice.choice(PARTS), None) if drawn < 0.93 else (dice.choice(("metadata", "")), None)
