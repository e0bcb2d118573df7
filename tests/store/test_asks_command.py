"""``loopclose asks``: by when, until when a medicine stays ours, which results are due, and what was answered."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, update

from loopclose.domain.states import Transition
from loopclose.store import decisions
from loopclose.store.letter_duties import LetterDutyRow
from loopclose.store.obligations import Obligation
from tests.store.commands import Commands, line, office
from tests.store.practices import row
from tests.store.test_corrections import MAIN, Line
from tests.store.test_delivery_json import fits

__all__ = ["line", "office"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_what_letters_asked_and_promised(office: Commands, line: Line) -> None:
    duties = (
        ("handover", "Lisinopril: PCP to continue.", date(2026, 12, 9), "We renew until 9 Dec 2026.", 5 * DAY),
        ("handover", "Warfarin: PCP to continue.", None, "", 6 * DAY),
        ("pending_result", "We send the echo.", None, "", -HOUR),
        ("pending_result", "We send the biopsy.", None, "", 7 * DAY),
        ("ask", "Please check his TSH.", date(2026, 12, 1), "", 8 * DAY),
    )
    with line.db.read() as session:
        others = select(Obligation.id).where(Obligation.id != line.owed.id).order_by(Obligation.id)
        keys = session.scalars(others.limit(len(duties))).all()
    with line.db.write() as session:
        for key, (kind, words, by, supply, later) in zip(keys, duties, strict=True):
            values = {"kind": kind, "state": "owed", "due_at": line.now + later}
            session.execute(update(Obligation).where(Obligation.id == key).values(**values))
            given = {"letter": line.owed.id, "key": key[:16], "obligation": key, "sent_at": line.now - 3 * DAY}
            session.add(row(LetterDutyRow, "main", **given, kind=kind, words=words, by=by, supply=supply))
        step = Transition("owed", "confirmed", line.now, "the recipient", code="done")
        decisions.add_step(session, MAIN, keys[4], step, line.now)
        session.execute(update(Obligation).where(Obligation.id == keys[4]).values(state="confirmed"))
    items = {item["words"]: item for item in office.json("asks", "--all")["items"]}
    for item in items.values():
        fits(item, "asks")
    assert len(items) == 5 and [item["due_at"] for item in items.values()] == sorted(
        item["due_at"] for item in items.values()
    )
    ours = items["Lisinopril: PCP to continue."]
    assert (ours["by"], ours["supply"], ours["late"]) == ("2026-12-09", "We renew until 9 Dec 2026.", False)
    assert [items[f"We send the {what}."]["late"] for what in ("echo", "biopsy")] == [True, False]
    done = items["Please check his TSH."]
    assert (done["answer"], done["answered_by"], done["answered_at"]) == (
        "done",
        "the recipient",
        "2026-11-24T15:00:00Z",
    )
    assert {item["words"] for item in office.json("asks")["items"]} == items.keys() - {"Please check his TSH."}
    plain = office.run("asks", "--all").out
    for words, says in (
        ("Lisinopril: PCP to continue.", "(ours until 2026-12-09; We renew until 9 Dec 2026.)"),
        ("Warfarin: PCP to continue.", "(ours until it is agreed)"),
        ("We send the echo.", "(due: send it on, or ask for it)"),
        ("We send the biopsy.", "(not due yet)"),
        ("Please check his TSH.", "(done, says the recipient)"),
    ):
        (told,) = [each for each in plain.splitlines() if words in each]
        assert says in told and told.startswith(items[words]["due_at"]) and ("  late  " in told) == items[words]["late"]
    assert "TSH" not in office.run("asks").out
