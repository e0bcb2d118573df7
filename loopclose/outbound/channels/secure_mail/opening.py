"""Opening what comes back: decrypted with our key, its signature verified, by ``openssl cms`` in a child.

PyPI's cryptography reads DER alone, and verifies nothing; Direct systems write BER. A child is ended when it takes too
long, and what breaks in it breaks nothing here. Without the command ``openssl`` nothing encrypted or signed is read.
"""

from __future__ import annotations

import base64
import binascii
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from pathlib import Path

from cryptography import x509

from loopclose.domain.addresses import Address
from loopclose.outbound.channels.secure_mail.certificates import (
    BadCertificate,
    belongs_to,
    read_certificates,
    refuse_unfit,
)
from loopclose.outbound.channels.secure_mail.parties import Identity
from loopclose.outbound.channels.secure_mail.reports import NotReadable, part_of
from loopclose.outbound.mail import SendError

LONGEST_SECONDS = 20
SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
SIGNED = "multipart/signed"


@dataclass(frozen=True)
class Opened:
    """What was inside, and by whose certificates it is signed: by none where that is empty."""

    message: Message
    """Without what was taken off."""
    signers: tuple[x509.Certificate, ...] = ()

    def is_from(self, address: Address) -> bool:
        """Whether that address, or its domain, signed it."""
        return any(belongs_to(one, address) for one in self.signers)


@dataclass(frozen=True)
class Opener:
    """Opens with our key what is encrypted for us, and believes the signatures that the anchors vouch for."""

    identity: Identity
    anchors: Path
    at: datetime

    def opened(self, content: bytes) -> Opened:
        """Take off encryption and signature, as often as Direct puts them on: once each, in this order.

        Raises ``NotReadable`` where it is not for us or its signature is not good, ``SendError`` (``at_server``) where
        our own files or the command are missing.
        """
        message = part_of(content)
        if message.get_content_type() in SEALED and _kind(message) != "signed-data":
            content = self._decrypted(message)
            message = part_of(content)
        if message.get_content_type() == SIGNED:
            inside, signers = self._verified("SMIME", content)
        elif message.get_content_type() in SEALED:
            inside, signers = self._verified("DER", _decoded(message))
        else:
            return Opened(_unwrapped(message))
        return Opened(_unwrapped(part_of(inside)), signers)

    def _decrypted(self, message: Message) -> bytes:
        us = (self.identity.certificate_file, self.identity.key_file)
        for one in us:
            if not one.is_file():
                raise SendError("Our own certificate or key cannot be read.", final=False, at_server=True)
        options = ["-decrypt", "-inform", "DER", "-recip", str(us[0]), "-inkey", str(us[1])]
        found = _openssl(options, _decoded(message))
        if found is None:
            raise NotReadable("It is encrypted, and our key does not open it.")
        return found

    def _verified(self, form: str, content: bytes) -> tuple[bytes, tuple[x509.Certificate, ...]]:
        if not self.anchors.is_file():
            raise SendError("Our anchors cannot be read.", final=False, at_server=True)
        with tempfile.TemporaryDirectory() as folder:
            signers = Path(folder) / "signers.pem"
            trust = ["-CAfile", str(self.anchors), "-no-CApath", "-no-CAstore", "-partial_chain"]
            when = ["-attime", str(int(self.at.timestamp())), "-signer", str(signers)]
            found = _openssl(["-verify", "-inform", form, *trust, *when], content)
            if found is None:
                raise NotReadable("Its signature is not good, or by somebody whom our anchors do not vouch for.")
            return found, _fit(signers, self.at)


def _fit(signers: Path, at: datetime) -> tuple[x509.Certificate, ...]:
    try:
        found = read_certificates(signers)
        for one in found:
            refuse_unfit(one, "signing", at)
    except BadCertificate as problem:
        raise NotReadable("It is signed with a certificate that is not meant for that.") from problem
    return tuple(found)


def _kind(message: Message) -> str:
    return str(message.get_param("smime-type", "enveloped-data")).lower()


def _decoded(message: Message) -> bytes:
    """The bytes of an attachment; raises ``NotReadable``."""
    payload = message.get_payload()
    if not isinstance(payload, str):
        raise NotReadable("It is encrypted or signed, and damaged.")
    try:
        return base64.b64decode(payload.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as problem:
        raise NotReadable("It is encrypted or signed, and damaged.") from problem


def _unwrapped(message: Message) -> Message:
    """A Direct system may wrap the whole message, its headers too (RFC 8551 3.1)."""
    inside = message.get_payload()
    if message.get_content_type() == "message/rfc822" and isinstance(inside, list) and inside:
        return inside[0] if isinstance(inside[0], Message) else message
    return message


def _openssl(options: Sequence[str], content: bytes) -> bytes | None:
    """What ``openssl cms`` gives; None where it refuses."""
    command = shutil.which("openssl")
    if command is None:
        words = "The command openssl is not installed, and without it no encrypted answer can be read."
        raise SendError(words, final=False, at_server=True)
    try:
        done = subprocess.run(  # noqa: S603 a fixed command; what comes from outside is on its standard input alone
            [command, "cms", *options],
            input=content,
            capture_output=True,
            timeout=LONGEST_SECONDS,
            env={"OPENSSL_CONF": "/dev/null"},
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise NotReadable("It took too long to open.") from problem
    return done.stdout if done.returncode == 0 else None
