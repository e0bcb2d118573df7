"""Greenway (Intergy, Prime Suite): its statement was not seen, so this one is what US Core demands.

A published table of vendors says that Appointment is not supported. Practice-wide there is bulk export of a group,
which the demo EHR has not.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.us_core import unseen

GREENWAY = unseen("greenway", "messy", "Greenway Health FHIR Server", "Greenway Health")
