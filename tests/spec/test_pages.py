"""The pages of docs/rules are these tables."""

from __future__ import annotations

import pytest

from tests.spec.render import DOCS, pages


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_says_what_the_tests_run(name: str) -> None:
    path = DOCS / name
    assert path.exists() and path.read_text(encoding="utf-8") == pages()[name], "run: python -m tests.spec.render"
