"""Late is one rule: the database and the pure function say the same of everything owed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from loopclose.domain.codes import KINDS, REPORT_STATES
from loopclose.domain.deadlines import hours_late, is_late
from loopclose.store.alerts import count_open
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.worklist import bucket, counts, worklist
from loopclose.store.worklist_item import to_json
from loopclose.store.worklist_query import Days, Filters, Page

MAIN = Scope("main")
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
NEAR = st.sampled_from([timedelta(microseconds=1), timedelta(0), timedelta(seconds=1), timedelta(hours=9)])
"""How far from the present something is due: the instant itself decides."""


def owed(no: int, kind: str, state: str, due_at: datetime) -> Obligation:
    return Obligation(
        practice_id="main",
        id=f"o{no}",
        ehr="main",
        kind=kind,
        patient="Patient/1",
        person="Patient/1",
        state=state,
        due_at=due_at,
        deadline_no=1,
        winner="policy",
        owner="coordinator",
    )


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, list[Obligation]]:
    """A present, and things owed around it, of every kind and state."""
    now = draw(INSTANTS)
    dues = st.one_of(INSTANTS, NEAR.map(lambda span: now + span), NEAR.map(lambda span: now - span))
    drawn = draw(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(REPORT_STATES), dues), max_size=12))
    return now, [owed(no, *one) for no, one in enumerate(drawn)]


def test_the_database_and_the_rule_agree_on_what_is_late(db: Database) -> None:
    @settings(max_examples=80, deadline=None)
    @given(moments())
    def agree(moment: tuple[datetime, list[Obligation]]) -> None:
        now, rows = moment
        expected = {row.id for row in rows if is_late(row.due_at, row.state, now)}
        reports = {row.id for row in rows if row.kind == "report"}
        days = Days(now + timedelta(hours=8), now + timedelta(days=2), now - timedelta(hours=16))
        with db.read() as session:
            session.add_all(rows)
            session.flush()
            everything = worklist(session, MAIN, now, kind="all", state="all")
            late = worklist(session, MAIN, now, kind="all", state="all", late=True)
            in_time = worklist(session, MAIN, now, kind="all", state="all", late=False)
            tab = bucket(session, MAIN, now, days, "late", Filters(), Page())
            tallies = counts(session, MAIN, now, days, Filters())
            counted = count_open(session, MAIN, now)
        assert {item.obligation.id for item in late} == expected == {i.obligation.id for i in everything if i.late}
        assert [item.late for item in everything] == sorted((item.late for item in everything), reverse=True)
        assert {item.obligation.id for item in in_time} == {row.id for row in rows} - expected
        assert {item.obligation.id for item in tab} == expected & reports and tallies["late"] == len(expected & reports)
        assert counted[1] == len(expected)
        assert tallies["open"] == sum(tallies[name] for name in ("late", "today", "soon", "later", "sent"))
        for item in everything:
            told = to_json(item)
            o = item.obligation
            assert told["late"] == is_late(o.due_at, o.state, now)
            assert told["late_by_hours"] == hours_late(o.due_at, o.state, now)

    agree()


def test_only_what_waits_after_its_time_is_late() -> None:
    due = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    after = due + timedelta(minutes=90)
    assert {state for state in REPORT_STATES if is_late(due, state, after)} == {"owed", "drafted", "signed", "held"}
    assert not is_late(due, "owed", due) and not is_late(due, "owed", due - timedelta(seconds=1))
    assert hours_late(due, "owed", after) == 1.5 and hours_late(due, "sent", after) == 0 == hours_late(due, "owed", due)
