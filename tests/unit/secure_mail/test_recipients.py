"""Whom a letter may be encrypted for: a certificate on file, the recipient's own, valid, meant for it, vouched for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from loopclose.domain.addresses import parse_address
from loopclose.outbound.channels.secure_mail.parties import Identity, Recipients
from loopclose.outbound.mail import SendError
from tests.unit.secure_mail.made import AT, RECIPIENT, SENDER, THEM, US, Authority, authority, write_key, write_pem

DOMAIN = "direct.referrer.example"


def on_file(folder: Path, *certificates: x509.Certificate, name: str = THEM) -> Recipients:
    write_pem(folder / "recipients" / f"{name}.pem", *certificates)
    return Recipients(folder / "recipients", write_pem(folder / "anchors.pem", authority().certificate))


def refused(recipients: Recipients, address: str = THEM, at: datetime = AT) -> str:
    with pytest.raises(SendError) as told:
        recipients.of(parse_address(address), at)
    assert told.value.final and not told.value.at_server and not told.value.unknown
    assert "@" not in str(told.value) and str(told.value).endswith(".") and "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("name", "bound_to"),
    [(THEM, THEM), (THEM, DOMAIN), (DOMAIN, DOMAIN), (THEM.upper(), THEM.title()), (DOMAIN, THEM)],
)
def test_a_certificate_of_the_address_or_of_its_domain_is_taken(tmp_path: Path, name: str, bound_to: str) -> None:
    own = authority().issued(bound_to)
    assert on_file(tmp_path, own, name=name).of(RECIPIENT, AT) == (own,)


def test_an_address_own_certificate_goes_before_its_domains(tmp_path: Path) -> None:
    own = authority().issued(THEM)
    on_file(tmp_path, authority().issued(DOMAIN), name=DOMAIN)
    assert on_file(tmp_path, own).of(RECIPIENT, AT) == (own,)


def test_all_that_are_good_are_encrypted_for_while_one_replaces_the_other(tmp_path: Path) -> None:
    old, new = authority().issued(THEM, until=AT + timedelta(days=3)), authority().issued(THEM)
    gone = authority().issued(THEM, until=AT - timedelta(days=3))
    assert on_file(tmp_path, old, gone, new).of(RECIPIENT, AT) == (new, old)


def test_an_authority_between_it_and_the_anchor_stands_in_the_same_file(tmp_path: Path) -> None:
    between = authority().under("between")
    own = between.issued(THEM)
    assert "vouched for by none" in refused(on_file(tmp_path, own))
    assert on_file(tmp_path, own, between.certificate).of(RECIPIENT, AT) == (own,)


def test_every_other_one_is_refused_with_the_reason(tmp_path: Path) -> None:
    anchor = authority()
    for made, words in (
        (anchor.issued(THEM, until=AT - timedelta(days=1)), "expired on 2026-11-29"),
        (anchor.issued(THEM, since=AT + timedelta(days=1)), "not valid before 2026-12-01"),
        (anchor.issued("pat@direct.referrer.example"), "for another address"),
        (anchor.issued("referrer.example"), "for another address"),
        (authority("a stranger").issued(THEM), "vouched for by none of our anchors"),
        (anchor.issued(THEM, usage=(ExtendedKeyUsageOID.SERVER_AUTH,)), "not meant for the encryption"),
        (
            anchor.issued(THEM, usage=(ExtendedKeyUsageOID.SERVER_AUTH,), usage_first=True),
            "not meant for the encryption",
        ),
        (anchor.issued(THEM, encrypts=False), "not meant for the encryption"),
        (anchor.issued(THEM, of=ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        (anchor.certificate, "for another address"),
    ):
        assert words in refused(on_file(tmp_path, made))


def test_one_that_calls_itself_by_the_name_of_the_anchor_is_not_vouched_for(tmp_path: Path) -> None:
    impostor = Authority("anchor", "an impostor's key")
    assert "vouched for by none" in refused(on_file(tmp_path, impostor.issued(THEM), impostor.certificate))


def test_a_leaf_vouches_for_nobody(tmp_path: Path) -> None:
    """A certificate of some office is no authority, although an anchor vouches for it."""
    leaf = authority().issued("eve@direct.eve.example", holder="leaf")
    forged = Authority("leaf").issued(THEM)
    assert "vouched for by none" in refused(on_file(tmp_path, forged, leaf))


def test_no_certificate_or_something_else_in_its_place_is_said(tmp_path: Path) -> None:
    recipients = on_file(tmp_path, authority().issued(THEM))
    assert "No certificate of this address is on file" in refused(recipients, "other@direct.elsewhere.example")
    (tmp_path / "recipients" / f"{THEM}.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----"
    )
    assert "holds something else" in refused(recipients)


def test_no_address_leads_out_of_the_folder(tmp_path: Path) -> None:
    write_pem(tmp_path / "outside@x.example.pem", authority().issued("../outside@x.example"))
    (tmp_path / "recipients").mkdir()
    anchors = write_pem(tmp_path / "anchors.pem", authority().certificate)
    with pytest.raises(SendError, match="on file"):
        Recipients(tmp_path / "recipients", anchors).of(parse_address("/outside@x.example"), AT)


def test_a_missing_folder_or_anchor_is_our_trouble_and_no_letters(tmp_path: Path) -> None:
    anchors = write_pem(tmp_path / "anchors.pem", authority().certificate)
    for broken in (Recipients(tmp_path / "none", anchors), Recipients(tmp_path, tmp_path / "none.pem")):
        with pytest.raises(SendError) as told:
            broken.of(RECIPIENT, AT)
        assert told.value.at_server and not told.value.final


def test_our_own_certificate_is_checked_too_and_is_never_the_letters_fault(tmp_path: Path) -> None:
    key_file = write_key(tmp_path / "us.key", US)
    own = Identity(write_pem(tmp_path / "us.pem", authority().issued(US)), key_file)
    assert own.signer(SENDER, AT).key.public_key() == own.signer(SENDER, AT).certificate.public_key()
    for made, words in (
        (authority().issued(US, until=AT - timedelta(days=1)), "expired"),
        (authority().issued(THEM, holder=US), "another address"),
        (authority().issued(US, holder="another key"), "not that of the certificate"),
        (authority().issued(US, signs=False), "not meant for the signing"),
    ):
        write_pem(tmp_path / "us.pem", made)
        with pytest.raises(SendError, match=words) as told:
            own.signer(SENDER, AT)
        assert told.value.at_server and not told.value.final and "@" not in str(told.value)
    key_file.write_text("no key")
    write_pem(tmp_path / "us.pem", authority().issued(US))
    with pytest.raises(SendError, match="no private key"):
        own.signer(SENDER, AT)
