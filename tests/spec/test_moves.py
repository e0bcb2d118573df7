"""What a person may do with what is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from loopclose.domain import commands as c
from loopclose.domain.codes import KINDS
from loopclose.domain.holds import Ground
from loopclose.domain.moves import MOVES, doubt, move_of, objection
from loopclose.domain.roles import ROLES, may, refused
from loopclose.domain.situation import Actor, Proposal, Situation
from tests.spec.cast import BOSTON, local

TITLE = "What a person may do"
_NAMES = {"said": "who asked"}


def _table() -> str:
    """Every move with where it is possible and who may make it, out of the table itself."""
    lines = ["| move | does | of what is owed | in state | roles |", "| --- | --- | --- | --- | --- |"]
    for name, move in MOVES.items():
        kinds = "anything" if move.kinds >= set(KINDS) else " ".join(sorted(_NAMES.get(k, k) for k in move.kinds))
        roles = " ".join(role for role in ROLES if may(role, name))
        lines.append(f"| `{name}` | {move.does} | {kinds} | {' '.join(sorted(move.states))} | {roles} |")
    return "\n".join(lines)


TEXT = f"""
{_table()}

Each row below is one move that somebody asks for, and the state that follows, or what is said instead; "stays" is a
move that leaves the state as it is. The visit was on Thu 2026-11-19 from 09:00 to 10:00, its report is due on
Tue 2026-11-24 at 17:00, and now it is 12:00 of that day. "Late" means that it was due on Mon 2026-11-23 at 17:00.
The users are one of each role; the author is the clinician who writes the report.
"""
COLUMNS = ["of what is owed", "in state", "with", "who", "asks for", "becomes, or is told"]
NOW = local("2026-11-24 12:00")
REPORT = Situation(
    kind="report",
    state="owed",
    zone=BOSTON,
    due_at=local("2026-11-24 17:00"),
    rules_due=local("2026-11-24 17:00"),
    visit="Encounter/v",
    visit_start=local("2026-11-19 09:00"),
    visit_end=local("2026-11-19 10:00"),
    author=frozenset({"Practitioner/heart", "1000000000"}),
    users=frozenset({"cora@practice.example", "heart@practice.example"}),
    referral="ServiceRequest/r",
    referrals=frozenset({"ServiceRequest/r"}),
    seen="2.3.1.0",
    news=("cora@practice.example waived it on Tue 24 Nov 2026 at 11:00", "", "", ""),
)
_LATE = {"due_at": local("2026-11-23 17:00"), "rules_due": local("2026-11-23 17:00")}
_WAITS = {"proposal": Proposal("cora@practice.example", "fax", "Elm Street", local("2026-11-20 15:00"))}
AROUND: dict[str, dict[str, Any]] = {
    "-": {},
    "late": _LATE,
    "due this minute": {"due_at": NOW, "rules_due": NOW},
    "no visit": {"visit": None, "referral": None},
    "late; sent on 20 Nov, as the coordinator attested": {**_LATE, **_WAITS},
    "sent before the visit was over, as the coordinator attested": {
        "proposal": Proposal("cora@practice.example", "fax", "Elm Street", local("2026-11-19 09:30"))
    },
    "sent at the visit's end, as the coordinator attested": {
        "proposal": Proposal("cora@practice.example", "fax", "Elm Street", local("2026-11-19 10:00"))
    },
    "the visit ended at midnight": {"visit_end": local("2026-11-20 00:00")},
    "a report for its referral, due this minute": {"reports": {"ServiceRequest/r": NOW}},
    "only the visit's day is known": {
        "visit_start": local("2026-11-19 00:00"),
        "visit_end": local("2026-11-19 23:59").replace(second=59),
    },
    "closed when it was signed": {"stood": "signed"},
    "closed by the rules": {"ground_gone": "The visit was deleted."},
    "a day of return entered": {"return_by_hand": date(2026, 12, 1)},
    "a time entered": {"due_by_hand": local("2026-11-24 15:00"), "due_at": local("2026-11-24 15:00")},
    "one of ours named as requester": {"requester": "Practitioner/heart", "requester_is_ours": True},
    "a clerk named as requester": {
        "requester": "Practitioner/clerk",
        "requester_name": "Referral Desk",
        "touched": "two requests",
    },
    "a late report for its referral": {"reports": {"ServiceRequest/r": local("2026-11-23 17:00")}},
    "a late report for another referral": {"reports": {"ServiceRequest/s": local("2026-11-23 17:00")}},
    "a report for its referral, not late": {"reports": {"ServiceRequest/r": local("2026-11-24 17:00")}},
    "a label on a note": {"recipient": "Dr. Lee", "holds": (Ground("sensitive", "DocumentReference/n"),)},
    "a record under Part 2": {
        "recipient": "Dr. Lee",
        "holds": (Ground("part2", "practice"),),
        "released_to": "drafted",
    },
    "a death, and a referrer who is guessed": {"holds": (Ground("deceased", "Patient/p"),)},
    "a certain link": {"certain": ("ServiceRequest/r",), "certain_because": "Encounter.basedOn names the referral."},
}
_O = {"obligation": "o"}
_V = {"ehr": "main", "visit": "Encounter/v"}
_SENT = {**_O, "channel": "fax", "recipient": "Elm Street"}
ASKED: dict[str, c.Command] = {
    "confirm": c.Confirm(**_O),
    "attest: sent now": c.Attest(**_SENT),
    "attest: sent on 20 Nov, 15:00": c.Attest(**_SENT, sent_at=local("2026-11-20 15:00")),
    "attest: sent the minute it was due": c.Attest(**_SENT, sent_at=local("2026-11-23 17:00")),
    "attest: sent a minute after it was due": c.Attest(**_SENT, sent_at=local("2026-11-23 17:01")),
    "attest: sent at the visit's end": c.Attest(**_SENT, sent_at=local("2026-11-19 10:00")),
    "attest: sent a minute before the visit's end": c.Attest(**_SENT, sent_at=local("2026-11-19 09:59")),
    "attest: sent the day before the visit": c.Attest(**_SENT, sent_at=local("2026-11-18 23:59")),
    "attest: sent in a minute": c.Attest(**_SENT, sent_at=local("2026-11-24 12:01")),
    "attest: by pigeon": c.Attest(**{**_SENT, "channel": "pigeon"}),
    "attest: to nobody": c.Attest(**{**_SENT, "recipient": " "}),
    "countersign": c.Countersign(**_O),
    "decline": c.Decline(**_O),
    "waive: duplicate": c.Waive(**_O, code="duplicate"),
    "waive: no code": c.Waive(**_O, code=""),
    "waive: other, without words": c.Waive(**_O, code="other", note=" "),
    "waive: other, in words": c.Waive(**_O, code="other", note="Seen for a study."),
    "waive: duplicate, on a page from before": c.Waive(**_O, code="duplicate", seen="1.3.1.0"),
    "waive: duplicate, on a page from now": c.Waive(**_O, code="duplicate", seen="2.3.1.0"),
    "reopen": c.Reopen(**_O),
    "assign: to the coordinator": c.Assign(**_O, to="Cora@practice.example"),
    "assign: to nobody": c.Assign(**_O, to=""),
    "assign: to somebody unknown, or disabled": c.Assign(**_O, to="gone@practice.example"),
    "returns: 20 Nov": c.ReturnsOn(**_O, day=date(2026, 11, 20)),
    "returns: on the day of the visit": c.ReturnsOn(**_O, day=date(2026, 11, 19)),
    "returns: not known": c.ReturnsOn(**_O),
    "due by: today at 15:00": c.DueBy(**_O, at=local("2026-11-24 15:00")),
    "due by: today at 16:00": c.DueBy(**_O, at=local("2026-11-24 16:00")),
    "due by: today at 17:00": c.DueBy(**_O, at=local("2026-11-24 17:00")),
    "due by: today at 12:00": c.DueBy(**_O, at=NOW),
    "due by: the rules": c.DueBy(**_O),
    "requester: Dr. Outside": c.NameRequester(**_O, name="Dr. Outside"),
    "requester: nobody": c.NameRequester(**_O, name=" "),
    "requester: from within": c.NameRequester(**_O, internal=True),
    "requester: from within, asked twice": c.NameRequester(**_O, internal=True, sure=True),
    "requester: Dr. Outside, NPI 12": c.NameRequester(**_O, name="Dr. Outside", npi="12"),
    "requester: Dr. Outside, NPI ²²²²²²²²²²": c.NameRequester(**_O, name="Dr. Outside", npi="²" * 10),
    "requester: Dr. Outside, for all of that requester": c.NameRequester(
        **_O, name="Dr. Outside", for_requester=True, listed="two requests"
    ),
    "requester: the same, the list having changed": c.NameRequester(
        **_O, name="Dr. Outside", for_requester=True, listed="one request"
    ),
    "hold: the patient asked": c.Hold(**_O, code="patient_asked"),
    "hold: other, without words": c.Hold(**_O, code="other"),
    "hold: deceased": c.Hold(**_O, code="deceased"),
    "release: treatment": c.Release(**_O, code="treatment", note="The referrer treats her."),
    "release: treatment, without words": c.Release(**_O, code="treatment", note=" "),
    "release: consent": c.Release(**_O, code="consent", note="Signed on 19 Nov, scanned."),
    "release: no code": c.Release(**_O, code="", note="So."),
    "take back": c.TakeBack(answer="a"),
    "link: its referral": c.Link(**_V, referrals=("ServiceRequest/r",)),
    "link: a referral of somebody else": c.Link(**_V, referrals=("ServiceRequest/x",)),
    "link: none": c.Link(**_V),
    "link: none, asked twice": c.Link(**_V, sure=True),
    "promote": c.Promote(**_V),
}
USERS = {
    "clinician": Actor("vessel@practice.example", "Vera", "clinician", "Practitioner/vessel"),
    "author": Actor("heart@practice.example", "Hana", "clinician", "Practitioner/heart"),
    "author, by NPI": Actor("heart@practice.example", "Hana", "clinician", "1000000000"),
    "coordinator": Actor("cora@practice.example", "Cora", "coordinator"),
    "lead": Actor("leo@practice.example", "Leo", "lead"),
    "manager": Actor("mona@practice.example", "Mona", "manager"),
    "integrator": Actor("ines@practice.example", "Ines", "integrator"),
    "auditor": Actor("ada@practice.example", "Ada", "auditor"),
    "somebody of no role": Actor("x@practice.example", "X", "visitor"),
}
_NOT_ALONE = "A late report is not waived by its author alone: ask the coordinator."
_SECOND = "late; sent on 20 Nov, as the coordinator attested"
_STAYS_LATE = "A late report counts as sent in time only when a second person stands for it."
_OVER = "It cannot have been sent before the visit was over, Thu 19 Nov 2026 at 10:00."
_CODES = "One of not_a_referral_visit, internal, duplicate, patient_objected, referrer_asked_for_none, "
_CODES += "series_visit, referrer_not_identifiable, other is expected."
_THIS_ONE = "The request names one of us, or nobody: the answer can hold for this one request only."
_NONE_OF_OURS = "The request names Referral Desk, who is none of ours. "
_NONE_OF_OURS += "If it came from within all the same, nobody gets a report."
_GONE = "There is no user gone@practice.example in this practice to whom it can be given."
_ON_HOLD = "It is on hold: a clinician or the lead releases it before it can count as sent."
ROWS = [
    ["report", "sent", "-", "coordinator", "confirm", "confirmed"],
    ["report", "signed", "-", "coordinator", "confirm", "Only a report that was sent can be confirmed as arrived."],
    ["report", "confirmed", "-", "coordinator", "confirm", "It is closed; reopen it first."],
    ["receipt", "owed", "-", "manager", "confirm", "confirmed"],
    ["no_show", "owed", "no visit", "coordinator", "confirm", "confirmed"],
    ["resolve", "owed", "no visit", "coordinator", "confirm", "confirmed"],
    ["resolve", "owed", "-", "lead", "confirm", "This closes when somebody picks the referral for the visit."],
    ["report", "owed", "-", "clinician", "attest: sent now", "sent"],
    ["report", "signed", "-", "author", "attest: sent on 20 Nov, 15:00", "sent"],
    ["report", "owed", "late", "coordinator", "attest: sent now", "sent"],
    ["report", "owed", "late", "coordinator", "attest: sent a minute after it was due", "sent"],
    ["report", "owed", "due this minute", "coordinator", "attest: sent on 20 Nov, 15:00", "sent"],
    ["report", "owed", "due this minute", "author", "waive: duplicate", "waived"],
    ["report", "owed", "late", "coordinator", "attest: sent the minute it was due", "stays"],
    ["report", "drafted", "late", "lead", "attest: sent on 20 Nov, 15:00", "stays"],
    ["report", "owed", "-", "clinician", "attest: sent at the visit's end", "sent"],
    ["report", "owed", "-", "clinician", "attest: sent a minute before the visit's end", _OVER],
    ["report", "owed", "only the visit's day is known", "clinician", "attest: sent at the visit's end", "sent"],
    [
        "report",
        "owed",
        "only the visit's day is known",
        "clinician",
        "attest: sent the day before the visit",
        "It cannot have been sent before the visit was over, Thu 19 Nov 2026 at 00:00.",
    ],
    [
        "report",
        "owed",
        "-",
        "clinician",
        "attest: sent in a minute",
        "The time at which it was sent lies in the future.",
    ],
    [
        "report",
        "owed",
        "-",
        "clinician",
        "attest: by pigeon",
        "How was it sent? One of fax, direct, mail, portal, by hand, phone is expected.",
    ],
    ["report", "owed", "-", "clinician", "attest: to nobody", "Say to whom it was sent."],
    [
        "report",
        "sent",
        "-",
        "clinician",
        "attest: sent now",
        "Only a report that was not sent yet can be attested as sent.",
    ],
    ["report", "owed", _SECOND, "lead", "countersign", "sent"],
    ["report", "owed", _SECOND, "author", "countersign", "sent"],
    ["report", "owed", "sent at the visit's end, as the coordinator attested", "lead", "countersign", "sent"],
    ["report", "owed", _SECOND, "coordinator", "countersign", _STAYS_LATE],
    ["report", "owed", "late", "lead", "countersign", "Nothing waits for a second person."],
    [
        "report",
        "owed",
        "sent before the visit was over, as the coordinator attested",
        "lead",
        "countersign",
        _OVER,
    ],
    [
        "report",
        "owed",
        _SECOND,
        "lead",
        "attest: sent on 20 Nov, 15:00",
        "What cora@practice.example attested waits for a second person already.",
    ],
    ["report", "owed", _SECOND, "lead", "attest: sent now", "sent"],
    ["report", "owed", _SECOND, "lead", "decline", "stays"],
    ["report", "owed", _SECOND, "coordinator", "decline", "stays"],
    ["report", "owed", "late", "lead", "decline", "Nothing waits for a second person."],
    ["report", "owed", "-", "author", "waive: duplicate", "waived"],
    ["report", "owed", "late", "author", "waive: duplicate", _NOT_ALONE],
    ["report", "signed", "late", "author, by NPI", "waive: duplicate", _NOT_ALONE],
    ["report", "sent", "late", "author", "waive: duplicate", "waived"],
    ["report", "owed", "late", "clinician", "waive: duplicate", "waived"],
    ["report", "owed", "late", "coordinator", "waive: duplicate", "waived"],
    ["no_show", "owed", "late", "author", "waive: duplicate", "waived"],
    ["report", "owed", "-", "coordinator", "waive: no code", f"Why is nothing owed? {_CODES}"],
    ["report", "owed", "-", "coordinator", "waive: other, without words", "Give the other reason in words."],
    ["report", "owed", "-", "coordinator", "waive: other, in words", "waived"],
    ["report", "waived", "-", "coordinator", "waive: duplicate", "It is closed; reopen it first."],
    ["report", "owed", "-", "coordinator", "waive: duplicate, on a page from now", "waived"],
    [
        "report",
        "owed",
        "-",
        "coordinator",
        "waive: duplicate, on a page from before",
        "Meanwhile cora@practice.example waived it on Tue 24 Nov 2026 at 11:00. Look at it again before you decide.",
    ],
    ["report", "waived", "closed when it was signed", "coordinator", "reopen", "signed"],
    ["report", "confirmed", "-", "coordinator", "reopen", "owed"],
    ["report", "sent", "-", "coordinator", "reopen", "It is open."],
    [
        "report",
        "waived",
        "closed by the rules",
        "coordinator",
        "reopen",
        "It is not owed as the chart stands: The visit was deleted. It opens by itself when that changes.",
    ],
    ["report", "owed", "-", "manager", "assign: to the coordinator", "stays"],
    ["report", "owed", "-", "manager", "assign: to nobody", "Say to whom: the e-mail of a user is expected."],
    ["resolve", "owed", "-", "manager", "assign: to somebody unknown, or disabled", _GONE],
    ["report", "waived", "-", "manager", "assign: to the coordinator", "It is closed; reopen it first."],
    ["report", "owed", "-", "coordinator", "returns: 20 Nov", "stays"],
    [
        "report",
        "owed",
        "-",
        "coordinator",
        "returns: on the day of the visit",
        "The patient returns to the referrer after our visit: enter a later day.",
    ],
    [
        "report",
        "owed",
        "the visit ended at midnight",
        "coordinator",
        "returns: 20 Nov",
        "The patient returns to the referrer after our visit: enter a later day.",
    ],
    ["report", "owed", "a day of return entered", "coordinator", "returns: not known", "stays"],
    [
        "report",
        "owed",
        "-",
        "coordinator",
        "returns: not known",
        "No day was entered that could be taken away.",
    ],
    [
        "report",
        "sent",
        "-",
        "coordinator",
        "returns: 20 Nov",
        "Only a report that was not sent yet is due before the patient's return.",
    ],
    ["report", "owed", "-", "lead", "due by: today at 16:00", "stays"],
    ["report", "owed", "a time entered", "lead", "due by: today at 16:00", "stays"],
    [
        "report",
        "owed",
        "-",
        "lead",
        "due by: today at 17:00",
        "It is due Tue 24 Nov 2026 at 17:00 as it is: enter a nearer time.",
    ],
    ["report", "owed", "-", "lead", "due by: today at 12:00", "That time has passed."],
    ["report", "owed", "a time entered", "lead", "due by: the rules", "stays"],
    ["report", "owed", "-", "lead", "due by: the rules", "No time was entered that could be taken away."],
    ["resolve", "owed", "-", "clinician", "requester: Dr. Outside", "stays"],
    ["resolve", "owed", "-", "coordinator", "requester: from within", "stays"],
    ["resolve", "owed", "one of ours named as requester", "coordinator", "requester: from within", "stays"],
    ["report", "owed", "a clerk named as requester", "coordinator", "requester: from within", _NONE_OF_OURS],
    ["report", "owed", "a clerk named as requester", "coordinator", "requester: from within, asked twice", "stays"],
    ["resolve", "owed", "-", "coordinator", "requester: nobody", "Give the name of the clinician who asked."],
    ["resolve", "owed", "-", "coordinator", "requester: Dr. Outside, NPI 12", "An NPI has ten digits."],
    ["resolve", "owed", "-", "coordinator", "requester: Dr. Outside, NPI ²²²²²²²²²²", "An NPI has ten digits."],
    ["resolve", "owed", "-", "manager", "requester: Dr. Outside", refused("manager", "requester")],
    [
        "resolve",
        "owed",
        "no visit",
        "coordinator",
        "requester: Dr. Outside",
        "This asks which referral the visit answers, not who asked.",
    ],
    ["report", "owed", "-", "coordinator", "requester: Dr. Outside", "stays"],
    ["report", "signed", "-", "coordinator", "requester: Dr. Outside", "stays"],
    ["report", "sent", "-", "coordinator", "requester: Dr. Outside", "The report was sent already."],
    ["report", "owed", "late", "author", "requester: from within", _NOT_ALONE],
    ["report", "owed", "late", "author", "requester: Dr. Outside", "stays"],
    ["report", "owed", "late", "coordinator", "requester: from within", "stays"],
    [
        "resolve",
        "owed",
        "a clerk named as requester",
        "coordinator",
        "requester: Dr. Outside, for all of that requester",
        "stays",
    ],
    [
        "resolve",
        "owed",
        "a clerk named as requester",
        "coordinator",
        "requester: the same, the list having changed",
        "Whom this answer touches has changed: look at the list again.",
    ],
    [
        "resolve",
        "owed",
        "one of ours named as requester",
        "coordinator",
        "requester: Dr. Outside, for all of that requester",
        _THIS_ONE,
    ],
    ["resolve", "owed", "-", "coordinator", "requester: Dr. Outside, for all of that requester", _THIS_ONE],
    ["who asked", "holds", "-", "coordinator", "take back", "taken_back"],
    ["who asked", "holds", "-", "manager", "take back", refused("manager", "take_back")],
    ["who asked", "taken_back", "-", "coordinator", "take back", "This answer does not hold any more."],
    ["who asked", "superseded", "-", "coordinator", "take back", "This answer does not hold any more."],
    ["visit", "counted", "-", "clinician", "link: its referral", "stays"],
    [
        "visit",
        "counted",
        "-",
        "clinician",
        "link: a referral of somebody else",
        "ServiceRequest/x is no referral of this patient.",
    ],
    ["visit", "counted", "-", "clinician", "link: none", "stays"],
    [
        "visit",
        "counted",
        "a certain link",
        "clinician",
        "link: none",
        "The chart ties this visit to ServiceRequest/r: Encounter.basedOn names the referral. "
        "If it answers no referral all the same, nobody gets a report.",
    ],
    ["visit", "counted", "a certain link", "clinician", "link: none, asked twice", "stays"],
    ["visit", "counted", "a certain link", "clinician", "link: its referral", "stays"],
    ["visit", "counted", "a late report for another referral", "author", "link: its referral", _NOT_ALONE],
    ["visit", "counted", "a late report for its referral", "author", "link: its referral", "stays"],
    ["visit", "counted", "a late report for its referral", "author", "link: none, asked twice", _NOT_ALONE],
    ["visit", "counted", "a late report for its referral", "lead", "link: none, asked twice", "stays"],
    ["visit", "counted", "a report for its referral, due this minute", "author", "link: none, asked twice", "stays"],
    ["visit", "counted", "a report for its referral, not late", "author", "link: none, asked twice", "stays"],
    ["visit", "counted", "-", "manager", "link: none", refused("manager", "link")],
    ["visit", "baseline", "-", "coordinator", "promote", "counted"],
    ["visit", "counted", "-", "coordinator", "promote", "The visit counts already."],
    ["report", "owed", "-", "clinician", "hold: the patient asked", "held"],
    ["report", "signed", "-", "lead", "hold: the patient asked", "held"],
    ["report", "owed", "-", "lead", "hold: other, without words", "Give the other reason in words."],
    [
        "report",
        "owed",
        "-",
        "lead",
        "hold: deceased",
        "Why is it held? One of patient_asked, legal, reword, other is expected.",
    ],
    [
        "report",
        "sent",
        "-",
        "lead",
        "hold: the patient asked",
        "Only a report that was not sent yet, and is not on hold, can be put on hold.",
    ],
    [
        "report",
        "drafted",
        "-",
        "coordinator",
        "hold: the patient asked",
        "Only a clinician or a lead may put a report on hold; you are a coordinator.",
    ],
    ["report", "held", "a label on a note", "author", "release: treatment", "owed"],
    [
        "report",
        "held",
        "a label on a note",
        "author",
        "release: treatment, without words",
        "Say in words what the release rests on: who reads it later has nothing else.",
    ],
    [
        "report",
        "held",
        "a label on a note",
        "lead",
        "release: no code",
        "Why is it released? One of consent, emergency, mistaken, treatment, reworded, other is expected.",
    ],
    [
        "report",
        "held",
        "a label on a note",
        "manager",
        "release: treatment",
        "Only a clinician or a lead may release a report that is on hold; you are a manager.",
    ],
    ["report", "drafted", "a label on a note", "lead", "release: treatment", "stays"],
    [
        "report",
        "held",
        "a record under Part 2",
        "lead",
        "release: treatment",
        "It falls under 42 CFR Part 2: it is released by one of consent, emergency, mistaken alone.",
    ],
    ["report", "held", "a record under Part 2", "lead", "release: consent", "drafted"],
    [
        "report",
        "held",
        "a death, and a referrer who is guessed",
        "lead",
        "release: treatment",
        "It is released for one recipient, and nobody knows for sure who that is: say first who asked.",
    ],
    ["report", "drafted", "-", "lead", "release: treatment", "Nothing holds it."],
    ["report", "held", "a label on a note", "clinician", "attest: sent now", _ON_HOLD],
    ["report", "drafted", "a label on a note", "clinician", "attest: sent now", _ON_HOLD],
    ["report", "held", _SECOND, "lead", "countersign", _ON_HOLD],
    ["report", "held", "a label on a note", "coordinator", "waive: duplicate", "waived"],
    ["report", "owed", "-", "auditor", "waive: duplicate", refused("auditor", "waive")],
    ["receipt", "owed", "-", "integrator", "confirm", refused("integrator", "confirm")],
    ["report", "owed", "-", "somebody of no role", "waive: duplicate", refused("visitor", "waive")],
]


@pytest.mark.parametrize("row", ROWS, ids=" / ".join)
def test_a_move_and_what_comes_of_it(row: list[str]) -> None:
    kind, state, around, who, asked, expected = row
    kind = {"who asked": "said"}.get(kind, kind)
    situation = replace(REPORT, kind=kind, state=state, **AROUND[around])
    command = ASKED[asked]
    said = objection(command, situation, USERS[who], NOW) or doubt(command, situation)
    assert (said or move_of(command).becomes(situation, command, NOW) or "stays") == expected
