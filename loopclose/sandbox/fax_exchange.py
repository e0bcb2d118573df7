"""What a made-up fax gateway does with what it is ordered to send, by a script: the line, the other side, and its word.

Nothing is dialled. A fax "arrives" by being kept here, so that a demo shows it and a test counts it.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field

import pypdfium2

ANSWERS = ("ok", "refused", "limited", "broken", "garbled", "empty", "nameless", "silent", "cut", "late")
"""To an order: as it should, its own no, 429, 500, no JSON, nothing, no id, the connection closed, half of it, and
so late that nobody listens any more."""
ENDS = {
    "sent": "",
    "busy": "Busy",
    "no-answer": "No Answer",
    "no-fax": "No Remote Fax",
    "bad-number": "Invalid Number",
    "partly": "Line dropped",
    "odd": "T.30 error 49 after 617-555-0100",
    "underway": "",
    "mailing": "",
}
"""How a fax ends, and what the gateway says of it; the last two never end."""


@dataclass(frozen=True)
class Turn:
    """What is done with one order."""

    answer: str = "ok"
    takes: bool | None = None
    """Whether it is taken, whatever the answer; None: as the answer says."""
    ends: str = "sent"
    lies: bool = False
    """Success and nothing arrived, or a failure and all of it did."""
    copies: int = 1
    """How often it is dialled."""
    listed_after: int = 0
    """How often the listing is read before the fax stands in it."""

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS or self.ends not in ENDS:
            raise ValueError(f"an answer is one of {', '.join(ANSWERS)}, an end one of {', '.join(ENDS)}")

    @property
    def is_taken(self) -> bool:
        """Whether the fax is dialled."""
        return self.answer in ("ok", "late") if self.takes is None else self.takes


@dataclass
class Fax:
    """One that was taken."""

    id: str
    number: str
    tag: str
    content: bytes = field(repr=False)
    turn: Turn
    pages: int

    @property
    def sha256(self) -> str:
        """Of the document as it was handed over."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def pages_sent(self) -> int:
        """As the gateway says."""
        return {"sent": self.pages, "partly": max(self.pages - 1, 1)}.get(self.turn.ends, 0)

    @property
    def arrived(self) -> int:
        """How often the other side holds all of it."""
        return self.turn.copies if (self.turn.ends == "sent") != self.turn.lies else 0


@dataclass
class Exchange:
    """Orders and what became of them. ``script``: a turn for each order; those after its end go as they should."""

    script: list[Turn] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Answers to the next questions (status, listing); those after go as they should."""
    faxes: list[Fax] = field(default_factory=list)
    orders: int = 0
    """How often something was handed over, taken or not."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, number: str, tag: str, content: bytes) -> tuple[Turn, Fax | None]:
        """Take an order, or not."""
        with self._lock:
            turn = self.script[self.orders] if self.orders < len(self.script) else Turn()
            self.orders += 1
            if not turn.is_taken:
                return turn, None
            fax = Fax(f"{31524120 + len(self.faxes)}", number, tag, content, turn, _pages(content))
            self.faxes.append(fax)
            return turn, fax

    def question(self) -> str:
        """How the next question is answered."""
        with self._lock:
            return self.asked.pop(0) if self.asked else "ok"

    def listing(self) -> list[Fax]:
        """What stands in the listing now, the newest first, as often as it was dialled."""
        with self._lock:
            shown = [fax for fax in self.faxes if fax.turn.listed_after <= 0]
            for fax in self.faxes:
                fax.turn = _sooner(fax.turn)
            return [fax for fax in reversed(shown) for _ in range(fax.turn.copies)]

    def find(self, fax_id: str) -> Fax | None:
        """The fax of that id."""
        return next((fax for fax in self.faxes if fax.id == fax_id), None)

    @property
    def received(self) -> list[Fax]:
        """What the other side holds, once for each time that it came out there."""
        return [fax for fax in self.faxes for _ in range(fax.arrived)]


def _sooner(turn: Turn) -> Turn:
    if turn.listed_after <= 0:
        return turn
    return Turn(turn.answer, turn.takes, turn.ends, turn.lies, turn.copies, turn.listed_after - 1)


def _pages(content: bytes) -> int:
    try:
        return len(pypdfium2.PdfDocument(content))
    except pypdfium2.PdfiumError:
        return 0
