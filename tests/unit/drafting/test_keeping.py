"""Papers as kept bytes: one form, known by its digest."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.keeping import UnreadablePaper, digest, pack, unpack
from loopclose.drafting.paper import Ask, Cell, Conflict, PageOne, Paper, Row, Section, Sentence, Source
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.letters.html import old_page, to_html
from loopclose.letters.text import to_text
from tests.unit.drafting.test_papers import NOTE, material, note

PAPER = Paper(
    "consult-note",
    "Consult note",
    "Hafen",
    "Dr. Søren",
    "Pat Sample",
    "19 Nov 2026",
    (
        Section(
            "plan", "Plan", ((Sentence("1 Tablette täglich.", (Source("Binary/b", "Binary.data", "1"),)),),), "None."
        ),
    ),
)


def test_a_paper_is_kept_as_its_documented_bytes() -> None:
    assert pack(PAPER).decode() == (
        '{"kind":"consult-note","patient":"Pat Sample","practice":"Hafen","schema":1,"sections":[{"code":"plan",'
        '"empty":"None.","items":[[{"sources":[{"path":"Binary.data","resource":"Binary/b","text":"1"}],'
        '"text":"1 Tablette täglich."}]],"title":"Plan"}],"seen":"19 Nov 2026","title":"Consult note","to":"Dr. Søren"}'
    )


@pytest.mark.parametrize("write", [consult_note, prescription_sheet])
def test_what_is_rendered_from_kept_bytes_is_what_was_drafted(write: object) -> None:
    drafted = write(material(documents=(note(NOTE),)))  # type: ignore[operator]
    kept = unpack(pack(drafted), digest(pack(drafted)))
    assert kept == drafted and pack(kept) == pack(drafted)
    assert (to_html(kept), to_text(kept)) == (to_html(drafted), to_text(drafted))


def test_bytes_that_were_changed_are_not_shown_as_the_paper() -> None:
    body = pack(PAPER)
    with pytest.raises(UnreadablePaper, match="SHA-256"):
        unpack(body.replace(b"1 Tablette", b"9 Tablette"), digest(body))


def test_a_form_of_a_later_release_is_refused_by_its_number() -> None:
    body = b'{"schema":2,"words":"Other."}'
    with pytest.raises(UnreadablePaper, match="form 2"):
        unpack(body, digest(body))
    with pytest.raises(UnreadablePaper):
        unpack(b"<p>no", digest(b"<p>no"))


def test_every_key_of_the_form_is_documented() -> None:
    told = (Path(__file__).parents[3] / "docs" / "papers.md").read_text(encoding="utf-8")
    for struct in (Paper, PageOne, Ask, Section, Row, Cell, Conflict, Sentence, Source):
        for field in msgspec.structs.fields(struct):
            assert f"| `{field.encode_name}` |" in told, (struct, field.name)
    full = {
        "caution": "Not refreshed.",
        "record_number": "1",
        "sex": "female",
        "conflicts": (),
        "page_one": consult_note(material()).page_one,
        "by_hand": ("Condition/c1",),
        "notice": "42 CFR part 2.",
        "letter": "progress-report",
    }
    careful = msgspec.structs.replace(PAPER, **full)
    assert set(json.loads(pack(careful))) == {field.encode_name for field in msgspec.structs.fields(Paper)}


def test_a_page_of_an_earlier_release_is_shown_as_it_was_and_cannot_run() -> None:
    old = (
        "<title>x</title><h3>Plan</h3><p onclick='a()'>Rest.</p><script>alert(1)</script><a href='javascript:a()'>b</a>"
    )
    shown = old_page(old)
    assert "earlier release" in shown and "<h3>Plan</h3>" in shown and "<p>Rest.</p>" in shown
    assert "script" not in shown and "onclick" not in shown
