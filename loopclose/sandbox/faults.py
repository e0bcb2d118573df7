"""Misbehaviour on request: what real servers, proxies and networks do to a client."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from loopclose.sandbox.asked import Asked

WHOLE = ("status", "reset", "truncated", "html", "huge", "announced", "outcome")
"""Kinds that answer in place of the server."""
FORMS: dict[str, tuple[str, ...]] = {
    "odd": ("numeric-id", "no-id", "no-type", "null", "null-resource", "numeric-updated", "unasked"),
    "total": ("string", "outcome", "shrinks", "page", "absent"),
    "next": ("scheme", "port", "inner", "twice", "query", "root", "relative", "first"),
    "partial": ("", "drops"),
    "withheld": ("", "drops"),
    "merged": ("", "redirect"),
    "reset": ("", "mid-body"),
}
"""Which forms (``how``) a kind takes."""
KINDS = (
    *dict.fromkeys((*WHOLE, *FORMS)), "endless", "elsewhere", "short", "unfiltered", "read-only", "first-id", "expired",
    "repeats", "shifts", "bom", "null-link", "null-params", "slow", "dateless", "absolute",
)  # fmt: skip
NO_ZONE = "Wed, 25 Nov 2026 15:00:00"
"""A Retry-After without a zone."""
PAGED = ("next", "expired", "repeats", "shifts")
"""Kinds that need a second page: of a search that they touch a page has one entry, unless ``page`` says otherwise."""


@dataclass
class Fault:
    """One kind of trouble, ``times`` times after the first ``after``, for the requests that all of these fit:

    ``where``: a resource type (that type alone), or else a part of the path with its parameters; ``patient``: the id
    of the patient whom a search or a read is about; ``on``: ``search``, ``read``, ``first`` (page) or ``next`` (a page
    after it). ``page`` is the most entries that a page has, while the fault lasts.

    In place of the answer: ``status`` (``code``, ``retry_after``, ``body``), ``outcome`` (200 with an
    OperationOutcome), ``html``, ``truncated``, ``reset`` (before the answer, or ``mid-body``), ``huge`` (two gigabytes,
    of which nothing is said beforehand), ``announced`` (two gigabytes, as it says).
    Of searches: ``read-only`` (400; reads go on), ``unfiltered``, ``first-id`` (of ``_id=a,b,c`` only a is found),
    ``merged`` (``patient`` is answered as ``into``, in reads as well or by a ``redirect``), ``expired`` (``next`` is
    answered with ``code``, 410 unless told otherwise).
    Of their pages: ``odd`` (an entry more; ``how``), ``total`` (``how``), ``short`` (total says five more than
    there are), ``partial`` (an OperationOutcome says that results are missing) and ``withheld`` (that some are kept
    from us; either may be said where nothing is, and ``drops`` leaves out every other result), ``next`` (``how`` the
    link is written; ``first``: back to the first page), ``elsewhere`` (to another origin), ``endless``, ``null-link``,
    ``repeats`` (a page begins with the last entry of the one before), ``shifts`` (an entry that stood before it is gone
    by now, and the first of the page went with it).
    Of any body: ``bom`` (a byte order mark), ``slow`` (it comes ``seconds`` late, or never where the client hangs up
    before), ``dateless`` (without a Date), ``absolute`` (references with the address of the server); of the
    CapabilityStatement: ``null-params``.
    """

    kind: str
    where: str = ""
    times: int = 1_000_000
    after: int = 0
    code: int = 0
    retry_after: str | None = None
    body: str = "{}"
    content_type: str = "application/json"
    patient: str | None = None
    on: str = ""
    how: str = ""
    page: int | None = None
    into: str = ""
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"the fault {self.kind!r} is not known: {', '.join(KINDS)} are")
        forms = FORMS.get(self.kind, ("",))
        if self.how not in forms:
            raise ValueError(f"how {self.kind!r} goes wrong is one of {', '.join(forms)}, not {self.how!r}")
        self.on = {"expired": "next", "read-only": "search"}.get(self.kind, self.on)
        if self.page is None and (self.kind in PAGED or self.on == "next" or self.how in ("shrinks", "page")):
            self.page = 1
        self.code = self.code or (410 if self.kind == "expired" else 500)
        self.patient = self.patient and self.patient.removeprefix("Patient/")

    def fits(self, asked: Asked) -> bool:
        """Whether this fault is about what is asked, on whatever page."""
        if self.where and self.where != asked.kind and (self.where.isalpha() or self.where not in asked.target):
            return self.where == "metadata" and asked.path.endswith("/metadata")
        if self.patient is not None and self.patient not in asked.patients():
            return False
        return asked.searches if self.on in ("search", "first", "next") else not self.on or asked.fhir_id is not None

    def bites(self, asked: Asked) -> bool:
        """Whether it spoils this very page."""
        return asked.goes_on == (self.on == "next") if self.on in ("first", "next") else True


@dataclass
class Faults:
    """The faults of one server; each request takes at most one."""

    faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, asked: Asked) -> tuple[Fault | None, int | None]:
        """The fault for a request, used up by it; and the most entries that a page of it may have."""
        with self._lock:
            fitting = [fault for fault in self.faults if fault.times > 0 and fault.fits(asked)]
            most = min((fault.page for fault in fitting if fault.page is not None), default=None)
            for fault in fitting:
                if not fault.bites(asked):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault, most
        return None, most
