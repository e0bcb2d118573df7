"""S/MIME (RFC 8551): a MIME entity signed, and then encrypted. Each time gives other bytes: a random key, the time."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from loopclose.outbound.channels.secure_mail.parties import Signer

LINE = 76


def signed(entity: bytes, signer: Signer) -> bytes:
    """``multipart/signed`` (RFC 1847) with a detached SHA-256 signature; the entity stands in it as it is.

    Its lines end with CRLF: that is what is signed.
    """
    builder = PKCS7SignatureBuilder().set_data(entity).add_signer(signer.certificate, signer.key, hashes.SHA256())
    for one in signer.above:
        builder = builder.add_certificate(one)
    signature = builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])
    boundary = f"=_{hashlib.sha256(entity).hexdigest()[:40]}"
    head = (
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg="sha-256";\r\n'
        f' boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
    )
    between = (
        f'\r\n--{boundary}\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n'
    )
    return head.encode() + entity + between.encode() + _lines(signature) + f"--{boundary}--\r\n".encode()


def enveloped(entity: bytes, recipients: Sequence[x509.Certificate]) -> bytes:
    """``application/pkcs7-mime`` (AES-256-CBC), which any of the recipients can open with its RSA key."""
    builder = PKCS7EnvelopeBuilder().set_data(entity).set_content_encryption_algorithm(AES256)
    for one in recipients:
        builder = builder.add_recipient(one)
    head = (
        'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n'
    )
    return head.encode() + _lines(builder.encrypt(Encoding.DER, [PKCS7Options.Binary]))


def _lines(content: bytes) -> bytes:
    text = base64.b64encode(content)
    return b"".join(text[start : start + LINE] + b"\r\n" for start in range(0, len(text), LINE))
