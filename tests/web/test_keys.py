"""The public keys are for everybody, and nothing private is among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fhir_adapters.smart.keys import make_key, next_of, read_key
from loopclose.flows.work import Work
from loopclose.web import create_app


@pytest.fixture
def key_file(work: Work, tmp_path: Path) -> Path:
    """Two EHRs that share a key file, in which no key stands yet."""
    path = tmp_path / "ehr.pem"
    one = work.config.ehr["main"].model_copy(update={"key_file": path})
    work.config = work.config.model_copy(update={"ehr": {"main": one, "second": one}})
    return path


def published(work: Work) -> tuple[Any, list[dict[str, str]]]:
    answer = create_app(work).test_client().get("/.well-known/jwks.json", environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    return answer, answer.get_json()["keys"]


def test_without_a_key_the_set_is_empty(work: Work, key_file: Path) -> None:
    assert published(work)[1] == []


def test_current_and_next_keys_are_published_and_nothing_private(work: Work, key_file: Path) -> None:
    make_key(key_file, "ES384")
    assert [one["kid"] for one in published(work)[1]] == [read_key(key_file).kid]
    make_key(next_of(key_file), "RS384")
    answer, keys = published(work)
    assert [one["kid"] for one in keys] == [read_key(key_file).kid, read_key(next_of(key_file)).kid]
    assert all(set(one) <= {"kty", "kid", "use", "alg", "crv", "x", "y", "n", "e"} for one in keys)
    assert answer.headers["Cache-Control"] == "public, max-age=300" and "Set-Cookie" not in answer.headers
    assert str(key_file.parent) not in answer.get_data(as_text=True)


def test_a_key_that_took_the_place_of_another_is_published_at_once(work: Work, key_file: Path) -> None:
    make_key(key_file, "ES384")
    before = published(work)[1]
    make_key(next_of(key_file), "ES384")
    next_of(key_file).replace(key_file)
    (after,) = published(work)[1]
    assert after["kid"] == read_key(key_file).kid and after not in before


def test_a_key_that_cannot_be_used_does_not_hide_the_others(work: Work, key_file: Path) -> None:
    make_key(key_file, "ES384")
    next_of(key_file).write_text("no key")
    next_of(key_file).chmod(0o600)
    assert len(published(work)[1]) == 1
    key_file.chmod(0o644)
    assert published(work)[1] == [], "we sign with no key that others can read, so nobody needs its public half"


def test_only_a_good_answer_may_be_kept(work: Work) -> None:
    client = create_app(work).test_client()
    answer = client.post("/.well-known/jwks.json")
    assert answer.status_code in (400, 405) and answer.headers["Cache-Control"] == "no-store"
    assert client.get("/.well-known/jwks.json.bak").headers["Cache-Control"] == "no-store"
