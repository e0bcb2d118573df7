"""One token for everybody: renewed early, once for all who wait, shared by the processes of a machine."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from fhir_adapters.errors import FinalError, NoToken, TemporaryError
from fhir_adapters.smart.backend import BackendAuth
from fhir_adapters.smart.token_file import TokenFile
from tests.unit.fhir_adapters.smart.ehr import Answer, Clock, SignIn, client, refusing


def bearer(auth: BackendAuth) -> str:
    return auth.headers()["Authorization"].removeprefix("Bearer ")


def token_file(folder: Path) -> Path:
    (found,) = folder.glob("*.token.json")
    return found


def test_a_short_lived_token_is_renewed_in_its_last_quarter(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda scope: (200, sign_in.token(scope, expires_in=4))
    auth = client(tmp_path, clock)
    assert [bearer(auth), bearer(auth)] == ["token-1", "token-1"]
    clock.at += 2.9
    assert bearer(auth) == "token-1"
    clock.at += 0.2
    assert bearer(auth) == "token-2"


def test_every_request_for_a_token_has_an_assertion_of_its_own(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    auth = client(tmp_path, clock)
    for _ in range(3):
        auth.renew(auth.headers())
    assert len({one["client_assertion"] for one in sign_in.asked}) == 3
    assert {one["grant_type"] for one in sign_in.asked} == {"client_credentials"}
    assert sign_in.discoveries == 1


def test_many_threads_renew_once(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    auth, gate = client(tmp_path, clock), threading.Barrier(8)

    def ask(_: int) -> str:
        gate.wait()
        return bearer(auth)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"token-1"}
        auth.renew({"Authorization": "Bearer token-1"})
        assert set(pool.map(ask, range(8))) == {"token-2"}
    assert len(sign_in.asked) == 2


def test_a_token_that_was_refused_is_not_used_again_and_a_newer_one_is(
    sign_in: SignIn, clock: Clock, tmp_path: Path
) -> None:
    auth, other = client(tmp_path, clock), client(tmp_path, clock)
    first = auth.headers()
    assert other.headers() == first
    assert auth.renew(first) and bearer(auth) == "token-2"
    assert other.renew(first) and bearer(other) == "token-2", "another process renewed it meanwhile"
    assert auth.renew(first) and bearer(auth) == "token-2", "a late word on the old one changes nothing"
    assert len(sign_in.asked) == 2


def test_a_token_is_shared_by_a_file_that_is_its_owners_alone(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    assert bearer(client(tmp_path, clock)) == bearer(client(tmp_path, clock)) == "token-1"
    path = token_file(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600 and path.name.startswith("key.pem.")
    path.chmod(0o644)
    clock.at += 400
    assert bearer(client(tmp_path, clock)) == "token-2" and path.stat().st_mode & 0o777 == 0o600
    assert "token-2" not in repr(client(tmp_path, clock)._shared())


def test_other_settings_get_a_token_of_their_own(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    assert bearer(client(tmp_path, clock)) == "token-1"
    assert bearer(client(tmp_path, clock, types=("Encounter",))) == "token-2"
    other = client(tmp_path, clock)
    other._of = replace(other._of, client_id="another-client")
    other._file = TokenFile(other._of.token_file, lambda _: None)
    assert bearer(other) == "token-3" and len(list(tmp_path.glob("*.token.json"))) == 2


@pytest.mark.parametrize("left", [b"", b"{", b'{"token": null}', b"\xff\xfe", b'{"token": {"text": "tok', b"x" * 9999])
def test_a_file_that_cannot_be_read_is_written_anew(left: bytes, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    client(tmp_path, clock).headers()
    token_file(tmp_path).write_bytes(left)
    assert bearer(client(tmp_path, clock)) == bearer(client(tmp_path, clock)) == "token-2"


def test_where_no_file_can_be_made_each_process_asks_anew_and_it_is_said(
    sign_in: SignIn, clock: Clock, tmp_path: Path
) -> None:
    auth = client(tmp_path, clock)
    auth._of.token_file.mkdir()  # as on a disk that is read-only: it cannot be opened for writing
    assert bearer(auth) == bearer(auth) == "token-1"
    assert auth.notes() == ("Its tokens cannot be kept beside the key (Is a directory); each process asks anew.",)
    assert bearer(client(tmp_path, clock)) == "token-2"


def test_a_file_is_not_followed_to_elsewhere(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    auth = client(tmp_path, clock)
    (tmp_path / "elsewhere").write_text("kept")
    auth._of.token_file.symlink_to(tmp_path / "elsewhere")
    assert bearer(auth) == "token-1" and (tmp_path / "elsewhere").read_text() == "kept"


def test_whoever_holds_the_file_too_long_is_not_waited_for_for_ever(
    sign_in: SignIn, clock: Clock, tmp_path: Path
) -> None:
    auth = client(tmp_path, clock)
    with TokenFile(auth._of.token_file, lambda _: None).held(), pytest.raises(NoToken, match="Another process"):
        auth.headers()
    assert not sign_in.asked and bearer(auth) == "token-1"


def test_a_final_refusal_is_not_asked_for_again(sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
    sign_in.answer = lambda scope: refusing("invalid_client", 401)
    auth = client(tmp_path, clock)
    for _ in range(5):
        with pytest.raises(FinalError, match="invalid_client"):
            auth.headers()
    assert len(sign_in.asked) == 1


def test_whoever_waited_for_a_token_that_did_not_come_does_not_ask_again(
    sign_in: SignIn, clock: Clock, tmp_path: Path
) -> None:
    auth, asking, go = client(tmp_path, clock), threading.Event(), threading.Event()

    def slow(scope: str) -> Answer:
        asking.set()
        assert go.wait(10)
        return 503, "busy"

    sign_in.answer = slow
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(auth.headers)
        assert asking.wait(10)
        second = pool.submit(_told_that_it_waits(auth, go))
        assert isinstance(first.exception(10), TemporaryError) and isinstance(second.exception(10), TemporaryError)
    assert len(sign_in.asked) == 1
    sign_in.answer = lambda scope: (200, sign_in.token(scope))
    assert bearer(auth) == "token-2", "the next one may ask"


class _Waiting:
    """A lock that says when somebody waits for it."""

    def __init__(self, lock: threading.Lock, waits: threading.Event) -> None:
        self.lock, self.waits = lock, waits

    def __enter__(self) -> None:
        self.waits.set()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def _told_that_it_waits(auth: BackendAuth, waits: threading.Event) -> object:
    auth._renewing = _Waiting(auth._renewing, waits)  # type: ignore[assignment, arg-type]
    return auth.headers
