"""Looking again at the chart behind a letter that was signed here: whether what it says is still so.

Where it is not, a correction is owed, and the corrected letter is drafted beside the signed one, which stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fhir_adapters.client import FhirClient
from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.clock import Clock
from loopclose.domain.correcting import TAKEN_BACK, WITHDRAWN, Change, Touched, standing_of
from loopclose.domain.dates import moment_in_full
from loopclose.domain.letter_kinds import CONSULT
from loopclose.drafting.corrections import corrections, with_changes
from loopclose.drafting.keeping import MEDIA_TYPE, pack
from loopclose.drafting.paper import Paper
from loopclose.errors import UsageError
from loopclose.flows.judging.rows import of_letter_id
from loopclose.flows.papers.draft import Drafted, keep_drafted, make, signed_whole
from loopclose.flows.papers.holding import hold_drafted
from loopclose.flows.papers.kept import paper_in, paper_of
from loopclose.flows.papers.sheet import refuse_changed
from loopclose.flows.signing_clock import begin_clock
from loopclose.flows.site import Site
from loopclose.store import decisions, draft_charts, drafts, edits, letter_changes, persons, records, signatures
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.obligations import Document, Obligation
from loopclose.store.signatures import SignatureRow

LOOKED_AT = frozenset({"signed", "sent", "confirmed", "held"})
"""States of a report whose letter is looked at again."""
NOT_SIGNED = "It was not signed here, so there is no letter of ours that could be corrected."


@dataclass(frozen=True)
class SignedLetter:
    """The letter that is signed, as it was drafted from the chart."""

    signature: SignatureRow
    papers: tuple[Paper, ...]
    """Without what people edited: only what the chart said is held against it."""
    read_at: datetime


def look_again(
    db: Database,
    clock: Clock,
    site: Site,
    client: FhirClient,
    obligation: str,
    may_write: Callable[[Session], None] = lambda session: None,
) -> int:
    """Read the chart behind a signed letter and keep what changed; gives how many changes were not known.

    What the EHR would not give this time says nothing: only what came, changed or went does. Raises ``UsageError``
    where nothing was signed here, ``DatabaseError`` where that was changed since, ``TemporaryError`` for what is worth
    another try.
    """
    with db.read() as session:
        owed = drafts.report(session, site.scope, obligation)
        if owed is None or owed.state not in LOOKED_AT:
            raise UsageError(NOT_SIGNED)
        refuse_changed(session, site.scope, obligation)
        letter = signed_whole(session, site.scope, obligation).get(CONSULT)
        kind = paper_of(letter).letter_kind if letter is not None and letter.media_type == MEDIA_TYPE else None
    made, news = make(db, clock, site, client, owed, kind=kind.code if kind is not None else None), 0

    def write(session: Session) -> None:
        nonlocal news
        may_write(session)
        persons.records_of(session, site.scope, site.ehr, [owed.person])  # first, as judging does
        held = decisions.obligation_held(session, site.scope, obligation)
        signed = _signed(session, site.scope, obligation)
        if held is None or signed is None:
            raise UsageError(NOT_SIGNED)
        changes = corrections(signed.papers, made.papers, _touched(session, site, held, made, signed))
        news = _note(session, site, held, signed, changes, clock())
        if news or letter_changes.open_corrections(session, site.scope, obligation):
            _draft_corrected(session, site, held, made, signed, changes, clock())
        if made.chart is not None:
            draft_charts.note_chart(session, site.scope, obligation, made.chart, clock())
        if news:
            persons.touch_persons(session, site.scope, site.ehr, [held.person])

    db.in_write(write)
    return news


def _signed(session: Session, scope: Scope, obligation: str) -> SignedLetter | None:
    made = [one for one in signatures.signatures_of(session, scope, obligation) if one.counts]
    documents = [
        one for one in drafts.papers(session, scope, obligation, signed=True).values() if one.media_type == MEDIA_TYPE
    ]
    if not made or not documents:
        return None
    read_at = min(one.drafted_at or one.signed_at or made[-1].at for one in documents)
    return SignedLetter(made[-1], tuple(_as_drafted(session, scope, one) for one in documents), read_at)


def _as_drafted(session: Session, scope: Scope, document: Document) -> Paper:
    row = edits.drafted_of(session, scope, document.obligation, document.kind, document.version)
    return paper_in(row.body, row.sha256) if row is not None else paper_of(document)


def _touched(session: Session, site: Site, owed: Obligation, made: Drafted, signed: SignedLetter) -> dict[str, Touched]:
    """What of that which the letter cites, or which is of its visit, came, changed or went since it was drafted."""
    cited = {key for key in _cited(signed.papers) if key.partition("/")[0] in WITHDRAWN}
    of_visit = made.material.of_visit
    patients = {owed.patient, *drafts.records(session, site.scope, owed)}
    found: dict[str, Touched] = {}
    stand = records.standings(session, site.scope, site.ehr, cited | of_visit)
    changed = [
        key
        for key, one in stand.items()
        if one.seen_at > signed.read_at and one.disposition not in ("gone", "quarantined") and one.patient in patients
    ]
    statuses = _statuses(session, site, {key: stand[key].sha256 or "" for key in changed})
    for key, said in statuses.items():
        found[key] = Touched(standing_of(key.partition("/")[0], said), key in of_visit)
    for key in cited:
        one = stand.get(key)
        if one is not None and (one.disposition == "gone" or (one.patient and one.patient not in patients)):
            found[key] = Touched(TAKEN_BACK)
    return found


def _statuses(session: Session, site: Site, digests: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """By ``Type/id``: every status that a resource has now; what cannot be read safely is left out."""
    bodies = records.bodies(session, site.scope, list(digests.values()))
    found: dict[str, frozenset[str]] = {}
    for key, sha256 in digests.items():
        fact = read(key.partition("/")[0], bodies[sha256])
        if not isinstance(fact, Unreadable):
            said = [getattr(fact, name, None) for name in ("status", "doc_status", "verification_status")]
            found[key] = frozenset(code for one in said for code in _codes(one))
    return found


def _codes(status: object) -> list[str]:
    if isinstance(status, CodeableConcept):
        return [one.code for one in status.coding if one.code]
    return [status] if isinstance(status, str) else []


def _note(
    session: Session, site: Site, owed: Obligation, signed: SignedLetter, changes: Iterable[Change], now: datetime
) -> int:
    """Keep what was not known of this signed letter: with the correction that is open, else with a new one."""
    rows = letter_changes.changes_of(session, site.scope, owed.id)
    known = {row.key for row in rows if row.signature == signed.signature.no}
    fresh = [one for one in changes if one.key not in known]
    if not fresh:
        return 0
    last = rows[-1] if rows else None
    no = 1 if last is None else last.no if _goes_on(session, site.scope, last, signed) else last.no + 1
    key = of_letter_id(site, "correction", owed.visit or owed.appointment, owed.referral, str(no))
    letter_changes.add_changes(session, site.scope, owed.id, signed.signature.no, (key, no), fresh, now)
    return len(fresh)


def _goes_on(session: Session, scope: Scope, last: letter_changes.LetterChangeRow, signed: SignedLetter) -> bool:
    """Whether the last correction is of this signed letter, and open: then what changed as well belongs to it."""
    owed = session.get(Obligation, (scope.practice_id, last.correction))
    return last.signature == signed.signature.no and (owed is None or owed.state == "owed")


def _draft_corrected(
    session: Session,
    site: Site,
    owed: Obligation,
    made: Drafted,
    signed: SignedLetter,
    changes: Sequence[Change],
    now: datetime,
) -> None:
    """Keep the corrected letter as a draft: a new version, with what changed on top of its page one."""
    when = moment_in_full(signed.signature.at, site.practice.zone)
    papers = [with_changes(paper, changes, when) for paper in made.papers]
    before = {kind: one.sha256 for kind, one in drafts.papers(session, site.scope, owed.id).items()}
    kept = keep_drafted(session, site.scope, owed.id, {one.kind: pack(one) for one in papers}, now, made.read_at)
    if any(before.get(kind) != one.sha256 for kind, one in kept.items()):
        signatures.nothing_waits(session, site.scope, owed.id)
    hold_drafted(session, site.scope, owed, made.found, now)
    begin_clock(session, site.scope, site.practice, owed, now)


def _cited(papers: Iterable[Paper]) -> set[str]:
    return {source.resource for paper in papers for item in paper.everything for one in item for source in one.sources}
