"""Direct messages, and letters by ordinary encrypted e-mail: S/MIME to who has a certificate on file, by a mail server.

Transmission: the server took it. Receipt: a notice that ``secure_mail.notices`` reads out of our mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from loopclose.domain.addresses import Address, BadAddress, parse_address
from loopclose.outbound.channels.channel import Enclosure, Fate, Parcel, Sending, Taken
from loopclose.outbound.channels.secure_mail.closed_loop import FORMS as CLOSED_LOOP
from loopclose.outbound.channels.secure_mail.message import entity, headers, message_id
from loopclose.outbound.channels.secure_mail.notices import Reader, SentTo
from loopclose.outbound.channels.secure_mail.opening import Opener
from loopclose.outbound.channels.secure_mail.parties import Identity, Recipients
from loopclose.outbound.channels.secure_mail.smime import enveloped, signed
from loopclose.outbound.channels.secure_mail.xdm import package
from loopclose.outbound.mail import FrozenMail, SendError, SmtpMailer


@dataclass(frozen=True)
class SecureMail:
    """``direct``: an XDM package to a Direct address. ``mail``: the files themselves, which a mail program shows.

    A Direct message takes along what ``closed_loop`` makes for a referrer whose system speaks 360X.
    """

    name: str
    mailer: SmtpMailer
    identity: Identity
    recipients: Recipients
    forms: tuple[str, ...] = ("ccda", "pdf")

    @property
    def is_direct(self) -> bool:
        """Whether the rules of Direct hold."""
        return self.name == "direct"

    def pack(self, sending: Sending) -> bytes:
        """The message, signed and then encrypted; other bytes each time, so that it is packed once.

        Raises ``SendError``: final where it cannot go to this address, ``at_server`` where our own files are at fault.
        """
        sender, to = _read(self.mailer.sender, of_ours=True), _read(sending.to)
        forms = (*self.forms, *CLOSED_LOOP) if self.is_direct else self.forms
        files = [one for form in forms for one in sending.enclosures if one.form == form]
        if not files:
            raise SendError("This letter has neither a PDF nor a C-CDA, and nothing else goes by e-mail.", final=True)
        recipients = self.recipients.of(to, sending.at)
        signer = self.identity.signer(sender, sending.at)
        held: Sequence[Enclosure] = [package(sending, files, sender, to)] if self.is_direct else files
        secret = enveloped(signed(entity(sending, held), signer), recipients)
        return headers(sending, sender, to, is_direct=self.is_direct) + secret

    def send(self, parcel: Parcel) -> Taken:
        """Hand it over, the delivery's id in Message-ID and envelope; raises ``SendError`` as the mailer does."""
        name = message_id(parcel.delivery, _read(self.mailer.sender, of_ours=True))
        note = self.mailer.send(FrozenMail(name, (parcel.to,), parcel.content, envelope_id=parcel.delivery))
        return Taken(remote=name, note=note)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """Nobody can be asked what became of a mail: what is told comes into the mailbox."""
        return None

    def reader(self, sent_to: SentTo, at: datetime) -> Reader:
        """What reads the mails that come to our sender, as of a time; ``sent_to``: where each delivery went."""
        opener = Opener(self.identity, self.recipients.anchors, at)
        return Reader(_read(self.mailer.sender, of_ours=True), sent_to, opener, self.is_direct)


def channel_of(
    name: Literal["direct", "mail"],
    mailer: SmtpMailer,
    *,
    certificate: Path,
    key_file: Path,
    recipients: Path,
    anchors: Path,
) -> SecureMail:
    """The channel, of plain values: our certificate and key, the folder of recipients' certificates, the anchors."""
    return SecureMail(name, mailer, Identity(certificate, key_file), Recipients(recipients, anchors))


def _read(address: str, *, of_ours: bool = False) -> Address:
    try:
        return parse_address(address)
    except BadAddress as problem:
        raise SendError(str(problem), final=not of_ours, at_server=of_ours) from problem
