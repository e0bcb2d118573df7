"""What a referrer's system that speaks 360X is told, read by somebody else's parser."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.parser import parse_message
from lxml import etree

from loopclose.outbound.channels.channel import Enclosure
from loopclose.outbound.channels.secure_mail.closed_loop import (
    FORMAT_CODES,
    MESSAGES,
    Numbered,
    Referral,
    Subject,
    about_referral,
    no_show,
)
from loopclose.outbound.channels.secure_mail.xdm import package
from tests.unit.secure_mail.made import AT, RECIPIENT, SENDER, sending

SUBJECT = Subject(Numbered("T7190334", "1.2.3.5"), "O|Neil & Sons^Quux", "Zenobia", date(1958, 8, 17), "F")
REFERRAL = Referral(Numbered("889342", "1.2.3.4"), SUBJECT, "1.2.3.6", "1.2.3.7")
SOON = datetime(2026, 12, 18, 23, 59, 59, tzinfo=UTC)


def missed(**more: object) -> Enclosure:
    about = {"appointment": Numbered("a1", "1.2.3.6"), "start": SOON, "contact": "Front desk", **more}
    return no_show(REFERRAL, "c5", AT, **about)  # type: ignore[arg-type]


def read(message: Enclosure, *, strict: bool = True) -> Message:
    text = message.content.decode()
    if strict:
        assert parse_message(text, validation_level=VALIDATION_LEVEL.STRICT).validate()
    return parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)


@pytest.mark.parametrize(("about", "control", "status"), [("outcome", "RE", "CM"), ("interim note", "RE", "A")])
def test_a_note_is_announced_as_an_order_message(about: str, control: str, status: str) -> None:
    found = read(about_referral(about, REFERRAL, "c1", AT))  # type: ignore[arg-type]
    assert found.msh.msh_9.value == "OMG^O19^OMG_O19" and found.msh.msh_21.value == "360X"
    assert (found.orc.orc_1.value, found.orc.orc_5.value) == (control, status)
    assert found.orc.orc_2.value == found.obr.obr_2.value == "889342^^1.2.3.4^ISO"
    assert found.pid.pid_3.value == "T7190334^^^&1.2.3.5&ISO^MR" and found.pid.pid_7.value == "19580817"


@pytest.mark.parametrize(("about", "status"), [("accepted", "IP"), ("declined", "CA")])
def test_an_answer_is_a_change_of_status(about: str, status: str) -> None:
    """A message of a later HL7, taken into this one, so that no parser of this one holds it against a table."""
    found = read(about_referral(about, REFERRAL, "c2", AT, expected=SOON, note="No room"), strict=False)  # type: ignore[arg-type]
    assert found.msh.msh_9.value == "OSU^O51^OSU_O51"
    assert (found.orc.orc_1.value, found.orc.orc_5.value) == ("SC", status)
    assert found.tq1.tq1_8.value == "20261218235959+0000" and found.nte.nte_3.value == "No room"


def test_who_did_not_come_is_told_as_a_no_show_of_that_referral() -> None:
    found = read(missed())
    assert found.msh.msh_9.value == "SIU^S26^SIU_S12" and found.sch.sch_25.sch_25_1.value == "Noshow"
    assert found.sch.sch_26.value == "889342^^1.2.3.4^ISO" and found.tq1.tq1_7.value == "20261218235959+0000"


def test_marks_of_hl7_in_words_stay_words() -> None:
    hurt = replace(SUBJECT, given="x\rORC|NW|1", family="\\|^~&")
    found = read(about_referral("outcome", replace(REFERRAL, subject=hurt), "c1", AT))
    assert len([one for one in found.children if one.name == "ORC"]) == 1
    assert found.pid.pid_5.pid_5_1.value == r"\E\\F\\S\\R\\T" + "\\"


def test_the_same_message_has_the_same_bytes() -> None:
    assert missed() == missed()
    assert {about_referral(about, REFERRAL, "c", AT).content for about in MESSAGES} == {
        about_referral(about, REFERRAL, "c", AT).content for about in MESSAGES
    }


def test_it_lies_in_the_package_under_its_own_format() -> None:
    files = (*sending().enclosures, about_referral("outcome", REFERRAL, "c1", AT))
    with zipfile.ZipFile(io.BytesIO(package(sending(), files, SENDER, RECIPIENT).content)) as archive:
        assert archive.read("IHE_XDM/SUBSET01/DOC00003.HL7") == files[2].content
        metadata = etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))
    codes = metadata.xpath("//@nodeRepresentation")
    assert FORMAT_CODES["hl7-omg"] in codes
    assert "x-application/hl7-v2+er7" in metadata.xpath("//@mimeType")
