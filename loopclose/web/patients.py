"""A patient as every page names one: name, date of birth, age, sex, record number, and whether another has the name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from loopclose.domain.dates import age_words, birth_words
from loopclose.domain.outside_text import LONGEST_NAME, one_line
from loopclose.domain.patients import UNNAMED
from loopclose.store.namesakes import NAME, NAME_AND_BIRTH_DATE, OTHER_EHR, Namesakes
from loopclose.store.people import PatientRow
from loopclose.store.worklist_item import Patient

NO_NAME = "Name not recorded"
SHARED = {
    NAME: "Another patient has this name",
    NAME_AND_BIRTH_DATE: "Another patient has this name and date of birth",
    OTHER_EHR: "A patient of another EHR has this name and date of birth",
}
_SEXES = {"female": "F", "male": "M", "other": "Sex: other"}


@dataclass(frozen=True)
class Who:
    """One patient, in words."""

    name: str
    details: tuple[str, ...]
    """Date of birth with age, sex, record number: what is known of them, or that it isn't."""
    shared: str | None
    """Said where another patient could be taken for this one."""


def who_is(patient: Patient | PatientRow | None, namesakes: Namesakes, today: date) -> Who:
    """The patient in words; ``today``: the practice's local day."""
    if patient is None:
        return Who(NO_NAME, ("Patient record not read",), None)
    shared = namesakes.of(patient)
    return Who(
        short(patient.name) or NO_NAME,
        (_born(patient.birth_date, today), *_sex(patient.gender), _record(patient)),
        SHARED[shared] if shared else None,
    )


def short(name: str | None) -> str:
    """A name on one line, cut where no name is as long."""
    words = one_line(name or "")
    return words if len(words) <= LONGEST_NAME else f"{words[:LONGEST_NAME]}…"


def _born(text: str | None, today: date) -> str:
    if not text:
        return "Date of birth not recorded"
    age = age_words(text, today)
    return f"Born {birth_words(text)}" + (f" ({age})" if age else "")


def _sex(gender: str | None) -> tuple[str, ...]:
    return (_SEXES[gender],) if gender in _SEXES else ()


def _record(patient: Patient | PatientRow) -> str:
    number = short(patient.mrn)
    return f"{short(patient.mrn_kind) or UNNAMED} {number}" if number else "No record number"
