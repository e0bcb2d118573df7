"""What an answer that is no good stands for: worth another try and when, or final, in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests

from fhir_adapters.errors import (
    Failed,
    FhirError,
    FinalError,
    Gone,
    Moved,
    NotFhir,
    NotFound,
    NotSignedIn,
    NotSupported,
    Refused,
    TemporaryError,
)
from fhir_adapters.origins import origin_of
from fhir_adapters.outcome import Outcome, read_outcome
from fhir_adapters.pace import until_next_minute

NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""The server's time where it tells none: a mark never moves on our own clock."""
FINAL_ISSUES = frozenset({"not-supported", "invalid", "forbidden", "security", "structure", "value", "required"})
"""OperationOutcome codes that are final even behind a 500, which some EHRs answer for a wrong request."""

TOO_SLOW = (408, 425)
"""The server gave up waiting, as Azure's does over a slow query, or wants to be asked once more."""


class Again(Exception):
    """Try again after ``wait`` seconds; when tries run out, ``problem`` is what is told. ``rests``: the server wants
    nobody to ask until then.
    """

    def __init__(self, problem: FhirError, wait: float | None = None, rests: bool = False) -> None:
        super().__init__(str(problem))
        self.problem, self.wait, self.rests = problem, wait, rests


def unreachable(base_url: str, problem: Exception) -> TemporaryError:
    """Nobody there concerns the server; a connection that breaks or says nothing may be one request's."""
    host = urlsplit(base_url).hostname
    words = str(problem)
    if "NameResolution" in words or "Name or service" in words or "getaddrinfo" in words:
        return TemporaryError(f"The EHR's host {host} has no address: check base_url, or try again.")
    if "refused" in words:
        return TemporaryError(
            f"The EHR at {host} refused the connection: check base_url and that it is up, then try again."
        )
    if isinstance(problem, requests.exceptions.ConnectTimeout):
        return TemporaryError(f"The EHR at {host} did not answer in time; try again.")
    if "timed out" in words.lower():
        return Failed(f"The EHR at {host} did not answer in time; try again.")
    return Failed(f"The connection to the EHR at {host} broke; try again.")


def as_json(body: bytes) -> bytes:
    """The body, if it can be JSON at all."""
    start = body[:64].lstrip()[:1]
    if start == b"<":
        raise NotFhir("The EHR answered with a web page instead of FHIR JSON: check base_url.")
    if start != b"{":
        raise Again(Failed("The EHR's answer is no JSON, or was cut short; try again."))
    return body


def failure(response: requests.Response, body: bytes) -> Exception:
    """The error that an answer stands for."""
    status = response.status_code
    outcome = read_outcome(body)
    said = said_by(outcome)
    if status in (301, 302, 303, 307, 308):
        if to := _another(response):
            return Moved("The EHR sends us from that resource on to another one.", to)
        return FinalError("The EHR sends us on to another address: put the final one in base_url.")
    if status == 404:
        return NotFound(f"The EHR has nothing at that address (404): check base_url.{said}")
    if status == 410:
        return Gone("The EHR deleted that resource.")
    if status == 401:
        return NotSignedIn(f"The EHR refused us ({status}): check the credentials and scopes.{said}")
    if status == 403:
        return Refused(f"The EHR refused us ({status}): check the credentials and scopes.{said}")
    if status == 429:
        told = retry_after(response)
        wait = until_next_minute(server_time(response).timestamp()) if told is None else told
        return Again(TemporaryError(f"The EHR is overloaded ({status}); try again later.{said}"), wait, rests=True)
    if status == 503:
        return Again(Failed(f"The EHR is overloaded ({status}); try again later.{said}"), retry_after(response))
    if status in (400, 405, 422, 501):
        return NotSupported(f"The EHR refused the request ({status}).{said}")
    if status in TOO_SLOW or (status >= 500 and not outcome.codes & FINAL_ISSUES):
        return Again(Failed(f"The EHR failed ({status}); try again later.{said}"))
    return Refused(f"The EHR refused the request ({status}).{said}")


def said_by(outcome: Outcome) -> str:
    """What the server says of it, as a sentence to add."""
    return f" It says: {outcome.words}" if outcome.words else ""


def _another(response: requests.Response) -> str | None:
    """``Type/id`` of the resource of the same server to which a redirection leads, as from a merged record to its
    survivor.

    Where all of the server is elsewhere, what was asked for is still the end of the address.
    """
    url, asked = urlsplit(urljoin(response.url, response.headers.get("Location", ""))), urlsplit(response.url)
    to, from_ = ("/".join(one.path.rstrip("/").split("/")[-2:]) for one in (url, asked))
    return to if origin_of(url.geturl()) == origin_of(response.url) and to != from_ else None


def retry_after(response: requests.Response) -> float | None:
    """Seconds to wait, from a number or an HTTP date (RFC 9110, 10.2.3)."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    now = server_time(response)
    try:
        return max(0.0, (_http_date(text) - (datetime.now(UTC) if now == NO_DATE else now)).total_seconds())
    except (ValueError, OverflowError):
        return None


def expires(response: requests.Response) -> datetime | None:
    """The Expires header (RFC 9111, 5.3); None where there is none, or none that is a date."""
    try:
        return _http_date(response.headers["Expires"])
    except (KeyError, ValueError, OverflowError):
        return None


def server_time(response: requests.Response) -> datetime:
    """The Date header; ``NO_DATE`` where there is none."""
    try:
        return _http_date(response.headers["Date"])
    except (KeyError, ValueError, OverflowError):
        return NO_DATE


def _http_date(text: str) -> datetime:
    """An HTTP date; one that names no zone means UTC, as every HTTP date does. Raises ``ValueError`` for none, and
    ``OverflowError`` for one beside all years.
    """
    found = parsedate_to_datetime(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
