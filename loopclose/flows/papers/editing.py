"""Editing a draft: each edit is kept at once, upon the one before it, and the paper that is kept is the edited one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loopclose.domain.dates import moment_in_full, moment_words
from loopclose.drafting.differences import Difference, differences
from loopclose.drafting.editing import DoesNotFit, Edited, edited
from loopclose.drafting.edits import Edit, Made, Refresh, as_data, of_data
from loopclose.drafting.keeping import MEDIA_TYPE, digest, pack
from loopclose.drafting.wishes import Wish, edit_of
from loopclose.errors import UsageError
from loopclose.flows.papers.kept import paper_in, paper_of
from loopclose.flows.site import zone_of
from loopclose.flows.work import Work
from loopclose.store import audit_log, decisions, drafts, edits, letter_changes, signatures, users
from loopclose.store.base import Scope
from loopclose.store.edits import DraftedRow, EditRow
from loopclose.store.obligations import Document, Obligation

EDITED_IN = frozenset({"owed", "drafted"})
"""States of a report whose papers may be edited."""
NOTHING_DRAFTED = "Nothing was drafted yet: draft both papers first."
SIGNED_HERE = "The paper was signed, so its words stay as they are."
NOT_IN_STATE = "The report is {state}, so the words of its papers stay as they are."


class NotEdited(UsageError):
    """An edit that was not taken, and why; whoever sent it keeps their words."""


@dataclass(frozen=True)
class Desk:
    """One draft on the desk: what was drafted, what was done to it, and what was drafted since."""

    document: Document
    edited: Edited
    rows: Sequence[EditRow]
    newer: tuple[Difference, ...]
    """What the newest draft from the chart says otherwise than the one that the edits stand on."""
    drafted: DraftedRow | None
    why_not: str | None
    """Why it cannot be edited, where it cannot."""

    @property
    def no(self) -> int:
        """The number of the last edit; 0 where there is none."""
        return self.rows[-1].no if self.rows else 0


def desk_of(session: Session, scope: Scope, zone: ZoneInfo, owed: Obligation, kind: str) -> Desk | None:
    """The newest version of a paper with its edits; None where there is none that can be taken apart."""
    document = drafts.papers(session, scope, owed.id).get(kind)
    if document is None or document.media_type != MEDIA_TYPE:
        return None
    rows = edits.edits_of(session, scope, owed.id, kind, document.version)
    row = edits.drafted_of(session, scope, owed.id, kind, document.version)
    drafted = paper_in(row.body, row.sha256) if row is not None else paper_of(document)
    newer = paper_in(row.newer, row.newer_sha256) if row is not None and row.newer and row.newer_sha256 else None
    return Desk(
        document,
        edited(drafted, [_made(one, zone) for one in rows]),
        rows,
        differences(drafted, newer) if newer is not None else (),
        row,
        _why_not(session, scope, owed, document),
    )


def edit(work: Work, scope: Scope, obligation: str, kind: str, wish: Wish, seen: int, by: str) -> int:
    """Keep one edit by the user ``by``, made upon edit number ``seen``; gives its own number.

    Raises ``NotEdited`` where it cannot be: the paper is signed, somebody else changed it meanwhile, or it does not
    fit.
    """
    return _keep(work, scope, obligation, kind, wish, seen, by)


def take_newer(work: Work, scope: Scope, obligation: str, kind: str, seen: int, by: str) -> int:
    """Let the edits stand on what was drafted since; those that do not fit it any more are named on the page."""
    return _keep(work, scope, obligation, kind, None, seen, by)


def _keep(work: Work, scope: Scope, obligation: str, kind: str, wish: Wish | None, seen: int, by: str) -> int:
    zone, no = zone_of(work.config, scope.practice_id), 0

    def write(session: Session) -> None:
        nonlocal no
        owed = decisions.obligation_held(session, scope, obligation)
        desk = desk_of(session, scope, zone, owed, kind) if owed is not None and owed.kind == "report" else None
        who = users.named(session, scope, by)
        if desk is None or who is None:
            raise NotEdited(NOTHING_DRAFTED)
        if desk.why_not is not None:
            raise NotEdited(desk.why_not)
        if seen != desk.no:
            raise NotEdited(_overtaken(desk, seen, zone, work))
        now, no = work.clock(), desk.no + 1
        made = _wished(desk, wish)
        edits.note_edit(session, scope, desk.document, no, (who.email, who.name), now, as_data(made))
        session.flush()
        _write_paper(session, scope, zone, desk, made)
        signatures.nothing_waits(session, scope, obligation)  # a resident signed other words
        detail = {"paper": kind, "edit": no, "does": as_data(made)["does"]}
        audit_log.record(session, scope, now, who.email, "edit_draft", obligation, detail)

    work.db.in_write(write)
    return no


def _wished(desk: Desk, wish: Wish | None) -> Edit:
    """The edit that is asked for, tried on the draft."""
    if wish is None:
        if desk.drafted is None or desk.drafted.newer_sha256 is None:
            raise NotEdited("Nothing else was drafted from the chart since.")
        return Refresh(desk.drafted.newer_sha256)
    try:
        made = edit_of(wish, desk.edited)
        drafted = paper_in(desk.drafted.body, desk.drafted.sha256) if desk.drafted else paper_of(desk.document)
        all_made = [*(_made(one, ZoneInfo("UTC")) for one in desk.rows), Made(desk.no + 1, "", "", made)]
        unfit = [one for one in edited(drafted, all_made).unfit if one.made.no == desk.no + 1]
    except DoesNotFit as problem:
        raise NotEdited(str(problem)) from problem
    if unfit:
        raise NotEdited(unfit[0].why)
    return made


def _write_paper(session: Session, scope: Scope, zone: ZoneInfo, desk: Desk, made: Edit) -> None:
    """Put the edited paper where papers are kept."""
    document = desk.document
    row = edits.drafted_of(session, scope, document.obligation, document.kind, document.version)
    if row is None:
        raise AssertionError("the first edit keeps the draft it stands on")
    if isinstance(made, Refresh) and row.newer is not None and row.newer_sha256 is not None:
        row.body, row.sha256 = row.newer, row.newer_sha256
        row.newer = row.newer_sha256 = row.newer_at = None
    rows = edits.edits_of(session, scope, document.obligation, document.kind, document.version)
    paper = edited(paper_in(row.body, row.sha256), [_made(one, zone) for one in rows]).paper
    document.body = pack(paper)
    document.sha256 = digest(document.body)


def _made(row: EditRow, zone: ZoneInfo) -> Made:
    return Made(row.no, row.name, moment_in_full(row.at, zone), of_data(row.edit))


def _why_not(session: Session, scope: Scope, owed: Obligation, document: Document) -> str | None:
    if document.signed_by is None and letter_changes.open_corrections(session, scope, owed.id):
        return None  # a corrected letter, that nobody has signed
    if document.signed_by is not None or signatures.is_signed_here(session, scope, owed.id):
        return SIGNED_HERE
    return None if owed.state in EDITED_IN else NOT_IN_STATE.format(state=owed.state)


def _overtaken(desk: Desk, seen: int, zone: ZoneInfo, work: Work) -> str:
    """Who changed it meanwhile, and when."""
    later = [one for one in desk.rows if one.no > seen]
    if not later:
        return "The page was not made from this draft: open it anew."
    at = moment_words(later[-1].at, zone, work.clock())
    return f"{later[-1].name} changed this {at}. Your words are kept below; nothing of either was lost."
