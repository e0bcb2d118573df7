"""Fax by a mail address (``16175550123@fax.example``): many gateways offer it, and no standard says what they answer.

The mail server's word is all that there is: it shows that a mail left, never that a fax did. What became of it a person
reads in the gateway's own mail, and says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from loopclose.domain.fax_numbers import parse_fax_number
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.mail import FrozenMail, Mailer

NOTE = "The mail to the fax gateway left; what became of the fax stands in its answer to the mailbox of the sender."


@dataclass(frozen=True)
class FaxByMail:
    """A gateway that is written to. ``template`` has ``{number}`` where the digits of the number go."""

    mailer: Mailer
    template: str
    sender: str

    def pack(self, sending: Sending, pdf: bytes) -> bytes:
        """The finished mail. Its headers carry our id, the number and the code of the letter, and nothing else."""
        mail = EmailMessage(policy=SMTP)
        headers: Mapping[str, str] = {
            "Message-ID": _message_id(sending.delivery, self.sender),
            "Date": format_datetime(sending.at),
            "From": self.sender,
            "To": self._address(sending.to),
            "Subject": f"Letter {sending.code}",
        }
        for name, value in headers.items():
            mail[name] = value
        mail.set_content("")
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="letter.pdf")
        mail.set_boundary(f"={sending.delivery}=")
        return mail.as_bytes()

    def send(self, parcel: Parcel) -> Taken:
        """Hand it to the mail server. Raises ``SendError`` as a mailer does."""
        note = self.mailer.send(
            FrozenMail(_message_id(parcel.delivery, self.sender), (self._address(parcel.to),), parcel.content)
        )
        return Taken(note=note or NOTE, is_sent=False)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """Nobody can be asked."""
        return None

    def _address(self, number: str) -> str:
        return self.template.replace("{number}", parse_fax_number(number).digits)


def _message_id(delivery: str, sender: str) -> str:
    return f"<{delivery}@{sender.rpartition('@')[2]}>"
