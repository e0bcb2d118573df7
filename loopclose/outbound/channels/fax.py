"""The channel ``fax``: the fax form of a letter, to a number, by a gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from loopclose.domain.fax_numbers import BadFaxNumber, parse_fax_number
from loopclose.outbound.channels import documo, srfax
from loopclose.outbound.channels.asking import Asking
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.channels.fax_by_mail import FaxByMail
from loopclose.outbound.channels.fax_gateway import Gateway
from loopclose.outbound.channels.pages import one_pdf
from loopclose.outbound.mail import Mailer, SendError


@dataclass(frozen=True)
class FaxChannel:
    """Letters to fax numbers. ``confirmation_counts``: the gateway's word that every page went through is receipt for
    this practice (a fax machine answered; nobody says who took the pages out of it)."""

    gateway: Gateway
    confirmation_counts: bool = False
    name: str = "fax"
    forms: tuple[str, ...] = ("fax",)

    def pack(self, sending: Sending) -> bytes:
        """The fax form as it is, several papers as one document. Raises ``SendError`` (final) for a number that is not
        dialled, and for a letter without that form.
        """
        _refuse_bad(sending.to)
        return self.gateway.pack(sending, one_pdf(sending, "fax"))

    def send(self, parcel: Parcel) -> Taken:
        """Hand it over once; raises ``SendError``, ``unknown`` where another try could be a second fax."""
        _refuse_bad(parcel.to)
        return self.gateway.send(parcel)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """What became of it, as the gateway says; raises ``SendError`` where it cannot be asked now."""
        _refuse_bad(parcel.to)
        fate = self.gateway.look_up(parcel)
        if fate is not None and fate.state == "transmitted" and self.confirmation_counts:
            return replace(fate, state="received")
        return fate


def _refuse_bad(number: str) -> None:
    try:
        parse_fax_number(number)
    except BadFaxNumber as problem:
        raise SendError(str(problem), final=True) from problem


def srfax_channel(
    account: str,
    password: str,
    sender: str,
    sender_mail: str,
    now: Callable[[], datetime],
    *,
    address: str | None = None,
    notify: str | None = None,
    ca: str | None = None,
    seconds: float = 60,
    listing_minutes: int | None = None,
    confirmation_counts: bool = False,
) -> FaxChannel:
    """A practice's account at SRFax; ``address`` in place of their public one."""
    asking = Asking("The fax gateway", "[fax.…]", verify=ca or True, seconds=seconds)
    shown = parse_fax_number(sender).national
    where = address or srfax.ADDRESS
    gateway = srfax.SrFax(account, password, shown, sender_mail, asking, now, where, notify, listing_minutes)
    return FaxChannel(gateway, confirmation_counts)


def documo_channel(
    key: str,
    now: Callable[[], datetime],
    *,
    sender: str | None = None,
    address: str | None = None,
    ca: str | None = None,
    seconds: float = 60,
    listing_minutes: int | None = None,
    confirmation_counts: bool = False,
) -> FaxChannel:
    """A practice's account at Documo."""
    headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}
    asking = Asking("The fax gateway", "[fax.…]", headers, ca or True, seconds)
    shown = parse_fax_number(sender).national if sender else None
    gateway = documo.Documo(asking, now, shown, (address or documo.ADDRESS).rstrip("/"), listing_minutes)
    return FaxChannel(gateway, confirmation_counts)


def mail_channel(mailer: Mailer, template: str, sender: str) -> FaxChannel:
    """A gateway that takes faxes by mail; its word never counts, as it has no form."""
    return FaxChannel(FaxByMail(mailer, template, sender))
