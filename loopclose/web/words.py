"""What the screens say of times, of people, and of what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from loopclose.domain import letter_waits
from loopclose.domain.dates import length_words
from loopclose.domain.roles import ROLES
from loopclose.domain.states import BY_EHR, BY_LOOPCLOSE
from loopclose.store.loop import LinkRow
from loopclose.store.people import User

KINDS = {
    "report": "Report",
    "resolve": "Visit without a sure referral",
    "no_show": "Missed visit to tell the referrer of",
    "answer": "Answer that we owe",
    "schedule": "Referral to book",
    "receipt": "Receipt of a report",
    "correction": "Correction of a letter",
    "handover": "Medicine for the referrer to take over",
    "ask": "Request of the referrer",
    "pending_result": "Result promised in a letter",
}
"""What is owed, as a heading."""
OPENS = {
    "owed": "Open to draft",
    "drafted": "Open the draft",
    "signed": "Open the signed report",
    "sent": "Open the sent report",
    "held": "Open what is on hold",
}
"""By the state of a report: what the button of its row does."""
HOW = {
    ("report", "owed"): "Draft it from the chart, then sign it here, or the note in the EHR.",
    ("report", "drafted"): "Sign it here; or sign the note in the EHR, which is seen when the EHR is read next.",
    ("report", "held"): "See below what holds it; a clinician or the lead can release it for its recipient.",
    (
        "report",
        "signed",
    ): "Send it from the EHR, which is seen by itself, or another way, and say so here.",
    ("report", "sent"): "If you hear that it arrived, say so here; what the EHR hears is seen by itself.",
}
"""By kind and state: how the next step is done."""

METHODS = {
    "Encounter.basedOn": "the visit names the referral",
    "Encounter.appointment": "the visit's booking names the referral",
    "Task": "a task ties them together",
    "identifier": "both carry the same order number",
    "EpisodeOfCare": "both belong to one episode of care",
    "Procedure": "a procedure of the visit names the referral",
    "DiagnosticReport": "a result of the visit names the referral",
}
"""By what a link rests on, where the chart states it."""
FOUND = {
    "requester": "the request names them",
    "role": "the request names them, through a role",
    "ref_participant": "the visit names them as who referred",
    "organization": "the request names only their practice",
    "display": "the request has only this name",
    "care_team": "the care team names them",
    "person": "a person said so",
}
"""How a referrer was found."""


def link_words(link: LinkRow) -> str:
    """What ties a visit to its referral, as a sentence."""
    if link.band == "person":
        return "Not linked: a person must decide."
    if link.band == "decided":
        return "A person linked it." if link.referrals else "A person said that it answers no referral."
    if not link.referrals:
        return "No referral fits."
    fits = f"the referral fits {round(link.confidence * 100)} of 100, and no other as well"
    return f"Linked: {METHODS.get(link.method or '', fits)}."


def found_words(how: str) -> str:
    """How a referrer was found."""
    return FOUND.get(how, how.replace("_", " "))


def kind_words(kind: str) -> str:
    """What is owed, as a heading."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())


def opens(state: str) -> str:
    """What the button of a report's row does."""
    return OPENS.get(state, "Open")


def called(email: str, names: Mapping[str, str]) -> str:
    """Somebody by name; a role, the EHR and the rules by what they are. ``names``: by e-mail in lower case."""
    if email in ROLES:
        return f"the {email}"
    known = {BY_EHR: "the EHR", BY_LOOPCLOSE: "the rules"}
    role = email.removeprefix("nobody:")
    if role != email:
        return f"nobody has the role {role}"
    return known.get(email) or names.get(email.lower()) or "somebody without an account"


def whose_step(owner: str, names: Mapping[str, str], me: User) -> str:
    """Whose step the next one is, as a sentence; of an account that is gone it is the coordinator's."""
    if owner.lower() == me.email.lower():
        return "It is your step."
    if owner in ROLES or owner.lower() not in names:
        role = owner if owner in ROLES else "coordinator"
        return f"It is your step, as the {role}." if me.role == role else f"It is the {role}'s step."
    return f"It is the step of {called(owner, names)}."


def follows_up(owner: str, names: Mapping[str, str], me: User) -> str:
    """Who sees to it that something comes which others have to do, as a sentence."""
    if owner.lower() == me.email.lower() or owner == me.role:
        return "You follow it up."
    who = called(owner, names) if owner in ROLES or owner.lower() in names else "the coordinator"
    return f"{who[:1].upper()}{who[1:]} follows it up."


def how_next(kind: str, state: str, guessed: bool, letter: str | None = None) -> str:
    """How the next step is done, in a sentence; nothing where its name says it. ``letter``: what it waits for."""
    if kind == "report" and state == "signed" and guessed:
        return "The referrer is a guess: nothing is sent before somebody says who really asked."
    return letter_waits.HOW[letter] if letter is not None else HOW.get((kind, state), "")


def due_words(due_at: datetime, now: datetime, zone: ZoneInfo, late: bool) -> str:
    """How late, or how near: ``5 days late``, ``Today``, ``Tomorrow``, or nothing where the date says it."""
    if late:
        return f"{length_words(now - due_at)} late"
    days = (due_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    return {0: "Today", 1: "Tomorrow"}.get(days, "")


def ago(moment: datetime, now: datetime) -> str:
    """``4 min ago``."""
    return f"{length_words(now - moment)} ago"


def wait_words(wait: timedelta) -> str:
    """How long to wait, rounded up so that it is over by then; empty for no wait."""
    seconds = ceil(wait.total_seconds())
    if seconds <= 0:
        return ""
    if seconds < 100:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{ceil(seconds / 60)} minutes"
