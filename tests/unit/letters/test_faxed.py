"""Signs that a fax spoils."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopclose.letters.faxed import plain


@pytest.mark.parametrize(
    ("text", "put"),
    [
        ("BP ≥ 140/90 or ≤ 90", "BP >= 140/90 or <= 90"),
        ("20 µg, 5 μg/kg, 3 µmol/L", "20 mcg, 5 mcg/kg, 3 mcmol/L"),
        ("1½ tablets, ½ tablet, 2¼", "1 1/2 tablets, 1/2 tablet, 2 1/4"),
        ("T½ 7 h ± 2", "T1/2 7 h +/- 2"),
        ("7.9 % → treat", "7.9 % -> treat"),
        ("Señor Müller", "Señor Müller"),
        ("5 mg", "5 mg"),
    ],
)
def test_a_sign_is_spelt_as_what_it_is(text: str, put: str) -> None:
    assert plain(text) == put


@given(st.text(st.characters(max_codepoint=0x2FF, exclude_characters="µ¼½¾±×")))
def test_everything_else_stays(text: str) -> None:
    assert plain(text) == text
