"""Every route of the application, tried by every role, in its own practice and with another practice's ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from loopclose.clock import fixed
from loopclose.config.sections import Config
from loopclose.domain.move import Move
from loopclose.domain.moves import MOVES
from loopclose.domain.roles import ACTIONS, ROLES, may, refused
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope, natural_id
from loopclose.store.code_assignments import note_assignment
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow, SearchKey, User
from loopclose.store.requester_answers import RequesterAnswerRow
from loopclose.web import create_app
from loopclose.web.needs import NOBODY, SOMEBODY, need_of
from tests.spec.test_roles import ROWS
from tests.store.line import NOW
from tests.web.conftest import Browser

UNKNOWN = "visitor"
EVERY_ROLE = [*ROLES, UNKNOWN]
OF_NOBODY = {
    "GET /static/…",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/once/…",
    "POST /sign-in/once/…",
    "GET /session",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /.well-known/jwks.json",
    "GET /sign-in/with/…",
    "GET /sign-in/with/…/back",
    "GET /launch",
    "GET /launch/…",
    "GET /launch/…/back",
    "GET /cds-services",
    "POST /cds-services/…",
    "POST /events/…",
    "POST /api/chase",
    "POST /fax/…",
}
"""Routes for whoever comes: nothing of a practice is on them, or who asks is proven by more than a cookie."""
ELSEWHERE = (
    *("/everybody", "/drafting", "/opened/a-key", "/consult-note.pdf", "/draft/consult-note", "/signed/1"),
    *("/prove/no-such", "/recall"),
)
"""Pages that send somebody back when there is nothing to see on them, one that is one person's alone, a file that was
not drafted, nor can be edited, nor was signed, and a provider that is none. A question is no letter either."""
OF_EACH = {"GET /letterheads/…"}
"""Pages counted within a practice: the first of every one is its own."""
COMES_BACK = {"POST /addresses"}
"""Forms that come back with what was typed where it cannot be taken."""
OF_A_REFERRER = {"POST /opt-outs", "POST /opt-outs/end"}
"""Forms that name a referrer: without one they are of nobody."""
OF_SOMEBODY = {"POST /sign-out", "POST /session", "GET /kept", "POST /kept/…/drop"}
"""Routes for whoever is signed in, of whatever role."""


def spoken(method: str, rule: str) -> str:
    """A route as docs/rules/roles.md names it."""
    return f"{method} {re.sub('<[^>]+>', '…', rule)}"


def listed() -> dict[str, set[str]]:
    """By route: the actions whose row of the table names it."""
    found: dict[str, set[str]] = {}
    for row in ROWS:
        for route in re.findall(r"`([^`]+)`", row[2 + len(ROLES)]):
            found.setdefault(route, set()).add(row[0].strip("`"))
    return found


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


class House:
    """The application over two practices, with somebody of every role in both."""

    def __init__(self, work: Work) -> None:
        main = work.config.practice["main"]
        config = work.config.model_dump()
        config["practice"] = {"main": main, "other": main.model_copy(update={"name": "Other Sample Practice"})}
        self.work = Work(Config.model_validate({**config, "ehr": work.config.ehr}), work.db, fixed(NOW))
        self.app: Flask = create_app(self.work)
        for practice in ("main", "other"):
            for role in ROLES:
                reference = "Practitioner/heart" if role == "clinician" else None
                add_user(work.db, Scope(practice), Account(f"{role}@{practice}.example", role, None, reference))
            add_user(work.db, Scope(practice), Account(f"{UNKNOWN}@{practice}.example", "auditor"))
        with work.db.write() as session:
            for one in session.scalars(select(User).where(User.email.startswith(UNKNOWN))):
                one.role = UNKNOWN
        self.ids, self.names = _of_main(work.db)
        self.browsers = {
            (role, practice): self._signed_in(f"{role}@{practice}.example", practice)
            for role in EVERY_ROLE
            for practice in ("main", "other")
        }

    def _signed_in(self, email: str, practice: str) -> Browser:
        browser = Browser(self.app.test_client())
        path = f"/sign-in/once/{make_link(self.work.db, self.work.clock, Scope(practice), email)}"
        browser.post(path, path)
        return browser

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """(how the table names it, method, path with ids of the practice *main*): one for every move, too."""
        for rule in self.app.url_map.iter_rules():
            for method in methods(rule):
                moves = [""]
                if "move" in rule.arguments:
                    moves = [name for name, move in MOVES.items() if move.is_on_obligation and name != "requester"]
                for move in moves:
                    path = rule.rule
                    for argument in rule.arguments:
                        value = move if argument == "move" else self.ids[argument]  # KeyError: say what it may hold
                        path = re.sub(f"<(\\w+:)?{argument}>", value, path)
                    yield spoken(method, rule.rule), method, path

    def ask(self, role: str, practice: str, method: str, path: str) -> Any:
        """The answer to one request; a form carries its token and nothing else, so that nothing is changed by it."""
        browser = self.browsers[role, practice]
        if method == "GET":
            return browser.client.get(path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get("/health").get_data(as_text=True))
        assert found is not None
        return browser.client.post(path, data={"csrf_token": found[1]})


def _of_main(db: Database) -> tuple[dict[str, str], list[str]]:
    with db.write() as session:
        owed = session.scalars(
            select(Obligation).where(Obligation.kind == "resolve", Obligation.visit.is_not(None))
        ).first()
        assert owed is not None
        answer = RequesterAnswerRow(
            practice_id="main",
            id="answer-of-main",
            ehr="main",
            about="request",
            key="ServiceRequest/x",
            no=1,
            referrer={"name": "Dr. Outside Sample"},
            by="coordinator@main.example",
            at=NOW,
        )
        session.add(answer)
        who = natural_id("main", "user", "coordinator@main.example")
        words = f"{owed.patient} - - {owed.ehr}"
        session.add(SearchKey(practice_id="main", key="a-key", words=words, user_id=who, made_at=NOW))
        about = ("main", "Encounter.class", "urn:local|4")
        note_assignment(session, Scope("main"), *about, "office", "lead@main.example", NOW)
        known = session.scalars(select(Obligation.referrer_key).where(Obligation.referrer_key.is_not(None))).first()
        assert known is not None
        ehr, _, who = known.partition(":")
        names = [name for name in session.scalars(select(PatientRow.name)) if name]
        ids = {
            "obligation_id": owed.id,
            "no": "1",
            "answer_id": answer.id,
            "token": "main.no-such",
            "filename": "style.css",
            "key": "no-such",
            "name": "no-such",
            "service_id": "no-such",
            "path": "no-such",
            "opened_key": "a-key",
            "code_key": natural_id(*about),
            "ehr": ehr,
            "who": who,
            "paper": "consult-note.pdf",
            "kind": "consult-note",
        }
        return ids, names


@pytest.fixture
def house(work: Work) -> House:
    return House(work)


def action_of(need: str, path: str) -> str:
    return path.rsplit("/", 1)[-1] if need == "{move}" else need


def test_every_route_says_what_it_needs_and_stands_in_the_table(work: Work) -> None:
    app, table = create_app(work), listed()
    for rule in app.url_map.iter_rules():
        need = need_of(app, rule.endpoint)
        for method in methods(rule):
            route = spoken(method, rule.rule)
            if need in (NOBODY, SOMEBODY):
                assert route in (OF_NOBODY if need == NOBODY else OF_SOMEBODY) and route not in table, route
            elif need == "{move}":
                moves: list[Move] = [move for move in MOVES.values() if move.is_on_obligation]
                assert table[route] == {move.name for move in moves} - {"requester"}
            else:
                assert table.get(route) == {need}, f"{route} needs {need}: write it into tests/spec/test_roles.py"
    known = {spoken(method, rule.rule) for rule in app.url_map.iter_rules() for method in methods(rule)}
    assert {*table, *OF_NOBODY, *OF_SOMEBODY} == known


def test_a_route_that_does_not_say_what_it_needs_stops_the_start(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    from loopclose.web import mails

    monkeypatch.delattr(mails.everything, "needs")
    with pytest.raises(LookupError, match=r"mails\.everything"):
        create_app(work)


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_a_role_opens_what_its_row_says_and_is_told_who_may_open_the_rest(house: House, role: str) -> None:
    tried = 0
    for route, method, path in house.routes():
        if route in OF_NOBODY | OF_SOMEBODY:
            continue
        adapter = house.app.url_map.bind("localhost")
        action = action_of(need_of(house.app, adapter.match(path, method)[0]), path)
        answer = house.ask(role, "main", method, path)
        tried += 1
        if may(role, action):
            assert answer.status_code in (200, 303, 404, 409, 422), (route, answer.status_code)
            if method == "GET":
                else_where = path.endswith(ELSEWHERE) or path in (
                    "/",
                    "/mine",
                    f"/letters/{house.ids['obligation_id']}",
                    f"/chase/{house.ids['obligation_id']}",
                )
                assert answer.status_code == 200 or else_where, route
        else:
            page = answer.get_data(as_text=True)
            assert answer.status_code == 403 and refused(role, action) in unescape(page), route
            assert 'aria-label="Main"' in page and not any(name in page for name in house.names), route
    assert tried >= 20


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_what_is_of_another_practice_is_no_page_and_nothing_of_it_leaks(house: House, role: str) -> None:
    before = _rows(house.work.db)
    for route, method, path in house.routes():
        if route in OF_NOBODY | OF_SOMEBODY:
            continue
        adapter = house.app.url_map.bind("localhost")
        endpoint, arguments = adapter.match(path, method)
        answer = house.ask(role, "other", method, path)
        if answer.status_code == 303:  # a form that is refused goes back to its page
            answer = house.browsers[role, "other"].client.get(answer.location)
        page = answer.get_data().decode(errors="replace")
        assert not any(name in page for name in house.names), route
        if not may(role, action_of(need_of(house.app, endpoint), path)):
            assert answer.status_code == 403, route
        elif set(arguments) - {"move"} and route not in OF_EACH:
            assert answer.status_code == 404, route
            assert "There is no such page." in page and house.ids["obligation_id"] not in page, route
        else:
            expected = 422 if route in COMES_BACK else 404 if route in OF_A_REFERRER else 200
            assert answer.status_code == expected, route
    assert _rows(house.work.db) == before


def _rows(db: Database) -> list[Any]:
    with db.read() as session:
        owed = [(one.id, one.state, one.owner) for one in session.scalars(select(Obligation).order_by(Obligation.id))]
        return [*owed, *((one.id, one.taken_back_at) for one in session.scalars(select(RequesterAnswerRow)))]


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_the_menu_leads_to_what_the_role_may_open_and_nowhere_else(house: House, role: str) -> None:
    adapter = house.app.url_map.bind("localhost")
    page = house.browsers[role, "main"].get("/health")
    (menu,) = re.findall(r'<nav aria-label="Main">(.*?)</nav>', page, re.DOTALL)
    targets = re.findall(r'href="([^"?#]*)', menu)
    led_to = {need_of(house.app, adapter.match(unescape(target), "GET")[0]) for target in targets}
    if "/sent" in targets and may(role, "see_mails"):  # mails to staff are the other view of that page
        led_to |= {"see_mails"} if 'href="/mails"' in house.browsers[role, "main"].get("/sent") else set()
    assert led_to == {one for one in ACTIONS if (one.startswith("see_") or one == "sign") and may(role, one)}


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_no_page_offers_a_link_or_a_form_that_the_role_may_not_use(house: House, role: str) -> None:
    with house.work.db.read() as session:
        kinds = {(one.kind, one.state): one.id for one in session.scalars(select(Obligation))}
    pages = ["/", "/unmatched", "/answers", "/health", "/mails", "/sent", "/addresses"]
    pages += [f"/obligation/{key}" for key in kinds.values()]
    pages += [f"/unmatched/{key}" for (kind, _), key in kinds.items() if kind in ("report", "resolve")]
    adapter = house.app.url_map.bind("localhost")
    for path in pages:
        page = house.browsers[role, "main"].client.get(path).get_data(as_text=True)
        forms = [("POST", one) for one in re.findall(r'<form method="post" action="([^"?]+)', page)]
        links = [("GET", one) for one in re.findall(r'<a[^>]* href="(/[^"?#]*)', page)]
        for method, target in {*forms, *links}:
            need = need_of(house.app, adapter.match(unescape(target), method)[0])
            usable = need in (NOBODY, SOMEBODY) or may(role, action_of(need, target))
            assert usable or (role == UNKNOWN and target == "/"), (path, method, target)


def test_somebody_of_an_unknown_role_is_told_so_and_can_sign_out(house: House) -> None:
    page = house.browsers[UNKNOWN, "main"].get("/")
    assert "does not know" in page and "Sign out" in page
    assert house.ask(UNKNOWN, "main", "POST", "/sign-out").status_code == 303


def test_a_refusal_of_a_part_of_a_page_is_opened_as_a_page(house: House) -> None:
    client = house.browsers["integrator", "main"].client
    answer = client.get("/?tab=late", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.get_data()) == (403, "/?tab=late", b"")
    assert refused("integrator", "see_reports") in client.get("/?tab=late").get_data(as_text=True)


def test_an_integrator_begins_with_how_the_runs_are_and_a_clinician_with_her_own(house: House) -> None:
    for role, first in (("integrator", "/health"), ("clinician", "/mine"), ("manager", "/"), ("auditor", "/")):
        browser = Browser(house.app.test_client())
        path = f"/sign-in/once/{make_link(house.work.db, house.work.clock, Scope('main'), f'{role}@main.example')}"
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path))
        assert token is not None
        assert browser.client.post(path, data={"csrf_token": token[1]}).location == first
