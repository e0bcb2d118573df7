"""A role of the ladder that has nobody there today stands on the page Health until it is filled."""

from __future__ import annotations

from loopclose.errors import USAGE
from loopclose.flows.absences import note_away, note_back
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.flows.health.asking import health
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.store.base import Scope

MAIN = Scope("main")
LEO, MONA = "leo@demo.example", "mona@demo.example"


def gaps(work: Work) -> list[str]:
    return [check.sentence for check in health(work, MAIN).checks if check.exit_code == USAGE and check.name == "roles"]


def test_a_role_whose_people_are_gone_or_away_is_named_until_somebody_stands_in(work: Work) -> None:
    practice = practice_of(work.config, "main")
    assert gaps(work) == []
    disable_user(work.db, work.clock, MAIN, MONA)
    note_away(work.db, work.clock, MAIN, practice, LEO, None, None, None)
    assert gaps(work) == [
        f"nobody with the role lead is there today ({LEO}: away, without anybody who stands in), "
        "so its alerts go to the next rung that has somebody",
        "no user has the role manager, so its alerts go to the next rung that has somebody",
    ]
    note_away(work.db, work.clock, MAIN, practice, LEO, None, None, "cora@demo.example")
    add_user(work.db, MAIN, Account(MONA, "manager"))
    assert gaps(work) == []
    note_back(work.db, work.clock, MAIN, practice, LEO)
    assert gaps(work) == []
