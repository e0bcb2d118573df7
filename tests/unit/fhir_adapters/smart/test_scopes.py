"""Which scopes are asked for, by what the EHR tells, and what a grant is worth."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_adapters.smart.discovery import Discovery
from fhir_adapters.smart.granting import shortfall, types_granted
from fhir_adapters.smart.scopes import READING, covered, forms, in_part, offers
from fhir_adapters.smart.tokens import Token

V1, V2 = ("system/Encounter.read", "system/Task.read"), ("system/Encounter.rs", "system/Task.rs")


@pytest.mark.parametrize(
    ("told", "first"),
    [
        ({"scopes": ("openid", "system/Patient.read")}, ("read",)),
        ({"scopes": ("system/Patient.rs", "launch")}, ("rs",)),
        ({"scopes": ("system/*.cruds",)}, ("rs",)),
        ({"scopes": ("system/Patient.rs", "system/Patient.read")}, ("rs", "read")),
        ({"scopes": ("system/Patient.rs", "system/Patient.read"), "capabilities": {"permission-v1"}}, ("read",)),
        ({"scopes": ("user/Patient.read", "system/*.*")}, ("rs", "read")),
        ({"capabilities": {"permission-v2", "sso-openid-connect"}}, ("rs",)),
        ({"capabilities": {"permission-v1"}}, ("read",)),
        ({"capabilities": {"permission-v1", "permission-v2"}}, ("rs", "read")),
        ({}, ("rs", "read")),
    ],
)
def test_the_form_is_the_one_that_the_ehr_tells_of(told: dict[str, Any], first: tuple[str, ...]) -> None:
    assert forms(Discovery(**{name: type_of(value) for name, value in told.items()})) == first


def type_of(value: Any) -> Any:
    return frozenset(value) if isinstance(value, set) else value


def test_a_list_of_scopes_narrows_only_what_was_refused() -> None:
    told = Discovery(scopes=("system/Encounter.read",))
    assert offers(("Encounter", "Task"), (), told) == [V1, V1[:1]]
    assert offers(("Encounter", "Task"), (), Discovery()) == [V2, V1]
    assert offers(("Encounter", "Task"), (), Discovery(scopes=("system/*.rs",))) == [V2]


def test_what_is_configured_is_asked_for_instead() -> None:
    assert offers(("Encounter", "Task"), V1[1:], Discovery(scopes=("system/Task.rs",))) == [V1[1:]]


def test_no_wildcard_is_ever_asked_for() -> None:
    told = [Discovery(), Discovery(scopes=("system/*.read",)), Discovery(scopes=("system/*.*", "system/*.rs"))]
    asked = {one for each in told for offer in offers(("Encounter", "Task"), (), each) for one in offer}
    assert asked == {*V1, *V2}
    assert not [one for one in ("system/*.read", "system/Task.*", "system/*.rs", "*") if READING.fullmatch(one)]


@pytest.mark.parametrize(
    ("asked", "granted", "is_covered", "is_in_part"),
    [
        ("system/Task.read", ["system/Task.read"], True, False),
        ("system/Task.read", ["system/Task.rs"], True, False),
        ("system/Task.rs", ["system/Task.read", "offline"], True, False),
        ("system/Task.rs", ["system/Task.cruds"], True, False),
        ("system/Task.rs", ["system/Task.*"], True, False),
        ("system/Task.rs", ["system/*.rs"], True, False),
        ("system/Task.rs", ["system/Task.r", "system/Task.s"], True, False),
        ("system/Task.rs", ["system/Task.r"], False, True),
        ("system/Task.rs", ["system/Task.rs?code=a"], False, True),
        ("system/Task.rs", ["system/Task.write"], False, True),
        ("system/Task.rs", ["system/Tasks.rs", "user/Task.rs"], False, False),
        ("system/Task.rs", [], False, False),
    ],
)
def test_a_grant_in_either_form_is_understood(
    asked: str, granted: list[str], is_covered: bool, is_in_part: bool
) -> None:
    assert (covered(asked, granted), in_part(asked, granted)) == (is_covered, is_in_part)


def test_writing_is_asked_for_beside_reading_and_in_its_form() -> None:
    creates = ("DocumentReference", "Task")
    old, new = Discovery(capabilities=("permission-v1",)), Discovery(capabilities=("permission-v2",))
    first = offers(("Encounter",), (), old, creates)[0]
    assert first == ("system/Encounter.read", "system/DocumentReference.write", "system/Task.write")
    second = offers(("Encounter",), (), new, creates)[0]
    assert second == ("system/Encounter.rs", "system/DocumentReference.c", "system/Task.cu")
    own = offers(("Encounter",), ("system/Task.read",), new, creates)[0]
    assert own[1:] == ("system/DocumentReference.write", "system/Task.write")
    assert all("write" not in one and ".c" not in one for offer in offers(("Encounter",), (), new) for one in offer)


def test_what_may_not_be_written_is_said_and_reading_goes_on() -> None:
    asked = ("system/Task.rs", "system/DocumentReference.rs", "system/DocumentReference.c")
    reads = Token("t", 0, 300, asked, asked[:2])
    assert types_granted(reads) == ("Task", "DocumentReference")
    assert [words[:46] for words in shortfall(reads, ())] == ["It does not let us write DocumentReference: wh"]
    assert shortfall(Token("t", 0, 300, asked, asked), ("Task", "DocumentReference")) == ()
    assert types_granted(Token("t", 0, 300, asked[2:], asked[2:])) == (), "who may only write reads nothing"
