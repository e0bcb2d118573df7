"""What in the chart cannot both hold, or hardly: put to the clinician before a paper is signed, never settled here."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from fhir_adapters.facts import Immunization, MedicationRequest
from loopclose.drafting.allergies import Allergy, allergies_of
from loopclose.drafting.dosing_conflicts import counts_in, is_same_dose, often_in, said_otherwise
from loopclose.drafting.gaps import list_is_whole
from loopclose.drafting.kinship import kinship, two_of_a_kind
from loopclose.drafting.material import Material
from loopclose.drafting.medicine_heads import dose_path
from loopclose.drafting.medicines import CURRENT, Medicine, instructions_of
from loopclose.drafting.note_orders import UNITS, Said, lines_of, said_in, says_no_allergies
from loopclose.drafting.paper import Conflict, Source

CODES = {
    "allergy": "A medicine and an allergy to it, or to its kin.",
    "duplicate": "One ingredient in several medicines.",
    "same_kind": "Two medicines of a kind of which one is usually taken.",
    "still_listed": "What a new order replaces is still active in the chart.",
    "text_structure": "An order says one thing in words and another in its coded part.",
    "note_stops": "The note stops what the chart holds as active.",
    "note_continues": "The note goes on with what the chart holds as stopped.",
    "note_starts": "The note starts what the chart does not hold.",
    "note_dose": "The note and the chart tell different doses, or how often.",
    "notes": "Notes of several authors each judge the visit; on the consult note.",
    "note_allergies": "The note says that there is no allergy, and the chart holds one.",
    "no_longer": "An earlier draft told what the chart no longer holds; on either paper (``no_longer.py``).",
    "smoking": "The chart, or the chart and a note, differ on whether the patient smokes (``smoking.py``).",
    "person": "A note tells of somebody of another age (``whose_note.py``).",
    "allergies": "The chart says both that there is no allergy and that there is one.",
}
"""Kinds of conflicts, by code."""
QUOTED = 120
"""Characters of a note's line that are quoted in a conflict."""


def conflicts_of(material: Material, found: Sequence[Medicine]) -> tuple[Conflict, ...]:
    """Every conflict among the medicines, the allergies and the notes, each once."""
    current = [one for one in found if one.group in CURRENT]
    allergies = [one for one in allergies_of(material.allergies) if one.is_active]
    lines = [*lines_of(material)]
    wanted = frozenset(name for one in found for name in one.drug.ingredients)
    said = [*said_in(lines, wanted)]
    by_notes = [*_against_notes(material, found, current, said)]
    return (
        *_allergies(found, allergies),
        *_duplicates(current),
        *_of_a_kind([one for one in current if not _is_stopped_by(one, by_notes)]),
        *_still_listed(current),
        *_in_words_and_codes(material, found),
        *by_notes,
        *_no_allergies(lines, allergies),
    )


def _allergies(found: Sequence[Medicine], allergies: Sequence[Allergy]) -> Iterator[Conflict]:
    """One for each allergy and reason, with every medicine that it is about."""
    asked = [one for one in found if one.group in (*CURRENT, "given", "proposed")]
    drugs = [one for one in asked if not isinstance(one.of, Immunization)]
    for allergy in (each for each in allergies if each.kind == "allergy"):
        by_reason: dict[str, list[Medicine]] = defaultdict(list)
        for one in drugs:
            if why := kinship(one, allergy):
                by_reason[why].append(one)
        noun = "intolerance" if allergy.of.type == "intolerance" else "allergy"
        for why, those in by_reason.items():
            names = ", ".join(dict.fromkeys(one.drug.name for one in those))
            words = f"{names} and the {noun} “{allergy.name}”: {why}."
            yield Conflict("allergy", words, (allergy.source, *allergy.also, *(one.drug.source for one in those)))


def _duplicates(current: Sequence[Medicine]) -> Iterator[Conflict]:
    """Medicines that share an ingredient, each set once; what was ordered since the visit alone is not ours to ask."""
    by_ingredient: dict[str, list[Medicine]] = defaultdict(list)
    for one in current:
        for ingredient in one.drug.ingredients:
            by_ingredient[ingredient].append(one)
    told: set[tuple[str, ...]] = set()
    for ingredient, those in sorted(by_ingredient.items()):
        keys = tuple(sorted(one.key for one in those))
        later = all(one.group == "since" for one in those)
        if len(those) > 1 and not later and keys not in told:
            told.add(keys)
            each = "; ".join(f"{one.drug.name}{f', {one.dose}' if one.dose else ''}" for one in those)
            words = f"{ingredient.capitalize()} stands in the chart more than once: {each}. Which one is taken?"
            yield Conflict("duplicate", words, tuple(each for one in those for each in _cite(one)))


def _of_a_kind(current: Sequence[Medicine]) -> Iterator[Conflict]:
    """Two anticoagulants and the like; one that a note stops is asked about already."""
    for label, those in two_of_a_kind(current):
        each = "; ".join(f"{one.drug.name}{f', {one.dose}' if one.dose else ''}" for one in those)
        words = f"More than one of the {label} stands in the chart: {each}. Are all of them taken?"
        yield Conflict("same_kind", words, tuple(source for one in those for source in _cite(one)))


def _is_stopped_by(one: Medicine, by_notes: Iterable[Conflict]) -> bool:
    return any(each.code == "note_stops" and one.drug.source in each.sources for each in by_notes)


def _still_listed(current: Sequence[Medicine]) -> Iterator[Conflict]:
    for one in current:
        before = one.before
        if before is None or before.status != "active":
            continue
        same = before.drug.name == one.drug.name and is_same_dose(before.dose or "", one.dose or "")
        if not same:
            was = f"{before.drug.name}{f', {before.dose}' if before.dose else ''}"
            words = f"{was} is still active in the chart beside {one.drug.name}, ordered at this visit: are both taken?"
            yield Conflict("still_listed", words, (*_cite(before), one.drug.source))


def _in_words_and_codes(material: Material, found: Iterable[Medicine]) -> Iterator[Conflict]:
    for one in found:
        if one.group in ("ended", "elsewhere") or isinstance(one.of, Immunization):
            continue
        path = "dosageInstruction" if isinstance(one.of, MedicationRequest) else "dosage"
        for dosage in instructions_of(one.of):
            source = Source(one.key, f"{_kind(one)}.{path}", " ".join((dosage.text or "").split()))
            for words in said_otherwise(dosage, material.zone):
                yield Conflict("text_structure", f"{one.drug.name}: {words}", (*_cite(one)[:1], source))


def _against_notes(
    material: Material, found: Sequence[Medicine], current: Sequence[Medicine], said: Iterable[Said]
) -> Iterator[Conflict]:
    """Each medicine of the notes against those of the chart: what is done with it, and how much it is."""
    told: set[tuple[str, str]] = set()
    started: dict[tuple[str, Source], dict[str, None]] = {}
    whole = list_is_whole(material)
    for one in said:
        those = [each for each in current if one.drug in each.drug.ingredients]
        others = [each for each in found if one.drug in each.drug.ingredients]
        standing = [each for each in those if each.group != "on_hold"]
        code, words, beside = "", "", those
        if one.does == "stop" and standing:
            code, beside = "note_stops", standing
            words = f"The note says “{_short(one.line)}”, and the chart holds {_listed(standing)} as active."
        elif one.does == "start" and not others and whole:
            started.setdefault((one.line, one.source), {})[one.drug] = None
        elif one.does in ("go on", "start") and others and not those and others[0].group == "stopped":
            code, beside = "note_continues", others
            words = f"The note says “{_short(one.line)}”, and the chart holds {_listed(others)} as {others[0].status}."
        elif those and (_is_of_no_dose(one, others) or (one.does != "stop" and _is_oftener_or_less(one, those))):
            code, words = "note_dose", f"The note says “{_short(one.line)}”, and the chart holds {_listed(those)}."
        if code and (code, one.drug) not in told:
            told.add((code, one.drug))
            yield Conflict(code, words, (one.source, *(source for each in beside for source in _cite(each))))
    for (line, source), drugs in started.items():
        yield Conflict(
            "note_starts",
            f"The note says “{_short(line)}”, and the chart holds no {' and no '.join(drugs)}.",
            (source,),
        )


def _no_allergies(lines: Iterable[tuple[str, Source]], allergies: Sequence[Allergy]) -> Iterator[Conflict]:
    real = [one for one in allergies if one.kind == "allergy"]
    for one in (each for each in allergies if each.kind == "none"):
        if denied := [each for each in real if _denies(one.name, each)]:
            words = f"The chart says “{one.name}” and lists {_names(denied)}."
            yield Conflict("allergies", words, (one.source, *_named_by(denied)))
    for line, source in lines:
        denied = [each for each in real if _denies(line, each)] if says_no_allergies(line) else []
        if denied:
            words = f"The note says “{_short(line)}”, and the chart lists {_names(denied)}."
            yield Conflict("note_allergies", words, (source, *_named_by(denied)))
            return


def _denies(words: str, allergy: Allergy) -> bool:
    """Whether it says that there is no allergy of that kind: one to food leaves *no known drug allergies* true."""
    low, kinds = words.lower(), allergy.of.category
    if not kinds:
        return "food" not in low and "environment" not in low and "latex" not in low
    if any(word in low for word in ("nkda", "drug", "medication")):
        return "medication" in kinds
    if "environment" in low:
        return "environment" in kinds
    return "food" in kinds if "food" in low else True


def _named_by(allergies: Iterable[Allergy]) -> Iterator[Source]:
    return (source for one in allergies for source in (one.source, *one.also))


def _names(allergies: Iterable[Allergy]) -> str:
    return ", ".join(dict.fromkeys(one.name for one in allergies))


def _is_of_no_dose(said: Said, those: Sequence[Medicine]) -> bool:
    return said.milligrams is not None and not _is_a_dose_of(said.milligrams, those)


def _is_oftener_or_less(said: Said, those: Sequence[Medicine]) -> bool:
    """Whether a note says plainly how often, and each of some medicines plainly says otherwise."""
    often = {often_in(one.dose or "") for one in those}
    return bool(said.often) and "" not in often and said.often not in often


def _is_a_dose_of(milligrams: Decimal, those: Sequence[Medicine]) -> bool:
    """Whether an amount can be made of the strengths and doses of some medicines; so if none is told by weight."""
    texts = [text for one in those for each in (one, *((one.before,) if one.before else ())) for text in _texts(each)]
    weights = {weight for text in texts for weight in _weights(text)}
    counts = {Decimal(1), *(count for one in those for count in counts_in(one.dose or ""))}
    return not weights or any(milligrams == weight * count for weight in weights for count in counts)


def _texts(one: Medicine) -> tuple[str, str]:
    return one.drug.name, one.dose or ""


def _weights(text: str) -> Iterator[Decimal]:
    words = text.lower().replace(",", "").split()
    for number, unit in itertools.pairwise(words):
        known = UNITS.get(unit.strip(".;()/"))
        digits = number.strip("(")
        if known is not None and digits.replace(".", "", 1).isdecimal() and len(digits) < 9:
            yield Decimal(digits) * known


def _cite(one: Medicine) -> tuple[Source, ...]:
    """Where the drug, its dose and its status stand."""
    dose = (Source(one.key, dose_path(one), one.dose),) if one.dose else ()
    return (one.drug.source, *dose, Source(one.key, f"{_kind(one)}.{'status' if one.of.status else 'id'}", one.status))


def _listed(those: Sequence[Medicine]) -> str:
    return " and ".join(f"{one.drug.name}{f' ({one.dose})' if one.dose else ''}" for one in those)


def _short(line: str) -> str:
    return line if len(line) <= QUOTED else f"{line[:QUOTED].rsplit(' ', 1)[0]} …"


def _kind(one: Medicine) -> str:
    return type(one.of).__name__
