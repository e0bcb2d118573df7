"""Somebody of an office with a letter in hand, before the confirmation page; and what is kept on our side."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.addresses import AddressRow
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import Audit
from loopclose.store.recipient_words import RecipientWordRow
from loopclose.store.upgrade import open_database
from loopclose.web.confirmation import create_page
from tests.store.desks import rows_of
from tests.store.scripted import Post
from tests.store.test_corrections import BOX, Line

PAGE = "https://confirm.example.org"
NOTE = "Plan: Rest. PCP to continue lisinopril. Please check his TSH. "
SECRET = SecretStr("a key of thirty-two characters at least")


class Office:
    """Somebody with a letter in hand, and what became of it on our side."""

    def __init__(self, db: Database, server: SandboxServer) -> None:
        self.line = Line(db, server)
        delivery = self.line.work.config.delivery.model_copy(update={"page_address": PAGE})
        web = self.line.work.config.web.model_copy(update={"secret": SECRET})
        config = self.line.work.config.model_copy(update={"delivery": delivery, "web": web})
        self.line.work = replace(self.line.work, config=config)
        self.line.note_says(NOTE)
        self.line.look()
        self.line.sign()
        self.address = Post(self.line).address()
        Post(self.line).run()
        self.opens(db)

    def opens(self, db: Database) -> Office:
        """The same office before that database."""
        self.line = copy(self.line)
        self.line.db, self.line.work = db, replace(self.line.work, db=db)
        self.db, self.post = db, Post(self.line)
        with db.read() as session:
            content = session.scalars(select(DeliveryRow.content)).one().decode()
        found = re.search(rf"{PAGE}/(\w+)", content)
        assert found is not None
        self.code = found[1]
        self.app = create_page(self.work())
        self.client: FlaskClient = self.app.test_client()
        return self

    def work(self) -> Work:
        return self.line.at_work()

    def later(self, **passed: float) -> None:
        self.app.extensions["work"] = replace(self.work(), clock=fixed(self.line.now + timedelta(**passed)))

    def get(self, path: str = "", **more: Any) -> str:
        return self.client.get(f"/{path or self.code}", **more).get_data(as_text=True)

    def say(self, **form: str) -> Any:
        page = self.get()
        token = token_in(page) if 'name="token"' in page else ""
        return self.client.post(f"/{self.code}", data={"token": token, **form})

    def events(self) -> list[tuple[str, str]]:
        found = [one for one in rows_of(self.db, DeliveryEvent) if one.source == "page"]
        return [(one.what, one.words) for one in sorted(found, key=lambda one: one.no)]

    def owed(self, kind: str) -> list[Obligation]:
        return sorted(rows_of(self.db, Obligation, kind=kind), key=lambda one: one.id)

    def letters_answers(self) -> list[Obligation]:
        ours = {one.obligation for one in rows_of(self.db, RecipientWordRow)}
        return [one for one in self.owed("answer") if one.id in ours]

    def delivery(self) -> DeliveryRow:
        (row,) = rows_of(self.db, DeliveryRow)
        return row

    def everything(self) -> dict[str, list[Any]]:
        tables = (DeliveryRow, DeliveryEvent, Obligation, TransitionRow, Audit, RecipientWordRow, AddressRow)
        return {one.__tablename__: sorted(map(values, rows_of(self.db, one)), key=str) for one in tables}


def token_in(page: str) -> str:
    """What the forms of a page carry."""
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found is not None
    return found[1]


def values(row: Any) -> dict[str, Any]:
    """The columns of a row, without its message."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "content"}


@contextmanager
def first_office(folder: Path) -> Iterator[Office]:
    """Made once: each test has a copy, as making it takes seconds."""
    with SandboxServer(Store(BOX.resources)) as server:
        yield Office(open_database(f"sqlite:///{folder}/first.db"), server)


def copied(first: Office, folder: Path) -> Office:
    """The same office before a copy of the database."""
    kept, ours = str(first.db.engine.url.database), folder / "line.db"
    with closing(sqlite3.connect(kept)) as before, closing(sqlite3.connect(ours)) as after:
        before.backup(after)
    return copy(first).opens(open_database(f"sqlite:///{ours}"))
