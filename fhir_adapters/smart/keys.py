"""The private key that signs assertions: a PEM file that its owner alone may read; its public half is for everybody.

The library of keys is imported where one is used: it takes a while, and most commands use none.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fhir_adapters.errors import FinalError

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = ("RS384", "ES384")
"""What SMART asks every server to take. In the field each is refused by somebody: docs/connect-an-ehr.md."""
RSA_BITS = 2048
"""Veradigm takes no other length (by a third party's table: PHI AI, core/fhir/emr_profiles.py), and all take this."""
CURVE = "P-384"
OTHERS = 0o077
NEXT = ".next"
"""Ends the name of the key that is published beside the one in use, until every EHR knows it."""


@dataclass(frozen=True)
class SigningKey:
    """A private key and the one algorithm that it signs by."""

    algorithm: str
    key: RSAKey | ECKey = field(repr=False)

    @property
    def kid(self) -> str:
        """The key's thumbprint (RFC 7638): the same wherever it is worked out."""
        return self.key.thumbprint()

    def public_jwk(self) -> dict[str, Any]:
        """The public half as a member of a JWK Set (RFC 7517)."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def public_pem(self) -> str:
        """The public half as PEM, for an EHR that takes no JWK Set."""
        return self.key.as_pem(private=False).decode()


def next_of(path: Path) -> Path:
    """Where the next key of a key file stands."""
    return path.with_name(f"{path.name}{NEXT}")


def open_to_others(path: Path) -> bool:
    """Whether others of this machine may read it; not where nothing is there."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)
    except FileNotFoundError:
        return False


def read_key(path: Path) -> SigningKey:
    """The key of a file; raises ``FinalError`` where there is none that can be used."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from joserfc.jwk import ECKey, RSAKey

    try:
        if open_to_others(path):
            raise FinalError(f"The key file {path} can be read by others: take it from them (chmod 600).")
        pem = path.read_bytes()
    except FileNotFoundError as problem:
        raise FinalError(f"There is no key file {path}: make it with the command ehr keys.") from problem
    except OSError as problem:
        raise FinalError(f"The key file {path} cannot be read: {problem.strerror}.") from problem
    try:
        found = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # none at all, or one with a passphrase
        found = None
    if isinstance(found, RSAPrivateKey) and found.key_size >= RSA_BITS:
        return SigningKey("RS384", RSAKey.import_key(found))
    if isinstance(found, EllipticCurvePrivateKey) and isinstance(found.curve, SECP384R1):
        return SigningKey("ES384", ECKey.import_key(found))
    raise FinalError(
        f"The key file {path} holds no private key that can be used: a PEM without a passphrase is expected, "
        f"RSA of at least {RSA_BITS} bits or EC on the curve {CURVE}."
    )


def make_key(path: Path, algorithm: str) -> None:
    """Make a key of its owner's alone. Raises ``FileExistsError`` where one stands, and ``OSError``.

    It is made whole under another name and linked: nothing is ever overwritten, and nobody sees half a key.
    """
    from joserfc.jwk import ECKey, RSAKey

    key = RSAKey.generate_key(RSA_BITS) if algorithm == "RS384" else ECKey.generate_key(CURVE)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(key.as_pem(private=True))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
