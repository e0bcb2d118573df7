"""What the screens call each kind of thing owed, its tabs, the order of its list, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from loopclose.domain.letter_waits import UNDELIVERED, UNDERWAY, UNKNOWN


@dataclass(frozen=True)
class Kind:
    """The words of one kind's list."""

    name: str
    """In the navigation: several of them."""
    title: str
    seen: str
    """What its day is the day of."""
    due: str
    owed: str
    """Where it stands while nothing was done."""
    confirmed: str = "Done"


LISTS = {
    "report": Kind("Reports", "Reports we owe", "Seen", "Report due", "Not drafted", "Confirmed"),
    "resolve": Kind("Unmatched", "Visits without a sure referral", "Seen", "Decide by", "Not decided", "Decided"),
    "no_show": Kind("No-shows", "Patients who did not come", "Booked for", "Tell by", "Not told yet", "Told"),
    "receipt": Kind("Receipts", "Receipts we wait for", "Seen", "Expected by", "Awaited", "Arrived"),
    "answer": Kind("Answers", "Answers we owe", "Asked on", "Answer by", "Not answered", "Answered"),
    "schedule": Kind("Bookings", "Visits to book", "Asked on", "Book by", "Not booked", "Booked"),
    "correction": Kind("Corrections", "Signed letters to correct", "Seen", "Correct by", "Not corrected", "Corrected"),
    "handover": Kind("Handovers", "Medicines for referrers to take over", "Seen", "Agreed by", "Not agreed", "Agreed"),
    "ask": Kind("Requests", "What we asked of referrers", "Seen", "Answer by", "Not answered", "Answered"),
    "pending_result": Kind("Promised results", "Results we promised", "Seen", "Send by", "Not sent on", "Sent on"),
}
"""Every kind: each has a list."""
STANDING = ("report", "resolve")
"""Those in the navigation even where nothing of them is open."""
SIGNS = {
    "owed": ("○", "Not drafted"),
    "drafted": ("✎", "Draft ready"),
    "signed": ("✓", "Signed, not sent"),
    "sent": ("➤", "Sent, unconfirmed"),
    "confirmed": ("✔", "Confirmed"),
    "waived": ("–", "Waived"),
    "held": ("‖", "On hold"),
}
"""Where a report stands: a sign and its words."""
LETTERS = {
    UNKNOWN: ("⚠", "Signed, may have left"),
    UNDERWAY: ("➤", "Signed, on its way"),
    UNDELIVERED: ("⚠", "Signed, did not arrive"),
}
"""The same of a signed report, by what its letter waits for."""
TABS = {
    "open": "All open",
    "late": "Late",
    "today": "Due today",
    "soon": "Next two days",
    "later": "Later",
    "sent": "Sent, unconfirmed",
    "closed": "Closed",
}
PRESSING = (
    "Most pressing: late, and the patient is just back with the referrer or soon will be; then late and stat, urgent "
    "or asap; then the longest late; then what falls due next. Of those alike, what the referrer’s office asked for."
)
ORDERS = {
    "open": "most pressing first",
    "late": "most pressing first",
    "today": "by the time it is due",
    "soon": "by the time it is due",
    "later": "by the time it is due",
    "sent": "sent the longest ago first",
    "closed": "by when it was due, the latest first",
}
"""The order of each tab, as ``store.worklist_query.order_of`` and ``store.closed`` make it, in words."""


def order_words(kind: str, tab: str) -> str:
    """In which order a tab of a kind's list comes."""
    return "the longest due first" if kind == "resolve" and tab in ("open", "late") else ORDERS[tab]


def tabs_of(kind: str) -> dict[str, str]:
    """Only a report is sent and then confirmed."""
    return TABS if kind == "report" else {name: words for name, words in TABS.items() if name != "sent"}


def sign(kind: str, state: str, letter: str | None = None) -> tuple[str, str]:
    """The sign of a state, in the words of its kind. ``letter``: what the letter of a signed report waits for."""
    character, words = LETTERS.get(letter or "", SIGNS[state])
    if kind in LISTS and kind != "report":
        words = {"owed": LISTS[kind].owed, "confirmed": LISTS[kind].confirmed}.get(state, words)
    return character, words
