"""Whether it was the EHR who told something: it shows that it has the secret that was agreed on.

athenahealth signs the body, ``X-Hub-Signature: sha256=…`` (https://github.com/athenahealth/aone-fhir-subscriptions,
README 5.3 of 2024-11-19; https://www.w3.org/TR/websub/#signing-content). Other servers send a header of the
subscription's own (``Subscription.channel.header``, https://hl7.org/fhir/R4/subscription.html), which Loopclose has be
``Authorization: Bearer SECRET``. Either shows the same: nobody makes one of them who does not have the secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

METHODS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""Of a signature. athenahealth signs by the first, and says that this may change."""


def problem_of(body: bytes, signature: str | None, authorization: str | None, secrets: Sequence[str]) -> str | None:
    """None where one of the secrets is proven, else a code: ``missing``, ``method``, ``wrong``.

    What is compared takes as long whatever is wrong with it. A signature, where there is one, must fit.
    """
    if signature is not None:
        return _signature_problem(body, signature, secrets)
    scheme, _, told = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not told.strip():
        return "missing"
    return _among(told.strip().encode(), [secret.encode() for secret in secrets])


def signature_of(body: bytes, secret: str, method: str = "sha256") -> str:
    """The header's value that fits a body: ``method=`` and the HMAC in hexadecimal."""
    return f"{method}={hmac.new(secret.encode(), body, METHODS[method]).hexdigest()}"


def _signature_problem(body: bytes, signature: str, secrets: Sequence[str]) -> str | None:
    method, _, told = signature.strip().partition("=")
    if method.lower() not in METHODS:
        return "method"
    expected = [signature_of(body, secret, method.lower()).partition("=")[2].encode() for secret in secrets]
    return _among(told.lower().encode(), expected)


def _among(told: bytes, expected: Sequence[bytes]) -> str | None:
    """Each is compared, whichever fits."""
    fits = [hmac.compare_digest(told, one) for one in expected]
    return None if any(fits) else "wrong"
