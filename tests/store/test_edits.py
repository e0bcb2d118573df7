"""Drafts that people edited, on both databases: kept at once, never overwritten, never overtaken in silence."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from loopclose.clock import fixed
from loopclose.drafting.keeping import digest, pack
from loopclose.drafting.paper import Paper
from loopclose.drafting.wishes import Wish
from loopclose.flows.papers.ahead import MOST_AT_ONCE, draft_ahead
from loopclose.flows.papers.editing import Desk, NotEdited, desk_of, edit, take_newer
from loopclose.flows.papers.kept import paper_of
from loopclose.flows.papers.working import DraftWorker, write_now
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work
from loopclose.letters.text import to_text
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import draft_charts, drafts, jobs
from loopclose.store.base import Scope
from loopclose.store.edits import EditRow
from loopclose.store.engine import Database
from loopclose.store.obligations import Document, Obligation
from loopclose.store.people import Audit
from loopclose.store.worklist import worklist
from tests.spec.cast import BOSTON
from tests.store.line import NOW, add_people, config, read, sandbox

HEART, CORA = "heart@demo.example", "cora@demo.example"
MAIN, NOTE = Scope("main"), "consult-note"
BOX = sandbox("tidy", 12)


class Line:
    """A practice that was read, with the EHR behind it, and one report that was drafted."""

    def __init__(self, db: Database, server: SandboxServer) -> None:
        self.server, self.work = server, Work(config(BOX, server, db.url), db, fixed(NOW))
        (self.site,) = sites(self.work.config)
        read(db, self.site)
        add_people(db)
        self.owed = self.visits_with_notes()[0]

    def visits_with_notes(self) -> list[Obligation]:
        noted = {one["context"]["encounter"][0]["reference"] for one in resources("DocumentReference")}
        with self.work.db.read() as session:
            items = [item.obligation for item in worklist(session, MAIN, NOW)]
        return [one for one in items if one.visit in noted and one.state == "owed"]

    def draft(self) -> None:
        write_now(self.work.db, self.work.clock, self.site, self.owed.id, HEART)

    def desk(self) -> Desk:
        with self.work.db.read() as session:
            owed = drafts.report(session, MAIN, self.owed.id)
            assert owed is not None
            found = desk_of(session, MAIN, BOSTON, owed, NOTE)
        assert found is not None
        return found

    def edit(self, does: str, target: str = "", seen: int | None = None, by: str = HEART, **more: str) -> int:
        at = self.desk().no if seen is None else seen
        return edit(self.work, MAIN, self.owed.id, NOTE, Wish(does, target, **more), at, by)

    def paper(self) -> Paper:
        with self.work.db.read() as session:
            return paper_of(drafts.papers(session, MAIN, self.owed.id)[NOTE])

    def first_of(self, code: str) -> str:
        """The key of the first sentence of a section."""
        (part,) = (one for one in self.desk().edited.parts if one.section.code == code)
        return part.blocks[0].said[0].key

    def note_says(self, words: str) -> None:
        """The note of the visit is changed in the EHR, and read."""
        (raw,) = (
            one
            for one in resources("DocumentReference")
            if one["context"]["encounter"][0]["reference"] == self.owed.visit
        )
        data = base64.b64encode(words.encode()).decode()
        content = [{"attachment": {"contentType": "text/plain", "data": data}}]
        self.server.store.put({**raw, "content": content}, NOW + timedelta(minutes=5))
        read(self.work.db, self.site)


def resources(kind: str) -> list[dict[str, Any]]:
    return [one for one in BOX.resources if one["resourceType"] == kind]


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


def test_the_paper_that_is_kept_and_signed_is_the_edited_one(line: Line) -> None:
    line.draft()
    plain = line.paper()
    line.edit("add", section="plan", text="Call us in a week.")
    line.edit("cut_whole", line.first_of("assessment"))
    found = line.desk()
    assert line.paper() == found.edited.paper and line.paper() != plain
    assert found.document.body == pack(line.paper()) and found.document.sha256 == digest(found.document.body)
    assert "Call us in a week.\n  [added by heart, Tue 24 Nov 2026 at 10:00]" in to_text(line.paper())
    with line.work.db.read() as session:
        rows = session.scalars(select(EditRow).order_by(EditRow.no)).all()
        seen = session.scalars(select(Audit).where(Audit.action == "edit_draft").order_by(Audit.id)).all()
    assert [(one.no, one.by) for one in rows] == [(1, HEART), (2, HEART)]
    details = [one.detail or {} for one in seen]
    assert sorted(one["does"] for one in details) == ["add", "cut"] and "Call us" not in str(details)


def test_what_is_drafted_anew_stands_beside_an_edited_draft_and_never_in_it(line: Line) -> None:
    line.draft()
    line.edit("change", line.first_of("plan"), text="Own plan.")
    mine = line.paper()
    line.note_says("Assessment: Something else.\nPlan: Walk more.")
    line.draft()
    found = line.desk()
    assert line.paper() == mine
    assert {one.after for one in found.newer} >= {"Something else.", "Walk more."}
    assert take_newer(line.work, MAIN, line.owed.id, NOTE, found.no, CORA) == 2
    anew = line.desk()
    assert not anew.newer and "Walk more." in to_text(line.paper()) and "Own plan." not in to_text(line.paper())
    ((unfit),) = anew.edited.unfit
    assert unfit.made.no == 1, "the words that were changed are not there any more, and that is said"
    line.draft()
    assert not line.desk().newer, "the same again is no news"


def test_a_draft_that_nobody_edited_follows_the_chart(line: Line) -> None:
    line.draft()
    line.note_says("Assessment: Something else.\nPlan: Walk more.")
    line.draft()
    assert "Walk more." in to_text(line.paper()) and line.desk().drafted is None


def test_whoever_comes_second_is_told_and_nothing_is_lost(line: Line) -> None:
    line.draft()
    seen, plan = line.desk().no, line.first_of("plan")
    line.edit("change", plan, seen, text="First.")
    with pytest.raises(NotEdited, match=r"heart changed this Tue 24 Nov at 10:00\. Your words are kept below"):
        line.edit("change", plan, seen, CORA, text="Second.")
    assert "First." in to_text(line.paper()) and "Second." not in to_text(line.paper())
    with pytest.raises(NotEdited, match="not made from this draft"):
        line.edit("cut", plan, 7)
    assert line.desk().no == 1


@pytest.mark.parametrize("state", ["signed", "sent", "confirmed", "waived"])
def test_what_is_signed_or_closed_is_not_edited(line: Line, state: str) -> None:
    line.draft()
    plan = line.first_of("plan")
    with line.work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == line.owed.id).values(state=state))
    with pytest.raises(NotEdited, match=f"The report is {state}"):
        line.edit("cut", plan)
    with line.work.db.write() as session:
        session.execute(update(Document).where(Document.obligation == line.owed.id).values(signed_by=HEART))
    with pytest.raises(NotEdited, match="was signed"):
        line.edit("cut", plan)


def test_what_does_not_fit_is_refused_and_not_kept(line: Line) -> None:
    with pytest.raises(NotEdited, match="draft both papers first"):
        edit(line.work, MAIN, line.owed.id, NOTE, Wish("cut", "x"), 0, HEART)
    line.draft()
    for wish, why in ((("cut", "nothing"), "does not stand"), (("take_back", "1"), "taken back already")):
        with pytest.raises(NotEdited, match=why):
            line.edit(*wish)
    with pytest.raises(NotEdited, match="Nothing else was drafted"):
        take_newer(line.work, MAIN, line.owed.id, NOTE, 0, HEART)
    with line.work.db.read() as session:
        assert session.scalars(select(EditRow)).all() == []


def waiting(line: Line) -> set[str]:
    with line.work.db.read() as session:
        found = [one.id for one in line.visits_with_notes() if jobs.newest(session, MAIN, jobs.DRAFT, one.id)]
    return set(found)


def draft_all(line: Line) -> None:
    worker = DraftWorker(line.work)
    while worker.once():
        pass


def ahead(line: Line, later: timedelta = timedelta(0), **settings: Any) -> int:
    site: Site = line.site
    practice = line.work.config.practice["main"].model_copy(update=settings)
    settled = line.work.config.model_copy(update={"practice": {"main": practice}})
    return draft_ahead(replace(line.work, config=settled, clock=fixed(NOW + later)), site)


def test_drafts_are_made_by_themselves_once_and_again_only_when_the_chart_changed(line: Line) -> None:
    assert ahead(line, draft_ahead=False) == 0
    first = ahead(line)
    assert 0 < first <= MOST_AT_ONCE and waiting(line)
    assert ahead(line) == 0, "they are asked for already"
    draft_all(line)
    with line.work.db.read() as session:
        job = jobs.newest(session, MAIN, jobs.DRAFT, line.owed.id)
        owed = drafts.report(session, MAIN, line.owed.id)
    assert job is not None and (job.state, job.asked_by) == ("done", "loopclose")
    assert owed is not None and owed.state == "drafted"
    assert ahead(line) == 0, "nothing changed"
    line.note_says("Assessment: Something else.\nPlan: Walk more.")
    assert ahead(line) == 1
    draft_all(line)
    assert "Walk more." in to_text(line.paper()) and ahead(line) == 0


def test_one_that_failed_is_tried_again_later_and_not_at_once(line: Line) -> None:
    ahead(line)
    with line.work.db.write() as session:
        while claim := jobs.claim(session, MAIN, jobs.DRAFT, "me", NOW):
            jobs.end(session, claim, "The EHR did not answer.", NOW)
    assert ahead(line) == 0
    assert ahead(line, timedelta(hours=7)) > 0


def test_without_a_final_note_a_draft_waits_a_day(line: Line) -> None:
    with line.work.db.read() as session:
        (ended,) = (
            end for owed, end in draft_charts.open_reports(session, MAIN, "main", NOW) if owed.id == line.owed.id
        )
    (raw,) = (
        one for one in resources("DocumentReference") if one["context"]["encounter"][0]["reference"] == line.owed.visit
    )
    line.server.store.put({**raw, "docStatus": "preliminary"}, NOW + timedelta(minutes=5))
    read(line.work.db, line.site)

    def is_asked(after: timedelta) -> bool:
        draft_ahead(replace(line.work, clock=fixed(ended + after)), line.site)
        return line.owed.id in waiting(line)

    assert not is_asked(-timedelta(minutes=1)) and not is_asked(timedelta(hours=23))
    assert is_asked(timedelta(hours=25))
