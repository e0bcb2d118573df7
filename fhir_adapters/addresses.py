"""The addresses of searches: what is asked beside their own parameters, and left out again where it is refused."""

from __future__ import annotations

from urllib.parse import urlencode

from fhir_adapters import links
from fhir_adapters.bundle import Page, Search
from fhir_adapters.errors import NotSupported
from fhir_adapters.vendors import Vendor

BESIDE = ("_total", "_count", "_maxresults")
"""What a search is given beside its own parameters."""


class Addresses:
    """Of one server. What it refused once is not asked of it again."""

    def __init__(self, base_url: str, page_size: int) -> None:
        self.base_url, self._page_size = base_url, page_size
        self._refused: set[str] = set()

    def first(self, vendor: Vendor, search: Search, most: int | None = None) -> str:
        """The first page of a search; ``most``: resources a page."""
        beside = []
        if vendor.counts_ids or "_id" not in dict(search.params):
            beside.append((vendor.count_parameter, str(most or min(self._page_size, vendor.page_cap))))
        if vendor.asks_total:
            beside.append(("_total", "accurate"))
        params = [*search.params, *(one for one in beside if one[0] not in self._refused)]
        return f"{self.base_url}/{search.type}?{urlencode(params, safe=',/:')}"

    def asked(self, vendor: Vendor, search: Search) -> int | None:
        """How many resources a page of a search is asked to hold; None where that is not said."""
        is_said = vendor.counts_ids or "_id" not in dict(search.params)
        is_said = is_said and vendor.count_parameter not in self._refused
        return min(self._page_size, vendor.page_cap) if is_said else None

    def by_offset(self, vendor: Vendor, search: Search, page: Page, so_far: int) -> str | None:
        """Some servers give no links though more pages exist: those that count on from an offset are asked so."""
        if page.total is None or so_far >= page.total or not page.entries or vendor.offset_parameter is None:
            return None
        return f"{self.first(vendor, search)}&{vendor.offset_parameter}={so_far}"

    def without_refused(self, search: Search, url: str, problem: NotSupported) -> str | None:
        """The address without what a refusal names of ``BESIDE``; None where it names nothing of the kind."""
        said, own = str(problem), dict(search.params)
        named = next((name for name in BESIDE if name in said and f"{name}=" in url and name not in own), None)
        if named is None:
            return None
        self._refused.add(named)
        return links.without(url, named)
