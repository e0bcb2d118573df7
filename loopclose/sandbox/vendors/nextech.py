"""Nextech (Select): its statement was not seen, so this one is what US Core demands, and what is said of its own pages.

Those are known from a published table of vendors alone: searches need no patient and know ``_lastUpdated``; a page
has 10 entries by default and 50 at most.
"""

from __future__ import annotations

from dataclasses import replace

from loopclose.sandbox.vendors.rules import Export
from loopclose.sandbox.vendors.us_core import SEARCHES, open_to_all, unseen

NEXTECH = replace(
    unseen("nextech", "tidy", "Nextech FHIR Server", "Nextech"),
    searches=open_to_all(SEARCHES, page=10, most=50),
    worklist=("orders", "encounters"),
    export=Export(),
)
