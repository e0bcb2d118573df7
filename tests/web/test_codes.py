"""The page Codes: what is listed, what is shown before it is confirmed, and who may say what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopclose.clock import fixed
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.codes import listed
from loopclose.flows.decisions.on_codes import Code, Mapper
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.line import NOW, add_people, config, read, sandbox, site
from tests.web.conftest import Browser
from tests.web.pages import visible

MAIN, MONA = Scope("main"), "mona@demo.example"


def signed_in(work: Work, email: str) -> Browser:
    found = Browser(create_app(work).test_client())
    path = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, email)}"
    found.post(path, path)
    return found


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A practice whose EHR writes classes of visits that no map knows."""
    box = sandbox("epic", 40)
    with serve(box) as server:
        settings = config(box, server, f"sqlite:///{tmp_path / 'web.db'}")
        found = Work(settings, open_database(settings.database.url), fixed(NOW))
        add_people(found.db)
        read(found.db, site(box, server))
        yield found
        found.db.close()


@pytest.fixture
def manager(work: Work) -> Browser:
    return signed_in(work, MONA)


def first(work: Work) -> str:
    """The key of the first class."""
    with work.db.read() as session:
        return next(one.key for one in listed(session, MAIN) if one.asks)


def test_a_code_is_explained_with_one_choice_and_one_button_and_taken_back(work: Work, manager: Browser) -> None:
    key = first(work)
    page = manager.get("/codes")
    assert f'action="/codes/{key}"' in page and "See what changes" in page
    look = manager.get(f"/codes/{key}?as=inpatient")
    assert "From now on it means: A stay in hospital: followed only where the settings say so." in visible(look)
    assert re.search(r"It stands in \d+ resources? of \d+ patients?, who (is|are) judged again at once", visible(look))
    seen = re.search(r'name="seen" value="([^"]+)"', look)
    assert seen is not None
    done = manager.post(f"/codes/{key}", f"/codes/{key}?as=inpatient", meaning="inpatient", seen=seen[1])
    assert re.search(r"\d+ patients? (was|were) judged again; what is owed follows it now", visible(done))
    assert "A stay in hospital: followed only where the settings say so mona" in visible(done)
    back = manager.post(f"/codes/{key}/take-back", f"/codes/{key}", seen="1")
    assert "Taken back." in visible(back) and "taken back by mona" in visible(back)
    assert "Meanwhile somebody said" in visible(
        manager.post(f"/codes/{key}", f"/codes/{key}?as=inpatient", seen="0", meaning="inpatient")
    )


def test_looking_changes_nothing(work: Work, manager: Browser) -> None:
    key = first(work)
    before = visible(manager.get("/codes"))
    for path in (f"/codes/{key}?as=home", f"/codes/{key}?as=nonsense", f"/codes/{key}"):
        manager.get(path)
    assert visible(manager.get("/codes")) == before


def test_no_address_of_the_pages_tells_a_code_or_a_patient(work: Work, manager: Browser) -> None:
    page = manager.get("/codes") + manager.get(f"/codes/{first(work)}")
    addresses = re.findall(r'(?:href|action)="(/(?:codes|obligation)/[^"]*)"', page)
    plain = re.compile(r"/(codes|obligation)/[0-9a-f-]{36}(/take-back)?")
    assert addresses and all(map(plain.fullmatch, addresses))


def test_an_example_is_shown_to_whoever_may_see_reports_alone(work: Work, manager: Browser) -> None:
    add_user(work.db, MAIN, Account("ian@demo.example", "integrator"))
    assert "an example" in visible(manager.get("/codes"))
    page = signed_in(work, "ian@demo.example").get("/codes")
    assert "an example" not in visible(page) and "/obligation/" not in page


def test_a_coordinator_looks_and_is_offered_no_choice(work: Work, browser: Browser) -> None:
    page = browser.get("/codes")
    assert "<select" not in page and "Not known" in visible(page)
    said = browser.post(f"/codes/{first(work)}", "/", meaning="inpatient")
    assert "Only a lead, a manager or an integrator may" in visible(said)


def test_what_somebody_said_stands_there_when_nobody_has_the_code_any_more(work: Work, manager: Browser) -> None:
    ehr = next(iter(work.config.ehr))
    Mapper(work, MAIN, MONA).assign(Code(ehr, "Encounter.class", "urn:gone|9"), "office")
    assert "urn:gone|9" in manager.get("/codes")
    with work.db.read() as session:
        key = next(one.key for one in listed(session, MAIN) if one.code.token == "urn:gone|9")
    assert "Nobody who is followed has it now." in visible(manager.get(f"/codes/{key}"))
    assert manager.client.get("/codes/nothing").status_code == 404
