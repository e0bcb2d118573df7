"""Veradigm: its statement was not seen, so this one is what US Core demands. Searches are by patient.

Practice-wide there is bulk export of a group that the practice makes, which the demo EHR has not.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.us_core import unseen

VERADIGM = unseen("veradigm", "messy", "Veradigm FHIR Server", "Veradigm")
