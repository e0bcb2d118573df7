"""What each vendor's server does differently, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vendor:
    """Quirks of one kind of server."""

    name: str
    offset_parameter: str | None = None
    """Parameter by which pages go on where the Bundle has no ``next`` link."""
    asks_total: bool = True
    """Whether ``_total=accurate`` is understood."""
    page_cap: int = 1000
    """Most resources a page; more is cut silently."""
    counts_ids: bool = True
    """Whether ``_count`` may stand beside ``_id``."""
    dated: frozenset[str] = frozenset()
    """Types that are searched by patient only between two instants (``date``)."""
    needs_practitioner: bool = False
    """Encounters are found by practitioner only."""


GENERIC = Vendor("generic")
VENDORS = {
    vendor.name: vendor
    for vendor in (
        GENERIC,
        Vendor("hapi", page_cap=200),  # HAPI cuts a page at 200 whatever _count says
        Vendor("medplum", offset_parameter="_offset"),  # its router gives no links at all
        Vendor("epic", asks_total=False, page_cap=999),
        Vendor("oracle", asks_total=False, page_cap=200, counts_ids=False, dated=frozenset({"Appointment"})),
        Vendor("athena", asks_total=False, page_cap=100, needs_practitioner=True),
        Vendor("ecw", asks_total=False, page_cap=100, needs_practitioner=True),
    )
}
_SOFTWARE = {
    "hapi": "hapi",
    "medplum": "medplum",
    "epic": "epic",
    "oracle": "oracle",
    "cerner": "oracle",
    "athena": "athena",
    "eclinicalworks": "ecw",
    "healow": "ecw",
}


def named(name: str) -> Vendor:
    """The vendor of that name; raises ``ValueError`` when it is not known."""
    if name not in VENDORS:
        raise ValueError(f"vendor {name!r} is not known: auto or one of {', '.join(sorted(VENDORS))} is expected")
    return VENDORS[name]


def detect(software: str | None) -> Vendor:
    """The vendor that the CapabilityStatement's software name points at."""
    words = (software or "").lower()
    return next((VENDORS[name] for mark, name in _SOFTWARE.items() if mark in words), GENERIC)
