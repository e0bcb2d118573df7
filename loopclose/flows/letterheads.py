"""The letterheads of a practice: which templates it prints by, and a made-up letter to see each with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import UNSET

from loopclose.drafting.paper import Ask, PageOne, Paper, Section, Sentence, Source
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.letters.letter import CONSULT_NOTE, Header, Party, Person, Seen
from loopclose.store.base import Scope

SHIPPED, TRIED = "The shipped letter", "Tried: not used yet"
WHOSE, OF_CLINICIAN = "The practice", "Clinician {name}"


@dataclass(frozen=True)
class Letterhead:
    """One template, and whose letters are printed by it."""

    whose: str
    file: Path | None
    """None: the template that is shipped."""

    @property
    def called(self) -> str:
        """The file's name; the folder it is in is nobody's business on a page."""
        return self.file.name if self.file is not None else SHIPPED


def letterheads_of(work: Work, scope: Scope) -> tuple[Letterhead, ...]:
    """The practice's, those of its clinicians, and the one that is only tried."""
    settings = work.config.practice[scope.practice_id]
    own = [Letterhead(OF_CLINICIAN.format(name=name), file) for name, file in sorted(settings.letter_templates.items())]
    tried = [Letterhead(TRIED, settings.letter_template_tried)] if settings.letter_template_tried else []
    return (Letterhead(WHOSE, settings.letter_template), *own, *tried)


def previewed(work: Work, scope: Scope, letterhead: Letterhead) -> bytes:
    """A made-up letter as PDF by that template; raises ``RefusedTemplate`` with the line of one that is broken."""
    from loopclose.letters.pdf import to_pdf  # what makes documents is loaded by whoever makes one

    practice = practice_of(work.config, scope.practice_id)
    page = work.config.practice[scope.practice_id].paper
    at = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)
    header = Header(
        document="00000000-0000-5000-8000-000000000000",
        version=1,
        at=at,
        zone=practice.zone,
        practice=Party(name=practice.name),
        author=Party(name="Sample Clinician"),
        recipient=Party(name="Sample Referrer", organization="Sample Practice"),
        patient=Person(key="Patient/sample", name="Sample Patient", born="1970-01-01"),
        seen=Seen(key="Encounter/sample", start=at, end=at, day=date(2026, 1, 5)),
        ehr="",
        referral=(),
    )
    return to_pdf(_sample(practice.name, practice.phone), header, page, template=letterhead.file)


def _sample(practice: str, phone: str | None) -> Paper:
    """A letter that says of itself that it is made up."""
    ask = Ask(_said("Please look at the letterhead, at names that are long, and at where lines break."), "2026-01-19")
    first = PageOne(
        flag="by_date",
        heading="Please act by Mon 19 Jan 2026",
        asks=(ask,),
        answer=(_said("This letter is made up, to see how letters are printed. Nobody was seen."),),
        answer_needed=False,
        candidates=(),
        sections=(Section("next", "Next visit", (_said("In four weeks, with us."),), ""),),
        not_said=(),
        absent="",
        call_back=phone or UNSET,
    )
    lines = tuple(_said(f"Line {no} of a made-up assessment.") for no in range(1, 9))
    sections = (
        Section("question", "You asked", (_said("How do our letters look?"),), ""),
        Section("assessment", "Assessment", lines, ""),
        Section("plan", "Plan", (_said("Use the template, or mend it and look again."),), ""),
    )
    to, seen = "Sample Referrer, Sample Practice", "5 Jan 2026 by Sample Clinician"
    return Paper(
        CONSULT_NOTE, "Consult note", practice, to, "Sample Patient, born 1 Jan 1970", seen, sections, page_one=first
    )


def _said(text: str) -> tuple[Sentence, ...]:
    return (Sentence(text, (Source("DocumentReference/sample", "DocumentReference.content", text),)),)
