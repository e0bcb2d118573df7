"""What is written down of one vendor's server: how its types are searched, paged and refused, and how it is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loopclose.sandbox.asked import OFFSET, Asked
from loopclose.sandbox.elements import Json

Check = Callable[[Asked], str | None]
Needs = tuple[tuple[str, ...], ...]
PATIENT = ("patient", "subject")


def any_of(*names: str) -> Needs:
    """One of these parameters is enough."""
    return tuple((name,) for name in names)


BY_ID: Needs = any_of("_id")
BY_PATIENT: Needs = any_of("_id", "patient")
"""What a search of clinical data needs where the vendor says nothing: US Core promises no more than these."""

LENIENT = ("_count", "_format", "_total", "_sort", "_summary", "_elements")
"""Parameters of the answer that a server passes over which does not serve them."""


@dataclass(frozen=True)
class Search:
    """How one type may be searched: by the ``parameters`` that the vendor lists and the demo EHR knows, in its order.

    ``needs``: sets of parameters of which one must be there, whole; none: any search will do. ``checks`` say what is
    wrong with the values. A page has ``page`` entries by default and ``most`` at most; 50 and 1000 where the vendor
    publishes no number.
    """

    parameters: tuple[str, ...]
    needs: Needs = ()
    checks: tuple[Check, ...] = ()
    page: int = 50
    most: int = 1000
    lists: bool = False
    """Whether the vendor says that several patients may be named, with commas."""


@dataclass(frozen=True)
class Paging:
    """How pages go on: ``word`` carries a place in the results, or the number of a page (``numbered``)."""

    word: str = OFFSET
    size: str | None = "_count"
    """The parameter that says how many entries a page has; None where there is no such parameter."""
    numbered: bool = False


@dataclass(frozen=True)
class Words:
    """How an issue is put: its code and severity, and the vendor's own code where it has one."""

    code: str = "required"
    severity: str = "error"
    own: tuple[str, str] | None = None
    """Code and display."""
    text: str | None = None
    """In place of our own words; ``{kind}`` and ``{names}`` stand for the type and the parameters."""


@dataclass(frozen=True)
class Export:
    """How a server makes bulk exports."""

    of: tuple[str, ...] = ("Group", "Patient")
    posted: bool = False
    """Whether they are begun by POST alone."""
    takes_parameters: bool = True
    last_day: bool = False
    """Whether without ``_since`` the last 24 hours alone are exported."""
    lines: int = 10_000
    """Most resources of one file."""
    progress: str = "X-Progress"
    """The header that says how far one is."""
    retry_after: int = 1
    refuses_early: bool = False
    """Whether a question before Retry-After is answered 429."""


@dataclass(frozen=True)
class Written:
    """What a server takes and keeps of a resource that is created."""

    checks: tuple[Callable[[Json], str | None], ...] = ()
    """Each says what is wrong with it, or None."""
    keeps: tuple[str, ...] = ()
    """The elements that are kept; whatever else was sent is passed over."""
    attachments: int | None = None
    """How many are kept; None: all."""
    own_system: str | None = None
    """The system of the identifier that the server gives it."""
    answers_empty: bool = True
    """Whether the answer has no body."""


@dataclass(frozen=True)
class Vendor:
    """One vendor's rules, and how its CapabilityStatement names it."""

    name: str
    style: str
    """The style of data that fits it."""
    searches: Mapping[str, Search]
    read_only: tuple[str, ...]
    head: Json
    """The members of its statement that name it."""
    security: Json
    writes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By type, the interactions beside reading and searching; those of ``written`` are served, the others listed."""
    written: Mapping[str, Written] = field(default_factory=dict)
    """By type, what is taken and kept of what is created."""
    paging: Paging = Paging()
    passes: tuple[str, ...] = ("_count", "_format")
    """Parameters that are not listed, and not refused either."""
    warns: bool = False
    """Whether an unknown parameter is ignored, with a warning, and not refused."""
    unsearched: int = 405
    """The status that answers a search of a type that is only read."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """By reason: ``empty``, ``missing``, ``unknown``, ``value`` and ``unsearched``."""
    code_system: str | None = None
    demands: str | None = None
    """The address of the extension by which the statement says which parameters a type needs."""
    limit: int | None = None
    """Most requests in a minute of the clock."""
    worklist: tuple[str, ...] = ()
    """The worklist sources that it answers; none: only a roster is left."""
    export: Export | None = None
    """How it makes bulk exports, if it does."""
