"""Certificates of S/MIME: whose they are, what for, until when, and whom they are vouched for by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from loopclose.domain.addresses import Address

Use = Literal["signing", "encryption"]
_FOR_MAIL = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
_UNREADABLE = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


class BadCertificate(ValueError):
    """A certificate, or a file of some, that cannot be used; the text is one sentence without an address."""


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file, in their order; raises ``BadCertificate`` where there is none to read."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as problem:
        raise BadCertificate(f"A file of certificates cannot be read ({problem.strerror}).") from problem
    except ValueError as problem:
        raise BadCertificate("A file of certificates holds something else: PEM is expected.") from problem


def belongs_to(certificate: x509.Certificate, address: Address) -> bool:
    """Whether it is that address's own, or that of its domain.

    The Applicability Statement for Secure Health Transport binds an address by ``rfc822Name`` and an organisation by
    ``dNSName``. Small and capital letters are taken for the same, before the @ too.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses, domains = names.get_values_for_type(x509.RFC822Name), names.get_values_for_type(x509.DNSName)
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return False
    own = str(address).casefold() in {one.casefold() for one in addresses}
    return own or address.domain.casefold() in {one.casefold() for one in domains}


def refuse_unfit(certificate: x509.Certificate, use: Use, at: datetime) -> None:
    """Raise ``BadCertificate`` where it may not be used for that at that time."""
    if at < certificate.not_valid_before_utc:
        raise BadCertificate(
            f"The certificate on file is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}."
        )
    if at > certificate.not_valid_after_utc:
        raise BadCertificate(f"The certificate on file expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if not _is_meant_for(certificate, use):
        raise BadCertificate(f"The certificate on file is not meant for the {use} of mail.")


def refuse_unknown(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], at: datetime
) -> None:
    """Raise ``BadCertificate`` where it leads to none of the anchors over the others, by RFC 5280 as of that time.

    Revocation is not looked up.
    """
    of_authority = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    policy = PolicyBuilder().store(Store(list(anchors))).time(at.astimezone(UTC).replace(tzinfo=None))
    policy = policy.extension_policies(ca_policy=of_authority, ee_policy=ExtensionPolicy.permit_all())
    try:
        policy.build_client_verifier().verify(certificate, list(others))
    except (VerificationError, *_UNREADABLE) as problem:
        raise BadCertificate("The certificate on file is vouched for by none of our anchors.") from problem


def _is_meant_for(certificate: x509.Certificate, use: Use) -> bool:
    """Whether neither key usage nor extended key usage, where they are given, speaks against it (RFC 8550 4.4)."""
    try:
        return all(_allows(one.value, use) for one in certificate.extensions)
    except _UNREADABLE:
        return False


def _allows(extension: x509.ExtensionType, use: Use) -> bool:
    if isinstance(extension, x509.ExtendedKeyUsage):
        return bool(_FOR_MAIL & set(extension))
    if isinstance(extension, x509.KeyUsage):
        signs = extension.digital_signature or extension.content_commitment
        return signs if use == "signing" else extension.key_encipherment
    return True
