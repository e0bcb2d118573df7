"""What Loopclose wrote into the chart comes back with the next sync, and changes nothing there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.client import FhirClient
from fhir_adapters.writing.chart import WritableChart
from fhir_adapters.writing.requests import create
from fhir_adapters.writing.resources import fulfilment_of
from loopclose.clock import fixed
from loopclose.flows.papers.gather import gather
from loopclose.flows.site import Site
from loopclose.outbound.channels.channel import Parcel, Sending
from loopclose.outbound.channels.fhir import channel_of
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.resources import Resource
from tests.store.line import NOW, read, site
from tests.store.one_patient import owed
from tests.unit.fhir_adapters.writing.letters import letter

WRITTEN = ("DocumentReference", "Communication", "Task")


@pytest.fixture
def sqlite(ready_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{copy(ready_sqlite, tmp_path / 'test.db')}")
    yield opened
    opened.close()


def letter_for(db: Database) -> Sending:
    """The letter of a report that is owed still, to a referrer whom the chart names."""
    with db.read() as session:
        rows = session.scalars(select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed"))
        one = next(
            row for row in rows if row.referrer and (row.referrer["reference"] or "").startswith("Practitioner/")
        )
        to = one.referrer["reference"] if one.referrer else ""
        made = letter(patient=one.patient, visit=one.visit, referral=one.referral, author=one.author, recipient=to)
    return replace(made, to=to, at=NOW, about=replace(made.about, signed_at=NOW - timedelta(hours=1)))


def write(client: FhirClient, sending: Sending) -> None:
    """The document and the message, and the Task of a receipt."""
    channel = channel_of(WritableChart(client), reads_same_ehr=True)
    taken = channel.send(Parcel(sending.delivery, sending.to, channel.pack(sending)))
    document = (taken.remote or "").split()[0]
    create(client, fulfilment_of(sending, document, NOW), once=True)


def ours(server: SandboxServer, kind: str) -> dict[str, dict[str, Any]]:
    """What we wrote of a type, by key."""
    found = [json.loads(raw) for raw in server.store.search(kind, [])]
    return {f"{kind}/{one['id']}": one for one in found if one["meta"].get("tag")}


def kept(db: Database) -> set[str]:
    """What is kept of the EHR."""
    with db.read() as session:
        return {f"{row.type}/{row.fhir_id}" for row in session.scalars(select(Resource))}


def sources(db: Database, where: Site) -> set[str]:
    """The notes that a draft of the reports would be made of."""
    with db.read() as session:
        reports = list(session.scalars(select(Obligation).where(Obligation.kind == "report")))
    found = [gather(db, where, None, one, one.visit or "") for one in reports]
    return {note.key for material in found for note in (*material.documents, *material.earlier)}


def unmark(server: SandboxServer) -> None:
    """The same as if somebody else had written it."""
    for kind in WRITTEN:
        for one in ours(server, kind).values():
            bare = {name: one[name] for name in one if name not in ("identifier", "masterIdentifier")}
            server.store.put({**bare, "meta": {"versionId": one["meta"]["versionId"]}})


def test_our_own_document_message_and_task_are_read_and_close_nothing(sqlite: Database, box: Sandbox) -> None:
    with serve(box) as server, FhirClient(server.base_url) as client:
        where = site(box, server)
        read(sqlite, where, fixed(NOW))
        before = owed(sqlite)
        write(client, letter_for(sqlite))
        read(sqlite, where, fixed(NOW + timedelta(minutes=15)))
        assert {kind for kind in WRITTEN if ours(server, kind)} == {*WRITTEN}
        assert all(key in kept(sqlite) for kind in WRITTEN for key in ours(server, kind)), "they were read"
        assert owed(sqlite) == before
        assert not ours(server, "DocumentReference").keys() & sources(sqlite, where), "no letter quotes another"
        written = {*ours(server, "DocumentReference")}
        unmark(server)
        read(sqlite, where, fixed(NOW + timedelta(minutes=20)))
        assert written & sources(sqlite, where), "the same by somebody else is a note of the visit"
        changed = set(owed(sqlite)) - set(before)
        assert [one[3] for one in changed if one[0] == "report"] == ["sent"], "the same by somebody else is evidence"
