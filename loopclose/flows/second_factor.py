"""A user's authenticator: made, confirmed by its first code, and each code counts once (TOTP, RFC 6238).

Its secret is kept sealed with a key made from the one that signs cookies: a copy of the database alone opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loopclose.clock import Clock
from loopclose.flows.sign_in import SignedIn
from loopclose.store import audit_log, second_factors
from loopclose.store.engine import Database

STEP_SECONDS, DIGITS, SECRET_BYTES, NONCE_BYTES = 30, 6, 20, 12
NEAR = (0, -1, 1)
"""Time steps beside the present one whose codes count: clocks differ, and typing takes a while (RFC 6238, 5.2)."""
ISSUER = "Loopclose"


@dataclass(frozen=True)
class Authenticator:
    """The authenticators of the users of one database."""

    db: Database
    clock: Clock
    key: bytes
    """The key that signs cookies."""

    def is_ready(self, who: SignedIn) -> bool:
        """Whether codes of theirs count."""
        with self.db.read() as session:
            found = second_factors.factor_of(session, who.scope, who.user.id)
        return found is not None and found.confirmed_at is not None

    def make(self, who: SignedIn) -> None:
        """A new secret in the place of any before; it opens nothing until a code of it is entered."""
        with self.db.write() as session:
            sealed = self._seal(secrets.token_bytes(SECRET_BYTES), who.user.id)
            second_factors.keep_factor(session, who.scope, who.user.id, sealed, self.clock())
            audit_log.record(session, who.scope, self.clock(), who.user.email, "second_factor_made", who.user.id)

    def address(self, who: SignedIn) -> str | None:
        """What an authenticator reads as a QR code, while the secret waits to be confirmed; None otherwise."""
        with self.db.read() as session:
            found = second_factors.factor_of(session, who.scope, who.user.id)
        secret = self._open(found.secret, who.user.id) if found is not None and found.confirmed_at is None else None
        if secret is None:
            return None
        asked = urlencode({"secret": base64.b32encode(secret).decode(), "issuer": ISSUER, "digits": DIGITS})
        return f"otpauth://totp/{quote(f'{ISSUER}:{who.user.email}')}?{asked}"

    def takes(self, who: SignedIn, code: str) -> bool:
        """Whether that is a code of now that did not count yet; it counts no second time. The first one confirms."""
        digits = "".join(code.split())
        if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
            return False
        now = self.clock()
        with self.db.write() as session:
            found = second_factors.factor_of(session, who.scope, who.user.id)
            secret = self._open(found.secret, who.user.id) if found is not None else None
            if secret is None:
                return False
            present = int(now.timestamp()) // STEP_SECONDS
            fitting = (each for each in (present + near for near in NEAR) if _same(code_of(secret, each), digits))
            step = next(fitting, None)
            return step is not None and second_factors.use_step(session, who.scope, who.user.id, step, now)

    def drop(self, who: SignedIn) -> None:
        """They have none any more."""
        with self.db.write() as session:
            second_factors.drop_factor(session, who.scope, who.user.id)
            audit_log.record(session, who.scope, self.clock(), who.user.email, "second_factor_dropped", who.user.id)

    def _cipher(self) -> AESGCM:
        return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"loopclose second factor").derive(self.key))

    def _seal(self, secret: bytes, user_id: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, secret, user_id.encode())

    def _open(self, sealed: bytes, user_id: str) -> bytes | None:
        """The secret; None where it was sealed with another key, or for somebody else."""
        try:
            return self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], user_id.encode())
        except InvalidTag:
            return None


def code_of(secret: bytes, step: int) -> str:
    """The code of a time step (RFC 4226, 5.3: six digits of an HMAC-SHA-1)."""
    found = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = found[-1] & 0x0F
    number = int.from_bytes(found[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
