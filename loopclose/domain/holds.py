"""What holds a report, and what releases it. Pure; a ground is a code and the resource that it comes from.

A report on hold can be neither signed nor sent before a clinician or a lead has released it for its one recipient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from fhir_adapters.facts import Coding

PART2 = "part2"
FOUND = {
    PART2: "Records under 42 CFR Part 2 leave by the patient's written consent alone.",
    "policy": "The chart puts something in it under a policy against disclosure.",
    "sensitive": "The chart marks something in it as sensitive.",
    "confidential": "The chart marks something in it as restricted or very restricted.",
    "label_unreadable": "The chart marks something in it with a security label that cannot be read.",
    "local_code": "Something in it has a code that this practice holds back.",
    "deceased": "The patient has died: the letter has to be worded for that.",
}
"""Grounds that are found when a draft is made, the strictest first."""
BY_HAND = {
    "patient_asked": "The patient asked for it not to be told.",
    "legal": "A court, a guardian or an agreement forbids it.",
    "reword": "It has to be worded otherwise.",
    "other": "Another reason, given in words.",
}
"""Grounds that a person gives."""
GROUNDS = {**FOUND, **BY_HAND}
RELEASES = {
    "consent": "The patient's written consent covers this recipient (42 CFR 2.31).",
    "emergency": "A medical emergency, as 42 CFR 2.51 has it.",
    "mistaken": "The ground does not apply: a label, a code or a setting is wrong.",
    "treatment": "The recipient treats the patient, and no other rule asks for consent (45 CFR 164.506).",
    "reworded": "It was worded otherwise, and read again.",
    "other": "Another reason.",
}
"""Why a report is released. Words of the releaser stand beside each."""
OF_PART2 = frozenset({"consent", "emergency", "mistaken"})
"""The releases that a ground of 42 CFR Part 2 can be lifted by."""
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""What goes with every disclosure under Part 2: statement 2 of 42 CFR 2.32(a)."""
PRACTICE = "practice"
"""The source of a ground that is nothing of the chart's."""
CONFIDENTIAL = frozenset({"R", "V"})
"""https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html: restricted, very restricted."""
_SENSITIVE = """
    BH COGN DIA DVD EMOTDIS ETH ETHUD GDIS HIV MH MST OPIOIDUD
    PREGNANT PSY PSYTHPN SCA SDV SEX SICKLE SPI STD SUD TBOO VIO
"""
SENSITIVE = frozenset(_SENSITIVE.split())
"""Sensitivity of information (https://terminology.hl7.org/CodeSystem-v3-ActCode.html)."""
UNDER_PART2 = frozenset({"42CFRPart2", "42CFRPart2CD"})
_REFRAIN = frozenset({"NODSCLCD", "NODSCLCDS", "NORDSCLCD", "NORDSCLCDS", "NORDSCLW"})
POLICIES = _REFRAIN | {"HIPAAPsyNotes", "Title38Section7332"}
"""Laws and refrain policies of the same system that ask for consent before anything is told."""
_CONFIDENTIALITY = ("v3-Confidentiality", "v3/Confidentiality", "2.16.840.1.113883.5.25")
_ACT_CODE = ("v3-ActCode", "v3/ActCode", "2.16.840.1.113883.5.4")
"""How systems of labels end: today's address, that of earlier FHIR, and the OID."""


@dataclass(frozen=True)
class Ground:
    """Why a report is held."""

    code: str
    """A key of ``GROUNDS``."""
    source: str = ""
    """``Type/id``, or ``practice``; empty where a person said so."""
    label: str = ""
    """The token that it was found by."""


@dataclass(frozen=True)
class Kept(Ground):
    """A ground that is kept with the report, and for whom it was released."""

    released_for: str | None = None
    """The key of that recipient; None while it holds."""


@dataclass(frozen=True)
class Quoted:
    """One resource that stands behind a paper."""

    key: str
    labels: tuple[Coding, ...] | None = ()
    """None where there are some that cannot be read."""
    tokens: Collection[str] = ()
    """Of a diagnosis, or of the type of a note."""


def grounds(
    quoted: Iterable[Quoted], hold_codes: Collection[str], part2: Iterable[str] = (), deceased: str | None = None
) -> tuple[Ground, ...]:
    """Everything that holds a report, the strictest first.

    ``part2``: the practice, or the clinicians of the visit, that fall under Part 2. ``deceased``: the record that says
    that the patient died.
    """
    found = {Ground(PART2, one): None for one in part2}
    for one in quoted:
        if one.labels is None:
            found[Ground("label_unreadable", one.key)] = None
        for label in one.labels or ():
            code = _of_label(label) or ("local_code" if label.token in hold_codes else None)
            if code:
                found[Ground(code, one.key, label.token)] = None
        found.update({Ground("local_code", one.key, token): None for token in one.tokens if token in hold_codes})
    if deceased:
        found[Ground("deceased", deceased)] = None
    return tuple(sorted(found, key=lambda one: (list(FOUND).index(one.code), one.source, one.label)))


def standing(kept: Sequence[Kept], recipient: str) -> tuple[Kept, ...]:
    """Those that hold the report for that recipient: of each ground and source, the newest decides.

    One that was released for somebody else holds again.
    """
    newest = {(one.code, one.source): one for one in kept}
    return tuple(one for one in newest.values() if one.released_for is None or one.released_for != recipient)


def unknown(found: Iterable[Ground], kept: Sequence[Kept], recipient: str) -> list[Ground]:
    """Those found that are new: nothing of that ground and source holds it, or was released for that recipient."""
    open_for_others = {(one.code, one.source) for one in standing(kept, recipient) if one.released_for is not None}
    known = {(one.code, one.source) for one in kept} - open_for_others
    return list({(one.code, one.source): one for one in found if (one.code, one.source) not in known}.values())


def _of_label(label: Coding) -> str | None:
    """The ground that a label is; a label without a system is taken for what its code says."""
    code, system = label.code or "", (label.system or "").rstrip("/")
    if code in CONFIDENTIAL:
        return "confidential" if not system or system.endswith(_CONFIDENTIALITY) else None
    if system and not system.endswith(_ACT_CODE):
        return None
    if code in UNDER_PART2:
        return PART2
    if code in POLICIES:
        return "policy"
    return "sensitive" if code in SENSITIVE else None
