"""Reports: what they conclude, and what is attached to them; reports that are notes are read like notes.

US Core exchanges clinical notes as DiagnosticReports too (US Core, Clinical Notes): their text is in ``presentedForm``.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from msgspec import structs

from fhir_adapters.facts import DiagnosticReport, DocumentReference, Observation, When
from fhir_adapters.facts.document_reference import DocumentContent
from fhir_adapters.facts.elements import Attachment
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Content
from loopclose.drafting.names import coded, line, named
from loopclose.drafting.notes.note import Note, Unread, read_note
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.results import NOT_FINAL
from loopclose.drafting.sentences import ERROR, About, cited, day_beside, name_source, told
from loopclose.drafting.values import codes_of
from loopclose.drafting.words.forms import FORMS

NOTE_TYPES = frozenset(
    [
        "11488-4",
        "34117-2",
        "11506-3",
        "18842-5",
        "28570-0",
        "34111-5",
        "34109-9",
        "11504-8",
        "51847-2",
        "34746-8",
        "34748-4",
        "34764-1",
    ]
)
"""LOINC types of notes that a clinician writes about a visit (US Core, Clinical Notes)."""
DRAFT_STATES = frozenset({"registered", "partial", "preliminary"})
NOT_QUOTED = "report attached ({form}), not quoted"
NOTHING = "no conclusion recorded"


def notes_among(
    reports: Iterable[DiagnosticReport], contents: Mapping[str, Content | None]
) -> tuple[list[Note], list[DiagnosticReport]]:
    """Those reports that are notes and could be read, as notes; and all others."""
    found: list[Note] = []
    others: list[DiagnosticReport] = []
    for one in reports:
        is_note = not NOTE_TYPES.isdisjoint(codes_of(one.code)) and one.status not in (ERROR, "cancelled")
        note = read_note(as_document(one), contents) if is_note and one.presented_form else None
        if isinstance(note, Note):
            found.append(replace(note, sources=tuple(map(partial(_own, one), note.sources)), stands_in=one.key))
        else:
            others.append(one)
    return found, others


def as_document(one: DiagnosticReport) -> DocumentReference:
    """The attachments of a report, to be read as those of a note are."""
    return DocumentReference(
        id=one.id,
        status="current",
        doc_status="preliminary" if one.status in DRAFT_STATES else "final",
        type=one.code,
        subject=one.subject,
        date=reported(one),
        author=one.results_interpreter or one.performer,
        content=tuple(DocumentContent(attachment=form) for form in one.presented_form),
    )


def reported(one: DiagnosticReport) -> When | None:
    """When the report is of."""
    period = one.effective_period
    return one.effective_date_time or (period.start or period.end if period else None) or one.issued


def report_item(
    one: DiagnosticReport,
    about: About,
    contents: Mapping[str, Content | None] | None = None,
    among: Mapping[str, Observation] | None = None,
    others: frozenset[str] = frozenset(),
) -> Item:
    """A report with what it concludes, quotes or has attached. ``among``: by key, the results that were read;
    ``others``: types of documents that are never the report of a visit, such as a referral, and are not quoted.
    """
    if one.status == ERROR:
        return ()
    sources = [name_source(one, one.code)]
    day = day_beside(reported(one), about)
    if day:
        sources.append(cited(one, _path(one), str(reported(one))))
    state = ""
    if one.status in NOT_FINAL:
        state = f" ({NOT_FINAL[one.status]})"
        sources.append(cited(one, "status", one.status))
    label = f"{named(one.code)}{f', {day}' if day else ''}"
    if one.status == "cancelled":
        return (told(about, one, f"{label}: cancelled", sources),)
    said = [*_concluded(one, sources), *_members(one, sources, among)]
    is_other = one.code is not None and not others.isdisjoint(one.code.tokens)
    attached, quoted = (_not_quoted(one), []) if is_other else _attached(one, contents or {})
    if attached and one.presented_form:
        sources.append(cited(one, "presentedForm", attached))
        said.append(attached)
    if not said and not quoted:
        quoted = _narrated(one)
    head = told(about, one, f"{label}{state}: {'; '.join(said) or (NOTHING if not quoted else 'as attached')}", sources)
    return (head, *quoted)


def _concluded(one: DiagnosticReport, sources: list[Source]) -> Iterable[str]:
    if one.conclusion and (concluded := line(one.conclusion)):
        sources.append(cited(one, "conclusion", concluded))
        yield concluded.rstrip(" .")
    codes = [words for concept in one.conclusion_code if (words := coded(concept))]
    codes = [words for words in codes if words.lower() not in (one.conclusion or "").lower()]
    shown = [words for each in one.media if each.comment and (words := line(each.comment))]
    if shown:
        sources.append(cited(one, "media.comment", "; ".join(shown)))
    if codes:
        sources.append(cited(one, "conclusionCode", "; ".join(codes)))
        yield "; ".join(codes)
    if shown:
        yield "; ".join(shown)


def _members(one: DiagnosticReport, sources: list[Source], among: Mapping[str, Observation] | None) -> Iterable[str]:
    """The names of its results, which stand beside; that some could not be read, where that is so."""
    if among is None or not one.result:
        return
    found = [result for reference in one.result if (result := among.get(local_key(reference) or ""))]
    if found and not one.conclusion and not one.conclusion_code:
        names = ", ".join(dict.fromkeys(named(result.code) for result in found))
        sources.append(cited(one, "result", names))
        yield names
    if len(found) < len(one.result):
        sources.append(cited(one, "result", ""))
        yield "not all of its results could be read"


def _attached(one: DiagnosticReport, contents: Mapping[str, Content | None]) -> tuple[str | None, list[Sentence]]:
    """(that something is attached and not quoted, what is quoted of it)."""
    if not one.presented_form:
        return None, []
    note = read_note(as_document(one), contents)
    if isinstance(note, Unread):
        return _not_quoted(one), []
    return None, [said for item in _quoted(note) for said in _cited_so(one, item)]


def _narrated(one: DiagnosticReport) -> list[Sentence]:
    """What stands in the text of a report that holds nothing else."""
    if one.text is None or not one.text.div or one.presented_form or one.result:
        return []
    form = Attachment(content_type="text/html", data=base64.b64encode(one.text.div.encode()).decode())
    note = read_note(DocumentReference(id=one.id, status="current", content=(DocumentContent(attachment=form),)), {})
    if isinstance(note, Unread):
        return []
    told_so = replace(note, sources=(Source(one.key, "DiagnosticReport.text.div", ""),))
    return [said for item in _quoted(told_so) for said in item]


def _not_quoted(one: DiagnosticReport) -> str:
    """That something is attached, and in which form."""
    return NOT_QUOTED.format(form=", ".join(dict.fromkeys(_form(form) for form in one.presented_form)))


def _quoted(note: Note) -> Iterable[Item]:
    """What a report says, section by section, each under its own title."""
    for section in note.sections:
        for number, words in enumerate(section.paragraphs):
            with_title = section.title and number == 0 and section.title.lower() not in words.lower()
            yield note.said(f"{section.title}: {words}" if with_title else words, words)


def _form(form: Attachment) -> str:
    kind = (form.content_type or "").partition(";")[0].strip().lower()
    return FORMS.get(kind, kind or "an unknown kind")


def _cited_so(one: DiagnosticReport, item: Item) -> Item:
    """The same with its sources in the report, where the note's reader names a document."""

    return tuple(structs.replace(said, sources=tuple(_own(one, source) for source in said.sources)) for said in item)


def _own(one: DiagnosticReport, source: Source) -> Source:
    if not source.resource.startswith("DocumentReference/"):
        return source
    path = "DiagnosticReport.status" if source.path.endswith("docStatus") else "DiagnosticReport.presentedForm.data"
    return Source(one.key, path, source.text)


def _path(one: DiagnosticReport) -> str:
    if one.effective_date_time is not None:
        return "effectiveDateTime"
    return "effectivePeriod" if one.effective_period is not None else "issued"
