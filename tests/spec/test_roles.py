"""Who may do what, role by role: the table written down a second time, and held against the one that is asked."""

from __future__ import annotations

import pytest

from loopclose.domain.move import Move
from loopclose.domain.moves import MOVES
from loopclose.domain.roles import ACTIONS, ROLES, may, refused, who_may

TITLE = "Who may do what"
_COME_TO = "\n".join(f"- **{role}**: {words}" for role, words in ROLES.items())
TEXT = f"""
Everybody has one role in a practice, given by `loopclose user add EMAIL --role ROLE`:

{_COME_TO}

Below, a row is an action, and *yes* stands where the role may do it. Beside it stand the pages and commands that need
it: a page that needs more than somebody has answers with a sentence that says who may, and the screens do not show
what the reader may not use. Signing in needs no role; signing out, staying signed in and sending what was entered
before a session ended need only somebody who is signed in. An account whose role is none of these may do nothing
else. Commands that name nobody (`--by EMAIL`) are of whoever runs the machine, and ask for no role. What a move needs
beside the role is in [What a person may do](moves.md).
"""
COLUMNS = ["action", "may", *ROLES, "pages", "commands"]
_ANY_MOVE = "`POST /obligation/…/…`"


def _row(action: str, yes: str, pages: str = "-", commands: str = "-") -> list[str]:
    """``yes``: the first two letters of each role that may."""
    cells = ["yes" if role[:2] in yes.split() else "-" for role in ROLES]
    return [f"`{action}`", ACTIONS[action].does, *cells, pages, commands]


def _moved(action: str, yes: str, pages: str = _ANY_MOVE, command: str = "") -> list[str]:
    return _row(action, yes, pages, f"`{command or action}`")


ROWS = [
    _row(
        "see_reports",
        "cl co le ma au",
        "`GET /` `POST /search` `GET /mine` `GET /obligation/…` `GET /obligation/…/drafting` "
        "`GET /obligation/…/papers/…` `GET /obligation/…/signed/…` `GET /obligation/…/draft/…` "
        "`GET /referrers/…/…` `GET /opened/…` `GET /sent` `GET /asks` "
        "`GET /addresses` `GET /chase` `POST /chase` `GET /chase/…` "
        "`GET /obligation/…/recall`",
    ),
    _row("see_unmatched", "cl co le ma au", "`GET /unmatched` `GET /unmatched/…` `GET /answers`"),
    _row("see_mails", "co le ma in au", "`GET /mails`"),
    _row("decide_mail", "co le ma", "`POST /mails/…/send` `POST /mails/…/drop`", "`mail again` `mail drop`"),
    _row("see_health", "cl co le ma in au", "`GET /health`"),
    _row("preview_letters", "cl co le ma in au", "`GET /letterheads` `GET /letterheads/…`"),
    _row("see_codes", "co le ma in au", "`GET /codes` `GET /codes/…`"),
    _row(
        "map_codes",
        "le ma in",
        "`POST /codes/…` `POST /codes/…/take-back`",
        "`codes assign` `codes withdraw`",
    ),
    _row(
        "draft",
        "cl co le",
        "`POST /obligation/…/draft` `POST /obligation/…/letter-kind` `POST /obligation/…/notice`",
        "`draft`",
    ),
    _row("release_notice", "cl co le", "`POST /obligation/…/notice/release`"),
    _row("edit", "cl co le", "`POST /obligation/…/draft/…` `POST /obligation/…/draft/…/newer`"),
    _row(
        "sign",
        "cl",
        "`GET /letters` `GET /letters/…` `POST /letters/…` `GET /letters/prove/…` `GET /second-factor` "
        "`POST /second-factor/make` `POST /second-factor/confirm` `POST /second-factor/drop`",
    ),
    _row(
        "send",
        "cl co le ma",
        "`POST /obligation/…/send` `POST /deliveries/…/say` `POST /chase/…/send` `POST /obligation/…/recall` "
        "`POST /sent/mails/…/looked-at`",
        "`send` `delivered` `recall`",
    ),
    _row("log_chase", "cl co le ma", "`POST /chase/…`", "`chase token` `chase revoke`"),
    _row(
        "keep_addresses",
        "cl co le ma",
        "`POST /addresses` `POST /addresses/…/check` `POST /addresses/…/close` `POST /addresses/…/change` "
        "`POST /opt-outs` `POST /opt-outs/end` "
        "`POST /chase/…/address`",
        "`address add` `address check` `address close` `address opt-out` `address opt-in`",
    ),
    _moved("hold", "cl le"),
    _moved("release", "cl le"),
    _row("be_given", "cl co le ma"),
    _moved("confirm", "cl co le ma"),
    _moved("attest", "cl co le ma"),
    _moved("countersign", "cl co le ma"),
    _moved("decline", "cl co le ma"),
    _moved("waive", "cl co le ma"),
    _moved("reopen", "cl co le ma"),
    _moved("assign", "cl co le ma"),
    _moved("returns_on", "cl co le ma", command="returns` `returns import"),
    _moved("due_by", "cl co le ma", command="due-by"),
    _moved("requester", "cl co le", "`POST /unmatched/…/requester` `GET /unmatched/…/everybody`"),
    _moved("take_back", "cl co le", "`POST /answers/…/take-back`", "take-back"),
    _moved("link", "cl co le", "`POST /unmatched/…`"),
    _moved("promote", "cl co le", "-"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_a_role_may_what_its_cell_says(row: list[str]) -> None:
    action, cells = row[0].strip("`"), dict(zip(ROLES, row[2:], strict=False))
    assert {role: "yes" if may(role, action) else "-" for role in ROLES} == cells
    for role, cell in cells.items():
        if cell == "-":
            said = refused(role, action)
            assert who_may(action) in said and role in said and said.endswith(".")


def test_every_action_has_its_row_and_every_move_is_an_action() -> None:
    assert [row[0].strip("`") for row in ROWS] == list(ACTIONS)
    moves: list[Move] = list(MOVES.values())
    assert all(move.name in ACTIONS for move in moves)


def test_what_is_not_in_the_table_nobody_may() -> None:
    assert not any(may(role, "delete") for role in ROLES)
    assert not any(may("visitor", action) for action in ACTIONS)
    assert refused("manager", "link") == (
        "Only a clinician, a coordinator or a lead may say which referrals a visit answers; you are a manager."
    )
