"""What is got ahead comes in order, errors in their place, and no more of it than was wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fhir_adapters.ahead import ahead


def counting(got: list[int], fails_at: int | None = None) -> Iterator[int]:
    for number in range(100):
        if number == fails_at:
            raise ValueError("no more")
        got.append(number)
        yield number


def test_everything_comes_in_order() -> None:
    assert list(ahead(counting([]), 3)) == list(range(100))


def test_an_error_is_raised_where_it_happened() -> None:
    taken = []
    with pytest.raises(ValueError, match="no more"):
        for number in ahead(counting([], fails_at=5), 3):
            taken.append(number)
    assert taken == [0, 1, 2, 3, 4]


def test_who_stops_early_has_no_more_got() -> None:
    got: list[int] = []
    items = ahead(counting(got), 3)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert len(got) <= 5
