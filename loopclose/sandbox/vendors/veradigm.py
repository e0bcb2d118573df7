"""Veradigm: its statement was not seen, so this one is what US Core demands. Searches are by patient.

Practice-wide there is bulk export of a group that the practice makes; who asks for it before Retry-After gets 429.
"""

from __future__ import annotations

from dataclasses import replace

from loopclose.sandbox.vendors.rules import Export
from loopclose.sandbox.vendors.us_core import unseen

VERADIGM = replace(
    unseen("veradigm", "messy", "Veradigm FHIR Server", "Veradigm"),
    export=Export(("Group",), retry_after=60, refuses_early=True),
)
