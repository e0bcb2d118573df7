"""Sections of a C-CDA Consultation Note out of both papers: every sentence once, and beside it what is coded of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from zoneinfo import ZoneInfo

from fhir_adapters.facts import Resource
from loopclose.domain.outside_text import harmless
from loopclose.drafting.paper import Item, Section
from loopclose.letters.ccda_checks import disagreements
from loopclose.letters.ccda_entries import entry_of
from loopclose.letters.cda_parts import LOINC, NS, E, Element, template
from loopclose.letters.letter import Letter
from loopclose.letters.printed import said, told


@dataclass(frozen=True)
class Part:
    """One section: its template and code, and which items of which paper it holds."""

    root: str
    extension: str | None
    code: str
    title: str
    sections: tuple[str, ...]
    """Codes of the papers' sections."""
    none: str
    """What it says where nothing stands there and the paper says nothing of it either."""
    types: frozenset[str] | None = None
    """Of the findings, only items that cite resources of these types; None: those that cite none of ``CODED_APART``."""
    coded: str | None = None
    """The type of which its entries are; a section that has one says so where it has no entry."""


CODED_APART = frozenset({"Condition", "Observation", "DiagnosticReport", "Procedure"})
"""Of the findings: what has a section of its own."""
_IHE, _CCDA = "1.3.6.1.4.1.19376.1.5.3.1.3", "2.16.840.1.113883.10.20.22.2"
PARTS = (
    Part(f"{_IHE}.1", "2014-06-09", "42349-1", "Reason for referral", ("question", "answer"),
         "The question is not in this letter."),
    Part(f"{_CCDA}.9", "2014-06-09", "51847-2", "Assessment and plan",
         ("asks", "assessment", "plan", "orders", "follow_up"), "Assessment and plan are not in this letter."),
    Part(f"{_IHE}.4", None, "10164-2", "History and findings", ("findings",),
         "No history is in this letter."),
    Part(f"{_CCDA}.5.1", "2015-08-01", "11450-4", "Problems", ("findings",),
         "No diagnosis of its own stands in this letter.", frozenset({"Condition"}), "Condition"),
    Part(f"{_CCDA}.3.1", "2015-08-01", "30954-2", "Results", ("findings",),
         "No result of its own stands in this letter.", frozenset({"Observation", "DiagnosticReport"}), "Observation"),
    Part(f"{_CCDA}.7", "2014-06-09", "47519-4", "Procedures", ("findings",),
         "No procedure of its own stands in this letter.", frozenset({"Procedure"})),
    Part(f"{_CCDA}.6.1", "2015-08-01", "48765-2", "Allergies", ("allergies",),
         "Allergies are not in this letter.", None, "AllergyIntolerance"),
    Part(f"{_CCDA}.1.1", "2014-06-09", "10160-0", "Medications", ("ordered", "listed"),
         "Medicines are not in this letter.", None, "MedicationRequest"),
)  # fmt: skip
"""Templates and codes of C-CDA R2.1 (HL7 CDA R2 IG, DSTU Release 2.1: Consultation Note V3). Results and allergies say
nothing of what is absent beyond what the paper says."""


NAMED = frozenset(code for part in PARTS for code in part.sections)
"""Sections of a paper that have a place of their own; any other is read with assessment and plan."""


def sections_of(letter: Letter) -> list[Element]:
    """All sections; a section without codes says so (nullFlavor) and has its words all the same."""
    numbers = count(1)
    facts = {fact.key: fact for fact in letter.facts}
    said_by = letter.sections
    others = tuple(dict.fromkeys(one.code for one in said_by if one.code not in NAMED))
    made = [_section(_with(part, others), said_by, facts, numbers, letter.header.zone) for part in PARTS]
    first = [*letter.notices, *(f"Caution: {caution}" for caution in letter.cautions)]
    for no, words in enumerate(first):  # before everything else that is said
        made[0].find(f"{{{NS}}}text").insert(no, E.paragraph(harmless(words)))
    return made


def _with(part: Part, others: tuple[str, ...]) -> Part:
    return replace(part, sections=(*part.sections, *others)) if "assessment" in part.sections else part


def _section(
    part: Part, said_by: Sequence[Section], facts: Mapping[str, Resource], numbers: Iterable[int], zone: ZoneInfo
) -> Element:
    text, entries = E.text(), dict[str, Element]()
    for section in (one for code in part.sections for one in said_by if one.code == code):
        items = [item for item in told(section) if _belongs(part, item)]
        if items:
            shown = E.list()
            if len(part.sections) > 1:
                shown.append(E.caption(section.title))
            for item, no in zip(items, numbers, strict=False):
                shown.append(E.item(said(item), ID=f"s{no}"))
                entries |= _entries(part, item, f"s{no}", facts, zone) | entries  # of a fact the first that tells of it
            text.append(shown)
        elif part.types is None:
            text.append(E.paragraph(f"{section.title}: {section.empty}" if len(part.sections) > 1 else section.empty))
    if len(text) == 0:
        text.append(E.paragraph(part.none))
    unknown = {"nullFlavor": "NI"} if part.coded and not entries else {}
    coded = (template(part.root), template(part.root, part.extension)) if part.extension else (template(part.root),)
    return E.section(
        *coded, E.code(code=part.code, codeSystem=LOINC), E.title(part.title), text, *entries.values(), **unknown
    )


def _belongs(part: Part, item: Item) -> bool:
    if part.sections != ("findings",):
        return True
    cited = {key.partition("/")[0] for key in _cited(item)}
    return bool(cited & part.types) if part.types else not cited & CODED_APART


def _cited(item: Item) -> list[str]:
    return list(dict.fromkeys(source.resource for sentence in item for source in sentence.sources))


def _entries(part: Part, item: Item, at: str, facts: Mapping[str, Resource], zone: ZoneInfo) -> dict[str, Element]:
    """By key: entries of what an item cites and says by name; what it cites beside that stays words."""
    those = {key: entry_of(facts[key], at, zone) for key in _cited(item) if key in facts}
    return {
        key: one
        for key, one in those.items()
        if one is not None and key.partition("/")[0] == part.coded and not [*disagreements(one, said(item))]
    }
