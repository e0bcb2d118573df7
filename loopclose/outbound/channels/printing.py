"""The channel ``print``: a letter onto a printer of the practice, by IPP; a person hands it over.

The name of the job is our label of the try, which is shown on displays and kept in logs of printers: nothing of the
patient. A queue that says "completed" has been seen to have written nothing (docs/channels/print.md), so completed is
transmission and nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from loopclose.outbound.channels import ipp
from loopclose.outbound.channels.asking import Asking
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.channels.pages import one_pdf
from loopclose.outbound.mail import SendError

USER = "loopclose"
PDF = "application/pdf"
PORT = 631
SEE = "[printer.…]"
STOPPED = 5
"""``printer-state`` (RFC 8011 5.4.11)."""
PENDING, HELD, PROCESSING, JOB_STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)
"""``job-state`` (RFC 8011 5.3.7)."""
NOT_FOUND, TOO_LARGE, BAD_FORMAT, NOT_ACCEPTING, BUSY = 0x0406, 0x0408, 0x040A, 0x0506, 0x0507
REFUSED = (0x0401, 0x0402, 0x0403)
MAY_HAVE_TAKEN = (0x0500, 0x0508)
"""An error within, and a job that was ended while it was read: either may have put paper out."""
OF_A_JOB = ("job-id", "job-name", "job-state", "job-state-reasons", "time-at-creation", "job-printer-up-time")
Attributes = Mapping[str, tuple[ipp.Value, ...]]


@dataclass(frozen=True)
class PrintChannel:
    """One printer. ``called``: its name, which is what the address of a delivery says."""

    uri: str
    called: str
    asking: Asking
    wait_minutes: int = 10
    """After how long a job that is not done is told of."""
    name: str = "print"
    forms: tuple[str, ...] = ("pdf",)

    def pack(self, sending: Sending) -> bytes:
        """The printed form as it is, several papers as one document."""
        self._refuse_another(sending.to)
        return one_pdf(sending, "pdf")

    def send(self, parcel: Parcel) -> Taken:
        """Ask whether it can print now, then ``Print-Job``. Raises ``SendError``; ``unknown`` where it may print."""
        self._refuse_another(parcel.to)
        self._refuse_unready()
        about: ipp.Said = {"job-name": parcel.label, "document-format": PDF}
        said = self._asked(ipp.PRINT_JOB, about, parcel.content)
        if said.status in MAY_HAVE_TAKEN:
            words = "The printer failed over this letter, and may have printed it: look into its tray."
            raise SendError(words, final=False, unknown=True)
        self._refuse(said)
        job = next((one["job-id"][0] for one in said.of(ipp.JOB) if "job-id" in one), None)
        if job is None:
            raise self.asking.unreadable(hands_over=True)
        return Taken(str(job), is_sent=False)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """The job by its number, else by its name among those that the printer still knows.

        None where it knows no such job: printers forget what is done, some within a minute, so that this is no proof.
        """
        if parcel.remote is not None and parcel.remote.isdecimal():
            about: ipp.Said = {"job-id": int(parcel.remote), "requested-attributes": OF_A_JOB}
            said = self._asked(ipp.GET_JOB_ATTRIBUTES, about)
            if said.status == NOT_FOUND:
                return None
            self._refuse(said)
            return next((self._fate(one) for one in said.of(ipp.JOB) if "job-state" in one), None)
        return self._by_name(parcel)

    def _by_name(self, parcel: Parcel) -> Fate | None:
        found = []
        for which in ("not-completed", "completed"):
            about: ipp.Said = {"which-jobs": which, "requested-attributes": OF_A_JOB}
            said = self._asked(ipp.GET_JOBS, about)
            self._refuse(said)
            found += [one for one in said.of(ipp.JOB) if one.get("job-name") == (parcel.label,)]
        fates = [self._fate(one) for one in found if "job-state" in one]
        for state in ("transmitted", "underway", *(("failed",) if parcel.attempt is not None else ())):
            for fate in fates:  # a failure that may be that of an earlier try says nothing of the last one
                if fate.state == state:
                    return fate
        return None

    def _fate(self, job: Attributes) -> Fate:
        state, remote = job["job-state"][0], str(job["job-id"][0]) if "job-id" in job else None
        if state == COMPLETED:
            return Fate("transmitted", words="The printer says that it is done: hand the paper over.", remote=remote)
        if state == ABORTED:
            return Fate("failed", words="The printer gave this letter up.", remote=remote, final=False)
        if state == CANCELED:
            return Fate("failed", words="Somebody cancelled this letter at the printer.", remote=remote)
        if state in (HELD, JOB_STOPPED) or "printer-stopped" in job.get("job-state-reasons", ()):
            return Fate("underway", words="The printer has stopped: see what it wants.", remote=remote)
        return Fate("underway", words=self._how_long(job), remote=remote)

    def _how_long(self, job: Attributes) -> str:
        """Words for a job that takes too long, by the printer's own clock."""
        since, now = job.get("time-at-creation", (None,))[0], job.get("job-printer-up-time", (None,))[0]
        if not (isinstance(since, int) and isinstance(now, int)) or now - since < self.wait_minutes * 60:
            return ""
        return f"The printer has had this letter for {(now - since) // 60} minutes: look at it."

    def _refuse_another(self, printer: str) -> None:
        if printer != self.called:
            raise SendError(f"There is no printer of that name: see name in {SEE}.", final=True)

    def _refuse_unready(self) -> None:
        wanted = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "document-format-supported")
        said = self._asked(ipp.GET_PRINTER_ATTRIBUTES, {"requested-attributes": wanted})
        self._refuse(said)
        printer: Attributes = next(iter(said.of(ipp.PRINTER)), {})
        if printer.get("printer-is-accepting-jobs") == (False,):
            raise SendError("The printer takes no jobs now: have it take them again.", final=False, at_server=True)
        if printer.get("printer-state") == (STOPPED,):
            raise SendError("The printer is paused or stopped: see what it wants.", final=False, at_server=True)
        if PDF not in printer.get("document-format-supported", (PDF,)):
            raise SendError("The printer prints no PDF: set up another queue for it.", final=False, at_server=True)

    def _asked(self, operation: int, attributes: ipp.Said, content: bytes = b"") -> ipp.IppAnswer:
        hands_over = operation == ipp.PRINT_JOB
        body = ipp.request(operation, {"printer-uri": self.uri, **_by(attributes)}, content)
        got = self.asking.ask(
            "POST", http_of(self.uri), hands_over=hands_over, data=body, headers={"Content-Type": "application/ipp"}
        )
        self.asking.refuse(got, hands_over=hands_over)
        try:
            return ipp.answer(got.body)
        except ipp.NoIpp as problem:
            raise self.asking.unreadable(hands_over=hands_over) from problem

    def _refuse(self, said: ipp.IppAnswer) -> None:
        """Raise ``SendError`` for every status that is no success: by RFC 8011 nothing was taken then."""
        if said.status < 0x0100:
            return
        words = {
            NOT_FOUND: f"There is no such queue at this printer: see uri in {SEE}.",
            NOT_ACCEPTING: "The printer takes no jobs now: have it take them again.",
            BUSY: "The printer is busy: try again later.",
            BAD_FORMAT: "The printer prints no PDF: set up another queue for it.",
            TOO_LARGE: "This letter is too large for the printer.",
            **dict.fromkeys(REFUSED, f"The printer refuses us: see {SEE}, and who may print on it."),
        }.get(said.status, f"The printer refuses (0x{said.status:04x}): see what it wants.")
        raise SendError(words, final=said.status == TOO_LARGE, at_server=said.status != TOO_LARGE)


def _by(attributes: ipp.Said) -> ipp.Said:
    """In the order that the standard wants: what it is about, by whom, then everything else (RFC 8011 4.1.5)."""
    about = {name: one for name, one in attributes.items() if name == "job-id"}
    return {**about, "requesting-user-name": USER, **attributes}


def http_of(uri: str) -> str:
    """Where requests for a printer go (RFC 8010 5.1; ipps: RFC 7472): port 631 unless it says another."""
    parts = urlsplit(uri)
    scheme = "https" if parts.scheme == "ipps" else "http"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{scheme}://{host}:{parts.port or PORT}{parts.path or '/'}"


def printer_channel(
    uri: str, called: str, *, ca: str | None = None, wait_minutes: int = 10, seconds: float = 60
) -> PrintChannel:
    """The printer of a practice."""
    return PrintChannel(uri, called, Asking("The printer", SEE, verify=ca or True, seconds=seconds), wait_minutes)
