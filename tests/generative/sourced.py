"""Does a paper say only what its sources say? Each sentence against the elements that it names."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2

from fhir_adapters.facts import When
from loopclose.drafting import (
    allergy_words,
    asks,
    diagnoses,
    dose_units,
    dosing_words,
    flags,
    follow_up,
    gaps,
    medicine_heads,
    orders,
    other_letters,
    page_one_chart,
    procedures,
    result_series,
    results,
    schedules,
    sentences,
    supplies,
    supply,
    timing_codes,
    values,
)
from loopclose.drafting import drugs as drug_names
from loopclose.drafting.notes import attachments, quoting
from loopclose.drafting.paper import Paper, Sentence
from loopclose.drafting.wording import date_words, number
from loopclose.drafting.words import forms

TEMPLATE_WORDS = """
    Complication Not named name in chart booked with began before this visit or more due by flags contradict each other
    Laboratory Comment Reason the no value recorded conclusion usual from up to Since Outcome quantity refills
    ordered for how take it was not Medicine No order is drafted schedule controlled substance II III IV V also
    coded instruction reason route method site code unit given a an time lifetime half offset Ruled out
    preliminary final be done yes available times every on at over until all as needed most then minutes per Lot
    Given here Told Proposed Recorded First fill Supply days weeks hours substitution allowed May dispensed
    Course contains ingredient Changed Renewed dose Replaces earlier prescription that read Started since our
    Reported patient somebody else Ordered record of end visit's day its and prescriber Several records tell
    newest shown Allergies Allergy SNOMED RxNorm intolerance severe moderate mild high risk assessed resolved
    inactive unconfirmed presumed Stopped Cancelled Completed course ended stops note than once allergy same
    drug both are kin once more stands Which one taken still active beside says words part holds lists We renew when
    supply ends month months year years week notes author place judge where they differ holds so many besides said
    timing gives both each or coded as continuously meant More of them
    last Contradicted Also recorded after Right prescribed cancelled completed stopped
"""
"""Every word that is ours and stands around the chart's own; the tables of fixed words are added below."""
NAMED = drug_names.names_of_drugs()
KINDS = (*NAMED.classes, *NAMED.groups, *NAMED.one_of)
TABLES = (
    results.NOT_FINAL,
    {
        "": results.ODD_VALUE,
        "1": results.BY_PATIENT,
        "2": results.NO_VALUE,
        "3": result_series.RISING,
        "4": result_series.FALLING,
        "5": results.ABSENT_TOO,
        "6": results.REGISTERED,
    },
    diagnoses.CERTAINTY,
    diagnoses.WHERE,
    procedures.NOT_DONE,
    orders.ORDER_WORDS,
    supplies.HEADS,
    supplies.NOT_NAMED,
    {"": "by tube without"},
    {"": "A later visit under your referral of", "1": other_letters.NOT_FINAL, "2": other_letters.NO_NOTE},
    {"": orders.PENDING, "1": sentences.BY_TIME, "2": sentences.PART_UNREAD},
    flags.FLAGS,
    values.ABSENT,
    forms.FORMS,
    {
        "": "The note of by Added and In our note",
        "1": forms.NOT_READ,
        "2": forms.NOT_WORDS,
        "3": forms.TOO_LONG,
    },
    {"1": attachments.NOT_HAD, "2": attachments.ELSEWHERE, "3": attachments.NO_TEXT, "4": attachments.NOT_DECODED},
    {
        "": quoting.NOTHING,
        "1": quoting.REPLACED,
        "2": quoting.NOT_QUOTED,
        "5": quoting.A_REFERRAL,
        "3": forms.EMPTY,
        "4": forms.NO_WORDS,
    },
    medicine_heads.STATUS_WORDS,
    medicine_heads.UNREAD_WORDS,
    {"": "Not to be given", "1": schedules.UNKNOWN, "2": supply.NOT_SAID, "3": medicine_heads.NOT_LEGIBLE},
    {"": medicine_heads.PRIOR_READ},
    allergy_words.NAMES,
    allergy_words.NONE_KNOWN,
    dict(enumerate(allergy_words.ANSWERS)),
    {"": " ".join(KINDS), "1": " ".join(NAMED.known)},
    {"": gaps.UNSAFE, **{kind: one for kind, (one, _) in gaps.WORDS.items()}},
    dict(enumerate((page_one_chart.NEW, page_one_chart.BY_NOTE, page_one_chart.MORE, "Confirmed", *follow_up.ROLES))),
    {**page_one_chart.GROUPS, "": asks.FOR_YOU, "1": asks.RECKONED.format(day=""), "2": "Renewed", "3": "The note it"},
    dosing_words.MOMENTS,
    timing_codes.SCHEDULES,
    timing_codes.MODIFIERS,
    timing_codes.ALONE,
    timing_codes.DAYS,
    {**sentences.EYES, "": "coded as as needed"},
    sentences.SIDES,
    {"": allergy_words.ALL, "1": allergy_words.DRUGS, "2": allergy_words.FOODS, "3": "environmental latex insect"},
    dosing_words.TIMES,
    {**dosing_words.UNITS, **{f"{unit}s": f"{word}s" for unit, word in dosing_words.UNITS.items()}},
    {unit: f"{word} {dose_units.several_of(word)}" for unit, word in dose_units.DOSE_UNITS.items()},
    {unit: f"{unit} {dose_units.several_of(unit)}" for unit in dose_units.COUNTED},
    dose_units.BIG_UNITS,
    dosing_words.ROUTES,
)
OURS = {word.lower() for text in [TEMPLATE_WORDS, *(v for t in TABLES for v in t.values())] for word in text.split()}
OURS = {re.sub(r"[^a-z]", "", word) for word in OURS}
MORE_THAN_ONCE = " stands in the chart more than once: "
"""Behind the bare name of a drug, which is made of what follows, and which test_conflicts tries."""
RECKONED = ("We renew until ", "By ")
"""A day that stands in no element: it is reckoned from several, which test_medicines and the rules of asks try."""
DAYS = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}


def wrong(paper: Paper, raw: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """What is wrong with a paper, given the JSON of every resource by ``Type/id``."""
    for item in paper.everything:
        for sentence in item:
            yield from (f"{sentence.text!r}: {problem}" for problem in _problems(sentence, raw, zone))
    for conflict in paper.to_settle:
        said = Sentence(conflict.text, conflict.sources)
        yield from (f"{said.text!r}: {problem}" for problem in _problems(said, raw, zone))


def _problems(sentence: Sentence, raw: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    if not sentence.sources:
        yield "no source"
    forms: set[str] = set()
    for source in sentence.sources:
        nodes = list(_at(raw.get(source.resource), source.path.split(".")[1:]))
        if source.path.split(".")[0] != source.resource.split("/")[0] or not nodes:
            yield f"{source.resource} has no {source.path}"
        for node in nodes:
            forms |= set(_forms(node, zone))
    if sentence.text.startswith(RECKONED):
        forms |= {source.text for source in sentence.sources}
    rest = sentence.text.partition(MORE_THAN_ONCE)[2] or sentence.text
    for kind in (one for one in KINDS if any(map(str.isdigit, one))):
        rest = rest.replace(kind, " ")
    for form in sorted((form for form in forms if form), key=len, reverse=True):
        rest = re.sub(rf"(?<![\w.]){re.escape(form)}(?![\w])", " ", rest)
    if digits := re.findall(r"\d[\d.,:]*", rest):
        yield f"{digits} stand in no source"
    for word, value in (("once", "1"), ("twice", "2")):
        if re.search(rf"\b{word}\b", rest) and value not in forms:
            yield f"{word} stands in no source"
    unknown = {word for word in re.findall(r"[a-z]+", rest.lower()) if word not in OURS}
    if unknown:
        yield f"{sorted(unknown)} stand in no source and are no words of ours"


def _at(node: Any, names: list[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for one in node:
            yield from _at(one, names)
    elif not names:
        if node is not None:
            yield node
    elif isinstance(node, dict) and names[0] in node:
        yield from _at(node[names[0]], names[1:])


def _forms(node: Any, zone: ZoneInfo) -> Iterator[str]:
    """A value as it stands, and in each way in which it may be written."""
    if isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            yield from _forms(one, zone)
    elif isinstance(node, bool):
        return
    elif isinstance(node, int | Decimal):
        yield number(node)
        if abs(node) < 10**12:  # of a dose: no zero at its end, and its thousands told apart
            yield f"{Decimal(node).normalize():,f}"
    elif isinstance(node, str):
        yield node
        yield node.rstrip(".")
        yield schedules.known_name(node) or ""
        yield node[:1].lower() + node[1:].rstrip(".")
        if node in DAYS:
            yield node.capitalize()
        if re.fullmatch(r"\d\d:\d\d:\d\d", node):
            yield node[:5]
        if re.match(r"\d{4}-\d\d-\d\d", node):
            yield date_words(When(node), zone)
            yield f"{When(node).start(zone).astimezone(zone):%H:%M}"
        if len(node) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]{12,}={0,2}", node):
            text = re.sub(r"<[^>]*>", "\n", html.unescape(_text(base64.b64decode(node))))
            yield from (
                part.strip()
                for line in text.splitlines()
                for part in (line, line.partition(":")[0], line.partition(":")[2], *clauses(line))
            )


def clauses(line: str) -> Iterator[str]:
    """Sentences of a line, and their parts between semicolons, as page one quotes them: with a capital."""
    for sentence in re.split(r"(?<=[.!?])\s", line):
        for part in (sentence, *re.split(r"(?<=;)\s", sentence)):
            words = re.sub(r"^\s*#?\s?\d{1,2}[.)]\s", "", part).strip().rstrip(";.")
            yield words[:1].upper() + words[1:]


def _text(data: bytes) -> str:
    """The text of a document, of a PDF too."""
    if not data.startswith(b"%PDF-"):
        return data.decode("utf-8", "replace")
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
