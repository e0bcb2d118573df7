"""Each vendor whose EHR is known has a page, and its figures are those that Loopclose keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fhir_adapters.vendors import VENDORS, Vendor
from loopclose.sandbox.vendors import VENDORS as PLAYED

DOCS = Path(__file__).parents[3] / "docs"
NO_EHRS = frozenset({"generic", "hapi", "medplum"})
"""Servers that no practice buys as its EHR."""
PLAYED_AS = {"nextgen": "nextgen-enterprise"}
PAGES = sorted(VENDORS.keys() - NO_EHRS)
HEADINGS = ("Registration", "Keys", "Scopes", "What it refuses", "Limits", "Bulk and events", "Instead, and its cost")


def page(name: str) -> str:
    return (DOCS / "vendors" / f"{name}.md").read_text(encoding="utf-8")


def figures(vendor: Vendor) -> dict[str, str]:
    """What the table at the head of a page must say."""
    return {
        "`vendor`": f"`{vendor.name}`",
        "requests a minute": str(vendor.per_minute or "no limit is known"),
        "resources a page, at most": str(vendor.page_cap),
        "page size is asked by": f"`{vendor.count_parameter}`",
        "the total is asked for": "yes" if vendor.asks_total else "no",
        "clinicians in one search of a schedule": str(vendor.together),
        "assertions are signed by": ", ".join(vendor.algorithms) or "not said in public",
    }


def test_every_vendor_has_its_page_and_every_page_its_vendor() -> None:
    assert sorted(path.stem for path in (DOCS / "vendors").glob("*.md")) == PAGES
    assert {PLAYED_AS.get(name, name) for name in PAGES} == set(PLAYED)


@pytest.mark.parametrize("name", PAGES)
def test_the_figures_of_a_page_are_those_of_the_profile(name: str) -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", page(name), re.MULTILINE)
    assert dict(rows) | figures(VENDORS[name]) == dict(rows)


@pytest.mark.parametrize("name", PAGES)
def test_how_visits_are_found_is_what_was_made_by_running_it(name: str) -> None:
    table = (DOCS / "vendors.md").read_text(encoding="utf-8")
    row = next(line for line in table.splitlines() if line.startswith(f"| {PLAYED_AS.get(name, name)} |"))
    (found,) = re.findall(r"\*\*(sync reads by [^*]+)\*\*", page(name))
    assert f"| {found} |" in row


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_where_its_facts_are_from_and_that_nobody_was_asked(name: str) -> None:
    text = page(name)
    assert "**No production EHR of this vendor was reached**" in text
    for heading in HEADINGS:
        assert f"\n## {heading}\n" in text
    assert len(set(re.findall(r"\]\((https://[^)]+)\)", text))) >= 2


def test_the_guide_to_connecting_leads_to_every_page() -> None:
    guide = (DOCS / "connect-an-ehr.md").read_text(encoding="utf-8")
    assert {f"(vendors/{name}.md)" for name in PAGES} <= set(re.findall(r"\(vendors/[a-z-]+\.md\)", guide))


def test_an_algorithm_that_a_vendor_takes_is_one_that_keys_are_made_for() -> None:
    from fhir_adapters.smart.keys import ALGORITHMS

    assert {one for vendor in VENDORS.values() for one in vendor.algorithms} <= set(ALGORITHMS)
