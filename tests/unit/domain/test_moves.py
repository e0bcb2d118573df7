"""The whole table of moves at once: what each role can do in each kind and state, and how entries are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from loopclose.domain import commands
from loopclose.domain.codes import KINDS, OTHER_STATES, REPORT_STATES
from loopclose.domain.entries import Unreadable, entered, read_field
from loopclose.domain.holds import Ground
from loopclose.domain.move_checks import npi_warning, requester
from loopclose.domain.moves import MOVES, barred, move_of, objection, possible
from loopclose.domain.roles import ACTIONS, ROLES, may, refused
from loopclose.domain.situation import Actor, Proposal, Situation

BOSTON = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
ALWAYS = ["waive", "assign"]
UNSENT = ["attest", "waive", "assign", "returns_on", "due_by"]
HOLDING = {"clinician", "lead"}
KNOW_THE_CHART = {"clinician", "coordinator", "lead"}
OWING = sorted(KNOW_THE_CHART | {"manager"})
ONLY_LOOK = ["auditor", "integrator"]
REPORT = {
    "owed": UNSENT,
    "drafted": UNSENT,
    "signed": UNSENT,
    "held": UNSENT[1:],
    "sent": ["confirm", "waive", "assign"],
    "confirmed": ["reopen"],
    "waived": ["reopen"],
}
OTHER = {"owed": ["confirm", "waive", "assign"], "confirmed": ["reopen"], "waived": ["reopen"]}


def names(role: str, kind: str, state: str, **more: object) -> list[str]:
    """What that role can do."""
    somebody = Actor("somebody@practice.example", "Somebody", role)
    situation = Situation(kind, state, visit="Encounter/v", **more)  # type: ignore[arg-type]
    return [move.name for move in possible(situation, somebody, NOW)]


@pytest.mark.parametrize("role", OWING)
def test_every_role_can_do_this_with_a_report(role: str) -> None:
    holds = ["hold"] if role in HOLDING else []
    could = {state: moves + holds * (state in ("owed", "drafted", "signed")) for state, moves in REPORT.items()}
    assert {state: names(role, "report", state) for state in REPORT_STATES} == could
    asked = names(role, "report", "signed", referral="ServiceRequest/r")
    assert asked == [*UNSENT, *(["requester"] if role in KNOW_THE_CHART else []), *holds]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_clinician_or_a_lead_alone_releases_and_for_a_known_recipient(role: str) -> None:
    held = names(role, "report", "held", recipient="Dr. Lee")
    assert ("release" in held) == (role in HOLDING)
    assert "release" not in names(role, "report", "held")
    assert "attest" not in names(role, "report", "drafted", holds=(Ground("deceased", "Patient/p"),))


@pytest.mark.parametrize("role", OWING)
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"report", "resolve"}))
def test_every_role_can_do_this_with_anything_else(role: str, kind: str) -> None:
    assert {state: names(role, kind, state) for state in OTHER_STATES} == OTHER


@pytest.mark.parametrize("role", OWING)
def test_a_visit_to_resolve_is_not_simply_confirmed(role: str) -> None:
    asks = ["requester"] if role in KNOW_THE_CHART else []
    seen = {"visit_end": NOW}
    assert names(role, "resolve", "owed", **seen) == ALWAYS
    assert names(role, "resolve", "owed", referral="ServiceRequest/r", **seen) == [*ALWAYS, *asks]


@pytest.mark.parametrize("role", OWING)
def test_a_visit_of_which_nothing_can_be_read_is_done_when_somebody_looked(role: str) -> None:
    assert names(role, "resolve", "owed") == ["confirm", *ALWAYS]


def test_managers_leave_the_chart_to_those_who_know_it() -> None:
    for role in ROLES:
        knows = role in KNOW_THE_CHART
        assert names(role, "visit", "counted") == (["link"] if knows else [])
        assert names(role, "visit", "baseline") == (["link", "promote"] if knows else [])
        assert names(role, "said", "holds") == (["take_back"] if knows else [])
        assert names(role, "said", "taken_back") == names(role, "said", "superseded") == []


@pytest.mark.parametrize("role", ONLY_LOOK)
def test_who_only_looks_can_move_nothing(role: str) -> None:
    assert set(OWING) | set(ONLY_LOOK) == set(ROLES) and not any(may(role, move) for move in MOVES)
    assert names(role, "report", "owed") == names(role, "visit", "counted") == names(role, "said", "holds") == []


@pytest.mark.parametrize("role", ["", "visitor", "Clinician", "coordinator "])
def test_an_unknown_role_can_do_nothing(role: str) -> None:
    assert not any(may(role, action) for action in ACTIONS)
    assert names(role, "report", "owed") == names(role, "visit", "counted") == []
    assert "does not know" in refused(role, "waive") and "auditor" in refused(role, "waive")


def test_every_move_has_its_roles_and_its_own_command() -> None:
    assert set(MOVES) < set(ACTIONS) and not may("lead", "delete")
    assert len({move.makes for move in MOVES.values()}) == len(MOVES)
    assert move_of(commands.Reopen(obligation="o")).name == "reopen"
    fields = {move.name: {one.name for one in move.fields} for move in MOVES.values()}
    for move in MOVES.values():
        assert fields[move.name] <= set(move.makes.__dataclass_fields__), move.name


def test_what_must_be_entered_and_what_can_be_taken_away() -> None:
    fields = {(move.name, one.name): one for move in MOVES.values() for one in move.fields}
    assert {key for key, one in fields.items() if one.required} == {
        ("attest", "channel"),
        ("attest", "recipient"),
        ("waive", "code"),
        ("assign", "to"),
        ("hold", "code"),
        ("release", "code"),
        ("release", "note"),
    }
    assert {key for key, one in fields.items() if one.removable} == {("returns_on", "day"), ("due_by", "at")}


def test_a_row_of_the_table_makes_its_command() -> None:
    said = MOVES["waive"].command(obligation="o", code="duplicate", seen="1.1.1.0")
    assert said == commands.Waive(obligation="o", code="duplicate", seen="1.1.1.0")
    others = {name for name, move in MOVES.items() if not move.is_on_obligation}
    assert others == {"link", "promote", "take_back"}
    assert {name for name, move in MOVES.items() if move.asks_back} == {"link", "requester"}


def test_what_does_not_fit_is_not_explained() -> None:
    late = Situation("report", "owed", due_at=NOW.replace(year=2025), author=frozenset({"Practitioner/heart"}))
    author = Actor("heart@practice.example", "Hana", "clinician", "Practitioner/heart")
    assert "waive" in barred(late, author, NOW) and "reopen" not in barred(late, author, NOW)
    assert not barred(late, replace(author, role="visitor"), NOW)


def test_what_happened_meanwhile_is_told_as_far_as_it_is_known() -> None:
    stale = commands.Reopen(obligation="o", seen="1.1.1.0")
    me = Actor("somebody@practice.example", "Somebody", "lead")
    for seen, told in (("1.2.1.0", "it moved"), ("1.1.2.0", "this changed"), ("1.1.1.0.1", "this changed")):
        situation = Situation("report", "waived", seen=seen, news=("it was decided", "it moved", "", ""))
        assert objection(stale, situation, me, NOW) == f"Meanwhile {told}. Look at it again before you decide."
    assert objection(stale, Situation("report", "waived", seen="1.1.1.0"), me, NOW) is None


@pytest.mark.parametrize(
    ("npi", "refused"),
    [("1234567893", False), (" 1234567893 ", False), (" ", False), ("123456789", True), ("12345678931", True)],
)
def test_an_npi_has_ten_digits(npi: str, refused: bool) -> None:
    command = commands.NameRequester(obligation="o", name="Dr. Outside", npi=npi)
    said = requester(Situation("resolve", "owed"), Actor("cora", "Cora", "coordinator"), command, NOW)
    assert said == ("An NPI has ten digits." if refused else None)


@pytest.mark.parametrize(("npi", "warned"), [("1234567893", False), ("1234567890", True), ("", False)])
def test_a_check_digit_that_does_not_fit_is_a_warning(npi: str, warned: bool) -> None:
    assert (npi_warning(npi) is not None) == warned


def test_who_attested_sees_that_somebody_else_is_needed() -> None:
    waits = Proposal("somebody@practice.example", "fax", "Elm Street", NOW)
    held = Situation("report", "owed", proposal=waits)
    me = Actor("Somebody@practice.example", "Somebody", "lead")
    other = Actor("other@practice.example", "Other", "manager")
    assert "countersign" not in {one.name for one in possible(held, me, NOW)} and "countersign" in barred(held, me, NOW)
    assert "countersign" in {one.name for one in possible(held, other, NOW)}
    assert "countersign" not in barred(held, other, NOW)


def test_the_button_says_what_it_does() -> None:
    assert (
        MOVES["confirm"].button_for("report") == "It arrived" and MOVES["confirm"].button_for("no_show") != "It arrived"
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-23T17:00", datetime(2026, 11, 23, 22, 0, tzinfo=UTC)),
        ("2026-11-23T17:00Z", datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
        (" 2026-11-23T17:00+01:00 ", datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        ("", None),
        ("None", None),
    ],
)
def test_a_time_without_an_offset_is_the_practices(text: str, meant: datetime | None) -> None:
    assert entered(MOVES["due_by"], {"at": text}, BOSTON) == {"at": meant}


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "23.11.2026",
        "2026-13-01T10:00",
        "10:00",
        "2026-03-08T02:30",
        "9999-12-31T23:59",
        "0001-01-01T00:00+01:00",
    ],
)
def test_an_unreadable_time_is_refused_and_never_taken_for_now(text: str) -> None:
    with pytest.raises(Unreadable):
        entered(MOVES["attest"], {"channel": "fax", "recipient": "Elm", "sent_at": text}, BOSTON)


def test_a_day_is_read_or_refused() -> None:
    asked, _ = MOVES["returns_on"].fields
    assert read_field(asked, "2026-11-30", BOSTON) == date(2026, 11, 30) and read_field(asked, "", BOSTON) is None
    with pytest.raises(Unreadable):
        read_field(asked, "30 November", BOSTON)


def test_a_flag_is_set_by_its_value_alone() -> None:
    given = entered(MOVES["requester"], {"internal": "1", "name": " Dr. Outside "}, BOSTON)
    assert given == {"name": "Dr. Outside", "npi": "", "internal": True}
    assert entered(MOVES["requester"], {"internal": "0"}, BOSTON)["internal"] is False
