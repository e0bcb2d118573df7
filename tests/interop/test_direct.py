"""A letter over a real mail system, read by other people's S/MIME, and what comes back read over IMAP.

Postfix and Dovecot carry it; ``openssl cms`` and the Direct Project's own agent read it, and the agent answers.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from loopclose.outbound.channels.channel import Parcel, Sending
from loopclose.outbound.channels.direct import SecureMail, channel_of
from loopclose.outbound.channels.secure_mail.mailbox import Mailbox
from loopclose.outbound.channels.secure_mail.notices import Notice, Reader, Unclear
from loopclose.outbound.channels.secure_mail.parties import Signer
from loopclose.outbound.channels.secure_mail.reports import MOST_BYTES
from loopclose.outbound.channels.secure_mail.smime import enveloped, signed
from loopclose.outbound.channels.secure_mail.xdm import package
from loopclose.outbound.mail import FrozenMail, SendError, SmtpMailer
from tests.interop.servers import read_by_direct, read_xdm
from tests.interop.servers.post_office import PostOffice, post_office
from tests.unit.secure_mail import mails
from tests.unit.secure_mail.made import (
    CCDA,
    PDF,
    RECIPIENT,
    SENDER,
    THEM,
    US,
    authority,
    key,
    sending,
    write_key,
    write_pem,
)

NOW = datetime.now(UTC).replace(microsecond=0)
GONE = "gone@direct.referrer.example"
DOMAIN = "direct.referrer.example"
VALID = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=30)}


def issued(*names: str, by: str = "anchor") -> x509.Certificate:
    return authority(by).issued(*names, **VALID)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office({US: "us", THEM: "them"}, GONE) as one:
        yield one


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of both sides."""
    home = tmp_path_factory.mktemp("direct")
    write_pem(home / "anchors.pem", authority().certificate)
    write_pem(home / "us.pem", issued(US))
    write_key(home / "us.key", US)
    theirs = issued(THEM)
    write_pem(home / "recipients" / f"{THEM}.pem", theirs)
    write_pem(home / "recipients" / f"{GONE}.pem", issued(GONE))
    write_pem(home / "recipients" / "direct.practice.example.pem", issued("direct.practice.example"))
    write_key(home / "them.key", THEM)
    write_key(home / "eve.key", "eve@direct.eve.example")
    return home


@pytest.fixture(scope="module")
def channel(office: PostOffice, folder: Path) -> SecureMail:
    mailer = SmtpMailer("127.0.0.1", office.smtp, US, tls="starttls", ca=office.ca, table="[direct.main]")
    return channel_of(
        "direct",
        mailer,
        certificate=folder / "us.pem",
        key_file=folder / "us.key",
        recipients=folder / "recipients",
        anchors=folder / "anchors.pem",
    )


@pytest.fixture(scope="module")
def mailbox(office: PostOffice) -> Mailbox:
    return Mailbox("127.0.0.1", "us", "made-up", port=office.imaps, ca=office.ca, table="[direct.main]")


@pytest.fixture(scope="module")
def letter() -> Sending:
    return sending(at=NOW, delivery=str(uuid4()))


@pytest.fixture(scope="module")
def arrived(office: PostOffice, channel: SecureMail, letter: Sending) -> Path:
    """The letter, as it lies in the recipient's mailbox."""
    channel.send(Parcel(letter.delivery, THEM, channel.pack(letter)))
    return office.wait_for("them", 1)[0]


def openssl(*words: str, given: bytes) -> bytes | None:
    done = subprocess.run(["openssl", "cms", *words], input=given, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def read_all(mailbox: Mailbox, by: Reader) -> list[Notice | Unclear]:
    """Everything that is new, and acknowledged."""
    found = []
    with mailbox.opened() as box:
        for mail in box.unseen():
            found.append(by.read(mail.content))
            box.acknowledge(mail)
    return found


def test_openssl_reads_the_letter_and_finds_every_file_whole(arrived: Path, folder: Path) -> None:
    opened = openssl("-decrypt", "-inkey", str(folder / "them.key"), given=arrived.read_bytes())
    assert opened is not None
    whole = openssl("-verify", "-CAfile", str(folder / "anchors.pem"), given=opened)
    assert whole is not None
    package = next(one for one in message_from_bytes(whole).walk() if one.get_content_type() == "application/zip")
    with zipfile.ZipFile(io.BytesIO(package.get_payload(decode=True))) as archive:  # type: ignore[arg-type]
        digests = {hashlib.sha256(archive.read(name)).digest() for name in archive.namelist()}
    assert {hashlib.sha256(PDF).digest(), hashlib.sha256(CCDA).digest()} <= digests


def test_another_key_opens_nothing_and_a_changed_letter_is_noticed(arrived: Path, folder: Path) -> None:
    other = ["-recip", str(folder / "us.pem"), "-inkey", str(folder / "us.key")]
    assert openssl("-decrypt", *other, given=arrived.read_bytes()) is None
    opened = openssl("-decrypt", "-inkey", str(folder / "them.key"), given=arrived.read_bytes())
    assert opened is not None
    changed = opened.replace(b"A report about", b"A rapport about")
    assert changed != opened
    assert openssl("-verify", "-CAfile", str(folder / "anchors.pem"), given=changed) is None


def test_the_mail_system_says_that_it_was_delivered(
    channel: SecureMail, arrived: Path, office: PostOffice, mailbox: Mailbox, letter: Sending
) -> None:
    office.wait_for("us", 1)
    by = channel.reader({letter.delivery: THEM}.get, NOW)
    with mailbox.opened() as box:
        first = [by.read(mail.content) for mail in box.unseen()]
    found = read_all(mailbox, by)
    assert found == first, "what nobody acknowledged comes again"
    assert [(one.delivery, one.fate.state) for one in found if isinstance(one, Notice)] == [
        (letter.delivery, "transmitted")
    ]
    assert read_all(mailbox, by) == [] and len(office.letters("us")) == 1, "seen, and still there"


def test_the_mail_system_says_that_it_took_it_and_could_not_deliver(
    channel: SecureMail, arrived: Path, office: PostOffice, mailbox: Mailbox
) -> None:
    before = len(office.wait_for("us", 1))
    other = sending(to=GONE, at=NOW, delivery=str(uuid4()))
    assert channel.send(Parcel(other.delivery, GONE, channel.pack(other))).remote
    office.wait_for("us", before + 1)
    found = [
        one for one in read_all(mailbox, channel.reader({other.delivery: GONE}.get, NOW)) if isinstance(one, Notice)
    ]
    assert [(one.delivery, one.fate.state, one.fate.address_is_bad) for one in found] == [
        (other.delivery, "failed", True)
    ]


def test_an_address_that_the_mail_system_does_not_know_is_refused_at_once(channel: SecureMail) -> None:
    nobody = "nobody@direct.referrer.example"
    with pytest.raises(SendError, match=r"refused the recipient \(550\)") as told:
        channel.send(Parcel(str(uuid4()), nobody, b"Subject: x\r\n\r\nx\r\n"))
    assert told.value.final


@pytest.fixture(scope="module")
def agent(arrived: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[str]]]:
    """The Direct Project's agent, on the recipient's side: what it made of the letter, and of two that are wrong."""
    home = tmp_path_factory.mktemp("agent")
    whole = arrived.read_bytes()
    (home / "letter.eml").write_bytes(whole)
    head, _, _ = whole.partition(b"Content-Type: ")
    theirs = x509.load_pem_x509_certificate((folder / "recipients" / f"{THEM}.pem").read_bytes())
    opened = openssl("-decrypt", "-inkey", str(folder / "them.key"), given=whole) or b""
    changed = opened.replace(b"A report about", b"A rapport about")
    (home / "signed-only.eml").write_bytes(head + opened)
    (home / "tampered.eml").write_bytes(head + enveloped(changed, [theirs]))
    own = pkcs12.serialize_key_and_certificates(b"them", key(THEM), theirs, None, BestAvailableEncryption(b"made-up"))
    (home / "them.p12").write_bytes(own)
    write_pem(home / "us.pem", x509.load_pem_x509_certificate((folder / "us.pem").read_bytes()))
    write_pem(home / "anchor.pem", authority().certificate)
    write_pem(home / "foreign.pem", authority("a stranger").certificate)
    return home, read_by_direct(home, DOMAIN)


def test_the_agent_of_the_direct_project_takes_the_letter_and_no_other(agent: tuple[Path, list[list[str]]]) -> None:
    home, told = agent
    by_name = {line[0]: line[1:] for line in told}
    print(by_name)
    assert by_name["letter.eml"][:2] == ["taken", "1"] and by_name["letter.eml"][2].startswith("Success")
    assert {name for name, (said, *_) in by_name.items() if said == "taken"} == {"letter.eml"}
    assert set(by_name) >= {"letter.eml by a stranger", "signed-only.eml", "tampered.eml"}
    with zipfile.ZipFile(home / "letter.eml-parts" / "xdm.zip") as archive:
        assert archive.read("IHE_XDM/SUBSET01/DOC00001.XML") == CCDA
        assert archive.read("IHE_XDM/SUBSET01/DOC00002.PDF") == PDF


def test_the_package_is_read_by_the_direct_projects_own_reader(tmp_path: Path, letter: Sending) -> None:
    """It looks for METADATA.xml, in other letters than the profile writes it, so that it is given such a copy."""
    made = package(letter, letter.enclosures, SENDER, RECIPIENT)
    with zipfile.ZipFile(io.BytesIO(made.content)) as ours, zipfile.ZipFile(tmp_path / "x.zip", "w") as theirs:
        for name in ours.namelist():
            theirs.writestr(name.replace("METADATA.XML", "METADATA.xml"), ours.read(name))
    whole, *documents = read_xdm(tmp_path / "x.zip")
    assert whole[1] == "Consult note" and whole[3:] == ["11488-4", f"||^^Internet^{THEM}", f"^^Internet^{US}"]
    said = [[one[1], one[2], one[3], *one[6:]] for one in documents]
    assert said == [
        ["DOC00001.XML", "application/xml", "11488-4", hashlib.sha1(CCDA).hexdigest(), str(len(CCDA))],
        ["DOC00002.PDF", "application/pdf", "11488-4", hashlib.sha1(PDF).hexdigest(), str(len(PDF))],
    ]


def test_the_agents_answers_are_read_for_what_they_say(
    channel: SecureMail, agent: tuple[Path, list[list[str]]], office: PostOffice, mailbox: Mailbox, letter: Sending
) -> None:
    before = len(office.letters("us"))
    mailer = SmtpMailer("127.0.0.1", office.smtp, THEM, tls="starttls", ca=office.ca)
    kinds = ("processed", "dispatched", "displayed", "failed")
    for kind in kinds:
        content = (agent[0] / f"letter.eml-{kind}").read_bytes()
        assert b"pkcs7-mime" in content and b"Original-Message" not in content, "encrypted"
        mailer.send(FrozenMail(f"<{kind}@{DOMAIN}>", (US,), content))
    office.wait_for("us", before + len(kinds))
    found = read_all(mailbox, channel.reader({letter.delivery: THEM}.get, NOW))
    states = sorted(one.fate.state for one in found if isinstance(one, Notice) and one.delivery == letter.delivery)
    assert states == ["failed", "received", "received", "transmitted"]


def receipt(
    delivery: str, signer: Signer | None, *, changed: bool = False, to: x509.Certificate | None = None
) -> bytes:
    """A receipt as if by the recipient, signed by somebody."""
    head, _, body = mails.mdn("x; displayed", original=f"<{delivery}@direct.practice.example>").partition(
        b"Content-Type: "
    )
    inside = b"Content-Type: " + body
    if signer is not None:
        inside = signed(inside, signer)
    if changed:
        inside = inside.replace(b"displayed", b"processed", 1)
    return head + (enveloped(inside, [to]) if to is not None else inside)


def test_only_the_recipients_own_signature_makes_a_receipt(channel: SecureMail, folder: Path) -> None:
    delivery = str(uuid4())
    by = channel.reader({delivery: THEM}.get, NOW)
    us = x509.load_pem_x509_certificate((folder / "us.pem").read_bytes())
    theirs, domains = Signer(issued(THEM), (), key(THEM)), Signer(issued(DOMAIN), (), key(DOMAIN))
    for taken in (receipt(delivery, theirs, to=us), receipt(delivery, theirs), receipt(delivery, domains, to=us)):
        found = by.read(taken)
        assert isinstance(found, Notice) and found.fate.state == "received", found
    later = channel.reader({delivery: THEM}.get, NOW + timedelta(days=40)).read(receipt(delivery, theirs))
    assert isinstance(later, Unclear), "whoever reads it when the certificate is over"
    eve = "eve@direct.eve.example"
    expired = authority().issued(THEM, since=NOW - timedelta(days=9), until=NOW - timedelta(days=1))
    for forged, words in (
        (receipt(delivery, None, to=us), "nobody signed"),
        (receipt(delivery, Signer(issued(eve), (), key(eve)), to=us), "somebody else than the recipient signed"),
        (receipt(delivery, Signer(issued(THEM, by="a stranger"), (), key(THEM))), "signature is not good"),
        (receipt(delivery, Signer(expired, (), key(THEM))), "signature is not good"),
        (receipt(delivery, theirs, changed=True), "signature is not good"),
        (receipt(delivery, theirs, changed=True, to=us), "signature is not good"),
        (receipt(delivery, theirs, to=issued(eve)), "our key does not open it"),
    ):
        found = by.read(forged)
        assert isinstance(found, Unclear) and words in found.words, found


def test_a_mailbox_that_cannot_be_read_says_why(mailbox: Mailbox, office: PostOffice) -> None:
    for broken, words in (
        (replace(mailbox, password="wrong"), r"refuses user and password: see \[direct.main\]"),
        (replace(mailbox, ca=None), r"a certificate that is not trusted: see ca in \[direct.main\]"),
        (replace(mailbox, folder="Nowhere"), "has no folder"),
        (replace(mailbox, port=9), "cannot be reached"),
    ):
        with pytest.raises(SendError, match=words) as told, broken.opened():
            raise AssertionError("it was opened")
        assert told.value.at_server and not told.value.final and "wrong" not in str(told.value)


def test_of_a_mail_larger_than_any_report_the_beginning_is_read(
    channel: SecureMail, mailbox: Mailbox, office: PostOffice
) -> None:
    delivery = str(uuid4())
    before = len(office.letters("us"))
    mailer = SmtpMailer("127.0.0.1", office.smtp, THEM, tls="starttls", ca=office.ca)
    large = mails.dsn(envelope=delivery, quoted=None) + (b"x" * 70 + b"\r\n") * (MOST_BYTES // 70)
    mailer.send(FrozenMail("<large@x.example>", (US,), large))
    office.wait_for("us", before + 1)
    found = read_all(mailbox, channel.reader({delivery: THEM}.get, NOW))
    assert [one.fate.state for one in found if isinstance(one, Notice)] == ["transmitted"]
