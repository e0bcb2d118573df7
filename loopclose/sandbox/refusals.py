"""What a vendor's server refuses to search, and in which words; the tables are in ``loopclose.sandbox.vendors``."""

from __future__ import annotations

from dataclasses import dataclass

from loopclose.sandbox.asked import Asked
from loopclose.sandbox.elements import Json
from loopclose.sandbox.parameters import KNOWN
from loopclose.sandbox.vendors.checks import no_list
from loopclose.sandbox.vendors.rules import PATIENT, Search, Vendor, Words

one_patient = no_list(*PATIENT)
"""What holds where the vendor does not say that it takes a list of them."""


@dataclass(frozen=True)
class Refusal:
    """Why a search is refused: the status, and the issue of the OperationOutcome."""

    status: int
    issue: Json


def refusal(vendor: Vendor, asked: Asked) -> Refusal | None:
    """Why that vendor refuses a search, or None."""
    kind = asked.kind or ""
    rule = vendor.searches.get(kind)
    if rule is None:
        return _refused(vendor, "unsearched", f"{kind} cannot be searched.", status=vendor.unsearched)
    names = unknown(vendor, rule, asked)
    if names and not vendor.warns:
        return Refusal(400, _issue(vendor, "unknown", f"{kind} is not searched by {', '.join(names)}.", kind, names))
    given = {name for name, _ in asked.params}
    if rule.needs and not any(given >= {*needed} for needed in rule.needs):
        needs = ", ".join(" with ".join(needed) for needed in rule.needs)
        reason = "missing" if given & {*rule.parameters} else "empty"
        return _refused(vendor, reason, f"A required search parameter is missing: one of {needs}.")
    checks = rule.checks if rule.lists else (one_patient, *rule.checks)
    said = next((said for check in checks if (said := check(asked))), None)
    return _refused(vendor, "value", said) if said else None


def unknown(vendor: Vendor, rule: Search, asked: Asked) -> list[str]:
    """The parameters that the vendor neither lists for that type nor passes over."""
    passed = {*rule.parameters, *vendor.passes, vendor.paging.word, vendor.paging.size}
    return sorted({name for name, _ in asked.params} - passed)


def filters(rule: Search, asked: Asked) -> list[tuple[str, str]]:
    """The parameters of a search that narrow what it finds."""
    return [(name, value) for name, value in asked.params if name in rule.parameters and name in KNOWN]


def warning(vendor: Vendor, asked: Asked, name: str) -> Json:
    """The issue that says of one parameter that it was ignored."""
    made = _issue(vendor, "unknown", f"{name} was ignored.", asked.kind or "", [name])
    return {**made, "severity": "warning", "location": [f"http.{name.lower()}"]}


def _refused(vendor: Vendor, reason: str, text: str, status: int = 400) -> Refusal:
    return Refusal(status, _issue(vendor, reason, text))


def _issue(vendor: Vendor, reason: str, text: str, kind: str = "", names: list[str] | None = None) -> Json:
    words = vendor.words.get(reason, Words())
    said = words.text.format(kind=kind, names=", ".join(names or ())) if words.text else text
    made: Json = {"severity": words.severity, "code": words.code, "diagnostics": said}
    if words.own is not None:
        code, display = words.own
        coding = {"system": vendor.code_system, "code": code, "display": display}
        made["details"] = {"coding": [coding], "text": display}
    return made
