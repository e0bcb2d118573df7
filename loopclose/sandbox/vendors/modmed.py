"""ModMed (EMA): its statement was not seen, so this one is what US Core demands. Searches are by patient.

Practice-wide there is bulk export of a group that ModMed makes; a published table of vendors says how.

A POST without parameters, files of 1,000 lines, and ``Status: In Progress`` with a fixed Retry-After.
"""

from __future__ import annotations

from dataclasses import replace

from loopclose.sandbox.vendors.rules import Export
from loopclose.sandbox.vendors.us_core import unseen

MODMED = replace(
    unseen("modmed", "tidy", "ModMed EMA FHIR Server", "ModMed"),
    export=Export(("Group",), posted=True, takes_parameters=False, lines=1000, progress="Status", retry_after=120),
)
