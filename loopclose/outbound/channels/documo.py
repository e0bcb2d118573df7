"""Fax by Documo (mFax), as https://docs.documo.com describes it: JSON over REST, with ``Authorization: Basic`` before
the key as it is, without base64.

There is no idempotency key, and ``tags`` takes ids of tags that were made before, so our label travels as ``subject``
(55 characters; printed on cover pages alone, and there is none) and as the name of the file. Their listing is searched
for it wherever it stands. The listing answers 8 requests a minute (then 429), so a few pages are read and no more.
Whether a failed fax is dialled again is a setting of the account, not of a request: it is to be off
(docs/channels/fax.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from loopclose.domain.fax_numbers import parse_fax_number
from loopclose.outbound.channels.asking import Asking
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.channels.fax_fates import absent_by_listing, count_of, dialled, failed, of_all, partly
from loopclose.outbound.channels.pages import pages_of

ADDRESS = "https://api.documo.com"
PAGE, PAGES = 100, 5
"""Rows of a page of the listing, and pages that are read: fewer than they answer in a minute."""
DEEPEST = 4
"""Levels of a row in which our id is looked for."""
UNDERWAY = ("queued", "processing", "scheduled", "sending", "transmitting")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Documo:
    """An account at Documo. ``asking`` carries the key; ``sender``: a number of the account, or its own choice."""

    asking: Asking
    now: Callable[[], datetime]
    sender: str | None = None
    address: str = ADDRESS
    listing_minutes: int | None = None

    def pack(self, sending: Sending, pdf: bytes) -> bytes:
        """The PDF as it is: number and id stand in the delivery."""
        return pdf

    def send(self, parcel: Parcel) -> Taken:
        """``POST /v1/faxes``; ``async``: it answers with its id before it works on the letter."""
        fields = {
            "faxNumber": str(parse_fax_number(parcel.to)),
            "subject": parcel.label,
            "coverPage": "false",
            "async": "true",
            **({"callerId": self.sender} if self.sender else {}),
        }
        files = {"attachments": (f"{parcel.label}.pdf", parcel.content, "application/pdf")}
        answer = self.asking.ask("POST", f"{self.address}/v1/faxes", hands_over=True, data=fields, files=files)
        self.asking.refuse(answer, hands_over=True)
        said = _only(_read(answer.body))
        remote = said.get("messageId") if isinstance(said, dict) else None
        if not isinstance(remote, str) or not remote.strip():
            raise self.asking.unreadable(hands_over=True)
        return Taken(remote.strip(), is_sent=False)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """``GET /v1/fax/{messageId}/info`` by their id; without one the pages of ``GET /v1/fax/history``."""
        if parcel.remote is None:
            return self._listed(parcel)
        answer = self.asking.ask("GET", f"{self.address}/v1/fax/{quote(parcel.remote, safe='')}/info")
        if answer.status == 404:
            return Fate("underway", words="The gateway does not know the fax that it took: call it if this stays.")
        self.asking.refuse(answer)
        row = _only(_read(answer.body))
        named = str(row.get("messageId") or "") if isinstance(row, dict) else ""
        if not isinstance(row, dict) or named.strip().lower() not in (
            "",
            parcel.remote.lower(),
        ):  # another fax's record
            raise self.asking.unreadable()
        return fate_of(row, parcel)

    def _listed(self, parcel: Parcel) -> Fate | None:
        ours: list[Fate] = []
        for page in range(PAGES):
            rows = self._page(parcel, page)
            ours += [fate_of(row, parcel) for row in rows if isinstance(row, dict) and names(row, parcel.label)]
            if len(rows) < PAGE:
                break
        else:
            return of_all(ours, parcel) if ours else None
        if ours:
            return of_all(ours, parcel)
        return absent_by_listing(parcel, self.now(), self.listing_minutes)

    def _page(self, parcel: Parcel, page: int) -> list[Any]:
        asked = {"direction": "outbound", "status": "all", "limit": str(PAGE), "offset": str(page * PAGE)}
        if parcel.tried_at is not None:
            asked["fromDate"] = f"{parcel.tried_at - timedelta(days=1):%Y-%m-%d}"
        answer = self.asking.ask("GET", f"{self.address}/v1/fax/history", params=asked)
        self.asking.refuse(answer)
        said = _read(answer.body)
        rows = said.get("rows") if isinstance(said, dict) else None
        if not isinstance(rows, list):
            raise self.asking.unreadable()
        return rows


def fate_of(row: Json, parcel: Parcel) -> Fate:
    """A record of a fax; a status that is not known is underway, in words."""
    status, at = str(row.get("status", "")).strip().lower(), _moment(row.get("resolvedDate"))
    done, whole = count_of(row.get("pagesComplete")), pages_of(parcel) or count_of(row.get("pagesCount"))
    if status == "failed":
        fate = failed(str(row.get("resultInfo") or ""), sent=done, of=whole, at=at)
    elif status in ("cancelled", "canceled"):
        fate = failed("cancelled", at=at)
    elif status != "success":
        fate = Fate("underway", words="" if status in UNDERWAY else "The gateway is not sure.")
    elif done is not None and whole is not None and done < whole:
        fate = Fate("failed", at, partly(done, whole), final=False)
    elif not dialled(row.get("faxNumber"), parcel):
        fate = Fate("failed", at, "The gateway says that this fax went to another number: call the office.")
    else:
        fate = Fate("transmitted", at)
    remote = row.get("messageId")
    known = remote if isinstance(remote, str) and remote else parcel.remote
    return Fate(fate.state, fate.at, fate.words, known, fate.final, fate.address_is_bad)


def names(value: object, label: str, depth: int = DEEPEST) -> bool:
    """Whether a label of ours stands anywhere in a record, or a file of that name: nobody else put it there."""
    if isinstance(value, str):
        return value == label or value.startswith(f"{label}.")
    if depth == 0:
        return False
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(names(one, label, depth - 1) for one in inner)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _only(said: Any) -> Any:
    """What is in a list of one."""
    return said[0] if isinstance(said, list) and len(said) == 1 else said


def _moment(text: object) -> datetime | None:
    """A moment with its zone; one without says nothing."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
