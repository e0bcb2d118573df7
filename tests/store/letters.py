"""Letters to sign, for tests: reports of a made-up practice with a draft, and whoever signs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from loopclose.domain.signing import Entered, Said
from loopclose.domain.states import Transition
from loopclose.drafting.keeping import MEDIA_TYPE, pack
from loopclose.drafting.paper import Conflict, Paper, Section, Sentence, Source
from loopclose.flows.papers.sheet import Sheet, sheet_of
from loopclose.flows.proving import Proof
from loopclose.store import drafts
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation

NOTE = "DocumentReference.content.attachment.data"
STENT = Conflict("note_stops", "The note stops ibuprofen, and the chart holds it as active.", ())


def sentence(text: str, path: str = NOTE, *more: Source) -> Sentence:
    return Sentence(text, (Source("DocumentReference/n1", path, text), *more))


def section(code: str, *items: Sentence) -> Section:
    return Section(code, code.replace("_", " ").capitalize(), tuple((one,) for one in items), "None was recorded.")


def note(*sections: Section, **more: Any) -> Paper:
    """A consult note of a few words."""
    mine = sections or (section("assessment", sentence("Stable angina is likely.")), section("plan", sentence("Walk.")))
    return Paper("consult-note", "Consult note", "Harbor", "Lin Lee", "Alma Reyes", "19 Nov 2026", tuple(mine), **more)


def sheet(*conflicts: Conflict) -> Paper:
    """A prescription sheet."""
    paper = Paper(
        "prescription-sheet",
        "Prescription sheet",
        "Harbor",
        "Lin Lee",
        "Alma Reyes",
        "19 Nov 2026",
        (section("ordered"),),
    )
    return msgspec.structs.replace(paper, conflicts=conflicts) if conflicts else paper


QUESTION = section("question", sentence("Is it cardiac?", "ServiceRequest.reasonCode.text"))
ASKED = note(QUESTION, section("assessment", sentence("Stable angina is likely.")), section("plan", sentence("Walk.")))


def drafted(db: Database, scope: Scope, owed: Obligation, now: datetime, *papers: Paper, by: str = "loopclose") -> None:
    """Keep the draft of a report, as the flow that drafts does."""
    bodies = {one.kind: pack(one) for one in papers or (note(), sheet())}
    with db.write() as session:
        drafts.keep_papers(session, scope, owed.id, MEDIA_TYPE, bodies)
        found = drafts.report(session, scope, owed.id)
        if found is not None and found.state == "owed":
            drafts.note_drafted(session, scope, owed.id, Transition("owed", "drafted", now, by), now)


def looked_at(db: Database, scope: Scope, obligation: str) -> Sheet:
    """The letter as it is now."""
    with db.read() as session:
        owed = drafts.report(session, scope, obligation)
        assert owed is not None
        return sheet_of(session, scope, owed)


def read(found: Sheet, **answers: Said) -> Entered:
    """What somebody enters who read that letter."""
    return Entered(found.letter.sha256, answers, has_read=True)


def proof(now: datetime, minutes: int = 0) -> Proof:
    """A proof of that many minutes ago."""
    return Proof("password", now - timedelta(minutes=minutes))


def stale(entered: Entered) -> Entered:
    """The same on a page that showed another letter."""
    return replace(entered, sha256=hashlib.sha256(b"other").hexdigest())
