"""Fax by SRFax, as https://www.srfax.com/developers/internet-fax-api describes it (pages Queue_Fax, Get_FaxStatus,
Get_Fax_Outbox): one address, form fields in, JSON out.

There is no idempotency key. ``sAccountCode`` is what we can put on a fax and find again, and takes 20 characters; our
label has 36 and more, so the code is the first 20 hexadecimal digits of its SHA-256. ``sRetries`` = 0: a second call is
ours to decide. ``DateSent`` and ``EpochTime`` are both "adjusted to your date/timezone settings", so no time of theirs
is taken for a moment.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from loopclose.domain.fax_numbers import parse_fax_number
from loopclose.outbound.channels.asking import Asking
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.channels.fax_fates import absent_by_listing, count_of, dialled, failed, of_all, partly
from loopclose.outbound.channels.pages import pages_of
from loopclose.outbound.mail import SendError

ADDRESS = "https://secure.srfax.com/SRF_SecWebSvc.php"
CODE_LENGTH = 20
NOT_FOUND = "not found"
_OF_THE_ACCOUNT = ("access", "account", "caller", "credit", "login", "password", "sender")
"""Words of a refusal that is about who asks."""
Json = Mapping[str, Any]


def account_code(label: str) -> str:
    """What stands for a label of ours in ``sAccountCode``: 80 bits, which no two tries of a practice share."""
    return hashlib.sha256(label.encode()).hexdigest()[:CODE_LENGTH]


@dataclass(frozen=True)
class SrFax:
    """An account at SRFax. ``sender``: the number that is shown to the other side, in ten digits."""

    account: str
    password: str = field(repr=False)
    sender: str
    sender_mail: str
    asking: Asking
    now: Callable[[], datetime]
    address: str = ADDRESS
    notify: str | None = field(default=None, repr=False)
    """Where SRFax is to tell how it went; the address is a secret, as it signs nothing."""
    listing_minutes: int | None = None

    def pack(self, sending: Sending, pdf: bytes) -> bytes:
        """The PDF as it is: number and account code stand in the delivery. It dials eleven digits alone."""
        if not parse_fax_number(sending.to).is_north_american:
            raise SendError("SRFax dials numbers of North America only: send this letter another way.", final=True)
        return pdf

    def send(self, parcel: Parcel) -> Taken:
        """``Queue_Fax``: "Success" with the id of the fax, or "Failed" with a reason."""
        form = {
            "sCallerID": self.sender,
            "sSenderEmail": self.sender_mail,
            "sFaxType": "SINGLE",
            "sToFaxNumber": parse_fax_number(parcel.to).digits,
            "sAccountCode": account_code(parcel.label),
            "sRetries": "0",
            "sFileName_1": "letter.pdf",
            "sFileContent_1": base64.b64encode(parcel.content).decode(),
            **({"sNotifyURL": self.notify} if self.notify else {}),
        }
        said = self._asked("Queue_Fax", form, hands_over=True)
        if said["Status"] == "Failed":
            raise _refusal(str(said.get("Result", "")), hands_over=True)
        remote = str(said.get("Result", "")).strip()
        if not remote.isalnum():
            raise self.asking.unreadable(hands_over=True)
        return Taken(remote, is_sent=False)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """``Get_FaxStatus`` by their id; without one ``Get_Fax_Outbox``, by our account code."""
        if parcel.remote is None:
            return self._listed(parcel)
        said = self._asked("Get_FaxStatus", {"sFaxDetailsID": parcel.remote})
        row = said.get("Result")
        row = row[0] if isinstance(row, list) and len(row) == 1 else row
        if said["Status"] == "Failed" or not isinstance(row, dict):
            if NOT_FOUND in str(row).lower():  # "not valid, or the fax was not queued due to a conversion error"
                return Fate("underway", words="The gateway does not know the fax that it took: call it if this stays.")
            raise _refusal(str(row)) if said["Status"] == "Failed" else self.asking.unreadable()
        if remote_of(row) not in (None, parcel.remote):  # the record of another fax
            raise self.asking.unreadable()
        return fate_of(row, parcel)

    def _listed(self, parcel: Parcel) -> Fate | None:
        around: dict[str, str] = {"sPeriod": "ALL"}
        if parcel.tried_at is not None:  # a day more on either side: their days are those of the account's zone
            first, last = parcel.tried_at - timedelta(days=1), self.now() + timedelta(days=1)
            around = {"sPeriod": "RANGE", "sStartDate": f"{first:%Y%m%d}", "sEndDate": f"{last:%Y%m%d}"}
        said = self._asked("Get_Fax_Outbox", around)
        rows = said.get("Result")
        if said["Status"] == "Failed":
            raise _refusal(str(rows))
        if not isinstance(rows, list):
            raise self.asking.unreadable()
        code = account_code(parcel.label)
        ours = [row for row in rows if isinstance(row, dict) and str(row.get("AccountCode", "")).strip() == code]
        if ours:
            return of_all([fate_of(row, parcel) for row in ours], parcel)
        return absent_by_listing(parcel, self.now(), self.listing_minutes)

    def _asked(self, action: str, form: Mapping[str, str], *, hands_over: bool = False) -> Json:
        data = {"action": action, "access_id": self.account, "access_pwd": self.password, "sResponseFormat": "JSON"}
        answer = self.asking.ask("POST", self.address, hands_over=hands_over, data={**data, **form})
        self.asking.refuse(answer, hands_over=hands_over)
        try:
            said = json.loads(answer.body)
        except ValueError as problem:
            raise self.asking.unreadable(hands_over=hands_over) from problem
        status = str(said.get("Status", "")).strip().capitalize() if isinstance(said, dict) else ""
        if status not in ("Success", "Failed"):
            raise self.asking.unreadable(hands_over=hands_over)
        return {**said, "Status": status}


def fate_of(row: Json, parcel: Parcel) -> Fate:
    """A status record: ``In Progress``, ``Sent``, ``Failed``, ``Sending Email``, and whatever else as underway."""
    status, remote = str(row.get("SentStatus", "")).strip().lower(), remote_of(row)
    sent, whole = count_of(row.get("Pages")), pages_of(parcel)
    if status == "failed":
        fate = failed(str(row.get("ErrorCode") or ""), sent=sent, of=whole)
    elif status != "sent":
        fate = Fate("underway", words="" if status in ("in progress", "sending email") else "The gateway is not sure.")
    elif sent is not None and whole is not None and sent < whole:
        fate = Fate("failed", words=partly(sent, whole), final=False)
    elif not dialled(row.get("ToFaxNumber"), parcel):
        fate = Fate("failed", words="The gateway says that this fax went to another number: call the office.")
    else:
        fate = Fate("transmitted")
    return Fate(fate.state, fate.at, fate.words, remote or parcel.remote, fate.final, fate.address_is_bad)


def remote_of(row: Json) -> str | None:
    """Their id: a field of its own, or behind the bar of ``FileName`` ("20261130-1204-100_1|31524120")."""
    _, bar, last = str(row.get("FileName") or "").rpartition("|")
    found = str(row.get("FaxDetailsID") or "").strip() or (last.strip() if bar else "")
    return found if found.isalnum() else None


def _refusal(reason: str, *, hands_over: bool = False) -> SendError:
    """A "Failed" of a request: it was not carried out. About our account it is everybody's trouble, else this fax's."""
    if not hands_over or any(word in reason.lower() for word in _OF_THE_ACCOUNT):
        return SendError("SRFax refuses us: see user, password and sender in [fax.…].", final=False, at_server=True)
    return SendError(f"SRFax does not take this fax. {failed(reason).words}", final=True)
