"""Direct messages into a folder: how the demo, and a rehearsal, show what would have left."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.mail import SendError

BODY = "A letter about a patient whom you referred is enclosed.\r\n\r\nIts code is {code}.\r\n"
BODY_OF_STATUS = "A message for your system is enclosed: whether a request of yours is accepted.\r\n"


@dataclass(frozen=True)
class FolderChannel:
    """A folder that takes messages, a file each; a repeat replaces its file."""

    folder: Path
    sender: str
    name: str = "direct"
    forms: tuple[str, ...] = ("pdf", "ccda")

    def pack(self, sending: Sending) -> bytes:
        """A plain message with the letter enclosed; nothing of the patient stands around it."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self.sender, sending.to
        mail["Subject"] = "A request of yours" if sending.is_status else "A letter about a patient you referred"
        mail["Date"], mail["Message-ID"] = format_datetime(sending.at), f"<{sending.delivery}@loopclose.invalid>"
        mail.set_content(BODY_OF_STATUS if sending.is_status else BODY.format(code=sending.code))
        for one in sending.enclosures:
            main, _, sub = one.media_type.partition("/")
            mail.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
        mail.set_boundary(f"=_{sending.delivery}")
        return mail.as_bytes()

    def send(self, parcel: Parcel) -> Taken:
        """Write it; raises ``SendError`` where the folder cannot be written."""
        path = self.folder / f"letter-{parcel.delivery}.eml"
        draft = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(parcel.content)
            draft.replace(path)
        except OSError as problem:
            raise SendError(
                f"The folder for letters cannot be written ({problem.strerror}).", final=False, at_server=True
            ) from problem
        return Taken(remote=path.name)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """A folder tells nothing more."""
        return None
