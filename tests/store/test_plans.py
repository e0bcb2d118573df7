"""What the pages and the night ask of the database looks at what is open, or at a page: never at all that is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from bench import NOW
from bench.size import MAIN, TABS, Asked
from bench.stored import fill
from loopclose.flows.jobs import run_night
from loopclose.flows.night.sealing import seal
from loopclose.store import mails
from loopclose.store.base import natural_id
from loopclose.store.closed import FEW, MOST
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import SearchKey
from loopclose.store.worklist import worklist
from loopclose.web import create_app

STORED, OPENED, DUE = 4_000, 200, 80
AT_MOST = 3 * OPENED + MOST + 10
"""Rows that one step of a plan may look at: what is open, or what is counted of what is closed."""
GROWS = frozenset(
    {"alert", "appointment", "attempt", "audit", "audit_segment", "blob", "closed_number", "deadline", "decision"}
    | {"document", "link", "link_decision", "night_run", "obligation", "patient", "referral", "resource", "search_key"}
    | {"sign_in_link", "message", "sync_run", "transition", "user_session", "unmapped_code", "visit"}
    | {"delivery", "delivery_event"}
)
"""Tables that grow for as long as a practice is there. What people said (``requester_answer``) is shown whole."""
BOUNDED = frozenset(
    {"ix_obligation_open", "ix_obligation_alert_after", "ix_patient_touched", "ix_resource_quarantine"}
    | {"ix_resource_nobodys", "ix_resource_not_happened_yet", "ix_audit_unsealed", "ix_search_key_made"}
    | {"ix_message_open", "ix_delivery_open", "ix_delivery_event_mail"}
)
"""Partial indexes over what is open, waits or is wrong: to look through one of them costs nothing of what is closed."""
IN_ORDER = frozenset(
    {"ix_obligation_closed", "ix_night_run_started", "ix_sync_run_started", "ix_sync_run_finished"}
    | {"ix_unmapped_code_token", "sqlite_autoindex_audit_segment_1", "ix_message_night", "ix_delivery_planned"}
)
"""Indexes that give the rows of a page one after another, in its order, and then stop."""
COARSE = frozenset({"practice_id", "ehr", "kind", "type"})
"""Columns in which nearly all rows of a practice are alike."""
OF_A_WEEK = frozenset({"start", "planned_at"})
"""Columns that are asked for between two moments a week apart, whatever else is stored."""
SCANNED = re.compile(r"SCAN (\w+)(?! VIRTUAL)(?:.* USING (?:COVERING )?INDEX (\w+))?")
SEARCHED = re.compile(r"SEARCH (\w+) USING (?:COVERING )?INDEX (\w+) \(([^)]*)\)")
Statement = tuple[str, Any]


@pytest.fixture
def asked(db: Database) -> Asked:
    """A practice that has stored far more than is open, and a browser over it."""
    fill(db, STORED, OPENED, DUE)
    return Asked.of(db)


@contextmanager
def listening(db: Database) -> Iterator[list[Statement]]:
    """Every statement that is sent meanwhile."""
    heard: list[Statement] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")) and not many:
            heard.append((statement, parameters))

    event.listen(db.engine, "after_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(db.engine, "after_cursor_execute", hear)


def addresses(asked: Asked) -> dict[str, list[str]]:
    """By endpoint: addresses of its page."""
    with asked.work.db.read() as session:
        report = worklist(session, MAIN, NOW, late=True)[0].obligation.id
        question = worklist(session, MAIN, NOW, kind="resolve")[0].obligation.id
        done = worklist(session, MAIN, NOW, state="confirmed")[70].obligation.id
    _open_in_the_ehr(asked, report)
    who, searched = "main:Practitioner/r1", f"q={asked.search}"
    author = "main:Practitioner/c1"
    lists = [
        *(
            f"/?tab={tab}{more}"
            for tab in TABS
            for more in ("", f"&{searched}", f"&q={asked.born}", "&late_by=3", "&mine=1")
        ),
        f"/?tab=closed&after={done}",
        f"/?tab=closed&before={done}&{searched}",
        *(f"/?tab={tab}&referrer={who}" for tab in ("open", "closed")),
        *(f"/?tab={tab}&author={author}" for tab in ("open", "closed")),
        "/?tab=open&author=npi:1093817465&priority=urgent",
        "/?kind=receipt&tab=open",
    ]
    return {
        "reports.pending": lists,
        "obligation.show": [f"/obligation/{report}", f"/obligation/{done}"],
        "editor.show": [f"/obligation/{report}/draft/consult-note"],
        "unmatched.everything": [
            *(
                f"/unmatched?tab={tab}{more}"
                for tab in TABS
                if tab != "sent"
                for more in ("", f"&{searched}", "&mine=1")
            ),
            f"/unmatched?tab=late&late_by=3&author={author}&referrer={who}",
        ],
        "unmatched.pick": [
            f"/unmatched/{report}",
            *(
                f"/unmatched/{question}{more}"
                for more in ("", f"?{searched}", f"?author={author}&mine=1", "?late_by=1")
            ),
        ],
        "unmatched.everybody": [f"/unmatched/{question}/everybody"],
        "answers.everything": ["/answers"],
        "codes.everything": ["/codes"],
        "codes.show": ["/codes/nothing"],
        "health.show": ["/health"],
        "mails.everything": ["/mails"],
        "sent.letters": ["/sent", "/sent?state=failed&channel=fax&day=2026-11-24"],
        "letter_asks.everything": ["/asks", "/asks?show=all"],
        "addresses.everything": ["/addresses", "/addresses?show=closed"],
        "mine.first": ["/mine"],
        "kept.show": ["/kept"],
        "letters.first": ["/letters"],
        "letters.show": [f"/letters/{report}"],
        "proving.begin": ["/letters/prove/nobody"],
        "second_factor.show": ["/second-factor"],
        "still_here.left": ["/session"],
        "drafting.state": [f"/obligation/{report}/drafting"],
        "letterheads.show": ["/letterheads"],
        "letterheads.preview": ["/letterheads/9"],
        "papers.file": [f"/obligation/{report}/papers/consult-note.pdf"],
        "papers.signed": [f"/obligation/{report}/signed/1"],
        "machines.alive": ["/healthz"],
        "machines.ready": ["/readyz"],
        "machines.metrics": ["/metrics"],
        "referrers.show": ["/referrers/main/Practitioner/r1?days=30"],
        "chase.found": ["/chase", f"/chase?{searched}", f"/chase?q={asked.born}"],
        "chase.show": [f"/chase/{report}", f"/chase/{done}"],
        "recall.show": [f"/obligation/{report}/recall"],
        "access.sign_in": ["/sign-in"],
        "access.once": ["/sign-in/once/main.nothing"],
        "hooks.services": ["/cds-services"],
        "launch.begin": ["/launch?iss=https://nobody.example/fhir&launch=1"],
        "launch.of_ehr": ["/launch/nobody"],
        "launch.back": ["/launch/nobody/back"],
        "launch.show": ["/opened/all", "/opened/visit"],
        "openid.begin": ["/sign-in/with/nobody"],
        "openid.back": ["/sign-in/with/nobody/back"],
        "static": ["/static/style.css"],
        "keys.published": ["/.well-known/jwks.json"],
    }


def _open_in_the_ehr(asked: Asked, report: str) -> None:
    """As if its patient, and once its visit too, had been open there when somebody came."""
    with asked.work.db.write() as session:
        owed = session.get_one(Obligation, (MAIN.practice_id, report))
        who = natural_id(MAIN.practice_id, "user", "cora@demo.example")
        for key, visit in (("all", "-"), ("visit", "Encounter/never-read")):
            words = f"{owed.patient} {visit} - {owed.ehr}"
            row = SearchKey(practice_id=MAIN.practice_id, key=key, words=words, user_id=who, made_at=NOW)
            session.merge(row)


def test_no_page_looks_at_all_that_is_stored(asked: Asked) -> None:
    rules = {rule.endpoint for rule in create_app(asked.work).url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = addresses(asked)
    assert rules <= pages.keys(), "every page is asked here"
    heard: dict[str, list[Statement]] = {}
    for address in (address for some in pages.values() for address in some):
        with listening(asked.work.db) as heard[address]:
            answer = asked.browser.get(address)
        assert answer.status_code < 500, address
    assert sum(map(len, heard.values())) > 200
    assert_bounded(asked.work.db, heard)


def test_neither_the_night_nor_a_search_nor_the_command_does(asked: Asked) -> None:
    db, heard = asked.work.db, dict[str, list[Statement]]()
    with db.write() as session:  # of whom mails do not reach somebody is told
        mails.note_unreachable(session, MAIN, "cora@demo.example", "x", "The mail server refused the recipient.", NOW)
    todo: dict[str, Callable[[], object]] = {
        "the night": lambda: run_night(asked.work, MAIN),
        "the night once more": lambda: run_night(asked.work, MAIN),
        "the seal": lambda: seal(db, asked.work.clock, MAIN),
        "a search": lambda: _search(asked.browser),
        "the worklist": lambda: _read(db, lambda session: worklist(session, MAIN, NOW)),
    }
    for name, do in todo.items():
        with listening(db) as heard[name]:
            do()
    assert all(heard.values())
    assert_bounded(db, heard)


def test_what_would_look_at_everything_is_seen(asked: Asked) -> None:
    """The test of the test: each of these is slow where much is stored."""
    slow = (
        "SELECT count(*) FROM obligation",
        "SELECT count(*) FROM obligation WHERE practice_id = 'main' AND kind = 'report' AND state <> 'confirmed'",
        "SELECT id FROM visit WHERE practice_id = 'main' AND ehr = 'main' ORDER BY start LIMIT 1",
        "SELECT id FROM patient WHERE practice_id = 'main' AND name <> 'x'",
    )
    for statement in slow:
        with pytest.raises(AssertionError):
            assert_bounded(asked.work.db, {statement: [(statement, ())]})


def assert_bounded(db: Database, heard: dict[str, list[Statement]]) -> None:
    """No step of any plan looks at more than what is open or at a page."""
    look = _sqlite_faults if db.engine.dialect.name == "sqlite" else _postgresql_faults
    found, plans = [], dict[str, list[str]]()
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":
            for way in ("seqscan", "hashjoin", "mergejoin"):  # good for few rows: here there are few of everything
                connection.execute(text(f"SET enable_{way} = off"))
        for name, statements in heard.items():
            for statement, parameters in statements:
                if statement not in plans:
                    plans[statement] = look(connection, statement, parameters)
                found += [f"{name}: {fault}\n{statement[-900:]}" for fault in plans[statement]]
        connection.rollback()
    assert not found, "\n\n".join(found)


def _sqlite_faults(connection: Any, statement: str, parameters: Any) -> list[str]:
    """Steps that go through a table, or through a whole index that is not of a bounded part."""
    steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    fine = BOUNDED | IN_ORDER if "LIMIT" in statement else BOUNDED
    if "closed_words" in statement or " LIKE " in statement:  # words are looked up, not looked for in row after row
        fine = fine - {"ix_obligation_closed"}
    faults = []
    for step in steps:
        scanned, searched = SCANNED.match(step), SEARCHED.match(step)
        if scanned and scanned[1] in GROWS and scanned[2] not in fine:
            faults.append(step)
        if searched and searched[1] in GROWS and searched[2] not in fine:
            columns = set(re.findall(r"(\w+)=", searched[3])) | {
                name for name in OF_A_WEEK if f"{name}>?" in searched[3] and f"{name}<?" in searched[3]
            }
            faults += [step] if columns <= COARSE else []
    return faults


def _postgresql_faults(connection: Any, statement: str, parameters: Any) -> list[str]:
    """Steps that really looked at many rows of a table, and rows that were thrown away."""
    if not statement.lstrip().startswith(("SELECT", "WITH")):
        return []
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
    return [
        f"{node['Node Type']} of {node['Relation Name']} by {node.get('Index Name')}: {looked:.0f} rows"
        for node in _nodes(plan["Plan"])
        if node.get("Relation Name") in GROWS
        for looked in [
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0))
            * node["Actual Loops"]
        ]
        if looked > AT_MOST or node["Node Type"] == "Seq Scan"
    ]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _search(browser: FlaskClient) -> None:
    page = browser.get("/").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None and FEW > MOST
    assert browser.post("/search", data={"csrf_token": token[1], "words": "mockley"}).status_code == 303


def _read(db: Database, question: Callable[[Session], object]) -> object:
    with db.read() as session:
        return question(session)
