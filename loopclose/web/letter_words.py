"""What the screens say of a letter on its way: where it stands, what comes next, and who says that it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from loopclose.domain.dates import moment_words
from loopclose.flows.delivery.next_of import Next
from loopclose.flows.delivery.on_its_way import Parcel
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.web.access import now
from loopclose.web.words import called

SIGNS = {
    "planned": ("○", "To be sent"),
    "sending": ("…", "Being handed over"),
    "waiting": ("…", "Not taken yet"),
    "underway": ("➤", "Handed over, not through yet"),
    "sent": ("➤", "Sent, arrival not known"),
    "received": ("✔", "Arrived"),
    "unsure": ("⚠", "Nobody knows whether it left"),
    "failed": ("⚠", "Did not arrive"),
    "cancelled": ("–", "Not sent"),
}
"""By state of a delivery (``domain.delivering.STATES``): a sign and its words."""
RECALLED = ("⚠", "Called back")
"""The same of one that left, or may have, and was called back."""
NEXT = {
    "leaves": "It leaves within a minute or two.",
    "sending": "It is being handed over now.",
    "again": "It is tried again within a minute or two.",
    "asked": "Its channel says how it goes; it is asked again and again.",
    "look": "Look into it, and say below what is known: it is not sent again before.",
    "receipt": "It is not known yet whether it arrived. {receipt}",
    "followed": "It was sent on: see above.",
    "choose": "It goes to the next address by itself, or at once with the button below.",
    "find": "No address is left: add one, or check one.",
    "by_hand": "It is not sent again by itself: send it again below, or call them.",
    "recalled": "Call whoever got it: the sheet under “Called back” names them.",
    "over": "",
}
"""By code of ``flows.delivery.next_of.Next``: what comes next."""
RECEIPTS = {
    "direct": "Their mail system may say so; if it does not, call the office.",
    "mail": "Their mail program may say so; if it does not, call the office.",
    "fax": "Only somebody there knows: call the office, or wait until they confirm it by the code on the letter.",
    "print": "Whoever handed it over says so here.",
    "fhir": "The EHR there may say so; if it does not, call the office.",
}
"""By channel: who can say that it arrived."""
AT = {
    "leaves": "It leaves {at}.",
    "again": "It is tried again {at}.",
}
"""The same where it is known when."""
SAID = {
    "transmitted": "sent",
    "received": "arrived",
    "failed": "did not arrive",
    "unsure": "nobody knows whether it left",
    "cancelled": "not sent",
    "absent": "did not leave; it is handed over again",
    "recalled": "called back",
    "delayed": "held up on its way",
    "unclear": "a mail came that nobody understood",
    "looked_at": "somebody read that mail",
}
"""What was heard of it, in words."""
CALLED = {"interim": "interim report", "status": "word of the request"}
"""What a delivery is called in a list by its purpose, where the code is no word for it."""
SOURCES = {
    "channel": "its channel",
    "mailbox": "an answer by mail",
    "page": "the recipient, on the page of the letter",
    "ehr": "the EHR",
    "loopclose": "Loopclose",
}
"""Who said so, but for a person."""


def next_words(parcel: Parcel, zone: ZoneInfo) -> str:
    """What comes next of a delivery, in one sentence; nothing where nothing does."""
    found: Next = parcel.next
    if found.at is not None and found.at > now() and found.code in AT:
        return AT[found.code].format(at=moment_words(found.at, zone, now()))
    return NEXT[found.code].format(receipt=RECEIPTS.get(parcel.row.channel, ""))


def who_says(event: DeliveryEvent, names: Mapping[str, str]) -> str:
    """Who said what was heard."""
    return called(event.by, names) if event.source == "person" else SOURCES.get(event.source, event.source)
