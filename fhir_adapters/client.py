"""The FHIR client: read, search page by page, many searches side by side."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from urllib.parse import urlencode

from fhir_adapters.ahead import ahead
from fhir_adapters.auth import Auth, NoAuth
from fhir_adapters.bundle import Page, Search, entries_of, read_bundle
from fhir_adapters.capabilities import Capabilities, read_capabilities
from fhir_adapters.errors import FinalError, PagesDoNotAddUp
from fhir_adapters.filters import ignored_filter
from fhir_adapters.vendors import Vendor, detect
from fhir_adapters.wire import Wire

RESTARTS = 3
MOST_PAGES = 100_000
PAGES_AHEAD = 3


class FhirClient:
    """One server. Safe for use by a few threads; close it when done."""

    def __init__(
        self,
        base_url: str,
        auth: Auth | None = None,
        *,
        vendor: Vendor | None = None,
        parallel: int = 4,
        page_size: int = 200,
        timeout: tuple[float, float] = (10, 60),
        max_bytes: int = 64 * 2**20,
        verify: bool | str = True,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._wire = Wire(self.base_url, auth or NoAuth(), timeout, max_bytes, verify, parallel, pause)
        self._vendor = vendor
        self._page_size = page_size
        self.parallel = parallel
        """Requests made side by side; who shares the server with others lowers it."""
        self._capabilities: Capabilities | None = None

    def capabilities(self) -> Capabilities:
        """The server's CapabilityStatement, asked once."""
        if self._capabilities is None:
            self._capabilities = read_capabilities(self._wire.get(f"{self.base_url}/metadata").body)
        return self._capabilities

    @property
    def vendor(self) -> Vendor:
        """The vendor as configured, else as the server names its software."""
        if self._vendor is None:
            self._vendor = detect(self.capabilities().software)
        return self._vendor

    def read(self, kind: str, fhir_id: str) -> bytes:
        """The bytes of one resource; raises ``NotFound`` or ``Gone``."""
        return self._wire.get(f"{self.base_url}/{kind}/{fhir_id}").body

    def search(self, kind: str, params: Sequence[tuple[str, str]]) -> Iterator[Page]:
        """The pages of a search, the next ones fetched while one is used.

        Where the pages do not add up to the total, the search begins again, up to three times, and its pages
        are handed out again: whoever takes them counts a resource once. Raises ``PagesDoNotAddUp`` after that.
        """
        for _ in range(RESTARTS + 1):
            distinct: set[int] = set()
            total: int | None = None
            for page in ahead(self._pages(Search(kind, tuple(params))), PAGES_AHEAD):
                distinct.update(hash(entry.id) for entry in page.entries if entry.type == kind)
                total = page.total if page.total is not None else total
                yield page
            if total is None or len(distinct) >= total:
                return
        raise PagesDoNotAddUp(
            f"The EHR says that a search for {kind} finds {total} and gave {len(distinct)}; try again."
        )

    def search_many(self, searches: Iterable[Search]) -> Iterator[tuple[Search, list[Page]]]:
        """Each search with all its pages, in the order asked; a bounded number runs side by side."""
        waiting: deque[tuple[Search, Future[list[Page]]]] = deque()
        _ = self.vendor  # asked before the threads are, so that it is asked once
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="fhir-many") as pool:
            for search in searches:
                waiting.append((search, pool.submit(self._all, search)))
                if len(waiting) > 4 * self.parallel:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()

    def close(self) -> None:
        """Give back the connections."""
        self._wire.session.close()

    def __enter__(self) -> FhirClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _all(self, search: Search) -> list[Page]:
        first = self._one(search, self._first_url(search))
        page, following = first
        if following is None and (page.total is None or len(page.entries) >= page.total):
            return [page]
        return list(self.search(search.type, search.params))

    def _pages(self, search: Search) -> Iterator[Page]:
        seen_urls: set[str] = set()
        seen_pages: set[int] = set()
        url: str | None = self._first_url(search)
        so_far = 0
        while url is not None:
            if url in seen_urls or len(seen_urls) > MOST_PAGES:
                raise FinalError(f"The EHR's pages of {search.type} never end: it gave the same page twice.")
            seen_urls.add(url)
            page, following = self._one(search, url)
            ids = hash(tuple(entry.id for entry in page.entries))
            if page.entries and ids in seen_pages:
                raise FinalError(f"The EHR's pages of {search.type} never end: it gave the same page twice.")
            seen_pages.add(ids)
            so_far += len(page.entries)
            if page.total is not None and so_far > 2 * page.total + self._page_size:
                raise FinalError(f"The EHR's pages of {search.type} never end: more came than its total says.")
            url = following or self._by_offset(search, page, so_far)
            yield page

    def _one(self, search: Search, url: str) -> tuple[Page, str | None]:
        answer = self._wire.get(url)
        bundle = read_bundle(answer)
        entries, warnings = entries_of(bundle)
        problem = ignored_filter(search.params, [entry for entry in entries if entry.type == search.type])
        if problem:
            raise FinalError(f"The EHR ignored a filter of our search for {search.type} ({problem}).")
        following = next((self._wire.join(link.url) for link in bundle.link if link.relation == "next"), None)
        return Page(tuple(entries), answer.server_time, bundle.total, tuple(warnings)), following

    def _first_url(self, search: Search) -> str:
        params = [*search.params, ("_count", str(min(self._page_size, self.vendor.page_cap)))]
        if self.vendor.asks_total:
            params.append(("_total", "accurate"))
        return f"{self.base_url}/{search.type}?{urlencode(params, safe=',/:')}"

    def _by_offset(self, search: Search, page: Page, so_far: int) -> str | None:
        """Some servers give no links though more pages exist: those that count on from an offset are asked so."""
        if page.total is None or so_far >= page.total or not page.entries or self.vendor.offset_parameter is None:
            return None
        return f"{self._first_url(search)}&{self.vendor.offset_parameter}={so_far}"
