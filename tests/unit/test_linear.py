"""Whatever reads outside text takes time in proportion to its length: a second of it would hold every screen.

Patterns are found by reading our code, so that a new one is met too; they are fed in a process of their own, which is
ended when one does not come back.
"""

from __future__ import annotations

import base64
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fhir_adapters.cleaning import clean, shallow
from fhir_adapters.facts.references import OwnServer
from fhir_adapters.outcome import read_outcome
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.drafting.words.encoding import decoded
from loopclose.drafting.words.forms import Unreadable, plain_words, words
from loopclose.flows.arrivals import patient_in
from loopclose.flows.judging.held import held_of
from loopclose.letters.text import to_text
from tests.linear.measure import slow_at
from tests.linear.patterns import Pattern, found
from tests.linear.run import offences
from tests.spec.cast import BOSTON, fact
from tests.unit.drafting.test_papers import material

LONGEST_SECONDS = 200
"""Of a processor; it needs some 20."""
ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    " ",
    "\n",
    "#",
    "* ",
    ": ",
    "Plan:",
    "<",
    "<br",
    "<br ",
    "</td ",
    "<b>",
    "<a><table>",
    "<div>",
    "&",
    "&a",
    "&#9",
    "é",
)
OF_JSON = ('"', '\\"', "{", '{"a":', "[", '"reference":"', '"reference":"Patient/', "\\ud800", "password ", " ")


def test_every_pattern_of_ours_takes_linear_time() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_SECONDS, LONGEST_SECONDS))

    run = subprocess.run(
        [sys.executable, "-m", "tests.linear.run"],
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limit, timeout=LONGEST_SECONDS * 6,
    )  # fmt: skip
    last = run.stderr.splitlines()[-1:]
    assert run.returncode == 0, f"it did not come back from: {last}"
    *told, done = run.stdout.splitlines()
    assert told == [] and done.startswith("done ") and int(done.split()[1]) >= 40


def test_every_place_that_names_a_pattern_is_met() -> None:
    everything = found()
    assert everything.unknown == []
    written = sum(
        len(re.findall(r"\bre\.(?:compile|match|fullmatch|search|subn?|split|findall|finditer)\(", path.read_text()))
        for part in ("loopclose", "fhir_adapters")
        for path in (ROOT / part).rglob("*.py")
    )
    assert len({one.where for one in everything.patterns}) >= written * 0.8
    for path in (file for part in ("loopclose", "fhir_adapters") for file in (ROOT / part).rglob("*.py")):
        assert not re.search(r"^\s*(from re import|import re as|import regex|from regex)", path.read_text(), re.M), path


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        (r"^[#*\s]*([A-Za-z/&\- ]{2,40}?)\s*[*]*\s*(?::\s*[*]*(.*)|$)", "match"),
        (r"(bearer|token)\S*\s*[:=]?\s*\S+", "search"),
        (r"<(br|/p)\b[^>]*>", "sub"),
        (r'"(?:[^"\\]|\\.)*"|[{}]', "finditer"),
        (r"\s+$", "search"),
        (rb"x*y", "findall"),
    ],
)
def test_patterns_that_are_not_linear_are_found(pattern: str | bytes, way: str) -> None:
    assert offences(Pattern("here:1", re.compile(pattern), frozenset({way})))


def as_note(content_type: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return sections_of(words(content_type, text.encode()))
        except Unreadable:
            return None

    return read


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "do",
    [sections_of, plain_words, *map(as_note, ("text/plain", "text/html", "text/rtf"))],
    ids=["sections", "field", "text", "html", "rtf"],
)
def test_what_makes_words_of_a_note_takes_linear_time(do: Callable[[str], object], part: str) -> None:
    assert slow_at(do, lambda size: part * (size // len(part)), 2**16) is None


@pytest.mark.parametrize("part", [*PARTS, "x", "{", "\\par ", "<p>x</p>", "<td>", "S: ", "No evidence of:\n", "#1 a\n"])
def test_a_visit_is_drafted_in_linear_time(part: str) -> None:
    assert slow_at(drafted, lambda size: part * (size // len(part)), 2**16, generous=6.0) is None


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "text/rtf"])
def test_a_note_of_a_megabyte_is_read_or_refused(content_type: str) -> None:
    assert slow_at(as_note(content_type), lambda size: "Plan: x <br\n" * (size // 12)) is None


def drafted(text: str) -> object:
    """Both papers of a visit whose note, question and instruction are that text."""
    attachment = {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}
    made = material(
        documents=(fact("DocumentReference", "n", content=[{"attachment": attachment}]),),
        question=fact("ServiceRequest", "s", status="active", intent="order", patientInstruction=text, code={}),
        medications=(fact("MedicationRequest", "m", status="active", intent="order",
                          dosageInstruction=[{"text": text, "timing": {"code": {"text": text}}}]),),
    )  # fmt: skip
    return to_text(consult_note(made)), to_text(prescription_sheet(made))


def own(raw: bytes) -> object:
    return OwnServer("https://ehr.example/fhir").plain(b'"/' + raw)


def held(raw: bytes) -> object:
    return held_of(raw, BOSTON)


def charset(raw: bytes) -> object:
    return decoded(b"", raw.decode())


@pytest.mark.parametrize("part", OF_JSON)
@pytest.mark.parametrize(
    "do", [clean, shallow, own, held, patient_in, read_outcome, charset], ids=lambda do: do.__name__
)
def test_what_looks_into_bytes_takes_linear_time(do: Callable[[bytes], object], part: str) -> None:
    assert slow_at(do, lambda size: (part * (size // len(part))).encode(), 2**17) is None
