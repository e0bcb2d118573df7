"""What whoever gets a letter can say of what it asks, and what comes of each. Data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loopclose.domain.duties import ASK, HANDOVER

LONGEST, MOST_NEEDS, MOST_SAID = 500, 10, 100
"""Characters of what they need, how often one letter can ask us for something, and how much is kept of one at all."""
RECEIVED, NEEDS, WRONG_OFFICE = "received", "needs", "wrong_office"
ACCEPTED, REFUSED, DONE, DECLINED = "accepted", "refused", "done", "declined"


@dataclass(frozen=True)
class Answer:
    """One answer to something that a letter asks."""

    kind: str
    """Of what is owed."""
    words: str
    """For people of ours, a sentence."""
    stays_ours: bool = False
    """Whether somebody of ours must see to it now."""


ANSWERS: Mapping[str, Answer] = {
    ACCEPTED: Answer(HANDOVER, "The referrer's office takes it over."),
    REFUSED: Answer(HANDOVER, "The referrer's office does not take it over: the renewal stays ours.", stays_ours=True),
    DONE: Answer(ASK, "The referrer's office says that it is done."),
    DECLINED: Answer(ASK, "The referrer's office says that it cannot be done.", stays_ours=True),
}
"""By the code that closes what was owed. Every one closes it: who asked has an answer."""
