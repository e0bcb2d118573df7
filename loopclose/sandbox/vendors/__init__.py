"""The vendors whose servers the demo EHR can play, each a table with its sources."""

from __future__ import annotations

from loopclose.sandbox.vendors.athena import ATHENA
from loopclose.sandbox.vendors.ecw import ECW
from loopclose.sandbox.vendors.epic import EPIC
from loopclose.sandbox.vendors.greenway import GREENWAY
from loopclose.sandbox.vendors.meditech import MEDITECH
from loopclose.sandbox.vendors.modmed import MODMED
from loopclose.sandbox.vendors.nextech import NEXTECH
from loopclose.sandbox.vendors.nextgen_enterprise import ENTERPRISE
from loopclose.sandbox.vendors.nextgen_office import OFFICE
from loopclose.sandbox.vendors.oracle import ORACLE
from loopclose.sandbox.vendors.rules import Vendor
from loopclose.sandbox.vendors.veradigm import VERADIGM

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        EPIC, ORACLE, ATHENA, ECW, ENTERPRISE, OFFICE, MEDITECH, VERADIGM, GREENWAY, MODMED, NEXTECH,
    )
}  # fmt: skip
