"""Pages of search results, as they are and as a fault bends them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from loopclose.sandbox.asked import Asked
from loopclose.sandbox.elements import Json
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.paging import place_of, start_of
from loopclose.sandbox.vendors.rules import Paging

PARTIAL = "Some results could not be read and are missing."
WITHHELD = "Some results are not shown to you."


@dataclass
class Page:
    """A page as JSON, piece by piece."""

    entries: list[bytes]
    total: str
    """As it is written; empty where none is."""
    link: str
    more: list[Any] = field(default_factory=list)
    """Entries beside the matches."""

    def as_json(self) -> bytes:
        """The Bundle."""
        entries = b",".join([*self.entries, *(json.dumps(one).encode() for one in self.more)])
        total = f'"total":{self.total},' if self.total else ""
        head = f'{{"resourceType":"Bundle","type":"searchset",{total}"link":{self.link},"entry":['
        return head.encode() + entries + b"]}"


def page_of(found: list[bytes], asked: Asked, count: int, base_url: str, fault: Fault | None, paging: Paging) -> Page:
    """``count`` of the matches from the place asked for on, bent by the fault; raises ``BadPlace``."""
    kind, how = (fault.kind, fault.how) if fault else ("", "")
    found = found[1::2] if how == "drops" else found
    offset = start_of(paging, asked, count)
    first = max(0, offset + {"repeats": -1, "shifts": 1}.get(kind, 0)) if offset else 0
    shown = found[first : offset + count + (kind == "shifts" and offset > 0)]
    following = offset + count if offset + count < len(found) else None
    total = len(found)
    if kind == "endless":
        shown, following, total = found[:count], offset + count, 10**9
    elif kind == "elsewhere":
        following = following or offset + count
    elif how == "first":
        following = 0
    elif kind == "short":
        total += 5
    page = Page(
        [b'{"resource":' + raw + b',"search":{"mode":"match"}}' for raw in shown],
        str(total),
        _link(_next(asked, None if following is None else place_of(paging, following, count), base_url, fault)),
    )
    if fault is not None:
        _bend(page, fault, asked, len(found), offset)
    return page


def warned(page: Page, issues: list[Json]) -> Page:
    """The same page with what the server has to say about the search, as the last entry."""
    said = {"resourceType": "OperationOutcome", "issue": issues}
    return replace(page, more=[*page.more, {"resource": said, "search": {"mode": "outcome"}}])


def outcome(code: str, text: str, severity: str = "error") -> dict[str, Any]:
    """An OperationOutcome with one issue."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": text}],
    }


def _bend(page: Page, fault: Fault, asked: Asked, matches: int, offset: int) -> None:
    kind, how = fault.kind, fault.how
    beside = {"resource": outcome("incomplete", PARTIAL, "warning"), "search": {"mode": "outcome"}}
    if kind == "odd":
        page.more, page.total = [_odd(how, asked.kind or "", fault.patient)], str(matches + 1)
    elif kind == "partial":
        page.more = [beside]
    elif kind == "withheld":
        page.more = [{**beside, "resource": outcome("suppressed", WITHHELD, "warning")}]
    elif kind == "null-link":
        page.link = "null"
    elif how == "absent":
        page.total = ""
    elif how == "string":
        page.total = f'"{matches}"'
    elif how == "shrinks":
        page.total = str(matches - offset)
    elif how == "page":
        page.total = str(len(page.entries))
    elif how == "outcome":
        beside["resource"] = outcome("informational", "The search went well.", "information")
        page.more, page.total = [beside], str(matches + 1)


def _odd(how: str, kind: str, patient: str | None) -> Any:
    """An entry that is not as it should be."""
    resource: dict[str, Any] = {"resourceType": kind, "id": f"odd-{how}"}
    if patient is not None:
        resource["subject"] = {"reference": f"Patient/{patient}"}
    if how == "null":
        return None
    if how == "null-resource":
        return {"resource": None}
    if how == "numeric-id":
        resource["id"] = 12345
    elif how == "numeric-updated":
        resource["meta"] = {"lastUpdated": 1764082800}
    elif how == "unasked":
        resource["resourceType"] = "Basic"
    else:
        del resource["id" if how == "no-id" else "resourceType"]
    return {"resource": resource, "search": {"mode": "match"}}


def _next(asked: Asked, following: str | None, base_url: str, fault: Fault | None) -> str | None:
    """The address of the following page, as it is or as the fault writes it."""
    if following is None:
        return None
    rest = [(name, value) for name, value in asked.params if name != asked.place]
    query = urlencode([*rest, (asked.place, following)])
    at = urlsplit(base_url)
    base = {
        "scheme": f"https://{at.netloc}{at.path}",
        "port": f"http://{at.hostname}:{(at.port or 0) + 1}{at.path}",
        "inner": f"http://fhir-inner:8080{at.path}",
        "twice": f"http://{at.netloc}:{at.port}{at.path}",
        "root": at.path,
    }.get(fault.how if fault else "", base_url)
    if fault is not None and fault.kind == "elsewhere":
        base = "http://other.example/fhir"
    if fault is not None and fault.how in ("query", "relative"):
        return f"?{query}" if fault.how == "query" else f"{asked.kind}?{query}"
    return f"{base}/{asked.kind}?{query}"


def _link(following: str | None) -> str:
    return json.dumps([{"relation": "next", "url": following}] if following else [])
