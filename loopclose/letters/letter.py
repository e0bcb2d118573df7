"""A letter: the papers of one report, and what a form of them needs beside the words: who, where, which, when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from fhir_adapters.facts import Identifier, Resource
from fhir_adapters.facts.contact import Contact
from loopclose.domain.letter_kinds import CONSULT, KINDS, NOTICES, LetterKind
from loopclose.domain.outside_text import one_line
from loopclose.domain.short_code import short_code
from loopclose.drafting.paper import NOTICE, SHEET, Paper, Section
from loopclose.letters.first_page import first_sections

CONSULT_NOTE, PRESCRIPTION_SHEET = "consult-note", SHEET
PageSize = Literal["us-letter", "a4"]


@dataclass(frozen=True, kw_only=True)
class Party:
    """A practice or a clinician."""

    name: str
    key: str | None = None
    """``Practitioner/id`` or ``Organization/id``."""
    npi: str | None = None
    given: tuple[str, ...] = ()
    family: str | None = None
    """The parts of a person's name, where the EHR tells them apart."""
    organization: str | None = None
    """The practice somebody works for, by name."""
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True, kw_only=True)
class Person:
    """The patient."""

    key: str
    name: str | None = None
    given: tuple[str, ...] = ()
    family: str | None = None
    born: str | None = None
    """As FHIR writes it: a day, a month or a year."""
    gender: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    """Those that may be shown to a receiver."""
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The visit."""

    key: str
    start: datetime
    end: datetime
    day: date
    """The local day."""
    kind: str | None = None
    """Its class (v3 ActCode), where the EHR uses these."""
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who signed, and when."""

    name: str
    at: datetime
    by_staff: bool = False
    """Whether it is staff's word, and no clinician's: of a notice that has nothing clinical."""


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """The signed letter in the place of which a corrected one stands."""

    document: str
    """The UUID under which it is known."""
    version: int


@dataclass(frozen=True, kw_only=True)
class Header:
    """What every form says at its head."""

    document: str
    """The UUID under which the letter is known; drafts of one version share it."""
    version: int
    at: datetime
    """When it was drafted, or signed: the same letter is the same bytes whenever a form of it is made."""
    zone: ZoneInfo
    practice: Party
    author: Party | None
    recipient: Party
    patient: Person
    seen: Seen
    ehr: str
    """The EHR's own address: what names a resource there."""
    referral: tuple[Identifier, ...]
    """By which the referrer knows the request, ours last."""
    signature: Signature | None = None
    replaces: Replaced | None = None
    """Of a corrected letter that is signed; a draft takes nothing's place."""
    series: str | None = None
    """The UUID of the first letter that the replaced ones go back to: it stays the same in each."""
    confirm: str | None = None
    """The address at which whoever gets this very copy confirms it; None where there is no such page."""

    @property
    def code(self) -> str:
        """What is read from a fax."""
        return short_code(self.document)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The papers of one report with their head, and the facts whose codes may stand beside the words."""

    papers: Mapping[str, Paper]
    """By kind."""
    header: Header
    facts: tuple[Resource, ...] = ()
    """What the sentences cite, as it stands in the chart; none for a signed paper: its words alone were signed."""

    @property
    def main(self) -> str:
        """The paper that the others go with, by its kind: that in which a document of all of them is made."""
        return NOTICE if NOTICE in self.papers else CONSULT_NOTE

    @property
    def kind(self) -> LetterKind:
        """Which kind of letter it is."""
        main = self.papers.get(self.main)
        return (main.letter_kind if main else None) or KINDS[CONSULT]

    @property
    def title(self) -> str:
        """What it is called."""
        main = self.papers.get(self.main)
        return main.title if main else self.kind.title

    @property
    def is_notice(self) -> bool:
        """Whether it tells of a missed visit: there was no encounter."""
        return self.kind.code in NOTICES

    @property
    def cautions(self) -> tuple[str, ...]:
        """Why what it was made from may not be all, and what is to be settled before it is signed."""
        whole = [paper.caution for paper in self.papers.values() if isinstance(paper.caution, str)]
        open_still = [one.text for paper in self.papers.values() for one in paper.to_settle]
        return tuple(dict.fromkeys((*whole, *([] if self.header.signature else open_still))))

    @property
    def notices(self) -> tuple[str, ...]:
        """What the law wants said to whoever gets it."""
        return tuple(dict.fromkeys(one.notice for one in self.papers.values() if isinstance(one.notice, str)))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of all papers; one that stands in two of them alike, once."""
        found: list[Section] = []
        for paper in self.papers.values():
            found += first_sections(paper, signed=self.header.signature is not None)
            found += [section for section in paper.sections if section not in found]
        return tuple(found)


def name_parts(given: Iterable[str], family: str | None, whole: str) -> tuple[list[str], str, str]:
    """(given names, family name, what stands behind), told apart by their places where nobody did: ``Lee Sample, MD``
    and ``Sample, Lee``.
    """
    if family:
        return [one_line(one) for one in given], one_line(family), ""
    before, _, after = (part.strip() for part in one_line(whole).partition(","))
    first, _, last = before.rpartition(" ")
    return ([first], last, after) if first else ([after] if after else [], last, "")
