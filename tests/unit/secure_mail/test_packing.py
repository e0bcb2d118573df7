"""What leaves: nothing of the patient in the clear, the files whole, and the parts as S/MIME, XDM and Direct ask."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs7
from lxml import etree

from loopclose.outbound.channels.channel import Enclosure, Sending
from loopclose.outbound.channels.secure_mail.message import entity
from loopclose.outbound.channels.secure_mail.xdm import STAMP, package
from loopclose.outbound.mail import SendError
from tests.unit.secure_mail.made import (
    AT,
    CCDA,
    DELIVERY,
    PDF,
    RECIPIENT,
    SENDER,
    THEM,
    US,
    authority,
    channel,
    key,
    sending,
    write_pem,
)

RIM = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}


AES_256_CBC, SHA_256 = bytes.fromhex("060960864801650304012a"), bytes.fromhex("0609608648016503040201")
"""Object identifiers, as DER writes them."""
THEIRS = authority().issued(THEM)


def packed_for_them(folder: Path, name: str = "direct", letter: Sending | None = None) -> bytes:
    made = channel(folder, name=name)
    write_pem(folder / "recipients" / f"{THEM}.pem", THEIRS)
    return made.pack(letter or sending())


def opened(packed: bytes) -> bytes:
    """What the recipient's key opens."""
    content = message_from_bytes(packed).get_payload(decode=True)
    return pkcs7.pkcs7_decrypt_der(content, THEIRS, key(THEM), [])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return packed_for_them(tmp_path_factory.mktemp("direct"))


def parts(entity: bytes) -> list[Message]:
    return [one for one in message_from_bytes(entity).walk() if not one.is_multipart()]


def test_what_can_be_read_on_the_way_says_nothing_of_the_patient(packed: bytes) -> None:
    head, _, body = packed.partition(b"\r\n\r\n")
    assert re.fullmatch(rb"(?:[A-Za-z0-9+/=]{1,76}\r\n)+", body), "encrypted from the first byte"
    known = {"From", "To", "Subject", "Date", "Message-ID", "Disposition-Notification-To", "MIME-Version"}
    mail = message_from_bytes(packed)
    assert {name for name in mail if not name.startswith("Content-")} == known | {"Disposition-Notification-Options"}
    assert mail["Subject"] == "Report on a referral" and mail["Message-ID"] == f"<{DELIVERY}@direct.practice.example>"
    assert mail["Disposition-Notification-Options"] == "X-DIRECT-FINAL-DESTINATION-DELIVERY=optional,true"
    assert mail["From"] == mail["Disposition-Notification-To"] == f"<{US}>" and mail["To"] == f"<{THEM}>"
    assert mail["Date"] == "Mon, 30 Nov 2026 15:00:00 +0000" and mail.get_filename() == "smime.p7m"
    assert not re.search(rb"zenobia|quux|heart|consult", head, re.I) and b"\n" not in packed.replace(b"\r\n", b"")


def test_the_algorithms_are_those_that_direct_asks_for(packed: bytes) -> None:
    assert AES_256_CBC in message_from_bytes(packed).get_payload(decode=True)  # type: ignore[operator]
    assert SHA_256 in parts(opened(packed))[2].get_payload(decode=True)  # type: ignore[operator]


def test_inside_is_a_detached_signature_over_an_xdm_package(packed: bytes) -> None:
    inside = opened(packed)
    assert b"\n" not in inside.replace(b"\r\n", b"") and max(map(len, inside.split(b"\r\n"))) <= 998
    signed = message_from_bytes(inside)
    assert signed.get_content_type() == "multipart/signed" and signed.get_param("micalg") == "sha-256"
    assert [one.get_content_type() for one in parts(inside)] == [
        "text/plain",
        "application/zip",
        "application/pkcs7-signature",
    ]
    assert [one.get_filename() for one in parts(inside)] == [None, "xdm.zip", "smime.p7s"]
    signature = pkcs7.load_der_pkcs7_certificates(parts(inside)[2].get_payload(decode=True))  # type: ignore[arg-type]
    assert [one.public_key() for one in signature] == [key(US).public_key()]
    with zipfile.ZipFile(io.BytesIO(parts(inside)[1].get_payload(decode=True))) as archive:  # type: ignore[arg-type]
        assert archive.read("IHE_XDM/SUBSET01/DOC00001.XML") == CCDA
        assert archive.read("IHE_XDM/SUBSET01/DOC00002.PDF") == PDF


def test_an_ordinary_mail_program_finds_the_files_themselves(tmp_path: Path) -> None:
    packed = packed_for_them(tmp_path, "mail")
    found = parts(opened(packed))
    assert [(one.get_filename(), one.get_payload(decode=True)) for one in found[1:3]] == [
        ("letter.xml", CCDA),
        ("letter.pdf", PDF),
    ]
    assert "Disposition-Notification-Options" not in message_from_bytes(packed)


def test_what_is_signed_and_the_package_are_the_same_each_time() -> None:
    files = sending().enclosures
    first, later = package(sending(), files, SENDER, RECIPIENT), package(sending(), files, SENDER, RECIPIENT)
    assert first == later and entity(sending(), [first]) == entity(sending(), [later])


def test_the_package_is_laid_out_as_xdm_asks() -> None:
    made = package(sending(), sending().enclosures, SENDER, RECIPIENT)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert archive.testzip() is None and {one.date_time for one in archive.infolist()} == {STAMP}
        assert archive.namelist() == [
            "README.TXT",
            "INDEX.HTM",
            "IHE_XDM/SUBSET01/METADATA.XML",
            "IHE_XDM/SUBSET01/DOC00001.XML",
            "IHE_XDM/SUBSET01/DOC00002.PDF",
        ]
        index, metadata = archive.read("INDEX.HTM"), etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))
        links = etree.fromstring(index).xpath("//@href")
        assert [one for one in links if one not in archive.namelist()] == []
        for entry in metadata.findall(".//r:ExtrinsicObject", RIM):
            slots = {one.get("name"): one.findtext(".//r:Value", None, RIM) for one in entry.findall("r:Slot", RIM)}
            content = archive.read(f"IHE_XDM/SUBSET01/{slots['URI']}")
            assert slots["size"] == str(len(content)) and slots["hash"] == hashlib.sha1(content).hexdigest()
            assert slots["creationTime"] == "20261130140000"


def test_the_metadata_holds_together_and_names_no_patient() -> None:
    made = package(sending(), sending().enclosures, SENDER, RECIPIENT)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        text = archive.read("IHE_XDM/SUBSET01/METADATA.XML")
    metadata = etree.fromstring(text)
    ids = metadata.xpath("//@id")
    assert len(ids) == len({*ids}) and b"zenobia" not in text.lower()
    pointed = metadata.xpath("//@classifiedObject | //@registryObject | //@sourceObject | //@targetObject")
    assert {*pointed} <= {*ids}
    assert metadata.xpath("//r:Association/@targetObject", namespaces=RIM) == ["Document01", "Document02"]
    types = metadata.xpath("//r:ExtrinsicObject/@mimeType", namespaces=RIM)
    assert types == ["application/xml", "application/pdf"]
    unique = metadata.xpath("//r:ExternalIdentifier/@value", namespaces=RIM)
    assert len(unique) == len({*unique}) == 4 and all(re.fullmatch(r"2\.25\.\d+(\.\d+)?", one) for one in unique)
    assert all(len(one) <= 64 for one in unique), "OIDs of XDS are that long at most"


def test_a_title_that_is_markup_stays_a_title() -> None:
    odd = sending()
    odd = replace(odd, about=replace(odd.about, title='<script>x</script> & "\x01'))
    with zipfile.ZipFile(io.BytesIO(package(odd, odd.enclosures, SENDER, RECIPIENT).content)) as archive:
        assert b"<script>" not in archive.read("INDEX.HTM")
        assert etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML")) is not None


def test_every_paper_of_the_letter_goes_and_no_other_form(tmp_path: Path) -> None:
    letter = sending(forms=("fax", "pdf"))
    sheet = Enclosure("pdf", "sheet.pdf", "application/pdf", b"%PDF sheet")
    letter = replace(letter, enclosures=(*letter.enclosures, sheet))
    found = parts(opened(packed_for_them(tmp_path, "mail", letter)))
    assert [one.get_filename() for one in found[1:-1]] == ["letter.pdf", "sheet.pdf"]


def test_what_cannot_go_by_mail_is_final_and_what_is_our_fault_is_not(tmp_path: Path) -> None:
    made = channel(tmp_path)
    for letter, words in (
        (sending(forms=("fax",)), "neither a PDF nor a C-CDA"),
        (sending(to="nobody"), "a name, an @ and a domain"),
        (sending(to="x@elsewhere.example"), "No certificate"),
        (sending(at=AT + timedelta(days=61)), "expired"),
    ):
        with pytest.raises(SendError, match=words) as told:
            made.pack(letter)
        assert told.value.final and not told.value.at_server
    (tmp_path / "us.key").unlink()
    with pytest.raises(SendError, match="Our own certificate: The key cannot be read") as told:
        made.pack(sending())
    assert told.value.at_server and not told.value.final


def test_nobody_elses_key_opens_it(packed: bytes) -> None:
    stranger = authority().issued("eve@direct.eve.example")
    content = message_from_bytes(packed).get_payload(decode=True)
    with pytest.raises(ValueError):
        pkcs7.pkcs7_decrypt_der(content, stranger, key("eve@direct.eve.example"), [])  # type: ignore[arg-type]
