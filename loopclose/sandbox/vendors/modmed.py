"""ModMed (EMA): its statement was not seen, so this one is what US Core demands. Searches are by patient.

Practice-wide there is bulk export of a group that ModMed makes, which the demo EHR has not.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.us_core import unseen

MODMED = unseen("modmed", "tidy", "ModMed EMA FHIR Server", "ModMed")
