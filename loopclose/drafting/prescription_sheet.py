"""The prescription sheet: what each medicine is at this visit, as a table, and allergies.

A draft; nothing is prescribed by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, structs

from fhir_adapters.facts import MedicationRequest
from loopclose.drafting.allergies import allergy_section
from loopclose.drafting.clauses import clauses_of
from loopclose.drafting.conflicts import conflicts_of
from loopclose.drafting.gaps import absent, not_had, unsafe
from loopclose.drafting.material import Material, heading
from loopclose.drafting.medicine_chains import of_group, together
from loopclose.drafting.medicine_rows import line_of, row_of
from loopclose.drafting.medicines import OVER, Medicine, stood_before, told_of
from loopclose.drafting.noted import starts_alone
from loopclose.drafting.notes.note import notes_of
from loopclose.drafting.paper import Conflict, Item, Paper, Row, Section, Sentence

ORDERS = ("MedicationRequest",)
KINDS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "Immunization")
TITLES = {
    "on_hold": "On hold",
    "avoided": "Not to be given",
    "ordered": "Ordered at this visit",
    "changed": "Changed at this visit",
    "stopped": "Stopped, cancelled or completed",
    "given": "Given at the visit",
    "proposed": "Proposed, not ordered",
    "listed": "Already on the list, not reviewed at this visit",
    "reported": "Reported by the patient or others, not ordered here",
    "since": "Ordered since the visit",
    "ended": "No longer on the list",
    "elsewhere": "Given at other times",
}
"""The groups of medicines, in the order of the sheet."""
LINES = ("ended", "elsewhere")
"""Groups that are told in a line each and not in a table."""
NOTHING = {
    "ordered": ("No medicine was ordered at this visit.", ORDERS),
    "listed": ("No other medicine is listed in our chart.", KINDS[:2]),
}
"""What stands in a group that is never left away, where nothing is in it, and the types that must be known for that."""
NONE_OTHER = {
    "ordered": ("No other medicine was ordered at this visit.", frozenset({"changed", "on_hold", "given", "stopped"})),
    "listed": ("No other medicine stood on our list at this visit.", frozenset({"since"})),
}
"""What stands there instead where other groups hold something of the kind, and which groups these are."""
BY_NOTE = "Our chart holds no order of a medicine of this visit; what the note starts stands in the letter."
BY_NOTE_TOO = "Our chart holds no other order of a medicine of this visit; what the note starts stands in the letter."
NONE_BEFORE = "No other medicine is listed now that was ordered before this visit."
"""What stands there where something was ordered since, and what was stopped may still have stood there at the visit:
R4 does not say when an order was stopped."""
ELSEWHERE = "No medicine was ordered at this visit; what was ordered elsewhere on its day stands below."


def prescription_sheet(material: Material) -> Paper:
    """Every medicine of the chart in its group, in plain words, and allergies; what disagrees stands first."""
    found = together(told_of(material))
    conflicts = conflicts_of(material, found)
    groups = (_section(material, found, code, conflicts) for code in _shown(found))
    paper = heading(material, "prescription-sheet", "Prescription sheet", (*groups, allergy_section(material)))
    return structs.replace(paper, conflicts=conflicts) if conflicts else paper


def _shown(found: Sequence[Medicine]) -> list[str]:
    """Groups with something in them, and those whose emptiness is said."""
    filled = {one.group for one in found}
    return [code for code in TITLES if code in NOTHING or code in filled]


def _section(material: Material, found: Sequence[Medicine], code: str, conflicts: Sequence[Conflict]) -> Section:
    those = of_group(found, code)
    lines: list[Item] = [line_of(material, one) for one in those] if code in LINES else []
    rows = tuple(_row(material, one, conflicts) for one in those) if code not in LINES else ()
    if code == "ordered":
        lines += [*unsafe(material.unsafe, *KINDS), *not_had(material, *ORDERS)]
    if code == "listed":
        lines += [*unsafe(material.unsafe_listed, *KINDS), *not_had(material, *KINDS)]
    return Section(code, TITLES[code], tuple(lines), _nothing(material, found, code), rows or UNSET)


def _row(material: Material, one: Medicine, conflicts: Sequence[Conflict]) -> Row:
    """A medicine, with what the note does with it where the chart holds otherwise."""
    row = row_of(material, one)
    stops = (each for each in conflicts if each.code == "note_stops" and one.drug.source in each.sources)
    said = tuple(Sentence("The note stops it.", each.sources[:1]) for each in stops)
    return Row((*row.heading, *said), row.cells)


def _nothing(material: Material, found: Sequence[Medicine], code: str) -> str:
    """What stands in an empty group: that there is nothing, only where everything of the kind could be read."""
    if code not in NOTHING:
        return ""
    words, kinds = NOTHING[code]
    other, groups = NONE_OTHER[code]
    besides = any(one.group in groups and isinstance(one.of, MedicationRequest) for one in found)
    if code == "ordered" and starts_alone(found, [*clauses_of(notes_of(material)[0])]):
        words = BY_NOTE_TOO if besides else BY_NOTE
    elif besides:
        words = NONE_BEFORE if code == "listed" and any(_may_have_stood(material, one) for one in found) else other
    elif code == "ordered" and any(one.group in ("listed", "ended") and _of_the_day(material, one) for one in found):
        words = ELSEWHERE
    return absent(material, words, *kinds)


def _may_have_stood(material: Material, one: Medicine) -> bool:
    """Whether it is listed no longer, and nothing says that it was not at the visit."""
    if one.group != "ended":
        return False
    return any(each.status in OVER and stood_before(material, each) for each in (one, *one.also))


def _of_the_day(material: Material, one: Medicine) -> bool:
    """Whether it was ordered on the day of the visit."""
    if not isinstance(one.of, MedicationRequest) or one.when is None or len(one.when[0]) < 10:
        return False
    return one.when[0].last_day(material.zone) == material.day
