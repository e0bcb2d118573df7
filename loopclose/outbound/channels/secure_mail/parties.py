"""The two sides of a message: us with our key, and the recipients whose certificates are on file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from loopclose.domain.addresses import Address
from loopclose.outbound.channels.secure_mail.certificates import (
    BadCertificate,
    belongs_to,
    read_certificates,
    refuse_unfit,
    refuse_unknown,
)
from loopclose.outbound.mail import SendError

NOT_ON_FILE = "No certificate of this address is on file: get it from the recipient, and put it into the folder."


@dataclass(frozen=True)
class Signer:
    """Our certificate, what stands between it and an anchor, and its key."""

    certificate: x509.Certificate
    above: Sequence[x509.Certificate]
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Identity:
    """Who we are, as files (PEM): a certificate, with those above it behind it, and the private key."""

    certificate_file: Path
    key_file: Path

    def signer(self, sender: Address, at: datetime) -> Signer:
        """Read anew each time, so that a renewed one counts at once; raises ``SendError``, of none of our mails."""
        try:
            first, *above = read_certificates(self.certificate_file)
            refuse_unfit(first, "signing", at)
            if not belongs_to(first, sender):
                raise BadCertificate("The certificate on file is for another address than the sender's.")
            key = self._key()
            if key.public_key() != first.public_key():
                raise BadCertificate("The key is not that of the certificate.")
        except BadCertificate as problem:
            raise SendError(f"Our own certificate: {problem}", final=False, at_server=True) from problem
        return Signer(first, above, key)

    def _key(self) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        try:
            key = load_pem_private_key(self.key_file.read_bytes(), password=None)
        except OSError as problem:
            raise BadCertificate(f"The key cannot be read ({problem.strerror}).") from problem
        except (ValueError, TypeError) as problem:  # no PEM; one that wants a password
            raise BadCertificate("The key file holds no private key without a password.") from problem
        if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            raise BadCertificate("The key is neither RSA nor EC.")
        return key


@dataclass(frozen=True)
class Recipients:
    """Certificates of those we write to: a folder of PEM files, and the authorities that we trust."""

    folder: Path
    """``name@domain.pem`` for an address, ``domain.pem`` for everybody there; several certificates in a file are tried
    each, and those of authorities between them and an anchor stand there too."""
    anchors: Path

    def of(self, address: Address, at: datetime) -> tuple[x509.Certificate, ...]:
        """Every certificate that a message to that address may be encrypted for; the address's own before its domain's.

        Raises ``SendError``: final, with one sentence, where there is none; ours where folder or anchors are missing.
        """
        try:
            anchors = read_certificates(self.anchors)
        except BadCertificate as problem:
            raise SendError(f"Our anchors: {problem}", final=False, at_server=True) from problem
        try:
            return _fit(self._on_file(address), anchors, address, at)
        except BadCertificate as problem:
            raise SendError(str(problem), final=True) from problem

    def _on_file(self, address: Address) -> list[x509.Certificate]:
        """Found by listing the folder, so that no address leads out of it."""
        try:
            files = {one.name.casefold(): one for one in self.folder.iterdir() if one.is_file()}
        except OSError as problem:
            words = f"The folder of recipients' certificates cannot be read ({problem.strerror})."
            raise SendError(words, final=False, at_server=True) from problem
        for name in (str(address), address.domain):
            if found := files.get(f"{name.casefold()}.pem"):
                return read_certificates(found)
        raise BadCertificate(NOT_ON_FILE)


def _fit(
    on_file: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], address: Address, at: datetime
) -> tuple[x509.Certificate, ...]:
    """Those that pass; else what speaks against the one that is valid longest."""
    own = [one for one in on_file if belongs_to(one, address)]
    if not own:
        raise BadCertificate("The certificate on file is for another address: get the recipient's own.")
    fit: list[x509.Certificate] = []
    problems: list[BadCertificate] = []
    for one in sorted(own, key=lambda one: one.not_valid_after_utc, reverse=True):
        try:
            refuse_unfit(one, "encryption", at)
            refuse_unknown(one, [other for other in on_file if other != one], anchors, at)
            if not isinstance(one.public_key(), rsa.RSAPublicKey):
                raise BadCertificate("The certificate on file has no RSA key, and only to such can we encrypt.")
            fit.append(one)
        except BadCertificate as problem:
            problems.append(problem)
    if not fit:
        raise problems[0]
    return tuple(fit)
