"""UTF-8 that was read as one byte a character is put right where that is certain, and nothing else is touched."""

from __future__ import annotations

import pytest

from loopclose.drafting.words.forms import plain_words, words
from loopclose.drafting.words.mojibake import repaired
from tests.unit.drafting.test_results import said

MEANT = (
    "37.5 °C",
    "patient’s “best” – 5 µg",
    "café, Núñez, Müller",
    "≥ 55 % ± 2",
    "β-blocker",
    "½ tablet…",
    "☐ no ☑ yes",
)


@pytest.mark.parametrize("text", MEANT)
@pytest.mark.parametrize("charset", ["latin-1", "cp1252"])
def test_what_was_misread_is_read_as_it_was_written(text: str, charset: str) -> None:
    try:
        once = text.encode().decode(charset)
    except UnicodeDecodeError:
        once = text.encode().decode("latin-1")
    assert repaired(once) == text == repaired(once.encode().decode("latin-1"))
    assert plain_words(once) == words("text/plain", once.encode()) == plain_words(text)


@pytest.mark.parametrize(
    "text", ["Â", "Âge", "château", "naïve", "São Paulo", "Ã", "â€", "T 37 Â C", "Î", "a â x", "Ï", "Ã—x"]
)
def test_what_may_have_been_meant_stays(text: str) -> None:
    expected = "×x" if text == "Ã—x" else text
    assert repaired(text) == expected


def test_it_is_so_in_results_and_units_too() -> None:
    assert "37.5 °C, patient’s own" in said(valueString="37.5 Â°C, patientâ€™s own")
    assert "37.5 °C" in said(valueQuantity={"value": 37.5, "unit": "Â°C"})
    assert "☑ Pain" in said(valueString="\uf0fe Pain")
