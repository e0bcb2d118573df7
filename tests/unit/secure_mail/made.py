"""Made-up authorities, certificates and letters for encrypted mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from loopclose.domain.addresses import parse_address
from loopclose.outbound.channels.channel import About, Enclosure, Sending
from loopclose.outbound.channels.direct import SecureMail, channel_of
from loopclose.outbound.mail import SmtpMailer

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
US, THEM = "letters@direct.practice.example", "pat.office@direct.referrer.example"
DELIVERY, DOCUMENT = "0a8b7c6d-1111-5222-8333-444455556666", "9f8e7d6c-2222-5333-8444-555566667777"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
CCDA = b"<ClinicalDocument><title>Zenobia Quux</title></ClinicalDocument>\n" * 50
EMAIL = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)


@lru_cache
def key(name: str) -> rsa.RSAPrivateKey:
    """A key of its own by name, made once."""
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Authority:
    """One that vouches."""

    name: str
    holder: str = ""
    """The name of its key, where it is not its own."""
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        made = _built(self.name, self.name, self.key, AT - timedelta(days=3650), AT + timedelta(days=3650))
        object.__setattr__(self, "certificate", self._as_authority(made).sign(self.key, hashes.SHA256()))

    @property
    def key(self) -> rsa.RSAPrivateKey:
        return key(self.holder or self.name)

    @staticmethod
    def _as_authority(made: x509.CertificateBuilder) -> x509.CertificateBuilder:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return made.add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)

    def under(self, name: str) -> Authority:
        """Another authority, for which this one vouches."""
        made = _built(name, self.name, key(name), AT - timedelta(days=300), AT + timedelta(days=300))
        other = Authority(name)
        object.__setattr__(other, "certificate", self._as_authority(made).sign(self.key, hashes.SHA256()))
        return other

    def issued(
        self,
        *names: str,
        holder: str | None = None,
        since: datetime = AT - timedelta(days=30),
        until: datetime = AT + timedelta(days=60),
        usage: Sequence[ObjectIdentifier] = EMAIL,
        encrypts: bool = True,
        signs: bool = True,
        usage_first: bool = False,
        of: ec.EllipticCurvePrivateKey | None = None,
    ) -> x509.Certificate:
        """A certificate for addresses and domains; the key is that of ``holder``, else of the first name."""
        made = _built("leaf", self.name, of or key(holder or names[0]), since, until)
        bound = [x509.RFC822Name(one) if "@" in one else x509.DNSName(one) for one in names]
        made = made.add_extension(x509.SubjectAlternativeName(bound), False)
        may = x509.KeyUsage(signs, False, encrypts, False, False, False, False, False, False)
        said: list[tuple[x509.ExtensionType, bool]] = [(x509.ExtendedKeyUsage(list(usage)), False), (may, True)]
        for one, is_critical in reversed(said) if usage_first else said:
            made = made.add_extension(one, is_critical)
        return made.sign(self.key, hashes.SHA256())


def _built(
    name: str, issuer: str, holder: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(holder.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


@lru_cache
def authority(name: str = "anchor") -> Authority:
    """The one that both sides trust."""
    return Authority(name)


def write_pem(path: Path, *certificates: x509.Certificate) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))
    return path


def write_key(path: Path, name: str) -> Path:
    path.write_bytes(key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    return path


def enclosure(form: str, name: str, media_type: str, content: bytes) -> Enclosure:
    return Enclosure(form, name, media_type, content)


def sending(
    *, to: str = THEM, at: datetime = AT, delivery: str = DELIVERY, forms: Sequence[str] = ("ccda", "pdf")
) -> Sending:
    files = {
        "ccda": Enclosure("ccda", "letter.xml", "application/xml", CCDA),
        "pdf": Enclosure("pdf", "letter.pdf", "application/pdf", PDF),
        "fax": Enclosure("fax", "letter.fax.pdf", "application/pdf", b"%PDF fax"),
    }
    about = About(
        document=DOCUMENT,
        title="Consult note",
        loinc="11488-4",
        display="Consult note",
        patient="Patient/zenobia",
        signed_at=AT - timedelta(hours=1),
        author="Practitioner/heart",
        recipient_name="Pat Office",
    )
    return Sending(delivery, to, "7FK2-93XA", at, about, tuple(files[one] for one in forms))


def channel(folder: Path, *, name: str = "direct", port: int = 9, **mailer: object) -> SecureMail:
    """A channel whose files lie in a folder, with the recipient's certificate on file."""
    anchor = authority()
    write_pem(folder / "anchors.pem", anchor.certificate)
    write_pem(folder / "us.pem", anchor.issued(US))
    write_key(folder / "us.key", US)
    write_pem(folder / "recipients" / f"{THEM}.pem", anchor.issued(THEM))
    return channel_of(
        name,  # type: ignore[arg-type]
        SmtpMailer("127.0.0.1", port, US, **{"tls": "none", "table": "[direct.main]", **mailer}),  # type: ignore[arg-type]
        certificate=folder / "us.pem",
        key_file=folder / "us.key",
        recipients=folder / "recipients",
        anchors=folder / "anchors.pem",
    )


SENDER, RECIPIENT = parse_address(US), parse_address(THEM)
