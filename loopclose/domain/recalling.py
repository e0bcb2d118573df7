"""Calling a letter back that went where it should not have: why, and what a breach assessment asks. Data.

Whoever got it is called by a person; nothing that left can be taken back by a machine. The four factors are those of
45 CFR 164.402(2): without them a disclosure that is not permitted is presumed to be a breach.
"""

from __future__ import annotations

from collections.abc import Mapping

RECALLED = "recalled"
"""What is kept as heard of a delivery that was called back."""
REASONS: Mapping[str, str] = {
    "wrong_recipient": "It went to somebody who does not care for this patient.",
    "wrong_patient": "What it says, or whom it names, belongs to another patient.",
    "wrong_words": "It must not be used as it is, and whoever has it must know.",
}
"""Why a letter is called back, by code."""
CLOSES_ADDRESS = frozenset({"wrong_recipient"})
HOLDS_REPORT = frozenset({"wrong_patient", "wrong_words"})
"""Those after which nothing of the report leaves before somebody looked at it."""


def called_back(code: str, words: str = "") -> str:
    """What is kept as heard of a delivery. ``code``: a key of ``REASONS``."""
    return f"Called back: {REASONS[code]} {words.strip()}".strip()


def is_of_its_words(said: str) -> bool:
    """Whether a letter was called back for what it says, not for who got it. ``said``: as ``called_back`` has it."""
    return any(said.startswith(called_back(code)) for code in HOLDS_REPORT)


FACTORS = (
    "What it held: which identifiers and which clinical words, and how likely it is that somebody is known by them.",
    "Who got it, or used it: is it somebody who has to keep such things secret themselves?",
    "Whether it was really opened or read, or came back unopened.",
    "What was done about it: was it destroyed or sent back, and who says so?",
)
"""What the assessment answers (45 CFR 164.402(2)(i)–(iv))."""
DAYS_TO_TELL = 60
"""By when the patient is told of a breach at the latest, after it was found (45 CFR 164.404(b))."""
