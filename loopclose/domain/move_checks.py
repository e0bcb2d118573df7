"""What the table of moves checks: pure functions that give one sentence for a person, or None."""

from __future__ import annotations

from datetime import datetime, time

from loopclose.domain.codes import NOT_YET_SENT, WAIVERS
from loopclose.domain.commands import Assign, Attest, DueBy, Link, NameRequester, ReturnsOn, Waive
from loopclose.domain.dates import moment_in_full
from loopclose.domain.npi import npi_is_plausible
from loopclose.domain.returns import SOURCES
from loopclose.domain.situation import Actor, Situation, only_of_the_requester

CHANNELS = ("fax", "direct", "mail", "portal", "by hand", "phone")
"""By which a report can have been sent outside Loopclose."""
ON_HOLD = "It is on hold: a clinician or the lead releases it before it can count as sent."
NOT_CORRECTED = "Nobody has signed the corrected letter: sign it and send it, or waive the correction."
NOT_ALONE = "A late report is not waived by its author alone: ask the coordinator."


def nothing_bars(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """Kind, state and role say it all."""
    return None


def nothing_to_check(situation: Situation, actor: Actor, command: object, now: datetime) -> str | None:
    """Nothing is entered."""
    return None


def nothing_to_doubt(situation: Situation, command: object) -> str | None:
    """Nothing is asked back."""
    return None


def stays(situation: Situation, command: object, now: datetime) -> str | None:
    """The state stays."""
    return None


def can_be_confirmed(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """A report is confirmed once it was sent, and a correction once the corrected letter is signed; a visit's referral
    is picked, not confirmed, but where nothing of the visit can be read: there somebody looks in the EHR, and says so.
    """
    if situation.kind == "report" and situation.state != "sent":
        return "Only a report that was sent can be confirmed as arrived."
    if situation.kind == "resolve" and situation.visit is not None and situation.visit_end is not None:
        return "This closes when somebody picks the referral for the visit."
    return None if situation.corrected else NOT_CORRECTED


def not_on_hold(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """What is on hold has not been sent: whoever may, releases it first."""
    return ON_HOLD if situation.state == "held" or situation.holds else None


def is_back_dated(situation: Situation, sent_at: datetime, now: datetime) -> bool:
    """Whether a report that is late is said to have been sent in time."""
    return now > situation.due_at >= sent_at


def attestation(situation: Situation, actor: Actor, command: Attest, now: datetime) -> str | None:
    """A known channel, a recipient, and a time between the visit's end and now."""
    if command.channel not in CHANNELS:
        return f"How was it sent? One of {', '.join(CHANNELS)} is expected."
    if not command.recipient.strip():
        return "Say to whom it was sent."
    sent_at = command.sent_at or now
    if sent_at > now:
        return "The time at which it was sent lies in the future."
    first = situation.could_be_sent_from()
    if first is not None and sent_at < first:
        return f"It cannot have been sent before the visit was over, {moment_in_full(first, situation.zone)}."
    if situation.proposal is not None and is_back_dated(situation, sent_at, now):
        return f"What {situation.proposal.name or situation.proposal.by} attested waits for a second person already."
    return None


def sent_unless_back_dated(situation: Situation, command: Attest, now: datetime) -> str | None:
    """Sent; but a late report that is said to have been sent in time stays late until a second person says so, too."""
    return None if is_back_dated(situation, command.sent_at or now, now) else "sent"


def second_person(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """A back-dated attestation waits, somebody else made it, and nothing holds the report."""
    if barred := not_on_hold(situation, actor, now):
        return barred
    if situation.proposal is None:
        return "Nothing waits for a second person."
    if situation.proposal.by.lower() == actor.email.lower():
        return "A late report counts as sent in time only when a second person stands for it."
    first = situation.could_be_sent_from()
    if first is not None and situation.proposal.sent_at < first:
        return f"It cannot have been sent before the visit was over, {moment_in_full(first, situation.zone)}."
    return None


def somebody_attested(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """A back-dated attestation waits."""
    return None if situation.proposal is not None else "Nothing waits for a second person."


def not_by_its_author_alone(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """A late report is not waived by whoever was to write it."""
    late = situation.kind == "report" and situation.is_late(now)
    return NOT_ALONE if late and situation.is_by_its_author(actor) else None


def waiver(situation: Situation, actor: Actor, command: Waive, now: datetime) -> str | None:
    """A code of the closed list; words for the code that says nothing."""
    if command.code not in WAIVERS:
        return f"Why is nothing owed? One of {', '.join(WAIVERS)} is expected."
    if command.code == "other" and not command.note.strip():
        return "Give the other reason in words."
    return None


def closed_by_a_person(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """What the rules closed, the rules would close again at once."""
    if situation.ground_gone is not None:
        return f"It is not owed as the chart stands: {situation.ground_gone} It opens by itself when that changes."
    return None


def assignee(situation: Situation, actor: Actor, command: Assign, now: datetime) -> str | None:
    """A user of the practice who can sign in, and whose role lets something be given to them."""
    if not command.to.strip():
        return "Say to whom: the e-mail of a user is expected."
    if command.to.strip().lower() not in situation.users:
        return f"There is no user {command.to.strip()} in this practice to whom it can be given."
    return None


def return_day(situation: Situation, actor: Actor, command: ReturnsOn, now: datetime) -> str | None:
    """A day after the visit; none only where one was entered."""
    if command.source and command.source not in SOURCES:
        return f"Say how the day is known by one of {', '.join(SOURCES)}."
    if command.day is None:
        return None if situation.return_by_hand is not None else "No day was entered that could be taken away."
    start = datetime.combine(command.day, time(0), tzinfo=situation.zone)
    if situation.visit_end is not None and start <= situation.visit_end:
        return "The patient returns to the referrer after our visit: enter a later day."
    return None


def nearer_time(situation: Situation, actor: Actor, command: DueBy, now: datetime) -> str | None:
    """A time from now on, nearer than the rules' own: a deadline by hand only shortens."""
    if command.at is None:
        return None if situation.due_by_hand is not None else "No time was entered that could be taken away."
    if command.at <= now:
        return "That time has passed."
    if command.at >= situation.rules_due:
        due = moment_in_full(situation.rules_due, situation.zone)
        return f"It is due {due} as it is: enter a nearer time."
    return None


def can_be_asked_by_another(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """A visit under a request that names one of us, or nobody; or a report that nobody got yet.

    The requester of the chart may be whoever typed the request.
    """
    if situation.referral is None or situation.visit is None:
        return "This asks which referral the visit answers, not who asked."
    if situation.kind == "report" and situation.state not in NOT_YET_SENT:
        return "The report was sent already."
    return None


def requester(situation: Situation, actor: Actor, command: NameRequester, now: datetime) -> str | None:
    """A name, or that it came from within; for the requester only after the list of whom it touches was seen."""
    if not command.internal and not command.name.strip():
        return "Give the name of the clinician who asked."
    npi = command.npi.strip()
    if npi and not (npi.isascii() and npi.isdigit() and len(npi) == 10):
        return "An NPI has ten digits."
    if command.internal and (barred := not_by_its_author_alone(situation, actor, now)):
        return barred
    if not command.for_requester:
        return None
    if not only_of_the_requester(situation):
        return "The request names one of us, or nobody: the answer can hold for this one request only."
    if command.listed != situation.touched:
        return "Whom this answer touches has changed: look at the list again."
    return None


def internal_in_spite_of_a_name(situation: Situation, command: NameRequester) -> str | None:
    """*From within* while the request names somebody who is none of ours."""
    if not command.internal or not only_of_the_requester(situation):
        return None
    named = situation.requester_name or situation.requester
    return f"The request names {named}, who is none of ours. If it came from within all the same, nobody gets a report."


def npi_warning(npi: str) -> str | None:
    """Said beside an NPI whose check digit does not fit: it is kept all the same."""
    return None if not npi or npi_is_plausible(npi) else f"The check digit of NPI {npi} does not fit: look again."


def link(situation: Situation, actor: Actor, command: Link, now: datetime) -> str | None:
    """Referrals of this visit's patient only; and no other way to be rid of a late report alone."""
    for key in command.referrals:
        if key not in situation.referrals:
            return f"{key} is no referral of this patient."
    dropped = [due_at for key, due_at in situation.reports.items() if key not in command.referrals]
    late = any(now > due_at for due_at in dropped)
    return NOT_ALONE if late and situation.is_by_its_author(actor) else None


def none_in_spite_of_a_link(situation: Situation, command: Link) -> str | None:
    """*None* while the chart ties the visit to a referral for certain."""
    if command.referrals or not situation.certain:
        return None
    return (
        f"The chart ties this visit to {', '.join(situation.certain)}: {situation.certain_because} "
        "If it answers no referral all the same, nobody gets a report."
    )
