"""Both fax gateways of the product against the made-up one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loopclose.clock import fixed
from loopclose.outbound.channels.fax import FaxChannel, documo_channel, srfax_channel
from loopclose.sandbox.fax_gateway import FaxGateway
from tests.unit.channels.parcels import AT

PASSWORD = "s3cret-pa55"


def of_srfax(address: str, **more: Any) -> FaxChannel:
    """An account at SRFax."""
    where = {"address": f"{address}/srfax", **more}
    return srfax_channel("12345", PASSWORD, "617-555-0100", "office@practice.example", fixed(AT), **where)


def of_documo(address: str, **more: Any) -> FaxChannel:
    """An account at Documo."""
    return documo_channel(PASSWORD, fixed(AT), **{"address": address, **more})


Made = Callable[..., FaxChannel]
BOTH = [of_srfax, of_documo]


def gateway(*script: Any, asked: tuple[str, ...] = ()) -> FaxGateway:
    """A gateway that does these turns, and answers the next questions so."""
    made = FaxGateway(password=PASSWORD)
    made.exchange.script, made.exchange.asked = list(script), list(asked)
    return made
