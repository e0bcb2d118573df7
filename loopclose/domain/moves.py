"""The one table of moves: what a person may do with what is owed, in which state, with what, and what comes of it.

Screens ask ``possible``, whoever carries a command out ``objection`` and ``doubt``; fields make a command's options.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from loopclose.domain import commands, move_checks
from loopclose.domain.codes import KINDS, NOT_YET_SENT, OPEN_STATES, WAIVERS
from loopclose.domain.commands import Command
from loopclose.domain.hold_moves import HOLD_MOVES
from loopclose.domain.move import Field, Move
from loopclose.domain.returns import SOURCES
from loopclose.domain.roles import may, refused
from loopclose.domain.situation import CLOSED, Actor, Situation

ALL_KINDS = frozenset(KINDS)
_CHANNELS = {one: one for one in move_checks.CHANNELS}
_DAY, _TIME = "Which day; none takes it away.", "By which time; none takes it away."
_TABLE = (
    Move(
        "confirm",
        "Say that a report arrived, or that anything else is done.",
        "confirmed it",
        commands.Confirm,
        ALL_KINDS,
        OPEN_STATES,
        "It is closed; reopen it first.",
        "It is done",
        buttons={"report": "It arrived", "receipt": "It arrived"},
        bars=move_checks.can_be_confirmed,
        becomes=lambda *_: "confirmed",
    ),
    Move(
        "attest",
        "Say that a report was sent outside Loopclose.",
        "attested that it was sent",
        commands.Attest,
        frozenset({"report"}),
        NOT_YET_SENT,
        "Only a report that was not sent yet can be attested as sent.",
        "It was sent",
        "It was sent another way",
        (
            Field("channel", "How", "code", choices=_CHANNELS, default="fax"),
            Field("recipient", "To whom", option="to", help="To whom it was sent."),
            Field("sent_at", "When (empty: now)", "moment", False, option="at", help="When; now otherwise."),
        ),
        bars=move_checks.not_on_hold,
        check=move_checks.attestation,
        becomes=move_checks.sent_unless_back_dated,
        kept="Kept. The report counts as sent in time once a second person stands for it; until then it stays late.",
    ),
    Move(
        "countersign",
        "Stand for a back-dated attestation of somebody else: the report counts as sent then.",
        "stood for it as a second person",
        commands.Countersign,
        frozenset({"report"}),
        NOT_YET_SENT,
        "Nothing waits for a second person: the report is sent or closed.",
        "I stand for it, too",
        bars=move_checks.second_person,
        becomes=lambda *_: "sent",
    ),
    Move(
        "decline",
        "Drop a back-dated attestation: the report counts as not sent.",
        "said that it was not sent then",
        commands.Decline,
        frozenset({"report"}),
        NOT_YET_SENT,
        "Nothing waits for a second person: the report is sent or closed.",
        "It was not sent then",
        bars=move_checks.somebody_attested,
    ),
    Move(
        "waive",
        "Say that nothing is owed after all.",
        "waived it",
        commands.Waive,
        ALL_KINDS,
        OPEN_STATES,
        "It is closed; reopen it first.",
        "Waive",
        "Nothing is owed",
        (
            Field("code", "Why", "code", choices=WAIVERS),
            Field("note", "In words", required=False, help="In words; needed for the code other."),
        ),
        bars=move_checks.not_by_its_author_alone,
        check=move_checks.waiver,
        becomes=lambda *_: "waived",
    ),
    Move(
        "reopen",
        "Open what was closed: it goes back to where it stood.",
        "reopened it",
        commands.Reopen,
        ALL_KINDS,
        frozenset(CLOSED),
        "It is open.",
        "Reopen",
        bars=move_checks.closed_by_a_person,
        becomes=lambda situation, *_: situation.stood,
    ),
    Move(
        "assign",
        "Give it to somebody.",
        "gave it to somebody",
        commands.Assign,
        ALL_KINDS,
        OPEN_STATES,
        "It is closed; reopen it first.",
        "Assign",
        "Give it to somebody",
        (Field("to", "To", "user"),),
        check=move_checks.assignee,
    ),
    Move(
        "returns_on",
        "Enter the day on which the patient sees the referrer again; the report must be there before.",
        "entered when the patient returns",
        commands.ReturnsOn,
        frozenset({"report"}),
        NOT_YET_SENT,
        "Only a report that was not sent yet is due before the patient's return.",
        "Keep this day",
        "When is the patient back with the referrer?",
        (
            Field("day", "Day (empty: not known)", "day", False, option="on", help=_DAY, removable=True),
            Field("source", "How it is known", "code", False, choices=SOURCES, help="How it is known."),
        ),
        check=move_checks.return_day,
    ),
    Move(
        "due_by",
        "Ask for it earlier than the rules do; it never makes a deadline later.",
        "entered by when it is needed",
        commands.DueBy,
        frozenset({"report"}),
        NOT_YET_SENT,
        "Only a report that was not sent yet can be asked for earlier.",
        "Ask for it by then",
        "It is needed earlier",
        (Field("at", "By when (empty: by the rules)", "moment", False, help=_TIME, removable=True),),
        check=move_checks.nearer_time,
    ),
    Move(
        "requester",
        "Say who really asked for a visit: it holds for that one request.",
        "said who asked",
        commands.NameRequester,
        frozenset({"resolve", "report"}),
        OPEN_STATES,
        "It is closed; reopen it first.",
        "This clinician asked",
        "Who really asked?",
        (
            Field("name", "Name of the clinician who asked", required=False),
            Field("npi", "NPI, if known", required=False),
            Field("internal", "It came from within the practice", "flag", required=False),
        ),
        bars=move_checks.can_be_asked_by_another,
        check=move_checks.requester,
        doubt=move_checks.internal_in_spite_of_a_name,
    ),
    Move(
        "take_back",
        "Take an answer to “who really asked?” back: it is asked again.",
        "took an answer back",
        commands.TakeBack,
        frozenset({"said"}),
        frozenset({"holds"}),
        "This answer does not hold any more.",
        "Take it back",
        becomes=lambda *_: "taken_back",
    ),
    Move(
        "link",
        "Say which referrals a visit answers, or that it answers none.",
        "said what the visit answers",
        commands.Link,
        frozenset({"visit"}),
        frozenset({"counted", "baseline"}),
        "This is no visit.",
        "The visit answers what I picked",
        check=move_checks.link,
        doubt=move_checks.none_in_spite_of_a_link,
    ),
    Move(
        "promote",
        "Make a visit from before the practice went live count.",
        "made the visit count",
        commands.Promote,
        frozenset({"visit"}),
        frozenset({"baseline"}),
        "The visit counts already.",
        "Let it count",
        becomes=lambda *_: "counted",
    ),
    *HOLD_MOVES,
)
MOVES: Mapping[str, Move] = {move.name: move for move in _TABLE}
_BY_COMMAND = {move.makes: move for move in _TABLE}


def move_of(command: Command) -> Move:
    """The row of the table by which a command is judged."""
    return _BY_COMMAND[type(command)]


def possible(situation: Situation, actor: Actor, now: datetime) -> list[Move]:
    """The moves that this user can make now, in the order of the table."""
    return [move for move in _TABLE if refusal(move, situation, actor, now) is None]


def barred(situation: Situation, actor: Actor, now: datetime) -> dict[str, str]:
    """By name of a move that fits what it is and where it stands: why it is not this user's now."""
    fitting = (move for move in _TABLE if may(actor.role, move.name) and _fits(move, situation))
    return {move.name: why for move in fitting if (why := move.bars(situation, actor, now))}


def refusal(move: Move, situation: Situation, actor: Actor, now: datetime) -> str | None:
    """Why this user cannot make that move now, whatever is entered; None where it is possible."""
    if not may(actor.role, move.name):
        return refused(actor.role, move.name)
    if not _fits(move, situation):
        return move.unfit
    return move.bars(situation, actor, now)


def objection(command: Command, situation: Situation, actor: Actor, now: datetime) -> str | None:
    """Why a command is not carried out, in one sentence; None where nothing speaks against it."""
    if command.seen is not None and command.seen != situation.seen:
        return f"Meanwhile {situation.news_since(command.seen)}. Look at it again before you decide."
    move = move_of(command)
    return refusal(move, situation, actor, now) or move.check(situation, actor, command, now)


def doubt(command: Command, situation: Situation) -> str | None:
    """What is asked back once before the command is carried out; None where nothing is, or it was answered."""
    return None if command.sure else move_of(command).doubt(situation, command)


def _fits(move: Move, situation: Situation) -> bool:
    return situation.kind in move.kinds and situation.state in move.states
