"""The FHIR client: read, search page by page, many searches side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TypeVar

from fhir_adapters import links, walk
from fhir_adapters.addresses import Addresses
from fhir_adapters.ahead import ahead, side_by_side
from fhir_adapters.auth import Auth, NoAuth
from fhir_adapters.bundle import Entry, Found, Page, Search, entries_of, read_bundle
from fhir_adapters.capabilities import Capabilities, read_capabilities
from fhir_adapters.errors import (
    IgnoredFilter,
    NotFhir,
    NotFound,
    NotSupported,
    OneRequest,
    PagesDoNotAddUp,
    PartialResults,
    Refused,
    SearchExpired,
    Withheld,
)
from fhir_adapters.filters import ignored_filter
from fhir_adapters.pace import Pace, because
from fhir_adapters.read_one import read_one
from fhir_adapters.vendors import Vendor, detect
from fhir_adapters.wire import Wire

RESTARTS = 3
PAGES_AHEAD = 3
A = TypeVar("A")
B = TypeVar("B")


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
        pace: Pace | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._auth = auth or NoAuth()
        self._wire = Wire(self.base_url, self._auth, timeout, max_bytes, verify, parallel, pause, pace or Pace())
        self._vendor = vendor
        self._keep_pace()
        self.parallel = parallel
        """Requests made side by side; who shares the server with others lowers it."""
        self._warnings: dict[str, None] = {}
        self._capabilities: Capabilities | None = None
        self._answers = False
        self.met_at: datetime | None = None
        """By the server's clock, when it was first asked; ``failures.NO_DATE`` where it does not say."""
        self._addresses = Addresses(self.base_url, page_size)

    @property
    def wire(self) -> Wire:
        """The requests themselves, for what is neither a read nor a search."""
        return self._wire

    def capabilities(self) -> Capabilities:
        """The server's CapabilityStatement, asked once, without the types that it said it will not show us."""
        if self._capabilities is None:
            with because("statement"):
                answer = self._wire.get(f"{self.base_url}/metadata")
            stated, self.met_at = read_capabilities(answer.body), answer.server_time
            types = {kind: params for kind, params in stated.types.items() if kind not in self._auth.not_granted()}
            self._capabilities = replace(stated, types=types)
        return self._capabilities

    @property
    def vendor(self) -> Vendor:
        """The vendor as configured, else whom the server's CapabilityStatement points at."""
        if self._vendor is None:
            self._vendor = detect(self.capabilities().marks)
            self._keep_pace()
        return self._vendor

    def _keep_pace(self) -> None:
        """Ask as often as is configured, else as the vendor bears, as soon as it is known."""
        if self._vendor is not None:
            self.pace.per_minute = self.pace.per_minute or self._vendor.per_minute

    @property
    def warnings(self) -> tuple[str, ...]:
        """What this server does that a person should know of; each said once, in the order met."""
        return (*self._warnings, *self._auth.notes())

    def warn(self, words: str) -> None:
        """Keep a warning about this server."""
        self._warnings.setdefault(words)

    @property
    def pace(self) -> Pace:
        """How often it may be asked, and how often it was."""
        return self._wire.pace

    def read(self, kind: str, fhir_id: str) -> bytes:
        """The bytes that the server gives for one resource; raises ``NotFound``, ``Gone`` or another ``OneRequest``."""
        body = self._wire.get(f"{self.base_url}/{kind}/{fhir_id}").body
        if not body:
            raise NotFound(f"The EHR gave nothing for a {kind}.")
        return body

    def read_entry(self, kind: str, fhir_id: str) -> Entry:
        """One resource; of another id where the server answers for a merged record with its survivor, or sends us on
        to it, as Epic does from one patient to another (error 4107, fhir.epic.com).

        Raises ``NotFound``, ``Gone`` or another ``OneRequest``.
        """
        return read_one(self.read, kind, fhir_id)

    def try_search(self, search: Search) -> Page:
        """The first resource that a search finds, to see whether the server allows it.

        Raises ``OneRequest`` where it does not, and ``IgnoredFilter`` where it answers with something else.
        """
        return self._one(search, self._addresses.first(self.vendor, search, most=1))[0]

    def search(self, kind: str, params: Sequence[tuple[str, str]]) -> Iterator[Page]:
        """The pages of a search, the next ones fetched while one is used.

        Where the pages do not add up to the total, or the server forgot the search, it begins again, up to three
        times, and its pages are handed out again: whoever takes them counts a resource once. Where two walks met the
        same resources, and one by shorter pages too, the total is wrong, not the pages. Raises ``PagesDoNotAddUp`` or
        ``SearchExpired`` after that.
        """
        search = Search(kind, tuple(params))
        expired: SearchExpired | None = None
        before: set[int] | None = None
        for _ in range(RESTARTS + 1):
            met = walk.Walk(kind)
            try:
                for page in ahead(self._pages(search), PAGES_AHEAD):
                    met.add(page)
                    yield page
            except SearchExpired as problem:
                expired = problem
                continue
            if met.adds_up:
                full = met.is_full(self._addresses.asked(self.vendor, search))
                if full and walk.is_cut(met, partial(self._pages, search)):
                    raise PagesDoNotAddUp(f"The EHR gave {met.longest} of {kind}, a full page, and no way to the rest.")
                return
            if met.ids == before and not walk.is_cut(met, partial(self._pages, search)):
                self.warn(f"Its totals of {kind} are not what its pages hold; two readings agreed, and were believed.")
                return
            expired, before = None, met.ids
        raise expired or PagesDoNotAddUp(
            f"The EHR says that a search for {kind} finds {met.total} and gave {len(met.ids)}; try again."
        )

    def search_many(self, searches: Iterable[Search]) -> Iterator[Found]:
        """What became of each search, in the order asked; a bounded number runs side by side.

        Raises what concerns the server; what concerns one search is its ``problem``.
        """
        yield from self.side_by_side(self._all, searches)

    def side_by_side(self, ask: Callable[[A], B], things: Iterable[A]) -> Iterator[B]:
        """The answers to some questions, in the order asked; a bounded number is asked at once."""
        _ = self.vendor  # asked before the threads are, so that it is asked once
        yield from side_by_side(ask, things, self.parallel)

    def close(self) -> None:
        """Give back the connections."""
        self._wire.session.close()

    def __enter__(self) -> FhirClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _all(self, search: Search) -> Found:
        try:
            page, following = self._one(search, self._addresses.first(self.vendor, search))
            met = walk.Walk(search.type)
            met.add(page)
            more = following or self._addresses.by_offset(self.vendor, search, page, len(page.entries))
            whole = more is None and met.adds_up and not met.is_full(self._addresses.asked(self.vendor, search))
            pages = (page,) if whole else tuple(self.search(search.type, search.params))
        except OneRequest as problem:
            return Found(search, (), problem.set_aside())
        left_out = next((page.partial for page in pages if page.partial), None)
        withheld = next((page.withheld for page in pages if page.withheld), None)
        if left_out:
            return Found(search, pages, PartialResults(left_out))
        return Found(search, pages, Withheld(withheld) if withheld else None)

    def _pages(self, search: Search, most: int | None = None) -> Iterator[Page]:
        by_offset = partial(self._addresses.by_offset, self.vendor, search)
        return walk.pages(search, self._addresses.first(self.vendor, search, most), self._one, by_offset)

    def _one(self, search: Search, url: str) -> tuple[Page, str | None]:
        try:
            answer = self._wire.get(url)
            bundle = read_bundle(answer)
        except NotSupported as refusal:
            other = self._addresses.without_refused(search, url, refusal)
            if other is None:
                raise
            return self._one(search, other)
        except NotFhir as answered:  # a firewall's page, say, which minds one number: others were answered
            if not self._answers:
                raise
            raise Refused(str(answered)) from answered
        self._answers = True
        entries, odd, outcomes = entries_of(bundle, search.type)
        problem = ignored_filter(search.params, [entry for entry in entries if entry.type == search.type])
        if problem:
            raise IgnoredFilter(f"The EHR ignored a filter of our search for {search.type} ({problem}).")
        if answer.cleaned:
            self.warn("It sends control characters or halves of characters in texts; they were taken out.")
        page = Page(
            tuple(entries),
            answer.server_time,
            bundle.count,
            tuple(outcome.words for outcome in outcomes if outcome.words),
            tuple(odd),
            next((_left_out(search, outcome.words) for outcome in outcomes if outcome.partial), None),
            next((_left_out(search, outcome.words) for outcome in outcomes if outcome.withheld), None),
            next((outcome.words or "a warning without words" for outcome in outcomes if outcome.warned), None),
            len(bundle.entry or ()),
        )
        return page, links.following(bundle.next, self.base_url, url)


def _left_out(search: Search, words: str) -> str:
    return (
        f"The EHR says that a search for {search.type} did not give everything.{f' It says: {words}' if words else ''}"
    )
