"""Who may do what: the one table of role and action, for screens, for moves, and for commands that name a person.

A page, a move or a command names an action of this table, and whoever is asked looks here and nowhere else. Whoever
has a role that is not in it may do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CLINICIAN, COORDINATOR, LEAD, MANAGER = "clinician", "coordinator", "lead", "manager"
INTEGRATOR, AUDITOR = "integrator", "auditor"
ROLES: Mapping[str, str] = {
    CLINICIAN: "sees patients, and writes and signs the reports",
    COORDINATOR: "keeps the list: what is owed, what is unmatched, what was not delivered",
    LEAD: "answers for the clinicians' work; told when a report stays late",
    MANAGER: "answers for the practice: what is late and why; no decision that needs the chart",
    INTEGRATOR: "connects EHRs and mail, and sees that the runs are healthy; nothing about a patient's care",
    AUDITOR: "sees everything, and changes nothing",
}
"""By name: what somebody of that role comes to do."""

CARE = frozenset({CLINICIAN, COORDINATOR, LEAD})
"""Those who work with patients and their charts."""
OWING = CARE | {MANAGER}
"""Those who answer for what the practice owes."""
READING = OWING | {AUDITOR}
RUNNING = frozenset({COORDINATOR, LEAD, MANAGER, INTEGRATOR, AUDITOR})
DECIDING = frozenset({COORDINATOR, LEAD, MANAGER})
"""Those who say what becomes of a mail that did not leave."""
MAPPING = frozenset({LEAD, MANAGER, INTEGRATOR})
"""Those who say what the codes of an EHR mean."""
EVERYBODY = frozenset(ROLES)


@dataclass(frozen=True)
class Action:
    """One row of the table."""

    name: str
    does: str
    """What it is, after the word *may*."""
    roles: frozenset[str]


_TABLE = (
    Action("see_reports", "see what is owed, and about whom", READING),
    Action("see_unmatched", "see visits without a sure referral, and who was said to have asked", READING),
    Action("see_mails", "see what people were told by mail", RUNNING),
    Action("decide_mail", "send a mail again, or drop it", DECIDING),
    Action("see_health", "see how the runs are", EVERYBODY),
    Action("preview_letters", "see how letters will look", EVERYBODY),
    Action("see_codes", "see which local codes no map knows, and what people said of them", RUNNING),
    Action("map_codes", "say what a local code means, for everybody at once", MAPPING),
    Action("draft", "have the papers drafted from the chart", CARE),
    Action("release_notice", "release the notice of a missed visit", CARE),
    Action("edit", "change the words of a draft", CARE),
    Action("sign", "sign a letter to a referrer", frozenset({CLINICIAN})),
    Action("send", "send a letter, and say what became of one", OWING),
    Action("log_chase", "note that a referrer's office asked where a report is, or let one ask by machine", OWING),
    Action("keep_addresses", "say where letters for a referrer go", OWING),
    Action("hold", "put a report on hold", frozenset({CLINICIAN, LEAD})),
    Action("release", "release a report that is on hold", frozenset({CLINICIAN, LEAD})),
    Action("be_given", "be given what is owed", OWING),
    Action("confirm", "say that it arrived, or is done", OWING),
    Action("attest", "say that a report was sent outside Loopclose", OWING),
    Action("countersign", "stand for what somebody else attested", OWING),
    Action("decline", "drop what was attested", OWING),
    Action("waive", "say that nothing is owed after all", OWING),
    Action("reopen", "open again what was closed", OWING),
    Action("assign", "give it to somebody", OWING),
    Action("returns_on", "enter when the patient is back with the referrer", OWING),
    Action("due_by", "ask for it earlier", OWING),
    Action("requester", "say who really asked for a visit", CARE),
    Action("take_back", "take back who really asked", CARE),
    Action("link", "say which referrals a visit answers", CARE),
    Action("promote", "let a visit from before go-live count", CARE),
)
ACTIONS: Mapping[str, Action] = {action.name: action for action in _TABLE}


def may(role: str, action: str) -> bool:
    """Whether somebody of that role may do that; an unknown role may do nothing, and nobody an unknown action."""
    row = ACTIONS.get(action)
    return row is not None and role in row.roles


def who_may(action: str) -> str:
    """The roles that may do it, in words: ``a clinician, a coordinator or a lead``."""
    named = [_a(role) for role in ROLES if role in ACTIONS[action].roles]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


def refused(role: str, action: str) -> str:
    """What somebody is told who may not do it: who may, and what they are."""
    if role not in ROLES:
        return (
            f"Your account has the role {role or 'of nobody'}, which Loopclose does not know. "
            f"Ask whoever runs it to give you one of {', '.join(ROLES)}."
        )
    return f"Only {who_may(action)} may {ACTIONS[action].does}; you are {_a(role)}."


def _a(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
