"""What is asked about something that waits for a person, and how each way of answering is called."""

from __future__ import annotations

from dataclasses import dataclass

from loopclose.domain.loose_ends import HIDDEN
from loopclose.store.worklist_item import Item


@dataclass(frozen=True)
class Question:
    """One kind of question."""

    title: str
    explains: str = ""
    """What there is to do, and what follows from it."""
    done: str = ""
    """The button that closes it as settled; nothing where it is closed by picking, or by naming who asked."""
    nothing: str = ""
    """Over the reasons for which nothing is owed."""


WHO = Question("Who really asked?")
REFERRAL = Question("Which referral does this visit answer?")
REQUEST = Question(
    "Is this request a referral to us?",
    "No map knows its codes, so nobody knows. If it is one, the visit that answers it is matched to it, and owes its "
    "report, when the patient has been seen. If it is none, nothing is owed for it.",
    "Yes, it is a referral to us",
    "No, it is none",
)
BOOKING = Question(
    "Did the patient come?",
    "The booking is past and nobody closed it. If the patient came, close it in the EHR: the visit is read from there, "
    "and owes its report. If not, mark it there as missed or cancelled: the referrer is told.",
    "It is closed in the EHR now",
    "Nothing is owed for it",
)
UNREAD_VISIT = Question(
    "What is this visit? It cannot be read",
    "Look at it in the EHR. If it answers a referral, see to its report by hand: nobody is reminded of that here.",
    "I looked in the EHR: it is seen to",
    "Nothing is owed for it",
)
HIDDEN_VISIT = Question(
    "Is a visit missing here?",
    "Not everything of this patient could be read. Look in the EHR whether a visit with us owes a report.",
    "I looked in the EHR: no visit is missing",
    "Nothing is owed",
)


def question_of(item: Item, asks_who: bool) -> Question:
    """What is asked; ``asks_who``: whether it can be said who really asked."""
    owed = item.obligation
    if owed.kind == "resolve" and any(reason["because"].startswith(HIDDEN) for reason in item.reasons):
        return HIDDEN_VISIT
    if owed.visit is None:
        return BOOKING if owed.appointment is not None else REQUEST
    if item.visit is None:
        return UNREAD_VISIT
    return WHO if asks_who and (owed.kind == "resolve" or owed.guessed) else REFERRAL
