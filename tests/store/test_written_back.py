"""What is signed is filed in the own chart, a receipt is said there, and none of it, read again, changes anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from loopclose.domain.commands import Hold, Release
from loopclose.flows.delivery.asking import ask_all
from loopclose.flows.delivery.filed import file_copies, tell_receipts
from loopclose.flows.delivery.recall import recall
from loopclose.flows.delivery.said import say
from loopclose.flows.delivery.send import send_due
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.addresses import AddressRow
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.store.written import WrittenRow
from tests.store.desks import rows_of
from tests.store.scripted import Post
from tests.store.test_corrections import BOX, CORA, HEART, MAIN, Line, one_kind


class Written(Line):
    """A line whose EHR is written to."""

    def __init__(self, db: Database, server: SandboxServer) -> None:
        super().__init__(db, server)
        config = self.work.config
        ehr = {name: one.model_copy(update={"write_back": "file"}) for name, one in config.ehr.items()}
        practice = {name: one.model_copy(update={"rehearsal": False}) for name, one in config.practice.items()}
        self.work = replace(self.work, config=config.model_copy(update={"ehr": ehr, "practice": practice}))
        (self.site,) = sites(self.work.config)

    def file(self) -> Work:
        work = self.at_work()
        file_copies(work, MAIN)
        send_due(work, MAIN, ways_of(work, MAIN))
        ask_all(work, MAIN, ways_of(work, MAIN))
        tell_receipts(work, MAIN)
        return work

    def stands(self, kind: str) -> list[dict[str, Any]]:
        found = [json.loads(raw) for raw in self.server.store.search(kind, [])]
        return [one for one in found if (kind, one["id"]) in self.server.store.written]


@pytest.fixture
def line(db: Database) -> Iterator[Written]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Written(db, server)


@one_kind
def test_a_signed_letter_is_filed_once_and_read_again_it_is_no_evidence(line: Written) -> None:
    line.file()
    assert len(line.stands("DocumentReference")) == 2, "the letter and its prescription sheet"
    before = line.report().state
    assert before == "signed", "filing is no delivery"
    line.look()
    line.file()
    assert len(line.stands("DocumentReference")) == 2
    assert line.report().state == before and line.report().sent_at is None
    keys = {one.key for one in rows_of(line.db, WrittenRow)}
    assert keys == {f"DocumentReference/{one['id']}" for one in line.stands("DocumentReference")}


@one_kind
def test_a_receipt_is_said_in_the_chart_once_and_closes_nothing_there(line: Written) -> None:
    post = Post(line)
    post.address()
    line.file()
    post.run()
    line.file()
    assert line.stands("Task") == [], "sent is not received"
    sent = next(one for one in post.rows() if one.purpose == "report")
    line.hours += 1
    say(line.at_work(), MAIN, post.ways, sent.id, "arrived", CORA)
    for _ in range(2):
        line.file()
        line.look()
    (task,) = line.stands("Task")
    assert task["status"] == "completed" and task["focus"]["reference"] == line.report().referral
    assert task["executionPeriod"]["end"].startswith(f"{line.now:%Y-%m-%d}")
    assert task["output"], "it names the document that was filed"
    assert line.report().state == "confirmed"
    others = [one for one in post.rows() if one.purpose == "filing"]
    assert [one.state for one in others] == ["sent"]


@one_kind
def test_a_copy_for_the_chart_that_was_kept_back_is_filed_once_nothing_keeps_it_and_no_recall_closes_the_chart(
    line: Written,
) -> None:
    file_copies(line.at_work(), MAIN)
    line.do(Hold(obligation=line.owed.id, code="other", note="The patient asked."), HEART)
    line.file()
    assert [one.state for one in rows_of(line.db, DeliveryRow)] == ["cancelled"]
    line.do(Release(obligation=line.owed.id, code="consent", note="They agreed in writing."), HEART)
    line.file()
    assert sorted(one.state for one in rows_of(line.db, DeliveryRow)) == ["cancelled", "sent"]
    recall(line.at_work(), MAIN, line.owed.id, "wrong_recipient", CORA)
    assert [one.closed_at for one in rows_of(line.db, AddressRow)] == [None]
