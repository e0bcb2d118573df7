"""Who may sign: a clinician as themself; a covering colleague for another; a resident together with one who is none."""

from __future__ import annotations

import pytest

from loopclose.domain.roles import ROLES
from loopclose.domain.signing import NO_REFERENCE, NOT_BY_A_RESIDENT, NOT_TWICE, Letter, Signer, on_behalf, who_cannot
from loopclose.domain.situation import Actor

LETTER = Letter("drafted", "a", author=frozenset({"Practitioner/heart", "1093817465"}), author_name="Hana Heart")


def signer(
    reference: str | None = "Practitioner/heart",
    *,
    role: str = "clinician",
    name: str = "heart",
    resident: bool = False,
) -> Signer:
    known = frozenset({reference}) if reference else frozenset[str]()
    return Signer(Actor(f"{name}@demo.example", name, role, reference), known, resident)


def test_the_author_signs_as_themself() -> None:
    assert who_cannot(signer(), LETTER) is None and on_behalf(signer(), LETTER) is None
    assert on_behalf(signer("1093817465"), LETTER) is None


def test_a_covering_colleague_signs_as_themself_for_the_author() -> None:
    beat = signer("Practitioner/beat", name="beat")
    assert who_cannot(beat, LETTER) is None and on_behalf(beat, LETTER) == "Hana Heart"


@pytest.mark.parametrize("role", sorted({*ROLES, "visitor"} - {"clinician"}))
def test_nobody_else_signs_whatever_their_account_names(role: str) -> None:
    assert who_cannot(signer(role=role), LETTER)


def test_whoever_is_no_known_clinician_signs_nothing() -> None:
    assert who_cannot(signer(None), LETTER) == NO_REFERENCE


def test_a_resident_s_letter_is_co_signed_by_one_who_is_none() -> None:
    waits = Letter("drafted", "a", author=LETTER.author, waits_for="Heart@demo.example")
    assert who_cannot(signer(resident=True), LETTER) is None
    assert who_cannot(signer(resident=True), waits) == NOT_TWICE
    assert who_cannot(signer("Practitioner/other", name="other", resident=True), waits) == NOT_BY_A_RESIDENT
    assert who_cannot(signer("Practitioner/beat", name="beat"), waits) is None
