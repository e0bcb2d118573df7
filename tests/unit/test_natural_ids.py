"""The same thing gets the same id on every run and machine, made as everybody makes a UUIDv5."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from loopclose.store.base import NAMESPACE, natural_id

PART = st.none() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(st.lists(PART, min_size=1, max_size=6))
def test_a_natural_id_is_the_uuid5_of_its_parts(parts: list[str | int | None]) -> None:
    name = "\x1f".join("" if part is None else str(part) for part in parts)
    assert natural_id(*parts) == str(uuid.uuid5(NAMESPACE, name))
