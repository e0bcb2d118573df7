"""``loopclose export`` and the audit hold what became of a letter, who said it, and nothing that is secret."""

from __future__ import annotations

import json

from loopclose.store import recipient_words
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryAttempt
from loopclose.store.people import Audit
from tests.store.commands import Commands, line, office
from tests.store.desks import rows_of
from tests.store.test_corrections import CORA, MAIN, Line

__all__ = ["line", "office"]

BY = ("--by", CORA)


def test_a_letter_with_all_that_was_heard_of_it(office: Commands, line: Line) -> None:
    key, report = office.address(), line.owed.id
    assert office.run("send", report, *BY).code == 0
    (sent,) = rows_of(line.db, DeliveryRow)
    assert office.run("delivered", sent.id, "arrived", "--words", "Their desk has it.", *BY).code == 0
    word = {"letter": report, "key": "k", "obligation": "o", "delivery": sent.id, "kind": "needs", "about": ""}
    with line.db.write() as session:
        recipient_words.add_word(session, MAIN, {**word, "words": "They need page 2.", "at": line.now})
    recalled = office.run("recall", report, "--code", "wrong_recipient", "--words", "It was theirs.", *BY)
    assert recalled.code == 0, recalled
    assert office.run("address", "opt-out", "npi:1", "copies", "--words", "Their manager.", *BY).code == 0

    ended = office.run("export")
    assert ended.code == 0 and ended.err == ""
    rows: dict[str, list[dict[str, object]]] = {}
    for text in ended.out.splitlines():
        found = json.loads(text)
        rows.setdefault(found["table"], []).append(found)
    (delivery,) = rows["delivery"]
    assert (delivery["id"], delivery["obligation"], delivery["address"], delivery["state"]) == (
        *(sent.id, report, key),
        "failed",
    )
    assert delivery["planned_by"] == CORA and "It was theirs." in str(delivery["error"])
    heard = [(one["what"], one["source"], one["by"]) for one in rows["delivery_event"] if one["delivery"] == sent.id]
    assert heard == [("received", "person", CORA), ("recalled", "person", CORA)]
    assert [one["words"] for one in rows["recipient_word"]] == ["They need page 2."]
    steps = [(one["to_state"], one["actor"]) for one in rows["transition"] if one["obligation"] == report]
    assert ("confirmed", CORA) in steps and steps[-1] == ("signed", CORA)
    assert {one["words"] for one in rows["opt_out"]} == {"Their manager."} and rows["address"]
    assert "delivery_attempt" not in rows and len(rows_of(line.db, DeliveryAttempt)) == 1, "by contract: no attempts"
    secret = {name for names in (one.keys() for one in rows["delivery"]) for name in names}
    assert not secret & {"content", "seal", "confirm"} and "chase_token" not in rows

    done = {one.action: (one.actor, one.subject, one.detail) for one in rows_of(line.db, Audit, actor=CORA)}
    for action, subject in (("send", report), ("delivery_arrived", report), ("recall", report), ("add_address", key)):
        assert done[action][:2] == (CORA, subject), action
    assert done["send"][2] is not None and done["send"][2]["delivery"] == sent.id
    assert done["recall"][2] == {"code": "wrong_recipient", "deliveries": [sent.id]}
    assert {"check_address", "opt_out"} <= done.keys()
    assert "Their desk" not in repr(done) and "Dr. Lee" not in repr(done), "the audit names nobody"
