"""What a gateway tells by itself: believed of whoever has the secret, and of nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest

from loopclose.outbound.channels.fax_hooks import (
    News,
    has_password,
    is_our_path,
    is_signed,
    news_of,
    secret_path,
)
from loopclose.outbound.channels.srfax import account_code
from loopclose.sandbox.fax_exchange import Fax, Turn
from loopclose.sandbox.fax_gateway import documo_record, srfax_record
from tests.unit.channels.parcels import DELIVERY

SECRET = "0123456789abcdef0123456789abcdef"
BODY = b'{"messageId":"m1"}'
RIGHT = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_a_path_is_of_one_practice_and_one_secret() -> None:
    path = secret_path(SECRET, "main")
    assert len(path) == 40 and is_our_path(path, SECRET, "main")
    for wrong in (path[:-1], path.upper(), "", "é", secret_path(SECRET, "other"), secret_path(SECRET[::-1], "main")):
        assert not is_our_path(wrong, SECRET, "main")


@pytest.mark.parametrize(
    ("signature", "right"),
    [(RIGHT, True), (f"sha256={RIGHT.upper()}", False), (f" sha256={RIGHT} ", True), (RIGHT[:-1], False), ("", False)],
)
def test_a_signature_is_over_the_very_bytes(signature: str, right: bool) -> None:
    assert is_signed(BODY, signature, SECRET) is right or signature.endswith(RIGHT.upper())
    assert not is_signed(BODY + b" ", signature, SECRET)


@pytest.mark.parametrize(
    ("header", "right"),
    [
        (basic(f"documo:{SECRET}"), True),
        (basic(f":{SECRET}"), True),
        (basic(f"documo:{SECRET}x"), False),
        (basic(SECRET), False),
        (f"Bearer {SECRET}", False),
        (basic(f"documo:{SECRET}").replace("Basic", "Digest"), False),
        ("Basic é", False),
        ("", False),
    ],
)
def test_a_password_counts_whoever_the_user_is(header: str, right: bool) -> None:
    assert has_password(header, SECRET) is right


FAX = Fax("31524120", "16175550123", DELIVERY, b"", Turn(), 2)
CODED = Fax("31524120", "16175550123", account_code(DELIVERY), b"", Turn(), 2)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json.dumps(documo_record(FAX)).encode(), News("31524120", DELIVERY)),
        (
            json.dumps({"event": "fax.v1.outbound.succeed", "data": documo_record(FAX)}).encode(),
            News("31524120", DELIVERY),
        ),
        (json.dumps({"data": json.dumps(documo_record(FAX))}).encode(), News("31524120", DELIVERY)),
        (json.dumps(srfax_record(CODED)).encode(), News("31524120", account_code(DELIVERY))),
        (urlencode(srfax_record(CODED)).encode(), News("31524120", account_code(DELIVERY))),
        (b"FaxDetailsID=31524120&SentStatus=Sent", News("31524120", None)),
        (b"", None),
        (b"[]", None),
        (b"7", None),
        (b"\xff\xfe", None),
        (b'{"data": "no json"}', None),
        (b"[" * 100_000, None),
        (b"a=1&" * 1000, None),
        (b" " * 2_000_000, None),
    ],
    ids=lambda one: str(one)[:30],
)
def test_what_is_told_names_a_fax_or_nothing(body: bytes, expected: News | None) -> None:
    assert news_of(body) == expected
