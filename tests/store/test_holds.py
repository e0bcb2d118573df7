"""Reports on hold in the store: found with the draft, released for one recipient, neither signed nor sent before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from loopclose.domain import commands as c
from loopclose.domain.holds import NOTICE, Ground
from loopclose.domain.signing import HINDRANCES
from loopclose.flows.decisions.desk import MoveRefused
from loopclose.flows.papers.holding import hold_drafted
from loopclose.flows.papers.sign import NotSigned, sign
from loopclose.store import drafts
from loopclose.store.base import Scope
from loopclose.store.decisions import history_of
from loopclose.store.holds import HoldRow
from loopclose.store.obligations import Obligation
from tests.store.desks import CORA, HEART, LEO, MAIN, Practices
from tests.store.letters import drafted, looked_at, proof, read
from tests.store.line import NOW
from tests.store.test_draft_chart import Ehr, chart_entry, ehr

LABEL = Ground("sensitive", "DocumentReference/n1", "v3-ActCode|HIV")
OTHER_NOTE = Ground("sensitive", "DocumentReference/n2", "v3-ActCode|HIV")
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TREATS: dict[str, Any] = {"code": "treatment", "note": "The referrer treats her for it."}


def labelled(code: str = "R", patient: str = "a") -> dict[str, Any]:
    meta = {"versionId": "1", "security": [{"system": CONFIDENTIALITY, "code": code}]}
    return chart_entry("Condition", "Condition-x", patient) | {"meta": meta}


def report(line: Ehr, patient: str = "a") -> Obligation:
    with line.db.read() as session:
        return session.get_one(Obligation, ("main", line.reports[patient]))


def grounds(line: Ehr, patient: str = "a") -> list[tuple[str, str]]:
    with line.db.read() as session:
        rows = session.scalars(select(HoldRow).filter_by(obligation=line.reports[patient]).order_by(HoldRow.no))
        return [(row.ground, row.source) for row in rows]


def settings(line: Ehr, **given: Any) -> None:
    rules = replace(line.site.rules, practice=replace(line.site.practice, **given))
    line.site = replace(line.site, rules=rules)


def test_a_label_in_the_chart_holds_the_report_with_its_papers_and_its_clock() -> None:
    with ehr(labelled()) as line:
        before = report(line)
        said = line.draft("a")
        line.draft("b")
        after = report(line)
        assert (after.state, report(line, "b").state) == ("held", "drafted")
        assert "Condition-x" in said and grounds(line) == [("confidential", "Condition/Condition-x")]
        assert (after.due_at, after.alert_after) == (before.due_at, before.alert_after)
        with line.db.read() as session:
            steps = history_of(session, MAIN, after.id)
        assert [one.to_state for one in steps] == ["owed", "drafted", "held"]
        assert steps[-1].code == "confidential" and "Condition-x" not in (steps[-1].note or "")
        line.draft("a")
        assert len(grounds(line)) == 1  # drafting again finds nothing new


def test_a_code_and_a_clinician_under_part_2_hold_a_report() -> None:
    code = {"code": {"text": "Opioid use", "coding": [{"system": "urn:icd", "code": "F11"}]}}
    with ehr(chart_entry("Condition", "Condition-x", "a") | code) as line:
        settings(line, hold_codes=frozenset({"urn:icd|F11"}), part2_clinicians=frozenset({"Practitioner/heart"}))
        said = line.draft("a")
        assert grounds(line) == [("part2", "Practitioner/heart"), ("local_code", "Condition/Condition-x")]
        assert said.count(NOTICE) == 2  # on both papers


def test_a_death_holds_a_report_for_rewording() -> None:
    with ehr({"resourceType": "Patient", "id": "a", "name": [{"text": "Pat A"}], "deceasedBoolean": True}) as line:
        assert NOTICE not in line.draft("a") and report(line).state == "held"
        assert grounds(line) == [("deceased", "Patient/a")]


def test_a_practice_under_part_2_holds_everything() -> None:
    with ehr() as line:
        settings(line, part2=True)
        assert NOTICE in line.draft("a") and grounds(line) == [("part2", "practice")]


def test_a_label_that_cannot_be_read_holds_as_well() -> None:
    broken = chart_entry("Condition", "Condition-x", "a") | {"meta": {"security": {"code": "R"}}}
    with ehr(broken) as line:
        line.draft("a")
        assert "label_unreadable" in {code for code, _ in grounds(line)}


class Held:
    """A letter of the first clinician on hold, in a practice whose users decide."""

    def __init__(self, both: Practices) -> None:
        self.both = both
        self.owed = both.one(author="Practitioner/heart", kind="report", state="owed", guessed=False)
        drafted(both.db, MAIN, self.owed, NOW)

    def found(self, *found: Ground) -> Held:
        with self.both.db.write() as session:
            owed = drafts.report(session, MAIN, self.owed.id)
            assert owed is not None
            hold_drafted(session, MAIN, owed, found, NOW)
        return self

    def do(self, command: Any, by: str = LEO) -> None:
        self.both.desk(by).do(command(obligation=self.owed.id))

    def release(self, by: str = LEO, **given: Any) -> None:
        self.do(lambda **key: c.Release(**key, **(given or TREATS)), by)

    def sign(self) -> set[str]:
        entered = read(looked_at(self.both.db, MAIN, self.owed.id))
        try:
            sign(self.both.work, MAIN, self.owed.id, HEART, entered, proof(NOW))
        except NotSigned as problem:
            return set(problem.why)
        return set()

    @property
    def row(self) -> Obligation:
        return self.both.one(id=self.owed.id)

    @property
    def holds(self) -> list[HoldRow]:
        return sorted(self.both.rows(HoldRow, obligation=self.owed.id), key=lambda one: one.no)


@pytest.fixture
def held(both: Practices) -> Held:
    return Held(both)


def test_what_is_held_is_neither_signed_nor_said_to_be_sent_whoever_tries(held: Held) -> None:
    held.found(LABEL)
    assert held.sign() == {"held"}
    with pytest.raises(MoveRefused, match="on hold"):
        held.do(lambda **key: c.Attest(**key, channel="fax", recipient="Elm Street"), CORA)
    with held.both.db.write() as session:  # whoever writes into the row does not get round it
        session.execute(update(Obligation).where(Obligation.id == held.owed.id).values(state="drafted"))
    assert held.sign() == {"held"} and HINDRANCES["held"]
    with pytest.raises(MoveRefused, match="on hold"):
        held.do(lambda **key: c.Attest(**key, channel="fax", recipient="Elm Street"), CORA)


def test_a_release_is_kept_with_who_why_and_for_whom_and_the_letter_is_signed_then(held: Held) -> None:
    held.found(LABEL)
    with pytest.raises(MoveRefused, match="Only a clinician or a lead"):
        held.release(CORA)
    held.release()
    (row,) = held.holds
    assert (row.released_by, row.released_at, row.reason, row.recipient) == (
        LEO, NOW, "treatment", held.row.referrer_name,
    )  # fmt: skip
    assert row.recipient_key == held.row.referrer_key and row.released_words == TREATS["note"]
    assert held.row.state == "drafted" and held.sign() == set() and held.row.state == "signed"


def test_what_was_released_does_not_hold_again_but_another_source_does(held: Held) -> None:
    held.found(LABEL).release()
    assert held.found(LABEL).row.state == "drafted"
    assert held.found(LABEL, OTHER_NOTE).row.state == "held"
    assert [(one.source, one.released_at is None) for one in held.holds] == [
        (LABEL.source, False),
        (OTHER_NOTE.source, True),
    ]


def test_a_release_is_for_one_recipient_and_for_nobody_else(held: Held) -> None:
    held.found(LABEL).release()
    with held.both.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == held.owed.id).values(referrer_key="npi:other"))
    assert held.sign() == {"held"}
    assert held.found(LABEL).row.state == "held" and len(held.holds) == 2


def test_part_2_is_released_by_consent_and_not_because_somebody_treats(held: Held) -> None:
    held.found(Ground("part2", "practice"))
    with pytest.raises(MoveRefused, match="Part 2"):
        held.release()
    held.release(HEART, code="consent", note="Signed on 19 Nov, scanned.")
    assert held.row.state == "drafted"


def test_a_report_is_put_on_hold_by_hand_and_a_page_from_before_is_told(held: Held) -> None:
    held.do(lambda **key: c.Hold(**key, code="patient_asked", note="Rang this morning."), HEART)
    (row,) = held.holds
    assert (row.ground, row.by, row.words, held.row.state) == ("patient_asked", HEART, "Rang this morning.", "held")
    held.both.read()  # the chart does not release it
    assert held.row.state == "held"
    with pytest.raises(MoveRefused, match="Meanwhile"):
        held.do(lambda **key: c.Release(**key, **TREATS, seen="0.1.1.0.0"))
    held.release(code="reworded", note="Read again with the patient.")
    assert held.row.state == "drafted"


def test_what_is_held_of_one_without_an_account_is_the_leads(held: Held) -> None:
    other = Scope("main")
    with held.both.db.write() as session:
        owed = drafts.report(session, other, held.owed.id)
        assert owed is not None
        owed.owner = "coordinator"
    assert held.found(LABEL).row.owner == "lead"
