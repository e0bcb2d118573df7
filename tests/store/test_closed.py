"""What is closed is counted up to a number, paged by where the last page ended, and found by its words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from loopclose.flows.judging.rows import UNKNOWN, shown_row
from loopclose.store import closed as module
from loopclose.store.base import Scope, table_of
from loopclose.store.closed import Counted, closed, count_closed
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.worklist import bucket
from loopclose.store.worklist_query import Days, Filters, Page
from tests.store.line import NOW

MAIN = Scope("main")
ALL, SIZE = Filters(), 40
LEE = {"name": "Dr. Lee O’Brien", "reference": "Practitioner/lee", "organization_name": "Harbor"}


def rows(many: int) -> list[dict[str, Any]]:
    """Closed reports, many due at the same time; every seventh of Zoë, the others of Ann."""
    found = []
    for no in range(many):
        row: dict[str, Any] = {
            "practice_id": "main", "ehr": "main", "id": f"o{no:05}", "kind": "report", "patient": "Patient/1",
            "person": "Patient/1", "state": "waived" if no % 2 else "confirmed", "scope": "full", "deadline_no": 1,
            "due_at": NOW - timedelta(hours=no // 9), "winner": "policy", "priority": "routine", "guessed": False,
            "owner": "cora" if no % 3 else "coordinator", "referrer": LEE, "fired_rung": 0,
        }  # fmt: skip
        name = "Zoë Müller" if no % 7 == 0 else "Ann Sample"
        found.append(row | shown_row(row, {"Patient/1": {**UNKNOWN, "patient_name": name, "patient_mrn": f"{no:06}"}}))
    return found


@pytest.fixture
def many(db: Database) -> Database:
    with db.write() as session:
        session.execute(insert(table_of(Obligation)), rows(1100))
    return db


def test_it_is_counted_up_to_a_thousand_and_says_so(many: Database) -> None:
    with many.read() as session:
        assert str(count_closed(session, MAIN, NOW, ALL)) == "more than 1,000"
        of_zoe = count_closed(session, MAIN, NOW, Filters(words="zoe"))
        assert (of_zoe, str(of_zoe)) == (158, "158")
        assert count_closed(session, MAIN, NOW, Filters(late_by=timedelta(0))) == 0, "nothing closed is late"
        assert count_closed(session, MAIN, NOW, ALL, kind="receipt") == 0
    assert str(Counted(1000)) == "1000" and f"{Counted(7)}" == "7"


@pytest.mark.parametrize("few", [5000, 10], ids=["by the index", "on the way through all"])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [(ALL, 1100), (Filters(words="MUL"), 158), (Filters(words="obrien har"), 1100), (Filters(words="muller 000"), 143)],
    ids=["all", "a name", "a referrer", "two words"],
)
def test_its_pages_together_are_all_of_it_there_and_back(
    many: Database, monkeypatch: pytest.MonkeyPatch, few: int, filters: Filters, expected: int
) -> None:
    monkeypatch.setattr(module, "FEW", few)
    found: list[str] = []
    with many.read() as session:
        page = closed(session, MAIN, NOW, filters, SIZE)
        assert not page.more_before
        pages = [[item.obligation.id for item in page.items]]
        while page.more_after:
            page = closed(session, MAIN, NOW, filters, SIZE, after=pages[-1][-1])
            assert page.more_before
            pages.append([item.obligation.id for item in page.items])
        found = [one for some in pages for one in some]
        assert len(found) == len({*found}) == expected
        assert [item.obligation.due_at for item in page.items] == sorted(
            (item.obligation.due_at for item in page.items), reverse=True
        )
        for after, before in zip(pages[:0:-1], pages[-2::-1], strict=True):
            page = closed(session, MAIN, NOW, filters, SIZE, before=after[0])
            assert [item.obligation.id for item in page.items] == before and page.more_after
        assert not page.more_before


def test_a_page_that_begins_nowhere_is_the_first(many: Database) -> None:
    with many.read() as session:
        first = closed(session, MAIN, NOW, ALL, 5)
        assert [i.obligation.id for i in closed(session, MAIN, NOW, ALL, 5, after="gone").items] == [
            item.obligation.id for item in first.items
        ]
        assert not closed(session, Scope("other"), NOW, ALL, 5).items


@pytest.mark.parametrize("words", ["zoe", "Zoë MULL", "mü", "O'BRIEN", "0014", "harbor zoe", "!!!", "oe", "zoe ann"])
def test_what_is_open_and_what_is_closed_is_found_by_the_same_words(db: Database, words: str) -> None:
    closed_ones = rows(30)
    open_ones = [{**row, "id": f"open {row['id']}", "state": "owed"} for row in closed_ones]
    with db.write() as session:
        session.execute(insert(table_of(Obligation)), [*closed_ones, *open_ones])
    days = Days(NOW, NOW, NOW)
    with db.read() as session:
        of_open = {
            item.obligation.id for item in bucket(session, MAIN, NOW, days, "open", Filters(words=words), Page())
        }
        of_closed = {item.obligation.id for item in closed(session, MAIN, NOW, Filters(words=words), 100).items}
    assert of_open == {f"open {one}" for one in of_closed}
    assert bool(of_closed) == (words not in ("!!!", "oe", "zoe ann")), "a word must begin one, and each must be there"
