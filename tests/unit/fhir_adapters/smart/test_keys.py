"""The private key is made once, is its owner's alone, and signs assertions that hold what SMART asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from fhir_adapters.errors import FinalError
from fhir_adapters.smart.assertion import client_assertion
from fhir_adapters.smart.keys import ALGORITHMS, make_key, read_key
from tests.unit.fhir_adapters.smart.ehr import NOON, TOKEN_URL


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_assertion_is_what_smart_asks_for(algorithm: str, tmp_path: Path) -> None:
    make_key(tmp_path / "key", algorithm)
    key = read_key(tmp_path / "key")
    jwks = KeySet.import_key_set({"keys": [key.public_jwk()]})
    first, second = (
        jwt.decode(client_assertion(key, "us", TOKEN_URL, NOON + 0.9), jwks, algorithms=[algorithm]) for _ in range(2)
    )
    assert first.header == {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    assert first.claims["iss"] == first.claims["sub"] == "us"
    assert first.claims["aud"] == TOKEN_URL, "one text: Keycloak refuses a list"
    assert first.claims["iat"] == NOON and 0 < first.claims["exp"] - NOON <= 300
    assert first.claims["jti"] != second.claims["jti"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_published_holds_nothing_private(algorithm: str, tmp_path: Path) -> None:
    make_key(tmp_path / "key", algorithm)
    key = read_key(tmp_path / "key")
    jwk = key.public_jwk()
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(jwk) and jwk["use"] == "sig" and jwk["alg"] == algorithm
    assert "PRIVATE" not in key.public_pem() and "PRIVATE" not in repr(key) and str(key.key) not in repr(key)
    of_pem = (RSAKey if algorithm == "RS384" else ECKey).import_key(key.public_pem())
    assert of_pem.thumbprint() == jwk["kid"]


def test_a_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_key(tmp_path / "key", "ES384")
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    kid = read_key(tmp_path / "key").kid
    with pytest.raises(FileExistsError):
        make_key(tmp_path / "key", "ES384")
    assert read_key(tmp_path / "key").kid == kid
    assert [path.name for path in tmp_path.iterdir()] == ["key"], "no half-made key stays behind"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    make_key(tmp_path / "key", "ES384")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(FinalError, match=r"read by others.*chmod 600"):
        read_key(tmp_path / "key")


def pem(kind: str) -> bytes:
    if kind == "short RSA":
        from cryptography.hazmat.primitives.asymmetric import rsa
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        short = rsa.generate_private_key(65537, 1024)
        return short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if kind == "public":
        return ECKey.generate_key("P-384").as_pem(private=False)
    if kind == "with a passphrase":
        return ECKey.generate_key("P-384").as_pem(private=True, password="secret")
    return {"other curve": ECKey.generate_key("P-256").as_pem(private=True), "text": b"no key", "empty": b""}[kind]


@pytest.mark.parametrize("kind", ["short RSA", "public", "other curve", "with a passphrase", "text", "empty"])
def test_what_is_no_key_for_this_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(pem(kind))
    path.chmod(0o600)
    with pytest.raises(FinalError, match=r"RSA of at least 2048 bits or EC on the curve P-384\.$"):
        read_key(path)


def test_no_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FinalError, match="ehr keys"):
        read_key(tmp_path / "key")
