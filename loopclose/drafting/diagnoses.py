"""Diagnoses and problems: how sure, how grave, since when and until when; and what is no finding at all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from msgspec import structs

from fhir_adapters.facts import CodeableConcept, Condition, Observation, Period, When
from fhir_adapters.facts.elements import Quantity, Range
from loopclose.drafting.names import coded, named
from loopclose.drafting.paper import Item, Source
from loopclose.drafting.sentences import ERROR, About, beside, cited, collapsed, name_source, sites, told
from loopclose.drafting.states import states_of
from loopclose.drafting.units import measure, measures
from loopclose.drafting.values import codes_of
from loopclose.drafting.wording import date_words

CERTAINTY = {
    "refuted": "Ruled out: ",
    "provisional": "Suspected: ",
    "differential": "Possible: ",
    "unconfirmed": "Unconfirmed: ",
}
WHERE = {"encounter-diagnosis": "diagnosis of this visit", "problem-list-item": "on the problem list"}
NONE_KNOWN = frozenset({
    "160245001", "no known problems", "no known problem", "no current problems", "none known", "no active problems",
    "no known active problems", "no known current problems", "no current problems or disability", "no problems",
    "no active medical problems", "no known medical problems", "none", "no diagnosis", "no known conditions",
})  # fmt: skip
"""Ways to say that there is no problem: no finding (SNOMED CT 160245001)."""
OVER = frozenset({"resolved", "inactive", "remission"})
OF_FAMILY = re.compile(
    r"(?i)(?:[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})? ?[-:]? ?)?(?:positive |strong |significant |known |\+ ?)?"
    r"(?:(?:family|fam|maternal|paternal|sibling) (?:medical )?(?:history|hx)\b|fhx?\b[ :]|f/h\b|fh$)"
    r"|(?:grand)?(?:mother|father|parent)s?(?: (?:with|had|has|died|deceased)\b|\s?[:–-])"
    r"|(?:brother|sister|son|daughter|aunt|uncle|cousin|sibling)s?(?: (?:with|had|has|died|deceased)\b|\s?[:–-])"
    r"|(?:history|hx) of .{1,60} in (?:family|mother|father|brother|sister|sibling|parent|relative)"
)
"""How a relative's illness is called."""
FAMILY_CODES = ("Z80", "Z81", "Z82", "Z83", "Z84")
"""ICD-10-CM, family history (https://www.cdc.gov/nchs/icd/icd-10-cm)."""
NOT_STATED = re.compile(
    r"(?i)(?:r/o|rule[sd]?[ -]out|ruling out|possible|possibly|probable|probably|suspected|suspicion|query|questionable"
    r"|no|not|denie[sd]|absence|absent|negative|without|risk|at risk|screening|encounter for)\b|\?"
    r"|.{0,80}\b(?:ruled out|not present|excluded|unlikely|absent|\?)$"
)
"""Names that deny what they name, doubt it or only ask for it."""
NOTHING_ELSE = "Nothing was recorded at this visit but what is not carried into a letter (work, schooling, housing)."
"""In place of saying that nothing was recorded, where only findings about a person's life were."""


def diagnosis_items(conditions: Iterable[Condition], about: About) -> list[Item]:
    """Every diagnosis once: the list and the visit may both name it, and then it is the visit's."""
    kept = [one for one in conditions if not is_of_life(one)]
    kept.sort(key=lambda one: "encounter-diagnosis" not in _categories(one))
    fullest: dict[str, Condition] = {}
    places: dict[str, str] = {}
    said = {one.key: tuple(sentence.text for sentence in condition_item(one, about)) for one in kept}
    for one in kept:
        places.setdefault(_same(one), _where(one))
        if said[one.key] and not _is_bare(one, said[one.key]):
            fullest.setdefault(_same(one), one)
    items = []
    for one in kept:
        best = fullest.get(_same(one), one) if _is_bare(one, said[one.key]) else one
        is_alike = best is not one or said[one.key] == said[fullest.get(_same(one), one).key]
        item = condition_item(best, about, places[_same(one)] if is_alike else _where(one))
        if best is not one:
            named_too = name_source(one, one.code)
            item = (structs.replace(item[0], sources=(*item[0].sources, named_too)), *item[1:])
        items.append(item)
    return collapsed(items)


def _same(one: Condition) -> str:
    """What it is called, where it is, and how it stands, so that a visit's diagnosis and a list's are told as one."""
    states = {*states_of(one.verification_status), *states_of(one.clinical_status)} - {"active", "confirmed"}
    return f"{named(one.code)}{sites(one.body_site)} {sorted(states)}".lower()


def _is_bare(one: Condition, said: tuple[str, ...]) -> bool:
    """Whether it says no more than what it is called."""
    return said == (f"{named(one.code).rstrip('.')}{sites(one.body_site)}.",)


def condition_item(one: Condition, about: About, where: str = "") -> Item:
    """A diagnosis with how sure it is; one entered in error, or that there is none, says nothing."""
    verified = next((code for code in CERTAINTY if code in states_of(one.verification_status)), None)
    if ERROR in states_of(one.verification_status) or _is_none(one.code):
        return ()
    sources = [name_source(one, one.code)]
    if verified is not None:
        sources.append(cited(one, "verificationStatus", verified))
    if one.body_site:
        sources.append(cited(one, "bodySite", sites(one.body_site)))
    notes = [*_state(one, verified, about, sources), *_gravity(one, sources)]
    if where:
        notes.append(where)
        sources.append(cited(one, "category", where))
    head, since = CERTAINTY.get(verified or "", ""), _since(one, about, sources)
    tail = f" ({'; '.join(notes)})" if notes else ""
    text = f"{head}{named(one.code).rstrip('.')}{sites(one.body_site)}{tail}{since}"
    return (told(about, one, text, sources), *beside(one, "", "note", (note.text for note in one.note)))


def is_of_life(one: Condition | Observation) -> bool:
    """Whether it is about schooling, work, housing and the like: left off a letter (defaults/social_findings.toml)."""
    table, codings = _table(), one.code.coding if one.code else ()
    if {*_categories(one)} & {*table["categories"]}:
        return True
    coded_so = {*table["snomed"], *table["loinc"]}
    if any(c.code and (c.code in coded_so or c.code.partition(".")[0] in table["icd10"]) for c in codings):
        return True
    if isinstance(one, Observation):
        return False
    words = " ".join(filter(None, (one.code.text if one.code else None, *(c.display for c in codings)))).lower()
    return words.strip() == "stress" or any(part in words for part in table["words"])


def is_of_family(one: Condition) -> bool:
    """Whether it is an illness of relatives, by its name or code: no diagnosis of the patient."""
    codes = [code.code for code in one.code.coding if code.code] if one.code else []
    return bool(OF_FAMILY.match(named(one.code))) or any(code.startswith(FAMILY_CODES) for code in codes)


def _state(one: Condition, verified: str | None, about: About, sources: list[Source]) -> Iterable[str]:
    """That it is over, and since when; of what was ruled out nothing is."""
    state = next(iter(states_of(one.clinical_status)), None) or coded(one.clinical_status)
    if verified == "refuted":
        return
    path, ended = _time(one, "abatement", about)
    age = "at age " if path == "abatementAge" else ""
    if ended and path:
        sources.append(cited(one, path, ended))
    if state in OVER or (state not in (None, "active") and not ended):
        sources.append(cited(one, "clinicalStatus", state or ""))
        yield f"{state}{f' {age}{ended}' if ended else ''}"
    elif ended:
        yield f"ended {age}{ended}"
    elif state in ("recurrence", "relapse"):
        yield state


def _gravity(one: Condition, sources: list[Source]) -> Iterable[str]:
    if severity := coded(one.severity):
        sources.append(cited(one, "severity", severity))
        yield severity[0].lower() + severity[1:]
    for stage in one.stage:
        if summary := coded(stage.summary):
            sources.append(cited(one, "stage.summary", summary))
            yield summary


def _since(one: Condition, about: About, sources: list[Source]) -> str:
    path, began = _time(one, "onset", about)
    if not began or not path:
        return ""
    sources.append(cited(one, path, began))
    is_over = bool(OVER & {*states_of(one.clinical_status)})
    word = "at" if path == "onsetAge" else "began" if is_over else "since"
    return f", {word} {'age ' if path == 'onsetAge' else ''}{began}"


def _time(one: Condition, which: str, about: About) -> tuple[str | None, str | None]:
    """(element, words) of the onset or the abatement, in whatever form."""
    when: When | None = getattr(one, f"{which}_date_time")
    age: Quantity | None = getattr(one, f"{which}_age")
    period: Period | None = getattr(one, f"{which}_period")
    ages: Range | None = getattr(one, f"{which}_range")
    words: str | None = getattr(one, f"{which}_string")
    if when is not None:
        return f"{which}DateTime", date_words(when, about.zone)
    if age is not None and (years := measure(age)):
        return f"{which}Age", years.removesuffix(" years")
    if period is not None and (start := period.start or period.end):
        return f"{which}Period", date_words(start, about.zone)
    if ages is not None and (span := measures(ages)):
        return f"{which}Range", span
    return (f"{which}String", words) if words else (None, None)


def _where(one: Condition) -> str:
    """Whether it is the visit's own diagnosis or stands on a list; of relatives' illnesses nothing is said."""
    if is_of_family(one):
        return ""
    return next((WHERE[code] for code in WHERE if code in _categories(one)), "")


def _categories(one: Condition | Observation) -> list[str]:
    return [code for concept in one.category for code in codes_of(concept)]


def _is_none(concept: CodeableConcept | None) -> bool:
    if concept is None:
        return False
    said = {*codes_of(concept), *(words.lower() for words in (concept.text, named(concept)) if words)}
    return not NONE_KNOWN.isdisjoint(said)


@cache
def _table() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = tomllib.loads(
        (files("loopclose.defaults") / "social_findings.toml").read_text(encoding="utf-8")
    )
    return found
