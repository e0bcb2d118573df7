"""Findings and results: the value first, then its flag, what is usual, and what the laboratory says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fhir_adapters.facts import Observation, Reference, When
from fhir_adapters.facts.observation import ObservationComponent, ReferenceRange
from fhir_adapters.facts.references import local_key
from loopclose.drafting.flags import flags_of, usual, years_between
from loopclose.drafting.names import coded, named, plain
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.result_series import (
    corrected_by_others,
    moment,
    name_of,
    of_day,
    taken,
    taken_path,
    ways_of,
    without_corrected,
)
from loopclose.drafting.sentences import ERROR, About, beside, cited, day_beside, name_source, sites, told
from loopclose.drafting.units import measure, unit_of
from loopclose.drafting.values import codes_of, value_words, why_absent

NOT_FINAL = {
    "preliminary": "preliminary, not final",
    "registered": "not yet available",
    "partial": "partial, not final",
    "corrected": "corrected",
    "amended": "amended",
    "appended": "added to",
    "cancelled": "cancelled",
    "unknown": "status unknown",
}
WORDS_OF_WHY = frozenset({"valueString", "valueCodeableConcept"})
CORRECTED_SINCE = "since corrected; the corrected value stands beside it"
NO_VALUE = "no value recorded"
ODD_VALUE = "as it was recorded; check it in the chart"
BY_PATIENT = "measured by the patient"
ABSENT_TOO = "also recorded as not available, {why}; check it in the chart"
REGISTERED = "registered with {value}, which its status calls no result; check it in the chart"


def result_items(observations: Iterable[Observation], about: About) -> list[Item]:
    """Every result once, in the order in which they were taken; what was corrected later stands alone."""
    kept = without_corrected([one for one in observations if one.status != ERROR], about)
    by_key = {one.key: one for one in kept}
    order = {name: n for n, name in reversed([*enumerate(name_of(one) for one in kept)])}
    kept.sort(key=lambda one: (order[name_of(one)], moment(one, about)))
    often = Counter(day for day, _ in {(of_day(one, about), taken(one)) for one in kept})
    going, corrected = ways_of(kept, about), corrected_by_others(kept, about)
    return [
        observation_item(
            one,
            about,
            is_one_of_many=often[of_day(one, about)] > 1,
            among=by_key,
            way=going.get(one.key, ""),
            is_corrected=one.key in corrected,
        )
        for one in kept
    ]


def observation_item(
    one: Observation,
    about: About,
    *,
    is_one_of_many: bool = False,
    among: dict[str, Observation] | None = None,
    way: str = "",
    is_corrected: bool = False,
) -> Item:
    """A finding or result. ``is_one_of_many``: of the same day, so that its time is told; ``among``: by key, others;
    ``way``: where those of the day go; ``is_corrected``: by another, which stands beside it.
    """
    if one.status == ERROR:
        return ()
    sources = [name_source(one, one.code)]
    label = f"{named(one.code)}{sites([one.body_site])}{_when(one, about, sources, is_one_of_many)}"
    if one.body_site is not None:
        sources.append(cited(one, "bodySite", coded(one.body_site) or ""))
    if one.status == "cancelled":
        sources.append(cited(one, "status", "cancelled"))
        why = _why_cancelled(one, about, sources)
        return (told(about, one, f"{label}: cancelled{why}", sources), *_comments(one))
    value = _value_said(one, about, sources, among or {})
    flag = _flag_said(one, sources)
    is_flagged = bool(flag) or any(flags_of(part.interpretation) for part in one.component)
    is_phrase = is_flagged and value[:1].isdigit() and label == named(one.code)
    notes = "; ".join([*_notes(one, about, sources, is_corrected), *([way] if way else [])])
    if one.status == "registered" and _has_any_value(one, about):
        registered = REGISTERED.format(value=f"{value}{f', {flag}' if flag else ''}")
        notes = "; ".join([registered, *([notes] if notes else [])])
        value, flag, is_phrase = NOT_FINAL["registered"], None, False
    text = f"{label}{' ' if is_phrase else ': '}{value}{f', {flag}' if flag else ''}{f' ({notes})' if notes else ''}"
    return (told(about, one, text, sources), *_comments(one))


def _why_cancelled(one: Observation, about: About, sources: list[Source]) -> str:
    """What stands in place of a value, where it is words: laboratories put the reason there; a number is no reason."""
    value, why = value_words(one, about), why_absent(one.data_absent_reason)
    said = [value] if value is not None and value[0] in WORDS_OF_WHY else []
    said += [("dataAbsentReason", why)] if why else []
    found = [(element, words) for element, words in said if not any(map(str.isdigit, words))]
    sources += [cited(one, *each) for each in found]
    return f" ({'; '.join(words for _, words in found)})" if found else ""


def _value_said(one: Observation, about: About, sources: list[Source], among: dict[str, Observation]) -> str:
    parts = []
    if value := value_words(one, about):
        sources.append(cited(one, *value))
        parts.append(value[1])
    if one.component:
        parts += _components(one, about)
        sources.append(cited(one, "component", ", ".join(parts)))
    members = [among.get(local_key(member) or "") for member in one.has_member]
    if members and not parts:
        names = dict.fromkeys(named(found.code) for found in members if found is not None)
        missing = "" if all(members) else "; not all of its results could be read"
        sources.append(cited(one, "hasMember", ", ".join(names)))
        sources += [name_source(found, found.code) for found in members if found is not None]
        return f"{', '.join(names) or 'no result could be read'}{missing if names else ''}"
    return ", ".join(parts) or (NOT_FINAL["registered"] if one.status == "registered" else NO_VALUE)


def _components(one: Observation, about: About) -> list[str]:
    """The parts of a result, each with its own flag and range; both blood pressures as one."""
    pair = _pressures(one)
    said = [pair[0]] if pair else []
    for part in one.component:
        found = value_words(part, about)
        if found is None or (pair and part in pair[1]):
            continue
        unit = unit_of(part.value_quantity)
        extra = [words for words in (_usual(part.reference_range, unit, about, None),) if words]
        if (why := why_absent(part.data_absent_reason)) and _has_value(part, about):
            extra.append(ABSENT_TOO.format(why=why))
        flag = flags_of(part.interpretation)
        behind = f" ({'; '.join(extra)})" if extra else ""
        said.append(f"{named(part.code)} {found[1]}{f', {flag}' if flag else ''}{behind}")
    if pair:
        flags = [flags_of(part.interpretation) for part in pair[1]]
        alike = flags[0] == flags[1]
        told_apart = [f"{which} {flag}" for which, flag in zip(("systolic", "diastolic"), flags, strict=True) if flag]
        said[0] += f", {flags[0]}" if alike and flags[0] else "".join(f", {words}" for words in told_apart)
        for which, part in zip(("systolic", "diastolic"), pair[1], strict=True):
            if words := _usual(part.reference_range, unit_of(part.value_quantity), about, None):
                said[0] += f" ({which} {words})"
    return said


def _pressures(one: Observation) -> tuple[str, tuple[ObservationComponent, ObservationComponent]] | None:
    """``212/124 mmHg`` where the result is a systolic and a diastolic pressure of one unit."""
    by_code = {code: part for part in one.component for code in codes_of(part.code) if part.value_quantity is not None}
    high, low = by_code.get("8480-6"), by_code.get("8462-4")
    if high is None or low is None or unit_of(high.value_quantity) != unit_of(low.value_quantity):
        return None
    return f"{measure(high.value_quantity, bare=True)}/{measure(low.value_quantity)}", (high, low)


def _flag_said(one: Observation, sources: list[Source]) -> str | None:
    flag = flags_of(one.interpretation)
    if flag:
        sources.append(cited(one, "interpretation", flag))
    return flag


def _notes(one: Observation, about: About, sources: list[Source], is_corrected: bool) -> Iterable[str]:
    """What stands in brackets behind the value."""
    quantity = one.value_quantity
    if words := _usual(one.reference_range, unit_of(quantity), about, taken(one)):
        sources.append(cited(one, "referenceRange", words))
        yield words
    if (
        quantity is not None
        and quantity.comparator in ("<", "<=")
        and quantity.value is not None
        and quantity.value <= 0
    ):
        yield ODD_VALUE
    if method := coded(one.method):
        sources.append(cited(one, "method", method))
        yield method
    if one.device is not None and one.device.display:
        sources.append(cited(one, "device", one.device.display))
        yield one.device.display
    if any(by.type == "Patient" or (local_key(by) or "").startswith("Patient/") for by in one.performer):
        sources.append(cited(one, "performer", BY_PATIENT))
        yield BY_PATIENT
    if others := [plain(by.display) for by in one.performer if _is_relative(by) and by.display]:
        sources.append(cited(one, "performer", ", ".join(others)))
        yield f"measured by {', '.join(others)}"
    if _has_value(one, about) and (why := why_absent(one.data_absent_reason)):
        sources.append(cited(one, "dataAbsentReason", why))
        yield ABSENT_TOO.format(why=why)
    if is_corrected:
        yield CORRECTED_SINCE
    if one.status == "registered":
        sources.append(cited(one, "status", NOT_FINAL["registered"]))
    elif one.status in NOT_FINAL:
        sources.append(cited(one, "status", NOT_FINAL[one.status]))
        yield NOT_FINAL[one.status]


def _is_relative(by: Reference) -> bool:
    return by.type == "RelatedPerson" or (local_key(by) or "").startswith("RelatedPerson/")


def _has_value(one: Observation | ObservationComponent, about: About) -> bool:
    return (value_words(one, about) or ("dataAbsentReason",))[0] != "dataAbsentReason"


def _has_any_value(one: Observation, about: About) -> bool:
    return _has_value(one, about) or any(_has_value(part, about) for part in one.component)


def _usual(ranges: Sequence[ReferenceRange], unit: str, about: About, then: When | None) -> str | None:
    day = then.last_day(about.zone) if then is not None else about.day
    age = years_between(about.born, day) if about.born is not None else None
    return usual(ranges, unit, about.sex, age)


def _comments(one: Observation) -> Iterable[Sentence]:
    """What whoever made the result says of it: it may be the result."""
    categories = {code for concept in one.category for code in codes_of(concept)}
    head = "Laboratory: " if not categories or "laboratory" in categories else "Comment: "
    return tuple(beside(one, head, "note", (note.text for note in one.note)))


def _when(one: Observation, about: About, sources: list[Source], is_one_of_many: bool) -> str:
    when = taken(one)
    if when is None:
        return ""
    day = day_beside(when, about)
    hour = f"{when.start(about.zone).astimezone(about.zone):%H:%M}" if is_one_of_many and when.has_time else None
    if day or hour:
        sources.append(cited(one, taken_path(one), str(when)))
    return "".join(f", {words}" for words in (day, hour) if words)
