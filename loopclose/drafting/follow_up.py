"""Who follows up, what the patient was told, when they are seen again, and who goes on: in the notes' own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from fhir_adapters.facts import Appointment, ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.drafting.ask_words import NOT_OURS, asked_at, is_for_patient
from loopclose.drafting.clauses import Clause, is_label
from loopclose.drafting.material import Material, about
from loopclose.drafting.names import named
from loopclose.drafting.orders import booked_items
from loopclose.drafting.paper import Item, Sentence
from loopclose.drafting.sentences import cited, name_source

MOST = 4
"""Clauses of one kind that stand on page one."""
CO_MANAGE, OURS, BACK = "Shared", "We follow", "Back to you"
ROLES = {
    CO_MANAGE: re.compile(r"\bco-?manag|\bshared care\b|\bjointly\b.{0,40}\bmanag"
        r"|\bmanage.{0,40}\btogether with (?:you|pcp)\b"),
    BACK: re.compile(
        r"\b(?:return(?:ed|s|ing)?|discharg(?:e|ed|ing)|back|hand(?:ed)?(?: back)?"
        r"|transfer(?:red)?) (?:(?:him|her|them|the patient"
        r"|care|over|back|from (?:our |cardiology |the )?clinic) )?(?:back )?to (?:the |your |his |her "
        r"|their )?(?:care"
        r"|you\b|pcp|primary care|referring|gp\b)|\bno (?:further|routine|scheduled|specialty"
        r"|additional) (?:[a-z]{1,20} )?"
        r"follow[- ]?up\b|\bsigning off\b|\bfollow[- ]?up (?:with us )?(?:prn|as needed|only if)\b"
        r"|\bsee (?:us|me) (?:again )?(?:prn|as needed|only if)\b"
    ),
    OURS: re.compile(
        r"\b(?:we|i|our clinic)(?:'ll| will| shall)? (?:continue to |be )?(?:follow(?:ing)?|assume"
        r"|take over|manag(?:e|ing)) "
        r"(?!up with (?:pcp|you)|the result|up on|results|up the)"
    ),
}  # fmt: skip
"""How notes say who goes on, in the order in which they are tried."""
_RESULTS = re.compile(
    r"\b(?:we|i|our office|our clinic|our nurse)(?:'ll| will| shall| are going to)? (?:[a-z]{1,20} ){0,2}?"
    r"(?:send|forward|call|follow|review|communicate|report|let|contact|notify|discuss|share|track)\b"
)
_OF_RESULTS = re.compile(
    r"\b(?:results?|reports?|findings|patholog|biops|labs?|echo|scan|images|imaging|tests?|study|it)\b"
)
_WHO_FOLLOWS = re.compile(
    r"\b(?:results?|reports?|labs?) (?:will be|to be) (?:sent|forwarded|followed|reviewed|called|communicated)\b"
)
_TOLD = re.compile(
    r"\b(?:patient|pt|he|she|they|family|wife|husband|mother|father|parents?) (?:was |were |is |has been )?"
    r"(?:told|advised|instructed|counsel+ed|educated|informed|agrees|understands|warned)\b"
    r"|\b(?:advised|told|counsel+ed|instructed|educated|warned|informed) (?:him|her|them|the patient"
    r"|patient|pt|family)\b"
    r"|\b(?:discussed|reviewed|explained) (?:[a-z/,]{1,20} ){0,8}?(?:with|to) (?:him|her|them|the patient|patient|pt)\b"
    r"|\breturn precautions\b|\bpatient education\b"
)
_NEXT = re.compile(
    r"\b(?:rtc|rto|return to (?:clinic|office|see us)|next (?:visit|appointment)|return visit"
    r"|follow[- ]?up (?:visit|appointment)"
    r"|(?:we|i)(?:'ll| will)? (?:plan to )?(?:see|re-?evaluate|re-?check|reassess) (?:him|her|them"
    r"|the patient|patient|pt)"
    r"|(?:see|seen) (?:him|her|them|the patient )?(?:again|back)|f/u (?:with (?:us|me) )?in"
    r"|follow[- ]?up (?:with (?:us|me) |here )?"
    r"(?:in|within|at) )"
)


def owners(clauses: Iterable[Clause], others: Sequence[str]) -> tuple[Item, ...]:
    """Whom the notes name to follow up what was ordered: us, or the referrer. ``others``: words of what was ordered."""
    return _first(clauses, lambda low: _is_owner(low, others))


def told(material: Material, clauses: Iterable[Clause]) -> tuple[Item, ...]:
    """What the patient was told, by the notes and by the orders."""
    those = [one for one in clauses if one.code not in NOT_OURS]
    written = [one.whole for one in those if _is_for_patient(one) and not is_label(one.text)]
    noted = [one.whole for one in those if not _is_for_patient(one) and _TOLD.search(one.low)]
    ordered = [item for one in material.orders if one.patient_instruction for item in _instructed(one)]
    return tuple(dict.fromkeys([*written, *noted, *ordered]))[:MOST]


def next_visit(material: Material, clauses: Iterable[Clause]) -> tuple[Item, ...]:
    """The next appointment that is booked, with one of us where that can be told; else the notes' words."""
    bookings = [one for one in material.bookings if _is_ours(material, one)]
    booked = booked_items(bookings or material.bookings, about(material))
    if booked:
        return tuple(booked[:1])
    return _first(clauses, lambda low: bool(_NEXT.search(low)) and asked_at(low) is None)[:2]


def role(clauses: Sequence[Clause]) -> tuple[Item, ...]:
    """Who goes on from here: the first words of a note that say it, behind ours for what they mean."""
    for label, pattern in ROLES.items():
        for one in clauses:
            if one.code not in NOT_OURS and pattern.search(one.low) and not _is_for_patient(one):
                (said,) = one.whole
                return ((Sentence(f"{label}: {said.text}", said.sources),),)
    return ()


def _is_owner(low: str, others: Sequence[str]) -> bool:
    of_these = bool(_OF_RESULTS.search(low)) or any(words in low for words in others)
    if _WHO_FOLLOWS.search(low):
        return True
    if not of_these:
        return False
    return bool(_RESULTS.search(low)) or (asked_at(low) is not None and "result" in low)


def _first(clauses: Iterable[Clause], says: Callable[[str], bool]) -> tuple[Item, ...]:
    """The first clauses of that kind that tell of what is, and not of what was or what the patient reads."""
    those = (one for one in clauses if one.code not in NOT_OURS and not _is_for_patient(one))
    return tuple(dict.fromkeys(one.whole for one in those if says(one.low)))[:MOST]


def _is_for_patient(one: Clause) -> bool:
    return is_for_patient(one.title) or is_for_patient(one.label)


def _instructed(one: ServiceRequest) -> Iterator[Item]:
    words = one.patient_instruction or ""
    sources = (name_source(one, one.code), cited(one, "patientInstruction", words))
    yield (Sentence(f"{named(one.code)}: {words}", sources),)


def _is_ours(material: Material, one: Appointment) -> bool:
    return any((local_key(part.actor) or "") in material.ours for part in one.participant)
