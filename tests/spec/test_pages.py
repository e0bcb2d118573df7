"""The pages of docs are these tables, and what they point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loopclose import errors
from tests.spec.render import DOCS, pages


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_says_what_the_tests_run(name: str) -> None:
    path = DOCS / name
    assert path.exists() and path.read_text(encoding="utf-8") == pages()[name], "run: python -m tests.spec.render"


ROOT = DOCS.parent
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize(
    "page", sorted(str(path.relative_to(ROOT)) for path in [ROOT / "README.md", *DOCS.rglob("*.md")])
)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    path = ROOT / page
    missing = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not Path(path.parent, link).exists()]
    assert not missing


def test_every_exit_code_is_explained() -> None:
    codes = {errors.DONE, errors.USAGE, *errors.WORST_FIRST}
    (line,) = re.findall(r"\*\*Exit codes\*\*:(.*?)\n- ", (DOCS / "operate.md").read_text(encoding="utf-8"), re.DOTALL)
    assert {int(code) for code in re.findall(r"(?:^|· )\s*(\d)", line)} == codes
