"""What a server says in an OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

PARTIAL = frozenset({"incomplete", "too-costly", "throttled", "timeout", "transient", "lock-error", "exception"})
"""Issue types that say, beside the resources found, that others were not given; "information" alone says nothing."""
PASSING = frozenset({"throttled", "timeout", "transient", "lock-error", "no-store"})
"""Issue types that stand for trouble that passes (https://hl7.org/fhir/R4/valueset-issue-type.html, transient)."""
WITHHELD = frozenset({"suppressed", "security", "forbidden"})
"""Issue types that say, as a warning beside the resources found, that others are kept from us."""
HARMLESS = frozenset({"4101", "4122"})
"""Epic's own codes of warnings that leave nothing out: nothing was found, an unknown parameter was ignored
(https://fhir.epic.com, error codes)."""
_SECRETS = re.compile(
    r"(?i)(?:(?:bearer|basic|password|secret)(?: token)?|token(?! (?-i:[a-z]{2,12})(?:[ .,;]|$)))\S*(?:\s*[:=])?\s*\S+"
    r"|eyJ\S+"
)
"""Such a word and what follows it, and whatever begins as a JWT does. A plain word that follows "token" is no secret:
"Token is not active" and "Invalid token audience" are how Keycloak says why it refuses us."""


@dataclass(frozen=True)
class Outcome:
    """An OperationOutcome, as far as it matters: its issue types, its first words, and what they mean of results."""

    codes: frozenset[str] = frozenset()
    words: str = ""
    partial: bool = False
    """Whether it says that results are missing: an error, or a warning of one of ``PARTIAL``."""
    withheld: bool = False
    """Whether it says no more than that some are kept from us."""
    warned: bool = False
    """Whether it warns of anything at all that is not known to be harmless, as Epic's 4119 ("may not contain the entire
    record"), which is no more than a warning about processing."""


class _Coding(msgspec.Struct):
    code: str | None = None
    display: str | None = None


class _Detail(msgspec.Struct):
    text: str | None = None
    coding: list[_Coding] | None = None

    @property
    def words(self) -> str | None:
        return self.text or next((one.display for one in self.coding or () if one.display), None)


class _Issue(msgspec.Struct):
    severity: str | None = None
    code: str | None = None
    diagnostics: str | None = None
    details: _Detail | None = None


class _Outcome(msgspec.Struct):
    issue: list[_Issue] | None = None


_DECODER = msgspec.json.Decoder(_Outcome)


def read_outcome(raw: bytes) -> Outcome:
    """Read an answer of whatever type; its words are cut to a length and hold nothing that looks like a secret."""
    try:
        issues = _DECODER.decode(raw).issue or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        words = "" if raw.lstrip()[:1] in (b"<", b"{") else plain(raw.decode("utf-8", "replace"))
        return Outcome(words=words, warned=True)
    said = (issue.diagnostics or (issue.details.words if issue.details else None) for issue in issues)
    return Outcome(
        frozenset(issue.code for issue in issues if issue.code),
        plain(next((text for text in said if text), "")),
        any(_says_partial(issue) for issue in issues),
        any(issue.code in WITHHELD and issue.severity == "warning" for issue in issues),
        any(_warns(issue) for issue in issues),
    )


def _says_partial(issue: _Issue) -> bool:
    return issue.severity in ("error", "fatal") or (issue.code in PARTIAL and issue.severity != "information")


def _warns(issue: _Issue) -> bool:
    codings = issue.details.coding or [] if issue.details else []
    if any(one.code in HARMLESS for one in codings):
        return False
    return issue.severity in ("warning", "error", "fatal") or issue.code in PARTIAL | WITHHELD


def plain(text: str) -> str:
    """What a server says, as one short line that holds nothing which looks like a secret."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return _SECRETS.sub("…", " ".join(shown.split()))[:200]
