"""Greenway (Intergy, Prime Suite): its statement was not seen, so this one is what US Core demands.

A published table of vendors says that Appointment is not supported. Practice-wide there is bulk export of a group,
of the last 24 hours alone where ``_since`` is missing.
"""

from __future__ import annotations

from dataclasses import replace

from loopclose.sandbox.vendors.rules import Export
from loopclose.sandbox.vendors.us_core import unseen

GREENWAY = replace(
    unseen("greenway", "messy", "Greenway Health FHIR Server", "Greenway Health"),
    export=Export(("Group",), last_day=True),
)
