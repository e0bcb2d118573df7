"""What each vendor's server does differently, as data; a fact's source stands beside it.

Statements: the vendors' own CapabilityStatements as published in July and August 2026. Documents: the vendors' pages
on each resource. Nobody's production server was asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Export:
    """How a bulk export is asked for (https://hl7.org/fhir/uv/bulkdata/export.html)."""

    post: bool = False
    """Whether it is begun by POST."""
    takes_parameters: bool = True
    """Whether ``_type`` and ``_since`` may be sent."""
    takes_filters: bool = False
    """Whether ``_typeFilter`` may be sent."""
    always_since: bool = False
    """Whether ``_since`` must be sent for it to give everything."""
    every_hours: int = 4
    """Hours between the beginnings of two exports of the same patients."""


@dataclass(frozen=True)
class Vendor:
    """Quirks of one kind of server."""

    name: str
    marks: tuple[str, ...] = ()
    """Words of a CapabilityStatement that point at it, in small letters: a name, a publisher, part of an address."""
    offset_parameter: str | None = None
    """Parameter by which pages go on where the Bundle has no ``next`` link."""
    asks_total: bool = True
    """Whether ``_total=accurate`` is understood."""
    page_cap: int = 1000
    """Most resources a page; more is cut silently."""
    count_parameter: str = "_count"
    """The parameter that says how many a page may hold."""
    counts_ids: bool = True
    """Whether ``_count`` may stand beside ``_id``."""
    together: int = 1
    """Clinicians or places that one search of a schedule may name, with commas."""
    per_minute: int | None = None
    """Requests a minute that it answers."""
    dated: frozenset[str] = frozenset()
    """Types that are searched by patient only between two instants (``date``)."""
    export: Export = Export()
    algorithms: tuple[str, ...] = ()
    """By which a client's assertion may be signed, where it is known: sources stand in docs/vendors."""
    registers: str = ""
    """Who registers an app there, and where: sources stand in docs/vendors."""


GENERIC = Vendor("generic")
_IN_ORDER = (
    # Its software calls itself HAPI (statement): known by its addresses alone, so it stands before HAPI.
    Vendor(
        "nextgen-office",
        ("meditouchehr.com", "ngo.nextgenaws.net"),
        asks_total=False,
        registers="at nextgen.com/api, apart from NextGen Enterprise",
    ),
    # Statement: _maxresults instead of _count, and no _total.
    Vendor(
        "nextgen",
        ("nextgen",),
        asks_total=False,
        count_parameter="_maxresults",
        registers="at developer.nextgen.com",
    ),
    # Statement: no _total; documents (fhir.epic.com): 999 a page at most. Users (good-neighbor.smarthealthit.org/tips):
    # a group is exported to one client once in 24 hours, where the site has not set it otherwise.
    Vendor(
        "epic",
        ("epic",),
        asks_total=False,
        page_cap=999,
        algorithms=("RS384",),
        export=Export(every_hours=25),
        registers=(
            "at fhir.epic.com, by the vendor of the app: one client id for test and one for production; each "
            "health system then allows it for itself"
        ),
    ),
    # Documents (fhir.cerner.com, Millennium R4): Appointment needs a closed range and takes lists; _id stands alone.
    Vendor(
        "oracle",
        ("oracle", "cerner"),
        asks_total=False,
        page_cap=200,
        counts_ids=False,
        together=10,
        dated=frozenset({"Appointment"}),
        algorithms=("RS384", "ES384"),
        registers="as a system app in Oracle's code console, for each tenant",
    ),
    # Statement: pages by cursor, no _total, and what each search demands.
    Vendor(
        "athena",
        ("athena", "athenahealth"),
        asks_total=False,
        page_cap=100,
        registers=(
            "in athenahealth's developer portal; then it is enabled practice by practice through the Marketplace"
        ),
    ),
    # Statement: "eCW FHIR Facade", pages by page; documents: 250 calls a minute, tokens too: some are left for those.
    Vendor(
        "ecw",
        ("ecw fhir", "eclinicalworks", "healow"),
        asks_total=False,
        page_cap=100,
        per_minute=240,
        algorithms=("RS384",),
        registers="in eClinicalWorks' developer portal; the address of the public keys is allowed there",
    ),
    # Statement: pages by continue, no _total; that it takes a list of clinicians is said nowhere.
    Vendor(
        "meditech",
        ("meditech", "medical information technology"),
        asks_total=False,
        registers="through the Greenfield Workspace; each hospital allows an app for itself",
    ),
    # No statement of theirs was seen: told by their names alone. A third party says that Nextech gives 50 a page.
    Vendor(
        "nextech",
        ("nextech",),
        page_cap=50,
        algorithms=("RS384", "ES384"),
        registers="by Nextech's representatives, for each practice",
    ),
    # Of their exports a third party (PHI AI, core/fhir/emr_profiles.py) says: ModMed takes POST and no parameter, so
    # that each export is a whole one; Greenway gives the last 24 hours alone where _since is missing.
    Vendor(
        "modmed",
        ("modmed", "modernizing medicine"),
        export=Export(post=True, takes_parameters=False, every_hours=24),
        algorithms=("ES384",),
        registers=(
            "at the vendor dashboard of portal.api.modmed.com, app type Bulk; then an administrator of the "
            "practice adds its client id under Manage Bulk FHIR"
        ),
    ),
    Vendor(
        "greenway",
        ("greenway",),
        algorithms=("ES384",),
        export=Export(always_since=True),
        registers=("at the developer platform, as a Back-end Service; then each site gives its permission in writing"),
    ),
    Vendor(
        "veradigm",
        ("veradigm", "allscripts"),
        algorithms=("RS384",),
        registers=(
            "at developer.veradigm.com, App Type System, with a JWKS URL; then each practice activates it in "
            "its License Management Portal"
        ),
    ),
    # HAPI cuts a page at 200 whatever _count says; that it filters an export was tried with 8.4.0.
    Vendor("hapi", ("hapi",), page_cap=200, export=Export(takes_filters=True)),
    Vendor("medplum", ("medplum",), offset_parameter="_offset"),  # its router gives no links at all
)
VENDORS = {vendor.name: vendor for vendor in (GENERIC, *_IN_ORDER)}


def named(name: str) -> Vendor:
    """The vendor of that name; raises ``ValueError`` when it is not known."""
    if name not in VENDORS:
        raise ValueError(f"vendor {name!r} is not known: auto or one of {', '.join(sorted(VENDORS))} is expected")
    return VENDORS[name]


def detect(marks: Iterable[str]) -> Vendor:
    """The vendor that the marks of a CapabilityStatement point at; the first of the list that any of them names."""
    said = _words(" ".join(marks))
    return next((one for one in _IN_ORDER if any(_words(mark) in said for mark in one.marks)), GENERIC)


def _words(text: str) -> str:
    """Its words between spaces, so that one is found as a whole: a practice may well be called Epicenter."""
    return f" {' '.join(''.join(sign if sign.isalnum() else ' ' for sign in text.lower()).split())} "
