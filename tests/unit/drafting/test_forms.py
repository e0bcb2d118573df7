"""Documents in every form: their words, or a sentence why there are none; never noise and never an empty section."""

from __future__ import annotations

import base64
import contextlib
import gzip
import subprocess
import sys
from typing import Any

import pytest

from fhir_adapters.facts.elements import Attachment
from loopclose.drafting.consult_note import NOT_KNOWN, consult_note
from loopclose.drafting.material import Content
from loopclose.drafting.notes.attachments import read_attachments
from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.words import child
from loopclose.drafting.words.child import Failed, converted
from loopclose.drafting.words.encoding import bytes_of, decoded
from loopclose.drafting.words.forms import Unreadable, plain_words, words
from loopclose.letters.text import to_text
from loopclose.sandbox.dialects.notes import as_pdf, as_rtf
from tests.spec.cast import fact
from tests.unit.drafting.test_papers import material

NOTE = "Assessment:\nStable angina.\nPlan:\nStart bisoprolol 2.5 mg."
CDA = (
    '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody>'
    "<component><section><title>ASSESSMENT</title><text>No <content styleCode='Bold'>MI</content>.<br/>EF &lt;40 %"
    "<table><tbody><tr><td>Sodium</td><td>140</td></tr></tbody></table></text>"
    "<component><section><title>Differential</title><text><list><item>GERD</item></list></text></section></component>"
    "</section></component>"
    "<component><section><title>Plan of Treatment</title><text><paragraph>Stop <content revised='delete'>warfarin"
    "</content>aspirin 5<sup>2</sup></paragraph></text></section></component></structuredBody></component>"
    "</ClinicalDocument>"
)


def said(content_type: str | None, data: bytes) -> dict[str, list[str]]:
    return {one.code: list(one.paragraphs) for one in sections_of(words(content_type, data))}


def inside(kind: str, text: bytes) -> bytes:
    body = base64.b64encode(text).decode()
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><nonXMLBody>'
        f'<text mediaType="{kind}" representation="B64">{body}</text></nonXMLBody></component></ClinicalDocument>'
    ).encode()


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("Text/Plain; charset=UTF-8", NOTE.encode()),
        ("text/markdown", NOTE.encode()),
        (None, NOTE.encode()),
        ("text/plain", b"\xef\xbb\xbf" + NOTE.encode()),
        ("text/plain;charset=utf-16", NOTE.encode("utf-16")),
        ("text/plain", NOTE.encode("utf-16-le")),
        ("application/rtf", as_rtf(NOTE)),
        ("text/plain", as_rtf(NOTE)),
        ("text/plain", f"<p>{NOTE}</p>".replace("\n", "<br>").encode()),
        ("application/pdf", as_pdf(NOTE)),
        ("application/octet-stream", as_pdf(NOTE)),
        ("application/hl7-cda+xml", inside("text/plain", NOTE.encode())),
        ("text/xml", inside("text/rtf", as_rtf(NOTE))),
        ("application/xml", inside("application/pdf", as_pdf(NOTE))),
    ],
)
def test_one_note_in_every_form(content_type: str | None, data: bytes) -> None:
    assert said(content_type, data) == {"assessment": ["Stable angina."], "plan": ["Start bisoprolol 2.5 mg."]}


def test_the_narrative_of_a_c_cda_document() -> None:
    assert said("application/xml", CDA.encode()) == {
        "assessment": ["GERD"],  # the deeper section, under the same code
        "plan": ["Stop aspirin 5²"],
    }
    sections = sections_of(words("application/xml", CDA.encode()))
    assert sections[0].paragraphs == ("No MI.", "EF <40 %", "Sodium: 140")
    assert [one.title for one in sections] == ["ASSESSMENT", "Differential", "Plan of Treatment"]


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (b"120\x9680 \xb5g", "text/plain; charset=windows-1252", "120–80 µg"),
        (b"120\x9680 \xb5g", "text/plain; charset=iso-8859-1", "120–80 µg"),
        (b"37\xb0C", "text/plain", "37°C"),
        (b"37\xb0C", "text/plain; charset=utf-8", "37°C"),
        ("37 °C".encode(), "text/plain; charset=no-such", "37 °C"),
        ("Grün".encode("utf-16-be"), "text/plain; charset=UTF-16BE", "Grün"),
        (b"<meta charset=windows-1251>\xcf\xeb\xe0\xed", "text/html", "<meta charset=windows-1251>План"),
        (gzip.compress(NOTE.encode(), mtime=0), "text/plain", None),
        (b"\x00\x01\x02\x03" * 20, "text/plain", None),
    ],
)
def test_text_is_read_in_its_charset_or_not_at_all(data: bytes, content_type: str, text: str | None) -> None:
    assert decoded(data, content_type) == text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("UGxhbjog+w==", b"Plan: \xfb"),
        ("UGxhbjog-w==", b"Plan: \xfb"),
        ("UGxhbjog-w", b"Plan: \xfb"),
        ("UGxh\r\n  bjog\n+w==\n", b"Plan: \xfb"),
        ("data:text/plain;base64,UGxhbg==", b"Plan"),
        ("data:text/plain,Plan%3A%20rest", b"Plan: rest"),
        ("data:text/plain", None),
        ("Assessment: unstable angina.", None),
        ("Plan stop aspirin", None),
        ("UGxhb", None),
        ("UGxh!bjog", None),
    ],
)
def test_data_is_base64_strictly(data: str, expected: bytes | None) -> None:
    found = bytes_of(data)
    assert (found.data if found else None) == expected


@pytest.mark.parametrize(
    ("content_type", "data", "why"),
    [
        ("text/plain", b" \n\t\n", "is empty"),
        ("text/html", b"<p> </p><img>"[:8], "holds no words that could be read here (HTML, perhaps a scan)"),
        ("application/pdf", as_pdf(""), "holds no words that could be read here (PDF, perhaps a scan)"),
        ("application/pdf", b"%PDF-1.4 broken", "could not be read here (PDF)"),
        ("application/xml", b"<ClinicalDocument>", "could not be read here (XML)"),
        ("application/xml", b"<other/>", "could not be read here (XML)"),
        ("image/tiff", b"II*", "is kept as a scanned image and was not read here"),
        ("text/plain", b"x" * 300_000, "is too long or too intricate"),
        ("text/plain", b"x\n" * 6_000, "is too long or too intricate"),
        ("text/html", b"<b>x" * 5_000, "is too long or too intricate"),
        ("application/xml", b"x" * 2**21, "is too long or too intricate"),
    ],
)
def test_what_gives_no_words_says_why(content_type: str, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=f"^{why.replace('(', '[(]').replace(')', '[)]')}"):
        words(content_type, data)


def test_a_bomb_in_xml_takes_nobody_with_it() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    head = f"<?xml version='1.0'?><!DOCTYPE x [{entities}<!ENTITY f SYSTEM 'file:///etc/hostname'>]>"
    for name in ("a11", "f"):
        bomb = CDA.replace('<?xml version="1.0"?>', head).replace("No <", f"&{name};<")
        with contextlib.suppress(Unreadable):
            assert "lol" not in (found := words("application/xml", bomb.encode())) and len(found) < 300


def test_a_converter_that_hangs_or_dies_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "WAITING", 0.0)
    with pytest.raises(Failed, match="longer"):
        converted("pdf", as_pdf(NOTE))
    limits = (
        "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    script = f"from loopclose.drafting.words import child; child.limit(); {limits}"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert shown == [str(child.MEMORY), str(child.SECONDS)]


def attachment(kind: str | None, data: bytes | None = None, **more: str) -> Attachment:
    return Attachment(content_type=kind, data=base64.b64encode(data).decode() if data is not None else None, **more)


@pytest.mark.parametrize(
    ("attachments", "text"),
    [
        ([attachment("text/plain", b"one"), attachment("text/plain", b"two")], "one\ntwo"),
        ([attachment("text/rtf", as_rtf("x")), attachment("text/html", b"<p>y</p>")], "y"),
        (
            [
                attachment("text/plain", b"two", title="Page 2 of 2"),
                attachment("text/rtf", as_rtf("one"), title="Page 1 of 2"),
            ],
            "one\ntwo",
        ),
        ([attachment("text/html", b"see the scanned document"), attachment("application/pdf", as_pdf("seen"))], "seen"),
        ([attachment("text/plain", b"x"), attachment("text/plain", b"x")], "x"),
        ([attachment("text/html", b"<del>"), attachment("text/plain", b"plain")], "plain"),
    ],
)
def test_pages_are_read_in_order_and_of_renderings_the_best(attachments: list[Attachment], text: str) -> None:
    reading = read_attachments("DiagnosticReport/r", "DiagnosticReport.presentedForm", attachments, {})
    assert ([line.strip() for line in reading.text.split("\n") if line.strip()], reading.why) == (
        text.split("\n"),
        None,
    )


def test_a_stub_beside_a_scan_is_not_the_note() -> None:
    stub = attachment("text/html", b"<p>This document is available as a scanned image.</p>")
    for other, why in (
        (attachment("image/tiff", b"II*"), "is kept as a scanned image and was not read here"),
        (attachment("application/pdf", b"%PDF-1.7 x"), "could not be read here (PDF); see the chart"),
    ):
        reading = read_attachments("DocumentReference/n", "DocumentReference.content.attachment", [stub, other], {})
        assert (reading.text, reading.why) == ("", why)


def test_a_page_that_could_not_be_read_is_named_beside_those_that_could() -> None:
    pages = [attachment("text/plain", b"Assessment: x"), Attachment(content_type="text/plain", url="Binary/b")]
    content: list[dict[str, Any]] = [
        {"attachment": {"contentType": "text/plain", "data": pages[0].data}},
        {"attachment": {"contentType": "text/plain", "url": "Binary/b"}},
    ]
    shown = to_text(consult_note(material(documents=(fact("DocumentReference", "n", content=content),))))
    assert "was read only in part; another part of it is kept at another address" in shown
    assert NOT_KNOWN in shown and "No separate plan" not in shown


def test_words_behind_an_address_are_those_of_its_own_type() -> None:
    one = Attachment(content_type="text/html", url="Binary/b")
    contents = {"Binary/b": Content("Binary/b", "application/pdf", as_pdf("seen"))}
    reading = read_attachments("DiagnosticReport/r", "DiagnosticReport.presentedForm", [one], contents)
    assert reading.text.strip() == "seen" and reading.sources[0].resource == "Binary/b"


@pytest.mark.parametrize(
    ("field", "plain"),
    [
        (
            r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0\fs20 Please exclude \b angina\b0 .\par}",
            "Please exclude angina.",
        ),
        ("<p>EF 55&nbsp;%</p><p>no effusion</p>", "EF 55 %\nno effusion"),
        ("BP <90 and >60", "BP <90 and >60"),
        ("No growth\\.br\\at 24 h", "No growth\nat 24 h"),
        ("{\\rtf1 broken", "{\\rtf1 broken"),
        ("  plain \n words ", "plain\nwords"),
    ],
)
def test_a_field_that_holds_markup_is_read_as_words(field: str, plain: str) -> None:
    assert plain_words(field) == plain
