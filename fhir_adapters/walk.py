"""Walking the pages of a search, and whether a walk met everything that the server says it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fhir_adapters.bundle import Page, Search
from fhir_adapters.errors import Gone, NotFound, NotSupported, Refused, SearchExpired

MOST_PAGES = 100_000
MOST_EMPTY = 100
"""Pages without anything in a row that are borne: some servers filter after they page."""


@dataclass
class Walk:
    """What one walk through the pages of a search met. Only digests of ids are kept: pages may be many."""

    kind: str
    ids: set[int] = field(default_factory=set)
    beside: int = 0
    """The most that one page held beside what was searched for: warnings, and what the server included."""
    longest: int = 0
    """The most that one page held of what was searched for."""
    pages: int = 0
    total: int | None = None
    """The greatest total told: some servers count down from page to page."""

    def add(self, page: Page) -> None:
        """Note one page."""
        found = [hash(entry.id) for entry in (*page.entries, *page.odd) if entry.type == self.kind]
        self.ids.update(found)
        self.pages += 1
        self.longest = max(self.longest, len(found))
        self.beside = max(self.beside, page.size - len(found))
        if page.total is not None:
            self.total = max(page.total, self.total or 0)

    @property
    def adds_up(self) -> bool:
        """Whether as many came as the server says, who may count what it gave beside them."""
        return self.total is None or len(self.ids) + self.beside >= self.total

    def is_full(self, asked: int | None) -> bool:
        """Whether it is one page of just as many as were ``asked`` for, of no total and with no way on: it may be all,
        or the first page of a server that gives no links."""
        return self.total is None and self.pages == 1 and self.longest == asked


def is_cut(met: Walk, again: Callable[[int], Iterator[Page]]) -> bool:
    """Whether there is more though no link leads there, as on servers that give none: then shorter pages hold less.

    ``again`` walks by pages of that length at most.
    """
    if met.longest < 2:
        return False
    shorter = Walk(met.kind)
    for page in again(met.longest // 2):
        shorter.add(page)
    return shorter.ids != met.ids


Fetch = Callable[[Search, str], tuple[Page, str | None]]
"""Gets one page: the page, and the address of the next."""


def pages(search: Search, first: str, fetch: Fetch, by_offset: Callable[[Page, int], str | None]) -> Iterator[Page]:
    """The pages of one walk; ``next`` links decide where it ends.

    Raises ``Refused`` where it never ends, ``SearchExpired`` where the server forgot the search on the way.
    """
    never = Refused(f"The EHR's pages of {search.type} never end: it gave the same page twice.")
    urls: set[str] = set()
    seen: set[int] = set()
    url: str | None = first
    so_far = empty = 0
    while url is not None:
        if url in urls or len(urls) > MOST_PAGES:
            raise never
        urls.add(url)
        try:
            page, following = fetch(search, url)
        except (Gone, NotFound, NotSupported) as problem:  # 400: its token means nothing to it any more
            if url == first:
                raise
            raise SearchExpired(
                f"The EHR forgot a search for {search.type} before its last page; try again."
            ) from problem
        ids = hash(tuple(entry.id for entry in page.entries))
        empty = 0 if page.entries else empty + 1
        if (page.entries and ids in seen) or empty > MOST_EMPTY:
            raise never
        seen.add(ids)
        so_far += len(page.entries)
        url = following or by_offset(page, so_far)
        yield page
