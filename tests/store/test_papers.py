"""Papers in the store: the same bytes on every database, signed ones as they were, old pages not lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text, update

from loopclose.clock import fixed
from loopclose.drafting.keeping import MEDIA_TYPE, pack
from loopclose.errors import DatabaseError, UsageError
from loopclose.flows.papers.draft import draft
from loopclose.flows.papers.gather import gather
from loopclose.flows.papers.kept import paper_of, shown
from loopclose.flows.papers.working import write_now
from loopclose.flows.site import Site, client_of
from loopclose.letters.html import to_html
from loopclose.letters.text import to_text
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.base import Scope
from loopclose.store.drafts import keep_papers, papers
from loopclose.store.engine import Database
from loopclose.store.obligations import Document, Obligation
from loopclose.store.upgrade import open_database, upgrade
from loopclose.store.worklist import worklist
from tests.store.conftest import database_url
from tests.store.line import NOW, read, sandbox, site

BY = "heart@demo.example"
BOX = sandbox("tidy", 12)
OLD = b"<!doctype html><title>Consult note (draft)</title><article><h3>Plan</h3><p>Rest.</p></article>"


class Line:
    """A practice that was read, with the EHR behind it."""

    def __init__(self, db: Database, server: SandboxServer, where: Site) -> None:
        self.db, self.server, self.where = db, server, where

    def visits_with_notes(self) -> list[Obligation]:
        """Reports owed whose visit has a note."""
        noted = {one["context"]["encounter"][0]["reference"] for one in resources("DocumentReference")}
        with self.db.read() as session:
            items = [item.obligation for item in worklist(session, self.where.scope, NOW)]
        return [one for one in items if one.visit in noted and one.state == "owed"]

    def draft(self, owed: Obligation) -> dict[str, str]:
        with client_of(self.where) as client:
            made = draft(self.db, fixed(NOW), self.where, client, owed.id, BY)
        return {kind: to_text(paper) for kind, paper in made.items()}

    def write(self, owed: Obligation) -> dict[str, str]:
        made = write_now(self.db, fixed(NOW), self.where, owed.id, BY)
        return {kind: to_text(paper) for kind, paper in made.items()}

    def kept(self, owed: Obligation) -> dict[str, Document]:
        with self.db.read() as session:
            return papers(session, self.where.scope, owed.id)

    def state(self, owed: Obligation) -> str:
        with self.db.read() as session:
            return session.get_one(Obligation, ("main", owed.id)).state


def resources(kind: str) -> list[dict[str, Any]]:
    return [one for one in BOX.resources if one["resourceType"] == kind]


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        where = site(BOX, server)
        read(db, where)
        yield Line(db, server, where)


def test_what_is_kept_is_the_paper_and_shows_alike_on_every_database(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    drafted = line.draft(owed)
    for kind, document in line.kept(owed).items():
        paper = paper_of(document)
        assert document.media_type == MEDIA_TYPE and document.body == pack(paper)
        assert document.sha256 == hashlib.sha256(document.body).hexdigest()
        assert to_text(paper) == drafted[kind] and shown(document) == to_html(paper, fragment=True)
    alone = Line(open_database("sqlite://"), line.server, line.where)
    read(alone.db, alone.where)
    alone.draft(owed)
    assert {kind: one.body for kind, one in alone.kept(owed).items()} == {
        kind: one.body for kind, one in line.kept(owed).items()
    }


def test_drafting_again_keeps_one_version_until_something_was_signed(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    line.draft(owed)
    before = {kind: one.sha256 for kind, one in line.kept(owed).items()}
    line.draft(owed)
    assert {kind: (one.sha256, one.version) for kind, one in line.kept(owed).items()} == {
        kind: (digest, 1) for kind, digest in before.items()
    }


def test_the_papers_of_a_signed_report_are_written_as_they_were_kept(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    drafted = line.draft(owed)
    with line.db.write() as session:
        session.execute(update(Document).where(Document.obligation == owed.id).values(signed_by=BY, signed_at=NOW))
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(state="signed"))
    for one in resources("Condition"):
        line.server.store.put({**one, "code": {"text": "Something else"}}, NOW)
    asked = len(line.server.requests)
    assert line.write(owed) == drafted and line.state(owed) == "signed"
    assert len(line.server.requests) == asked
    assert "Something else" in line.draft(owed)["consult-note"]
    assert line.write(owed) == drafted
    assert {one.version for one in line.kept(owed).values()} >= {2}


def test_a_report_that_was_signed_in_the_chart_is_drafted_for_its_files_and_stays_signed(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    with line.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(state="signed"))
    assert set(line.write(owed)) == {"consult-note", "prescription-sheet"} and line.state(owed) == "signed"


def test_what_became_of_a_report_while_its_chart_was_read_is_not_undone(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed = line.visits_with_notes()[0]

    def sent_meanwhile(*given: Any) -> Any:
        with line.db.write() as session:
            session.execute(update(Obligation).where(Obligation.id == owed.id).values(state="sent"))
        return gather(*given)

    monkeypatch.setattr("loopclose.flows.papers.draft.gather", sent_meanwhile)
    assert line.draft(owed) and line.state(owed) == "sent"


def test_a_report_that_is_waived_is_not_drafted(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    with line.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(state="waived"))
    with pytest.raises(UsageError):
        line.write(owed)


def test_a_kept_paper_that_was_changed_is_not_shown(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    line.draft(owed)
    document = line.kept(owed)["consult-note"]
    document.body = document.body.replace(b"Stable angina", b"Severe angina")
    document.sha256 = "0" * 64
    assert "SHA-256" in shown(document) and "angina" not in shown(document)
    with pytest.raises(DatabaseError):
        paper_of(document)


def test_a_draft_that_was_changed_behind_our_back_is_made_good_by_drafting_again(line: Line) -> None:
    owed = line.visits_with_notes()[0]
    drafted = line.draft(owed)
    with line.db.write() as session:
        session.execute(update(Document).where(Document.obligation == owed.id).values(body=b"{}"))
    assert line.write(owed) == drafted
    assert {kind: to_text(paper_of(one)) for kind, one in line.kept(owed).items()} == drafted


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_page_of_an_earlier_release_is_shown_and_set_aside_when_drafted_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = Database(database_url(kind, tmp_path, request))
    with as_file(files("loopclose.store") / "migrations") as folder, db.engine.connect() as connection:
        settings = Config()
        settings.set_main_option("script_location", str(folder))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        connection.execute(
            text(
                "INSERT INTO document (practice_id, obligation, kind, version, sha256, media_type, body)"
                " VALUES ('main', 'o', 'consult-note', 1, :digest, 'text/html', :body)"
            ),
            {"digest": hashlib.sha256(OLD).hexdigest(), "body": OLD},
        )
        connection.commit()
    upgrade(db)
    scope = Scope("main")
    with db.read() as session:
        old = papers(session, scope, "o")["consult-note"]
    assert "earlier release" in shown(old) and "<p>Rest.</p>" in shown(old) and old.page is None
    with db.write() as session:
        keep_papers(session, scope, "o", MEDIA_TYPE, {"consult-note": b"{}"})
    with db.read() as session:
        new = papers(session, scope, "o")["consult-note"]
    assert (new.body, new.page, new.version, new.media_type) == (b"{}", OLD, 1, MEDIA_TYPE)
    with db.write() as session:
        keep_papers(session, scope, "o", MEDIA_TYPE, {"consult-note": b"[]"})
    with db.read() as session:
        assert papers(session, scope, "o")["consult-note"].page == OLD
    db.close()
