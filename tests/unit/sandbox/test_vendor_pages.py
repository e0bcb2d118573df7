"""Pages go on in each vendor's own way, are as long as that vendor makes them, and hold everything once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from tests.unit.sandbox.http import Reply, get

MANY = [
    {"resourceType": "Observation", "id": f"x{n:03}", "subject": {"reference": "Patient/p"}, "meta": {"versionId": "1"}}
    for n in range(130)
]


def following(page: Reply) -> str | None:
    """The address of the next page."""
    return next((one["url"] for one in page.json["link"] if one["relation"] == "next"), None)


@pytest.mark.parametrize(
    ("vendor", "asked", "word", "length"),
    [
        ("epic", "_count=40", "_offset", 40),
        ("athena", "_count=40", "cursor", 40),
        ("ecw", "_count=40", "page", 50),
        ("nextgen-enterprise", "_maxresults=40", "_offset", 40),
        ("nextgen-enterprise", "_count=40", "_offset", 50),
        ("meditech", "_count=40", "continue", 40),
        ("nextech", "", "_offset", 10),
        ("nextech", "_count=100", "_offset", 50),
    ],
)
def test_pages_follow_by_the_vendors_word(vendor: str, asked: str, word: str, length: int) -> None:
    with SandboxServer(Store(MANY), vendor=vendor, strict=True) as server:
        page = get(server, f"Observation?patient=p&{asked}")
        assert len(page.ids) == length
        seen, pages = [*page.ids], 1
        while (at := following(page)) is not None:
            assert word in parse_qs(urlsplit(at).query)
            page = get(server, at)
            seen, pages = [*seen, *page.ids], pages + 1
    assert seen == [one["id"] for one in MANY]
    assert pages == -(-len(MANY) // length)


def test_a_page_of_ecw_is_a_number() -> None:
    with SandboxServer(Store(MANY), vendor="ecw", strict=True) as server:
        assert get(server, "Observation?patient=p&page=1").ids[0] == "x000"
        assert get(server, "Observation?patient=p&page=3").ids[0] == "x100"
        assert get(server, "Observation?patient=p&page=4").ids == []


@pytest.mark.parametrize(
    ("vendor", "place"), [("athena", "cursor=20"), ("meditech", "continue=x"), ("ecw", "page=0"), ("ecw", "page=next")]
)
def test_a_place_that_was_never_given_is_refused(vendor: str, place: str) -> None:
    with SandboxServer(Store(MANY), vendor=vendor, strict=True) as server:
        assert get(server, f"Observation?patient=p&{place}").status == 400


def test_another_vendors_word_is_refused() -> None:
    with SandboxServer(Store(MANY), vendor="athena", strict=True) as server:
        assert "not searched by page" in get(server, "Observation?patient=p&page=2").said
