"""A mail may be made of anything: it is a notice or unclear, in time that its length allows, and never an error."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopclose.outbound.channels.secure_mail.notices import Notice, Reader, Unclear
from loopclose.outbound.channels.secure_mail.opening import Opener
from loopclose.outbound.channels.secure_mail.parties import Identity
from loopclose.outbound.channels.secure_mail.reports import MOST_BYTES, MOST_PARAMETERS, MOST_PARTS
from tests.unit.secure_mail.made import AT, DELIVERY, SENDER, THEM
from tests.unit.secure_mail.mails import NAME, dsn, mdn, written
from tests.unit.secure_mail.test_notices import THEIRS, Signed

READER = Reader(SENDER, {DELIVERY: THEM}.get, Signed(THEIRS))
MAILS = (dsn(), dsn("failed", "5.1.1"), mdn(), mdn("x; displayed"), written())
PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r\n\r\n", b"--B", b"--B--", b"\0", b"\xff\xfe", b" ", b";", b"/", b"(" * 900, b"<", b"@",
        b"=?utf-8?b?4pyT?=", b"=?x?b?", b"Content-Type: multipart/report; boundary=B\r\n",
        b"Content-Type: message/delivery-status\r\n", b"Message-ID: \xe9\r\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Action: ", b"Disposition: ", b"Date: ", b"From: ", NAME.encode(),
        b"Content-Type: message/rfc822\r\n", b"boundary*0*=utf-8''%00; boundary*1=x", b"9" * 400,
    ]
)  # fmt: skip
MOST_SECONDS = 5
"""Of a processor, for the largest mail that is read; it needs a tenth of that."""


def mutated() -> st.SearchStrategy[bytes]:
    """Mails with pieces put in, bits turned, and ends cut off."""
    edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), PIECES | st.binary(max_size=8)), max_size=6)
    return st.builds(_edited, st.sampled_from(MAILS), edits, st.floats(0.2, 1))


def _edited(mail: bytes, edits: list[tuple[float, int, bytes]], kept: float) -> bytes:
    for where, length, piece in edits:
        at = int(where * len(mail))
        mail = mail[:at] + piece + mail[at + length :]
    return mail[: int(kept * len(mail)) + 1]


@settings(max_examples=150, deadline=None)
@given(mutated() | st.binary(max_size=400) | st.lists(PIECES, max_size=30).map(b"".join))
def test_it_is_one_of_the_two(content: bytes) -> None:
    found = READER.read(content)
    assert isinstance(found, (Notice, Unclear))
    if isinstance(found, Notice):
        assert found.delivery == DELIVERY and "@" not in found.fate.words


@settings(max_examples=60, deadline=None)
@given(mutated())
def test_nothing_becomes_a_receipt_that_is_not_signed(content: bytes) -> None:
    found = Reader(SENDER, {DELIVERY: THEM}.get, Signed()).read(content)
    assert isinstance(found, Unclear) or found.fate.state != "received"


def test_what_is_too_large_is_not_read() -> None:
    whole = dsn() + b"x" * (MOST_BYTES - len(dsn()))
    assert isinstance(READER.read(whole), Notice), "a report with the mail behind it, cut where reading ends"
    assert READER.read(whole + b"x") == Unclear("It is larger than any report.")


def _nested(kind: bytes) -> bytes:
    return b"".join(b"Content-Type: %s; boundary=B%d\r\n\r\n--B%d\r\n" % (kind, one, one) for one in range(3000))


@pytest.mark.parametrize(
    "content",
    [
        _nested(b"multipart/report"),
        _nested(b"Multipart/Mixed"),
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,
        b"From: " + b"(" * 100_000 + b"\r\n\r\n",
        mdn("x; displayed").replace(b"From: Pat Office", b"From: " + b"(" * 900),
        b"Content-Type: multipart/report; boundary=B\r\n\r\n" + b"--B\r\n\r\n" * 20_000,
        b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n"
        + b"Action: failed\r\n\r\n" * 20_000,
        b"X: y\r\n" * 50_000,
        b"Content-Type: multipart/report" + b"; x=y" * 4_900 + b"\r\n\r\n",
        b"Content-Type: multipart/report; boundary=" + b'"' * 200_000 + b"\r\n\r\n",
        b"Date: " + b"1 " * 200_000 + b"\r\n" + dsn(),
        dsn(more="X: y\r\n y" * 20_000),
        b"\r\n" * 200_000,
        b"Content-Type: multipart/report" + b"; x=y" * 100_000 + b"\r\n\r\n",
    ],
    ids=range(14),
)
def test_the_largest_tangle_is_read_in_little_time(content: bytes) -> None:
    begun = time.process_time()
    found = READER.read(content[:MOST_BYTES])
    assert time.process_time() - begun < MOST_SECONDS
    assert isinstance(found, Unclear) or found.fate.state != "received"


def test_parts_are_counted_however_they_are_written() -> None:
    many = dsn() + b"Content-Type: MULTIPART/mixed\r\n" * MOST_PARTS
    assert READER.read(many) == Unclear("It has more parts than any report.")
    assert READER.read(dsn() + b";" * (MOST_PARAMETERS + 1)) == Unclear("It has more parameters than any report.")


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n\xff",
        b"Content-Type: application/x-pkcs7-mime; smime-type=signed-data\r\n\r\nA",
        b"Content-Type: application/pkcs7-mime; smime-type*=x'y'z\r\n\r\nA",
    ],
)
def test_what_is_damaged_is_not_opened(content: bytes) -> None:
    here = Path(__file__)
    opener = Opener(Identity(here, here), here, AT)
    found = Reader(SENDER, {DELIVERY: THEM}.get, opener).read(content)
    assert found == Unclear("It is encrypted or signed, and damaged.")
