"""Scopes that an EHR refuses, narrows or keeps silent on: what can be read is read, the rest is said, nothing loops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import responses

from fhir_adapters.errors import FinalError
from tests.unit.fhir_adapters.smart.ehr import TOKEN_URL, Answer, Clock, SignIn, client, refusing

ALL_V1 = "system/Encounter.read system/Patient.read system/Task.read"
ALL_V2 = ALL_V1.replace(".read", ".rs")


def telling(mock: responses.RequestsMock, *scopes: str) -> SignIn:
    return SignIn(mock, {"token_endpoint": TOKEN_URL, "scopes_supported": scopes})


def knowing(sign_in: SignIn, *scopes: str) -> Callable[[str], Answer]:
    """Refuses the whole request for one scope that it does not know, as Keycloak and Greenway do."""
    return lambda asked: (200, sign_in.token(asked)) if set(asked.split()) <= set(scopes) else refusing("invalid_scope")


def test_a_list_of_scopes_narrows_a_refused_request(mock: responses.RequestsMock, clock: Clock, tmp_path: Path) -> None:
    known = ("system/Encounter.read", "system/Patient.read")
    sign_in = telling(mock, *known)
    sign_in.answer = knowing(sign_in, *known)
    auth = client(tmp_path, clock)
    auth.headers()
    assert sign_in.scopes == [ALL_V1, " ".join(known)]
    assert auth.notes() == ("The EHR grants no reading of Task: ask its administrator to allow it to our client_id.",)


def test_without_a_list_each_type_is_asked_for_alone(
    mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    sign_in = telling(mock, "system/Other.rs")
    sign_in.answer = knowing(sign_in, "system/Encounter.rs", "system/Task.rs")
    auth = client(tmp_path, clock)
    auth.headers()
    assert sign_in.scopes == [ALL_V2, *ALL_V2.split(), "system/Encounter.rs system/Task.rs"]
    assert "no reading of Patient" in auth.notes()[0]


def test_what_was_learnt_is_asked_for_at_once_for_a_day(
    mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    sign_in = telling(mock, "system/Other.rs")
    sign_in.answer = knowing(sign_in, "system/Encounter.rs")
    client(tmp_path, clock).headers()
    for hours, asked in ((1, ["system/Encounter.rs"]), (24, [ALL_V2, *ALL_V2.split(), "system/Encounter.rs"])):
        clock.at += hours * 3600
        sign_in.asked.clear()
        client(tmp_path, clock).headers()
        assert sign_in.scopes == asked
    sign_in.answer, clock.at = knowing(sign_in, "system/Task.rs"), clock.at + 3600
    sign_in.asked.clear()
    client(tmp_path, clock).headers()
    assert sign_in.scopes == ["system/Encounter.rs", ALL_V2, *ALL_V2.split(), "system/Task.rs"]


def test_the_other_form_is_tried_where_the_ehr_does_not_tell(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = knowing(sign_in, *ALL_V1.split())
    auth = client(tmp_path, clock)
    auth.headers()
    assert sign_in.scopes == [ALL_V2, ALL_V1] and auth.notes() == ()


def test_fewer_scopes_granted_than_asked_are_said(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda asked: (200, sign_in.token("system/Encounter.read system/Task.rs?code=a openid"))
    auth = client(tmp_path, clock)
    auth.headers()
    assert len(sign_in.asked) == 1
    assert auth.notes() == (
        "The EHR grants no reading of Patient: ask its administrator to allow it to our client_id.",
        "It grants reading of Task in part only, so that some of it is not seen.",
    )


def test_an_ehr_that_does_not_say_what_it_granted_is_believed_and_said(
    mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    sign_in = telling(mock, "system/Other.rs")
    sign_in.answer = lambda asked: (200, sign_in.token(None))
    auth = client(tmp_path, clock)
    assert auth.headers() and sign_in.scopes == [ALL_V2]
    (note,) = auth.notes()
    assert "does not say which scopes" in note


def test_silence_on_a_form_that_was_guessed_is_not_the_last_word(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda asked: (200, sign_in.token(asked if ".read" in asked else None))
    auth = client(tmp_path, clock)
    auth.headers()
    assert sign_in.scopes == [ALL_V2, ALL_V1] and auth.notes() == ()


@pytest.mark.parametrize("granted", ["", "openid", "user/Patient.read"])
def test_nothing_granted_is_final(granted: str, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda asked: (200, sign_in.token(granted))
    words = r"grants none of the scopes that we ask for: ask its administrator to allow .* Encounter, Patient, Task\.$"
    with pytest.raises(FinalError, match=words):
        client(tmp_path, clock).headers()
    assert sign_in.scopes == [ALL_V2, ALL_V1]


def test_everything_refused_ends_after_each_was_asked_once(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda asked: refusing("invalid_scope")
    auth = client(tmp_path, clock)
    for _ in range(3):
        with pytest.raises(FinalError, match="none of the scopes"):
            auth.headers()
    assert sorted(sign_in.scopes) == sorted([ALL_V2, ALL_V1, *ALL_V1.split(), *ALL_V2.split()])


def test_what_is_configured_is_asked_for_and_nothing_else(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    client(tmp_path, clock, scopes=("system/Task.rs", "system/Patient.read")).headers()
    assert sign_in.scopes == ["system/Task.rs system/Patient.read"]


def test_a_type_that_is_needed_and_not_granted_ends_it(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda asked: (200, sign_in.token("system/Task.rs"))
    words = r"^The EHR grants no reading of Encounter: ask .* client_id\. Nothing can be read without\.$"
    with pytest.raises(FinalError, match=words):
        client(tmp_path, clock, needed=("Encounter",)).headers()
    assert client(tmp_path, clock, needed=("Task",)).headers()


def test_what_is_left_out_on_purpose_is_no_news(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    auth = client(tmp_path, clock, scopes=("system/Task.rs",))
    assert auth.not_granted() == frozenset(), "nothing is known yet"
    auth.headers()
    assert auth.notes() == () and auth.not_granted() == {"Encounter", "Patient"}


def test_one_scope_alone_is_not_asked_for_twice(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda asked: refusing("invalid_scope")
    with pytest.raises(FinalError, match="none of the scopes"):
        client(tmp_path, clock, scopes=("system/Task.rs",)).headers()
    assert sign_in.scopes == ["system/Task.rs"]
