"""What page one takes from the chart's own records: diagnoses, medicines and orders, a line each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fhir_adapters.facts import Condition, ServiceRequest
from loopclose.drafting import to_come
from loopclose.drafting.clauses import Clause, is_label
from loopclose.drafting.conflicts import conflicts_of
from loopclose.drafting.diagnoses import CERTAINTY, NOT_STATED, OVER, condition_item, is_of_family, is_of_life
from loopclose.drafting.drugs import ingredients_of
from loopclose.drafting.gaps import absent
from loopclose.drafting.material import Material, about
from loopclose.drafting.medicine_chains import of_group, together
from loopclose.drafting.medicine_heads import cited as of_medicine
from loopclose.drafting.medicine_heads import dose_path, said_first
from loopclose.drafting.medicines import Medicine, is_ordered_and_over, told_of
from loopclose.drafting.names import coded, named
from loopclose.drafting.note_orders import said_in
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.sentences import ERROR, cited, collapsed, name_source, sites, told
from loopclose.drafting.states import states_of
from loopclose.drafting.values import codes_of
from loopclose.drafting.wording import date_words

MOST = 8
"""Lines of one kind; the rest stands behind page one."""
MORE = "More of them stand behind this page."
GROUPS = {"ordered": "Ordered", "changed": "", "stopped": "Stopped", "on_hold": "On hold", "avoided": "Not to be given"}
"""Groups of the sheet that page one tells of, and what stands before the medicine where nothing else does."""
NEW = "New in our chart"
FIRST = frozenset({"Changed", "Ruled out", NEW, "Confirmed"})
"""What is told before the diagnoses that are as they were."""
BY_NOTE = "By the note"
NOT_NOW = re.compile(
    r"\b(?:declin\w{0,3}|refus\w{0,3}|previously|formerly|in the past|years? ago|months? ago|discussed|considered"
    r"|history of)\b"
)
"""Words of a clause that starts and stops nothing at this visit."""
PLANNED = frozenset({"assessment", "assessment_plan", "plan", "follow_up", "attestation", "addendum", "text", "other"})
"""Sections of a note in which a medicine is started or stopped now, not told of."""
_LISTS = re.compile(
    r"\b(?:prescribed|started|new prescriptions?)\b.{0,20}\b(?:medic|drug|follow)|\bnew (?:medic|prescription|rx\b)"
)
"""A line over a list of medicines that are started."""
SHORT = 3
"""Letters of a word that tells nothing."""
UNSURE = frozenset({"provisional", "differential", "unconfirmed"})


def diagnoses(material: Material) -> tuple[Item, ...]:
    """Diagnoses of the visit, first those that are new, confirmed, changed or ruled out at it."""
    found = [(_what(one, material), one) for one in material.conditions if condition_item(one, about(material))]
    found = [(what, one) for what, one in found if not is_of_life(one) and not is_of_family(one)]
    ranked = sorted(found, key=lambda pair: pair[0] not in FIRST)
    return _most(collapsed(_diagnosis(what, one, material) for what, one in ranked))


def _diagnosis(what: str, one: Condition, material: Material) -> Item:
    over = next((code for code in states_of(one.clinical_status) if code in OVER), None)
    sources = [name_source(one, one.code)]
    if one.body_site:
        sources.append(cited(one, "bodySite", sites(one.body_site)))
    if what in (NEW, "Changed") and one.recorded_date is not None:
        sources.append(cited(one, "recordedDate", str(one.recorded_date)))
    if what not in (NEW, "Changed", "") and one.verification_status is not None:
        sources.append(cited(one, "verificationStatus", what))
    if over:
        sources.append(cited(one, "clinicalStatus", over))
    ended = one.abatement_date_time
    since = over and ended is not None and ended.last_day(material.zone) > material.day
    if over and ended is not None and since:
        sources.append(cited(one, "abatementDateTime", str(ended)))
        over = f"{over} {date_words(ended, material.zone)}, after this visit"
    tail = f" ({over})" if over and what != "Ruled out" else ""
    return (
        told(
            about(material), one, f"{f'{what}: ' if what else ''}{named(one.code)}{sites(one.body_site)}{tail}", sources
        ),
    )


def _what(one: Condition, material: Material) -> str:
    """What it is at this visit, by how sure it is, by when it was recorded, and by what was recorded earlier."""
    sure = next((code for code in CERTAINTY if code in states_of(one.verification_status)), None)
    if sure == "refuted":
        return "Ruled out"
    if sure is not None:
        return CERTAINTY[sure].rstrip(": ")
    if NOT_STATED.match(named(one.code)):
        return ""
    earlier = [other for other in material.chart.values() if other.key != one.key and _is_earlier(other, one, material)]
    if any(UNSURE & {*states_of(other.verification_status)} for other in earlier):
        return "Confirmed"
    at_visit = one.recorded_date is not None and len(one.recorded_date) >= 10
    at_visit = at_visit and one.recorded_date is not None and one.recorded_date.last_day(material.zone) == material.day
    if not at_visit:
        return ""
    if not earlier:
        return "" if absent(material, "", "Condition") else NEW
    return "Changed" if any(_state(other) != _state(one) for other in earlier) else ""


def _is_earlier(other: Condition, one: Condition, material: Material) -> bool:
    if ERROR in states_of(other.verification_status):
        return False
    same = named(other.code) == named(one.code) or (
        bool({*codes_of(other.code)} & {*codes_of(one.code)}) and bool(_words(other) & _words(one))
    )
    when = other.recorded_date
    return same and (when is None or when.last_day(material.zone) < material.day)


def _words(one: Condition) -> set[str]:
    """The words of a name: a code that stands for anything (``1``) makes no two diagnoses one."""
    return {word for word in named(one.code).lower().split() if len(word) > SHORT}


def _state(one: Condition) -> tuple[list[str], str | None, str]:
    return states_of(one.clinical_status), coded(one.severity), sites(one.body_site)


def medicines(material: Material, clauses: Iterable[Clause]) -> tuple[Item, ...]:
    """What was started, changed or stopped at the visit, a line each; and what only a note starts or stops."""
    found = together(told_of(material))
    stopped_by_note = {
        source for one in conflicts_of(material, found) if one.code == "note_stops" for source in one.sources
    }
    lines = []
    for code in ("changed", "ordered", "stopped", "on_hold", "avoided"):
        for one in of_group(found, code):
            more = (Sentence("The note stops it.", (one.drug.source,)),) if one.drug.source in stopped_by_note else ()
            lines.append((_medicine(material, one, code), *more))
    return _most([*lines, *_noted(found, clauses)])


def _medicine(material: Material, one: Medicine, code: str) -> Sentence:
    head, state = said_first(one)
    verb = "" if head else f"{_verb(one, code)}: "
    sources = [one.drug.source, *state]
    is_ours = is_ordered_and_over(material, one)
    if is_ours and one.when is not None:
        verb, head = "", f"Ordered at this visit, {head[:1].lower()}{head[1:].rstrip(': ')} at it or since: "
        sources.append(Source(one.key, one.when[1], str(one.when[0])))
    words = f"{verb}{head}{one.drug.name}"
    if one.dose and (is_ours or code in ("ordered", "changed")):
        words += f", {one.dose.rstrip('.')}"
        sources.append(Source(one.key, dose_path(one), one.dose))
    if code == "changed" and one.before is not None and one.before.dose:
        words += f" (before: {one.before.drug.name}, {one.before.dose.rstrip('.')})"
        sources += [one.before.drug.source, Source(one.before.key, dose_path(one.before), one.before.dose)]
    return Sentence(f"{words}.", of_medicine(one, sources))


def _verb(one: Medicine, code: str) -> str:
    if code == "ordered":
        return "Started" if one.is_new else "Renewed" if one.before is not None else "Ordered"
    return GROUPS[code] or "Changed"


def _noted(found: Iterable[Medicine], clauses: Iterable[Clause]) -> Iterator[Item]:
    """Known medicines that a note starts or stops, and whatever stands under its *prescribed the following*, of which
    page one has nothing from the chart: the words of the note.
    """
    had = {name for one in found if one.group in GROUPS for name in one.drug.ingredients}
    clauses = [one for one in clauses if one.code in PLANNED and not is_label(one.text)]
    several, named_so = len({id(clause.note) for clause in clauses}) > 1, set[str]()
    listed: list[Sentence] = []
    for clause in clauses:
        sentence = clause.item[0]
        those = [*said_in([(clause.low, sentence.sources[0])], frozenset())]
        told = any(said.does in ("start", "stop") and said.drug not in had for said in those)
        told = told or any(said.does == "not" and said.drug in named_so for said in those)
        if told and not NOT_NOW.search(clause.low):
            named_so |= {said.drug for said in those}
            marks = _marks(clause, several)
            head = f"{BY_NOTE} ({', '.join(one.text for one in marks)})" if marks else BY_NOTE
            yield (Sentence(f"{head}: {sentence.text}", (*sentence.sources, *marks)),)
        elif not told and _LISTS.search(clause.label.lower()) and not ingredients_of(clause.low) <= had:
            listed.append(sentence)
    if listed:
        first, *others = listed
        yield (Sentence(f"{BY_NOTE}, prescribed: {first.text}", first.sources), *others)


def _marks(clause: Clause, several: bool) -> tuple[Source, ...]:
    """Whose words they are, where several notes tell; and that the note is not final, where it is not."""
    return (*(clause.note.by if several else ()), *clause.note.standing)


def ordered(material: Material) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """What was ordered: (what is done or on hold, what has no final result yet)."""
    done, pending = to_come.ordered(material)
    return _most(collapsed(done)), _most(collapsed(pending))


def words_of(orders: Iterable[ServiceRequest]) -> list[str]:
    """By which names a note may speak of what was ordered."""
    return [named(one.code).lower() for one in orders if one.code is not None]


def _most(items: list[Item]) -> tuple[Item, ...]:
    if len(items) <= MOST:
        return tuple(items)
    sources = tuple(dict.fromkeys(item[0].sources[0] for item in items[MOST - 1 :]))
    return (*items[: MOST - 1], (Sentence(MORE, sources),))
