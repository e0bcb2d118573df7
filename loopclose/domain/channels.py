"""The channels by which a letter leaves Loopclose: what is transmission, what is receipt, and what a repeat does. Data.

``docs/delivery.md`` names every window in which something can arrive twice; a test holds it against this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ChannelRow:
    """One channel, as rules and screens know it."""

    name: str
    called: str
    address: str
    """What its addresses are."""
    transmission: str
    """What shows that the channel took a letter."""
    receipt: str
    """What shows that it arrived, beside a person's word and the confirmation page."""
    drops_repeats: bool
    """Whether a repeat under the same key is told by the receiving side, so that an unknown result is simply tried
    again; where not, it is looked up, and else goes to a person."""
    in_book: bool = True
    """Whether referrers have such addresses."""


_TABLE = (
    ChannelRow(
        "direct",
        "Direct message",
        "a Direct address",
        "the mail server took it, or says so later (success DSN, MDN processed)",
        "an MDN dispatched or displayed",
        True,
    ),
    ChannelRow(
        "mail",
        "encrypted e-mail",
        "an e-mail address with a certificate on file",
        "the mail server took it, or says so later (success DSN)",
        "an MDN displayed",
        True,
    ),
    ChannelRow(
        "fax",
        "fax",
        "a fax number",
        "the gateway says that every page was sent",
        "the same, only where the practice says that it counts",
        False,
    ),
    ChannelRow(
        "print",
        "print and hand over",
        "a printer of the practice",
        "the printer says that the job is completed",
        "only a person who handed it over",
        False,
    ),
    ChannelRow(
        "fhir",
        "FHIR",
        "a recipient in the EHR",
        "the EHR keeps the document",
        "Communication.received",
        False,  # some EHRs tell a repeat by our identifier, and Epic and Oracle Health do not: it is always looked up
    ),
    ChannelRow(
        "chart",
        "filed in the own chart",
        "the chart of the EHR that the report is of",
        "the EHR keeps the document; it is filing, and no delivery",
        "nothing",
        False,
        in_book=False,
    ),
)
CHANNELS: Mapping[str, ChannelRow] = {one.name: one for one in _TABLE}
IN_BOOK = tuple(one.name for one in _TABLE if one.in_book)
"""Those by which a letter reaches somebody."""
CHART = "chart"
IN_CHARTS = frozenset({"fhir", CHART})
"""Those that write into an EHR: what stands there is named by ``Type/id``."""
