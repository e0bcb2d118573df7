"""What the demo EHR answers to a read or a search, bent by a fault where there is one."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from typing import Any, Protocol

from loopclose.sandbox.asked import Asked
from loopclose.sandbox.capabilities import READ_ONLY, statement
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import BASE
from loopclose.sandbox.pages import outcome, page_of, warned
from loopclose.sandbox.paging import BadPlace
from loopclose.sandbox.refusals import filters, refusal, unknown, warning
from loopclose.sandbox.search import Store, UnknownParameter
from loopclose.sandbox.vendors.rules import Paging, Search, Vendor
from loopclose.sandbox.written_page import page

WRITTEN_PAGE = "/written"
"""Where people see what was written."""
FHIR_JSON, JSON = "application/fhir+json", "application/json"
ANY = Search(())
_RELATIVE = re.compile(rb'("reference": ?")(?=[A-Z][A-Za-z]+/)')


@dataclass(frozen=True)
class Answer:
    """One response."""

    status: int
    body: bytes
    content_type: str = FHIR_JSON
    headers: tuple[tuple[str, str], ...] = ()


class Ehr(Protocol):
    """The server, as far as an answer depends on it; ``vendor`` is whose manners it has, if anybody's."""

    store: Store
    types: tuple[str, ...]
    base_url: str

    @property
    def vendor(self) -> Vendor | None:
        """The vendor whom it plays."""

    @property
    def rules(self) -> Vendor | None:
        """The same, where it is strict."""


def answer(ehr: Ehr, asked: Asked, fault: Fault | None = None, most: int | None = None) -> Answer:
    """The answer to a GET or to a search by form; ``most`` entries a page."""
    asked = _meant(asked, fault)
    if asked.path.endswith("/metadata"):
        made = _said(200, _statement(ehr, fault))
    elif asked.path == WRITTEN_PAGE:
        made = Answer(200, page(ehr.store), "text/html; charset=utf-8")
    elif asked.kind is None:
        made = refused(404, "not-found", "There is nothing at that address.")
    elif asked.fhir_id is not None:
        made = _read(ehr, asked.kind, asked.fhir_id, asked.accept)
    else:
        made = _search(ehr, asked, fault, most)
    if fault is not None and fault.kind == "bom":
        return replace(made, body=b"\xef\xbb\xbf" + made.body)
    if fault is not None and fault.kind == "absolute":
        return replace(made, body=_RELATIVE.sub(rb"\1" + BASE.encode() + b"/", made.body))
    return made


def refused(status: int, code: str, text: str) -> Answer:
    """An OperationOutcome that says why not."""
    return _said(status, outcome(code, text))


def instead(fault: Fault, asked: Asked) -> Answer | None:
    """What a fault answers in place of the server, where it does."""
    if fault.kind == "status":
        headers = (("Retry-After", fault.retry_after),) if fault.retry_after else ()
        return Answer(fault.code, fault.body.encode(), fault.content_type, headers)
    if fault.kind == "html":
        return Answer(200, b"<!doctype html><title>Sign in</title>", "text/html")
    if fault.kind == "truncated":
        return Answer(200, b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":')
    if fault.kind == "outcome":
        return refused(200, "exception", "The search could not be carried out.")
    if fault.kind == "expired":
        return refused(fault.code, "not-found", "The page is not kept any longer.")
    if fault.how == "redirect" and (asked.kind, asked.fhir_id) == ("Patient", fault.patient):
        return Answer(301, b"", headers=(("Location", f"{BASE}/Patient/{fault.into}"),))
    if fault.kind == "read-only":
        return refused(400, "not-supported", f"{asked.kind} cannot be searched.")
    return None


def _meant(asked: Asked, fault: Fault | None) -> Asked:
    """What the server takes the request for."""
    kind = fault.kind if fault else ""
    if fault is None or kind not in ("unfiltered", "first-id", "merged"):
        return asked
    if kind == "unfiltered":
        return replace(asked, params=tuple(one for one in asked.params if one[0] in ("_count", "_offset")))
    if kind == "first-id":
        return replace(asked, params=tuple((n, v.split(",")[0] if n == "_id" else v) for n, v in asked.params))
    patient, into = fault.patient or "", fault.into
    params = tuple((name, _merged(name, value, patient, into)) for name, value in asked.params)
    merged = asked.kind == "Patient" and asked.fhir_id == patient
    return replace(asked, params=params, fhir_id=into if merged else asked.fhir_id)


def _merged(name: str, value: str, patient: str, into: str) -> str:
    if name not in ("patient", "subject", "_id"):
        return value
    return ",".join({patient: into, f"Patient/{patient}": f"Patient/{into}"}.get(one, one) for one in value.split(","))


def _read(ehr: Ehr, kind: str, fhir_id: str, accept: str) -> Answer:
    raw = ehr.store.read(kind, fhir_id)
    if raw is not None:
        return _binary(ehr, raw, accept) if kind == "Binary" else Answer(200, raw)
    if ehr.store.is_gone(kind, fhir_id):
        return refused(410, "deleted", "It was deleted.")
    return refused(404, "not-found", "There is no such resource.")


def _binary(ehr: Ehr, raw: bytes, accept: str) -> Answer:
    """A Binary as FHIR JSON, or its content alone, by what is accepted (https://hl7.org/fhir/R4/binary.html#rest)."""
    found = json.loads(raw)
    own: str = found["contentType"]
    wanted = {one.partition(";")[0].strip().lower() for one in accept.split(",")}
    picky = ehr.vendor is not None and ehr.vendor.name == "oracle"
    if FHIR_JSON in wanted or (JSON in wanted and not picky):
        return Answer(200, raw)
    if picky and not wanted & {own, "*/*", f"{own.partition('/')[0]}/*", ""}:
        return refused(406, "not-supported", f"Only {FHIR_JSON} and {own} are given.")
    return Answer(200, base64.b64decode(found["data"]), own)


def _search(ehr: Ehr, asked: Asked, fault: Fault | None, most: int | None) -> Answer:
    if ehr.rules is not None:
        return _as_vendor(ehr, ehr.rules, asked, fault, most)
    if asked.kind in READ_ONLY:
        return refused(400, "not-supported", f"{asked.kind} cannot be searched.")
    try:
        found = ehr.store.search(asked.kind or "", list(asked.params))
    except UnknownParameter as problem:
        return refused(400, "invalid", f"Unknown search parameter {problem}")
    count = _count(asked, ANY, Paging(), most)
    return Answer(200, page_of(found, asked, count, ehr.base_url, fault, Paging()).as_json())


def _as_vendor(ehr: Ehr, vendor: Vendor, asked: Asked, fault: Fault | None, most: int | None) -> Answer:
    """What a vendor's strict server answers to a search."""
    why = refusal(vendor, asked)
    if why is not None:
        return _said(why.status, {"resourceType": "OperationOutcome", "issue": [why.issue]})
    rule = vendor.searches[asked.kind or ""]
    found = ehr.store.search(asked.kind or "", filters(rule, asked))
    count = min(_count(asked, rule, vendor.paging, most), rule.most)
    try:
        page = page_of(found, asked, count, ehr.base_url, fault, vendor.paging)
    except BadPlace as problem:
        return refused(400, "value", str(problem))
    ignored = [warning(vendor, asked, name) for name in unknown(vendor, rule, asked)]
    return Answer(200, (warned(page, ignored) if ignored else page).as_json())


def _count(asked: Asked, rule: Search, paging: Paging, most: int | None) -> int:
    """How many entries a page has: as asked, where that is understood."""
    given = asked.values(paging.size) if paging.size is not None else []
    count = int(next(iter(given), rule.page))
    return min(count, most or count)


def _statement(ehr: Ehr, fault: Fault | None) -> dict[str, Any]:
    made = statement(ehr.types, ehr.vendor, strict=ehr.rules is not None)
    if fault is not None and fault.kind == "null-params":
        for one in made["rest"][0]["resource"]:
            one["searchParam"] = None
    return made


def _said(status: int, resource: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(resource).encode())
