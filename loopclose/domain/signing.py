"""Signing a letter: who may, and what keeps one from being signed. Pure; one sentence a reason.

A letter is the papers of one report together. Its signature is a clinician's own: staff prepare, and never sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from loopclose.domain.letter_kinds import CONSULT, INTERIM
from loopclose.domain.roles import may, refused
from loopclose.domain.situation import Actor

WORDS_A_MINUTE, LEAST_SHARE = 250, 4
"""How fast a practised reader reads, and the share of that time below which nobody has read a letter."""
HOLDS_FOR = timedelta(minutes=5)
"""How long proof of who is at the screen holds for signing."""
AGREED = {
    "intended": "It is meant so",
    "chart": "The chart is out of date here; the letter says it right",
    "words": "In my words",
}
"""How a clinician answers a conflict of the paper, by code. Words may stand beside any, and must beside ``words``."""
UNANSWERED = {
    "pending": "It waits for a result; we will write again",
    "elsewhere": "It is not for our specialty",
    "told": "It was answered to the referrer directly",
}
"""Why the referrer's question has no answer in the letter, by code."""
IN_WORDS, QUOTED = "words", "quoted"
"""Codes of an answer to the question: in the clinician's own words, or a sentence of the letter that they picked."""
QUESTION = "question"
"""The key of the answer to the referrer's question; conflicts have keys of their own."""
HINDRANCES = {
    "already_signed": "It is signed already, so it stays as it is.",
    "held": "It is on hold: find out why before anything is signed.",
    "not_drafted": "There is no draft of this report that could be signed: have it drafted first.",
    "changed": "What is kept is not what was drafted: its SHA-256 differs. Have it drafted again.",
    "not_fresh": "The draft was written anew since this page was shown: read it again before you sign.",
    "note_preliminary": "A note that it quotes is not final: sign the note in the EHR, then have the letter drafted "
    "again.",
    "conflict_open": "Something in the chart disagrees, and you have not said how it is.",
    "answer_empty": "The referrer asked something: answer it, or say why it is not answered.",
    "unreadable": "Something of the visit could not be read here: look in the chart, and say that you have seen it.",
    "not_read": "You opened it a moment ago, less than reading it takes. If you have read it, sign once more.",
}
"""What keeps a letter from being signed, by code, in the order in which it is said."""
FINAL = frozenset({"already_signed", "held", "not_drafted", "changed"})
"""Those that nothing entered on the page can mend: nothing else is said beside them."""
NO_REFERENCE = (
    "Your account names no clinician, so a signature would be nobody's: ask whoever runs Loopclose to add your "
    "Practitioner reference or NPI to it."
)
NOT_TWICE = "You have signed it; as a resident's letter it waits for another clinician to co-sign it."
NOT_BY_A_RESIDENT = "A resident has signed it; only a clinician who is no resident can co-sign it."


@dataclass(frozen=True)
class Signer:
    """Whoever signs."""

    actor: Actor
    known_as: frozenset[str] = frozenset()
    """Every reference and NPI of that clinician."""
    is_resident: bool = False
    """Whether their signature counts only together with another clinician's, who is no resident."""


@dataclass(frozen=True)
class Said:
    """One answer: a code of ``AGREED``, or of the question, and words."""

    code: str
    words: str = ""


@dataclass(frozen=True)
class Letter:
    """What stands about a letter when somebody wants to sign it."""

    state: str
    """Of its report; ``interim-report`` where that is what was signed, and the report is owed still."""
    sha256: str
    """Of its papers together, as they are kept; empty where there are none."""
    words: int = 0
    author: frozenset[str] = frozenset()
    """``Practitioner/id`` and NPI of whoever saw the patient."""
    author_name: str | None = None
    conflicts: tuple[str, ...] = ()
    """Keys of what in the chart disagrees."""
    is_asked: bool = False
    """Whether the referrer's question stands in it."""
    is_preliminary: bool = False
    """Whether a note that it quotes is not final."""
    unreadable: tuple[str, ...] = ()
    """What of the visit could not be read, a sentence each."""
    is_intact: bool = True
    """Whether what is kept has the digest that was kept with it."""
    kind: str = CONSULT
    """Which kind of letter it is (``letter_kinds``)."""
    waits_for: str | None = None
    """E-mail of the resident who signed exactly these papers, while nobody has co-signed them."""


@dataclass(frozen=True)
class Entered:
    """What a clinician entered on the page of a letter."""

    sha256: str
    """Of the letter that the page showed."""
    answers: Mapping[str, Said] = field(default_factory=dict)
    """By key of a conflict, and ``QUESTION``."""
    has_seen_chart: bool = False
    """The tick *I have seen it in the chart*."""
    has_read: bool = False
    """The answer to ``not_read``, which is asked once."""
    open_for: timedelta | None = None
    """Since this clinician first opened this very letter; None where they never did."""


def who_cannot(signer: Signer, letter: Letter) -> str | None:
    """Why this user cannot sign that letter, in a sentence; None where they can.

    A clinician signs as themself, for visits of their own or of a colleague of the practice (``on_behalf``). A
    resident's letter is co-signed by a clinician who is none.
    """
    if not may(signer.actor.role, "sign"):
        return refused(signer.actor.role, "sign")
    if signer.actor.reference is None:
        return NO_REFERENCE
    if letter.waits_for is not None and signer.is_resident:
        is_own = letter.waits_for.lower() == signer.actor.email.lower()
        return NOT_TWICE if is_own else NOT_BY_A_RESIDENT
    return None


def on_behalf(signer: Signer, letter: Letter) -> str | None:
    """For whom a covering colleague signs: the author's name; None where the signer is the author, or nobody is."""
    if not letter.author or letter.author & signer.known_as:
        return None
    return letter.author_name or min(letter.author)


def hindrances(letter: Letter, entered: Entered) -> dict[str, str]:
    """What keeps it from being signed, by code, in the order of ``HINDRANCES``; empty where nothing does."""
    found = {
        "already_signed": letter.state in ("signed", "sent", "confirmed", INTERIM),
        "held": letter.state == "held",
        "not_drafted": letter.state in ("owed", "waived") or not letter.sha256,
        "changed": not letter.is_intact,
        "not_fresh": entered.sha256 != letter.sha256,
        "note_preliminary": letter.is_preliminary,
        "conflict_open": any(not is_settled(entered.answers.get(key)) for key in letter.conflicts),
        "answer_empty": letter.is_asked and not is_answered(entered.answers.get(QUESTION)),
        "unreadable": bool(letter.unreadable) and not entered.has_seen_chart,
        "not_read": not entered.has_read and (entered.open_for is None or entered.open_for < least_time(letter.words)),
    }
    said = {code: words for code, words in HINDRANCES.items() if found[code]}
    final = next((code for code in said if code in FINAL), None)
    return {final: said[final]} if final else said


def is_settled(said: Said | None) -> bool:
    """Whether a conflict has its answer."""
    return said is not None and said.code in AGREED and bool(said.code != "words" or said.words.strip())


def is_answered(said: Said | None) -> bool:
    """Whether the question has its answer, or the reason why it has none."""
    if said is None:
        return False
    return said.code in UNANSWERED or (said.code in (IN_WORDS, QUOTED) and bool(said.words.strip()))


def least_time(words: int) -> timedelta:
    """The least in which that many words can be read: a quarter of the time that a practised reader takes."""
    return timedelta(minutes=words / WORDS_A_MINUTE / LEAST_SHARE)
