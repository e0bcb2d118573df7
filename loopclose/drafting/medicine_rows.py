"""Rows of the prescription sheet: each medicine in a heading and cells, every sentence with its elements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fhir_adapters.facts import (
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from loopclose.drafting.courses import ends_on
from loopclose.drafting.dosing_words import dose_amount
from loopclose.drafting.material import Material
from loopclose.drafting.medicine_heads import (
    FINAL,
    cited,
    copies,
    dose_path,
    heading_of,
    notes_on,
    reason_of,
    said_first,
    told_too,
    warns,
)
from loopclose.drafting.medicine_kinds import is_reported
from loopclose.drafting.medicines import Medicine
from loopclose.drafting.names import plain
from loopclose.drafting.paper import Cell, Item, Row, Sentence, Source
from loopclose.drafting.prescribers import ordered_by
from loopclose.drafting.sentences import named
from loopclose.drafting.supply import length_cell, renewal_cell, supply_cell
from loopclose.drafting.wording import date_words

VERBS = {"proposed": "Proposed", "reported": "Recorded", "avoided": "Recorded"}
CAN_END = (MedicationRequest, MedicationStatement)
"""Of which the instructions can say until when."""
NO_DOSE = "How to take it was not recorded"


def row_of(material: Material, one: Medicine) -> Row:
    """A medicine as a row of its group's table."""
    cells: list[tuple[str, Iterable[Sentence]]] = [
        ("Dose", _dose(material, one)),
        ("Supply", _supply(one)),
        ("Start and length", _when(material, one)),
        ("For", _why(one)),
        ("Monitoring and notes", _notes(one)),
        ("Prescriber and renewal", (*_prescriber(material, one), *_renewal(material, one))),
    ]
    filled = tuple(Cell(label, tuple(found)) for label, item in cells if (found := [*item]))
    return Row((*heading_of(material, one),), filled)


def line_of(material: Material, one: Medicine) -> Item:
    """A medicine that is listed no longer, or was given at another time, in one sentence."""
    head, state = said_first(one)
    words = f"{head}{one.drug.name}"
    sources = [one.drug.source, *state]
    verb = "given" if isinstance(one.of, (Immunization, MedicationAdministration)) else "ordered"
    verb = "told" if isinstance(one.of, MedicationStatement) else verb
    verb = f"last {verb}" if one.also and one.when is not None else verb
    sources += told_too(one)
    tail = []
    if one.when is not None:
        tail.append(f"{verb} {date_words(one.when[0], material.zone)}")
        sources.append(Source(one.key, one.when[1], str(one.when[0])))
    period = one.of.effective_period if isinstance(one.of, MedicationStatement) else None
    by_course = one.status == "active" and (period is None or period.end is None)
    if isinstance(one.of, CAN_END) and by_course and (end := ends_on(one.of)):
        tail.append(f"course ended {date_words(end, material.zone)}")
        element = "dosageInstruction" if isinstance(one.of, MedicationRequest) else "dosage"
        sources.append(Source(one.key, f"{type(one.of).__name__}.{element}", str(end)))
    if period is not None and period.end is not None and period.end.last_day(material.zone) <= material.day:
        tail.append(f"ended {date_words(period.end, material.zone)}")
        sources.append(Source(one.key, "MedicationStatement.effectivePeriod.end", str(period.end)))
    if why := reason_of(one):
        tail.append(f"reason: {why[1]}")
        sources.append(Source(one.key, *why))
    more = f" ({', '.join(tail)})" if tail else ""
    first = Sentence(f"{words}{more}.", cited(one, sources))
    return (first, *copies(one))


def _dose(material: Material, one: Medicine) -> Iterator[Sentence]:
    of = one.of
    if one.dose:
        yield Sentence(f"{one.dose.rstrip('.')}.", (Source(one.key, dose_path(one), one.dose),))
    elif isinstance(of, Immunization):
        if words := dose_amount(of.dose_quantity):
            yield Sentence(f"{words}.", (Source(one.key, "Immunization.doseQuantity", words),))
        if of.lot_number:
            yield Sentence(f"Lot {of.lot_number}.", (Source(one.key, "Immunization.lotNumber", of.lot_number),))
    elif one.group != "stopped" and "dosageInstruction" not in of.unread and "dosage" not in of.unread:
        yield Sentence(f"{NO_DOSE}.", (Source(one.key, f"{type(of).__name__}.id", of.id),))


def _supply(one: Medicine) -> Iterable[Sentence]:
    return supply_cell(one.of) if isinstance(one.of, MedicationRequest) and one.group != "stopped" else ()


def _when(material: Material, one: Medicine) -> Iterator[Sentence]:
    given = isinstance(one.of, (Immunization, MedicationAdministration))
    verb = "Given" if given else "Told" if isinstance(one.of, MedicationStatement) else VERBS.get(one.group, "Ordered")
    if isinstance(one.of, MedicationRequest) and is_reported(one.of):
        verb = "Recorded"
    if one.status == "not-done":
        verb = "Not given"
    if one.when is not None and one.group != "since":
        day = date_words(one.when[0], material.zone)
        yield Sentence(f"{verb} {day}.", (Source(one.key, one.when[1], str(one.when[0])),))
    elif isinstance(one.of, Immunization) and one.of.occurrence_string:
        words = one.of.occurrence_string
        yield Sentence(f"{verb} {words}.", (Source(one.key, "Immunization.occurrenceString", words),))
    if isinstance(one.of, MedicationRequest) and one.group != "stopped":
        yield from length_cell(material, one.of)


def _why(one: Medicine) -> Iterator[Sentence]:
    of, kind = one.of, type(one.of).__name__
    if isinstance(of, Immunization):
        return
    for concept in of.reason_code:
        yield Sentence(f"{named(concept)}.", (Source(one.key, f"{kind}.reasonCode", named(concept)),))
    if isinstance(of, MedicationAdministration):
        return
    for reference in of.reason_reference:
        if reference.display:
            words = plain(reference.display)
            yield Sentence(f"{words}.", (Source(one.key, f"{kind}.reasonReference.display", words),))


def _notes(one: Medicine) -> Iterator[Sentence]:
    for note in notes_on(one):
        if not warns(note):
            yield Sentence(f"{note.rstrip('.')}.", (Source(one.key, f"{type(one.of).__name__}.note", note),))


def _prescriber(material: Material, one: Medicine) -> Iterator[Sentence]:
    if isinstance(one.of, MedicationRequest) and one.group not in ("reported", "since") and not is_reported(one.of):
        who = ordered_by(material, one.of)
        if who is not None:
            yield Sentence(f"By {who.text}.", (who,))


def _renewal(material: Material, one: Medicine) -> Iterator[Sentence]:
    if isinstance(one.of, MedicationRequest) and one.group in FINAL:
        yield renewal_cell(material, one.of)
