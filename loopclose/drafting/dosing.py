"""A dosage instruction in plain words: its own text where it has one, else its structure, none of it left out."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from fhir_adapters.facts.dosage import Dosage, DoseAndRate
from loopclose.drafting.dose_units import COUNTED, dose_unit
from loopclose.drafting.dosing_words import (
    concept_words,
    dose_amount,
    dose_per,
    dose_span,
    route_words,
)
from loopclose.drafting.names import plain
from loopclose.drafting.often import differ
from loopclose.drafting.sig import PRN, is_said_so, names_amounts, names_the_most, plainly, says, says_one_of
from loopclose.drafting.tapers import is_taper
from loopclose.drafting.timing_codes import schedule_words
from loopclose.drafting.timing_words import Part, frequency_words, moment, repeat_parts
from loopclose.drafting.words.forms import readable
from loopclose.drafting.words.word_lists import names

BESIDES = "; also coded in the order: "
"""Between what an order says in words and what it says in codes alone."""
APART = "; besides, at a time not said: "
"""Before an instruction without a number, where others have one."""
NEEDED = "as needed"
NEEDED_HEADS = ("as needed", "as required", "when needed", "when required", "if needed", "if required", "prn")
"""How a reason begins that says again that it is taken as needed; longer than the bare word may follow."""
BOTH, EACH = " (the order gives both)", " (the order gives each)"
"""Behind two schedules, or several doses, of one instruction that cannot all hold."""
GOES_ON = names(
    """
    a; an; and; as; at; before; after; by; daily; every; for; from; in; into; mouth; of; on; once; or; orally; per;
    po; prn; the; then; three; through; times; to; twice; under; until; when; while; with; within
    """
)
"""Words by which a line of an instruction goes on with the one before it."""


def dosages_words(dosages: Sequence[Dosage], zone: ZoneInfo, visit: date | None = None) -> str | None:
    """Every instruction: in the order of their numbers, one after the other; those of one number, or of none, side by
    side (https://hl7.org/fhir/R4/dosage-definitions.html#Dosage.sequence), unless each is over before the next begins.
    One without a number among others that have one stands behind them, for nobody can tell when it holds. What begins
    after the day of the ``visit`` says so.
    """
    said: dict[int, list[str]] = defaultdict(list)
    apart: list[str] = []
    numbered = any(dosage.sequence is not None for dosage in dosages)
    courses = () if numbered else _courses(dosages, zone) or (dosages if is_taper(dosages) else ())
    for number, dosage in enumerate(courses or dosages):
        if words := dosage_words(dosage, zone, in_courses=bool(courses) or _begins_after(visit, dosage, zone)):
            if numbered and dosage.sequence is None:
                apart.append(words.rstrip("."))
            else:
                said[(dosage.sequence or 0) if numbered else number if courses else 0].append(words.rstrip("."))
    found = ""
    for _, together in sorted(said.items()):
        words = "; also ".join(dict.fromkeys(together))
        then = "; " if words.lower().startswith("then ") else "; then "
        found += f"{then if found else ''}{words}"
    return APART.join(filter(None, (found, *dict.fromkeys(apart)))) or None


def _courses(dosages: Sequence[Dosage], zone: ZoneInfo) -> Sequence[Dosage]:
    """The instructions in the order of their days, where these do not overlap; none where they do, or say no days."""
    spans = []
    for number, dosage in enumerate(dosages):
        repeat = dosage.timing.repeat if dosage.timing else None
        bounds = repeat.bounds_period if repeat else None
        if bounds is None or (bounds.start is None and bounds.end is None):
            return ()
        end = bounds.end.last_day(zone) if bounds.end else date.max
        spans.append((bounds.start.start(zone).date() if bounds.start else date.min, end, number))
    spans.sort()
    follow = all(before[1] <= after[0] and before[0] < after[0] for before, after in itertools.pairwise(spans))
    return [dosages[number] for _, _, number in spans] if follow and len(spans) > 1 else ()


def _begins_after(visit: date | None, dosage: Dosage, zone: ZoneInfo) -> bool:
    bounds = dosage.timing.repeat.bounds_period if dosage.timing and dosage.timing.repeat else None
    start = bounds.start if bounds else None
    return visit is not None and start is not None and start.start(zone).date() > visit


def dosage_words(dosage: Dosage, zone: ZoneInfo, *, in_courses: bool = False) -> str | None:
    """One instruction; what is told or coded beside its text is added where the text does not say it.

    ``in_courses``: others come before or after it, or it begins later, so that the day on which it begins is told.
    """
    additional = (concept_words(one, "instruction") for one in dosage.additional_instruction)
    told = [readable(text).strip().rstrip(".") for text in (dosage.patient_instruction, *additional) if text]
    coded = [*parts(dosage, zone)]
    text = plain(_unwrapped(dosage.text)).rstrip(". ") if dosage.text else ""
    if not text:
        return ", ".join([*(part.words for part in coded), *told]) or None
    read = plainly(text)
    said = "; ".join([text, *(" ".join(one.split()) for one in told if plainly(one) not in read)])
    besides = ", ".join(part.words for part in coded if (in_courses and part.of == "from") or not _is_said(read, part))
    return f"{said}{BESIDES}{besides}" if besides else said


def _unwrapped(text: str) -> str:
    """A text whose lines that go on in the middle of a sentence stand as one; each other line is told apart."""
    joined = ""
    for one in filter(None, (" ".join(each.split()) for each in readable(text).splitlines())):
        goes_on = one.split()[0].lower().strip(",") in GOES_ON and not joined.endswith((".", ";", ":"))
        joined += f" {one}" if joined and goes_on else f"\n{one}"
    return joined


def unsaid(dosage: Dosage, zone: ZoneInfo) -> list[Part]:
    """What the structure of an instruction says and its text does not; nothing where it has no text."""
    read = plainly(dosage.text) if dosage.text else ""
    return [part for part in parts(dosage, zone) if not _is_said(read, part)] if read.strip() else []


def parts(dosage: Dosage, zone: ZoneInfo) -> Iterator[Part]:
    """Everything that the structure says, in the order in which it is read out."""
    if dose := _doses(dosage.dose_and_rate):
        yield Part("dose", dose)
    yield from _when(dosage, zone)
    if dosage.route and (route := route_words(dosage.route)):
        yield Part("route", route)
    for concept, what in ((dosage.method, "method"), (dosage.site, "site")):
        if concept and (words := concept_words(concept, what)):
            yield Part(what, words)
    if dosage.max_dose_per_period and (most := dose_per(dosage.max_dose_per_period)):
        yield Part("most", f"at most {most}")
    if most := dose_amount(dosage.max_dose_per_administration):
        yield Part("most", f"at most {most} at a time")
    if most := dose_amount(dosage.max_dose_per_lifetime):
        yield Part("most", f"at most {most} in a lifetime")


def _is_said(text: str, part: Part) -> bool:
    """Whether the text of an order says that part of its structure: asked more where an omission could harm."""
    if part.of == NEEDED:
        reason = part.words.removeprefix(NEEDED).removeprefix(" for ")
        return says_one_of(text, PRN) and (not reason or reason.startswith(" (") or says(text, reason))
    if part.of == "most":
        return names_the_most(text, part.words.removeprefix("at most "))
    if part.of in ("dose", "length"):
        return names_amounts(text, part.words)
    if part.of == "from":  # some EHRs write the day of each order there
        return True
    return says(text, part.words) or says(text, _without_abbreviation(part))


def _without_abbreviation(part: Part) -> str:
    """``twice a day (BID)`` as ``twice a day``; what the order gives twice is no abbreviation."""
    return part.words if part.words.endswith(BOTH) else part.words.partition(" (")[0]


def _when(dosage: Dosage, zone: ZoneInfo) -> Iterator[Part]:
    """A timing: ``once a day``, ``every 4 to 6 hours, for 10 days``, with moments and as needed."""
    timing = dosage.timing
    needed = _as_needed(dosage)
    coded = schedule_words(timing.code) if timing is not None and timing.code is not None else None
    if coded and needed:
        coded = coded.removesuffix(", as needed") if coded != NEEDED else None
    if timing is not None and timing.repeat is not None:
        often = frequency_words(timing.repeat)
        if often and coded and differ(often, coded):
            often, coded = f"{often} or {coded}{BOTH}", None
        if often:
            yield Part("often", often)
        if coded and not (often and is_said_so(coded, often)):
            yield Part("often", coded)
        yield from repeat_parts(timing.repeat, zone)
    elif coded:
        yield Part("often", coded)
    for event in timing.event if timing is not None else ():
        yield Part("often", f"on {moment(event, zone)}")
    if needed:
        yield Part(NEEDED, needed)


def _as_needed(dosage: Dosage) -> str | None:
    """That it is taken as needed, and for what; EHRs write *as needed* or *for* into the reason, or nothing else."""
    reason = dosage.as_needed_codeable_concept
    if reason is None:
        return NEEDED if dosage.as_needed_boolean else None
    why = concept_words(reason, "reason")
    if why is None or not reason.label:
        return f"{NEEDED} ({why})" if why else NEEDED
    words = why.strip().rstrip(".")
    for head in NEEDED_HEADS:
        if words.lower().startswith(head) and not words[len(head) : len(head) + 1].isalnum():
            words = words[len(head) :].lstrip(" :,-")
            break
    words = words[4:].strip() if words.lower().startswith("for ") else words
    return f"{NEEDED} for {words}" if words else NEEDED


def _doses(given: Sequence[DoseAndRate]) -> str | None:
    """How much at a time. Some EHRs say one dose in several measures, as ordered, as calculated, as given (Epic): what
    is counted comes first, the others in brackets.
    """
    doses = [*dict.fromkeys(words for one in given if (words := _dose(one)))]
    if len(doses) < 2:
        return doses[0] if doses else None
    kinds = [(one.type.label if one.type else None, _measured_in(_dose(one) or "")) for one in given if _is_plain(one)]
    if len(set(kinds)) < len(doses) == len(kinds):
        return f"{' or '.join(doses)}{EACH}"
    counted = next((one for one in doses if dose_unit(_measured_in(one)) in COUNTED), doses[0])
    return f"{counted} ({', '.join(one for one in doses if one != counted)})"


def _is_plain(one: DoseAndRate) -> bool:
    """Whether it is one amount and no more."""
    rates = (one.rate_quantity, one.rate_range, one.rate_ratio)
    return one.dose_quantity is not None and one.dose_quantity.value is not None and not any(rates)


def _measured_in(words: str) -> str:
    return words.rpartition(" ")[2]


def _dose(one: DoseAndRate) -> str | None:
    dose = dose_amount(one.dose_quantity) or dose_span(one.dose_range)
    rate = dose_amount(one.rate_quantity) or dose_span(one.rate_range)
    rate = rate or (dose_per(one.rate_ratio) if one.rate_ratio else None)
    return " ".join(text for text in (dose, f"at {rate}" if rate else None) if text) or None
