"""A practice with every part that it has in life: EHR (HAPI), mail system, fax gateway, printer, screens and page."""

from __future__ import annotations

import io
import json
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pypdfium2
import requests
import waitress.server
from cryptography import x509
from sqlalchemy import select

from loopclose.cli.serving import page_server_of
from loopclose.config.loading import parse
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.delivery.round import deliver
from loopclose.flows.jobs import sync_site
from loopclose.flows.papers.ahead import draft_ahead, look_ahead
from loopclose.flows.papers.working import DraftWorker
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.outbound.channels.secure_mail.parties import Signer
from loopclose.outbound.channels.secure_mail.smime import enveloped, signed
from loopclose.outbound.mail import FrozenMail, SmtpMailer
from loopclose.sandbox.fax_exchange import Exchange, Turn
from loopclose.sandbox.fax_gateway import FaxGateway
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.interop.cms50 import NUMERATORS, denominator
from tests.interop.loading import Held, Json, load
from tests.interop.made import chart, medicine, note
from tests.interop.servers.post_office import PostOffice
from tests.interop.servers.printer import RealPrinter
from tests.unit.secure_mail import mails
from tests.unit.secure_mail.made import THEM, US, authority, key, write_key, write_pem
from tests.web.serving import running

MAIN = Scope("main")
HEART, CORA, PASSWORD = "heart@demo.example", "cora@demo.example", "a long enough password"
BEGINS = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""When the practice begins to work; it has its own clock, as its letters wait for answers."""
NOTE = "Assessment: stable angina. Plan: PCP to continue lisinopril. Please check his TSH in 2 weeks."
GRAY: Json = {
    "resourceType": "Practitioner",
    "id": "gray",
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1093817465"}],
    "name": [{"family": "Gray", "given": ["Gale"], "prefix": ["Dr."]}],
}
NUMBER, DESK = "+1 617-555-0142", "front-desk"
FIRST, SECOND = "pat-one", "pat-two"
TYPES = ("ServiceRequest", "Encounter", "DocumentReference", "Communication", "Task")


def case(patient: str) -> list[Json]:
    """One referred visit of a patient, whose note the EHR never calls signed: it asks the referrer something and hands
    a medicine over. As CMS50 counts it; somebody else is the patient's physician.
    """
    taken = {"authoredOn": "2026-06-01", "encounter": None}
    found = chart(note(NOTE), medicine("lis", "lisinopril 10 MG Oral Tablet", "1 tablet once a day", **taken))
    for one in found:
        if one["resourceType"] == "DocumentReference":
            del one["docStatus"]
        if one["resourceType"] == "Patient":
            one["generalPractitioner"] = [{"reference": "Practitioner/gray"}]
        if one["resourceType"] == "ServiceRequest":
            one["authoredOn"] = "2026-10-26T10:00:00-04:00"
            one["code"]["coding"].append({"system": "http://snomed.info/sct", "code": "103696004"})
        if one["resourceType"] == "Encounter":
            one["class"]["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
            one["type"].append({"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]})
    text = json.dumps([*found, GRAY]).replace("a05-none", patient)
    for name in ("note", "lis"):
        text = text.replace(f'"id": "{name}"', f'"id": "{name}-{patient}"')
    read: list[Json] = json.loads(text)
    return read


def settings(folder: Path, ehr: str, post: PostOffice, fax: str, printer: RealPrinter, page: int) -> str:
    """The configuration of the practice."""
    (folder / "mailbox.password").write_text("made-up")
    (folder / "mailbox.password").chmod(0o600)
    return f"""
[practice.main]
name = "Harbor Heart Sample Practice"
timezone = "America/New_York"
organizations = ["Organization/cardio"]
clinicians = ["Practitioner/heart"]

[ehr.main]
practice = "main"
base_url = "{ehr}"
auth = "none"
worklist = ["orders", "encounters"]
write_back = "file"

[database]
url = "sqlite:///{folder}/practice.db"

[web]
mail_folder = "{folder}/mails"

[delivery]
page_address = "http://127.0.0.1:{page}"
page_port = {page}

[direct.main]
host = "127.0.0.1"
port = {post.smtp}
tls = "starttls"
ca = "{post.ca}"
sender = "{US}"
certificate_file = "{folder}/us.pem"
key_file = "{folder}/us.key"
recipients = "{folder}/recipients"
anchors_file = "{folder}/anchors.pem"
mailbox_host = "127.0.0.1"
mailbox_port = {post.imaps}
mailbox_user = "us"
mailbox_password_file = "{folder}/mailbox.password"

[fax.main]
gateway = "srfax"
url = "{fax}/srfax"
user = "4711"
password = "made-up"
sender = "+1 617-555-0100"
sender_mail = "letters@practice.example"

[printer.main]
uri = "{printer.uri}"
name = "{DESK}"
"""


@dataclass
class Practice:
    """The practice at work, and everybody whom it deals with."""

    folder: Path
    ehr: str
    work: Work
    post: PostOffice
    fax: Exchange
    printer: RealPrinter
    base: str
    now: datetime = BEGINS

    def later(self, **passed: float) -> None:
        """Time passes."""
        self.now += timedelta(**passed)

    def goes_on(self, **passed: float) -> None:
        """Time passes, and the scheduler does what it does every minute."""
        self.later(**passed)
        deliver(self.work, MAIN)

    def read(self) -> Any:
        """A sync, and whatever the scheduler has follow it."""
        (site,) = sites(self.work.config)
        result = sync_site(self.work, site)
        draft_ahead(self.work, site)
        look_ahead(self.work, site)
        worker = DraftWorker(self.work)
        while worker.once():
            pass
        return result

    def owed(self, kind: str, patient: str) -> Obligation:
        """The one thing of a kind of that patient."""
        with self.work.db.read() as session:
            return session.scalars(select(Obligation).filter_by(kind=kind, patient=f"Patient/{patient}")).one()

    def open_ones(self) -> set[tuple[str, str | None]]:
        """Kind and patient of whatever is neither confirmed nor waived."""
        with self.work.db.read() as session:
            found = session.scalars(select(Obligation).where(Obligation.state.not_in(("confirmed", "waived"))))
            return {(one.kind, one.patient) for one in found}

    def deliveries(self, report: str) -> list[DeliveryRow]:
        """Of a report, in the order in which they were planned."""
        asked = select(DeliveryRow).filter_by(obligation=report)
        with self.work.db.read() as session:
            return list(session.scalars(asked.order_by(DeliveryRow.planned_at, DeliveryRow.channel)))

    def states(self, report: str) -> dict[str, str]:
        """By which way, and what became of it."""
        return {one.channel: one.state for one in self.deliveries(report)}

    def stands(self, patient: str) -> list[Json]:
        """Everything of a patient, as the EHR has it."""
        found = []
        for kind in TYPES:
            fresh = {"Cache-Control": "no-cache"}  # HAPI gives again what a search found up to a minute ago
            bundle = requests.get(f"{self.ehr}/{kind}", {"patient": f"Patient/{patient}"}, headers=fresh, timeout=60)
            found += [entry["resource"] for entry in bundle.json().get("entry", ())]
        return found

    def closes_the_loop(self, patient: str) -> list[bool]:
        """The referrer's CMS50 numerator, by version, as the EHR stands."""
        held = self.stands(patient)
        assert denominator(held, 2026)
        return [numerator(held, 2026) for numerator in NUMERATORS.values()]

    def answer(self, delivery: str, disposition: str) -> None:
        """The referrer's mail system answers a letter with a signed and encrypted MDN."""
        us = x509.load_pem_x509_certificate((self.folder / "us.pem").read_bytes())
        theirs = x509.load_pem_x509_certificate((self.folder / "recipients" / f"{THEM}.pem").read_bytes())
        final = "X-DIRECT-FINAL-DESTINATION-DELIVERY: \n" if disposition == "dispatched" else ""
        told = mails.mdn(
            f"automatic-action/MDN-sent-automatically; {disposition}",
            original=f"<{delivery}@direct.practice.example>",
            more=final,
        )
        head, _, body = told.partition(b"Content-Type: ")
        content = head + enveloped(signed(b"Content-Type: " + body, Signer(theirs, (), key(THEM))), [us])
        before = len(self.post.letters("us"))
        mailer = SmtpMailer("127.0.0.1", self.post.smtp, THEM, tls="starttls", ca=self.post.ca)
        mailer.send(FrozenMail(f"<{delivery}.{before}@direct.referrer.example>", (US,), content))
        self.post.wait_for("us", before + 1)


def opened(mail: bytes, folder: Path) -> dict[str, bytes]:
    """The files of a Direct message, by name, once ``openssl cms`` has decrypted and verified it."""
    plain = _openssl("-decrypt", "-inkey", str(folder / "them.key"), given=mail)
    whole = _openssl("-verify", "-CAfile", str(folder / "anchors.pem"), given=plain)
    package = next(one for one in message_from_bytes(whole).walk() if one.get_content_type() == "application/zip")
    with zipfile.ZipFile(io.BytesIO(package.get_payload(decode=True))) as archive:  # type: ignore[arg-type]
        return {name: archive.read(name) for name in archive.namelist()}


def text_of(pdf: bytes) -> str:
    """What stands on its pages, on one line."""
    pages = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())


def _openssl(*words: str, given: bytes) -> bytes:
    done = subprocess.run(["openssl", "cms", *words], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def certificates(folder: Path) -> None:
    """Both sides' keys, and the certificates that one authority made for them."""
    real = datetime.now(UTC)
    valid = {"since": min(BEGINS, real) - timedelta(days=1), "until": max(BEGINS, real) + timedelta(days=60)}
    write_pem(folder / "anchors.pem", authority().certificate)
    write_pem(folder / "us.pem", authority().issued(US, **valid))  # type: ignore[arg-type]
    write_key(folder / "us.key", US)
    write_pem(folder / "recipients" / f"{THEM}.pem", authority().issued(THEM, **valid))  # type: ignore[arg-type]
    write_key(folder / "them.key", THEM)


@contextmanager
def at_work(folder: Path, ehr: str, post: PostOffice, printer: RealPrinter, page: int) -> Iterator[Practice]:
    """The practice, set up and read once, with its screens and its confirmation page."""
    held = Held()
    load(ehr, [*case(FIRST), *case(SECOND)], held)
    assert held.refused == []
    certificates(folder)
    exchange = Exchange([Turn(ends="busy"), Turn(ends="bad-number")])
    with FaxGateway(exchange) as fax:
        config = parse(tomllib.loads(settings(folder, ehr, post, fax.address, printer, page)))
        work = Work(config, open_database(config.database.url), lambda: BEGINS)
        add_user(work.db, MAIN, Account(HEART, "clinician", "Hana Heart", "Practitioner/heart"), PASSWORD)
        add_user(work.db, MAIN, Account(CORA, "coordinator", "Cora Sample"), PASSWORD)
        screens = waitress.server.create_server(create_app(work), host="127.0.0.1", port=0)
        with running(screens) as base, running(page_server_of(work)):
            made = Practice(folder, ehr, work, post, exchange, printer, base)
            work.clock = lambda: made.now
            yield made
        work.db.close()
