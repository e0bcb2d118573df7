"""One request to a gateway or a printer, once: what is known to have been taken, what is known not to, and what nobody
knows. Nothing here asks twice: a repeat is decided by whoever knows what it would do.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3

from loopclose.outbound.mail import SendError

CHUNK = 1 << 16
MOST = 16 * 2**20
"""Bytes of an answer that are read."""
CONNECT_SECONDS = 10.0
_NEVER_LEFT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
)


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Asking:
    """Requests to one server. ``whom`` begins a sentence, ``see`` names the table of its configuration."""

    whom: str
    see: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool | str = True
    seconds: float = 60
    """For an answer, and for reading it."""
    monotonic: Callable[[], float] = time.monotonic

    def ask(self, method: str, url: str, *, hands_over: bool = False, **what: Any) -> Answer:
        """The answer, whatever its status. ``hands_over``: the request carries a letter, so that without an answer
        nobody knows whether it was taken. Raises ``SendError``, never ``final``.
        """
        session = requests.Session()
        session.trust_env = False
        headers = {**self.headers, **what.pop("headers", {})}
        try:
            with session, session.request(
                method, url, headers=headers, timeout=(CONNECT_SECONDS, self.seconds), verify=self.verify,
                stream=True, allow_redirects=False, **what,
            ) as response:  # fmt: skip
                return Answer(response.status_code, self._body(response))
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise self._failure(problem, hands_over) from problem

    def refuse(self, answer: Answer, *, hands_over: bool = False) -> None:
        """Raise ``SendError`` for every status but 2xx.

        4xx says that it was not taken; 408 and 5xx may come from something in between, after it was. 400, 413, 415 and
        422 are about this letter, all others about us or our configuration.
        """
        status = answer.status
        if 200 <= status < 300:
            return
        if status in (408, *range(500, 600)) or status < 200:
            words = "and does not say whether it took the letter" if hands_over else "try again later"
            raise SendError(
                f"{self.whom} failed ({status}), {words}.", final=False, at_server=not hands_over, unknown=hands_over
            )
        if status == 429:
            raise SendError(f"{self.whom} takes no more for now (429): try later.", final=False, at_server=True)
        if status in (400, 413, 415, 422) and hands_over:
            raise SendError(f"{self.whom} refuses this letter ({status}).", final=True)
        why = "refuses us" if status in (401, 403) else "is not at this address"
        raise SendError(f"{self.whom} {why} ({status}): see {self.see}.", final=False, at_server=True)

    def unreadable(self, *, hands_over: bool = False) -> SendError:
        """What to raise for a good answer that makes no sense."""
        words = "so that nobody knows whether it took the letter" if hands_over else "try again later"
        return SendError(
            f"The answer of {self._inside} makes no sense, {words}.",
            final=False,
            at_server=not hands_over,
            unknown=hands_over,
        )

    @property
    def _inside(self) -> str:
        return self.whom[0].lower() + self.whom[1:]

    def _body(self, response: requests.Response) -> bytes:
        parts, size, until = [], 0, self.monotonic() + self.seconds
        for part in response.iter_content(CHUNK):
            parts.append(part)
            size += len(part)
            if size > MOST or self.monotonic() > until:
                raise requests.exceptions.ConnectionError("too long")
        return b"".join(parts)

    def _failure(self, problem: Exception, hands_over: bool) -> SendError:
        if _is_of(problem, (ssl.SSLCertVerificationError,)):
            words = f"{self.whom} shows a certificate that is not trusted: see {self.see}."
        elif _is_of(problem, _NEVER_LEFT):
            words = f"{self.whom} cannot be reached: see {self.see}, or try again later."
        elif hands_over:
            words = f"{self.whom} ended the connection without saying whether it took the letter."
            return SendError(words, final=False, unknown=True)
        else:
            words = f"{self.whom} gave no whole answer in time: try again later."
        return SendError(words, final=False, at_server=True)


def _is_of(problem: BaseException | None, kinds: tuple[type[BaseException], ...]) -> bool:
    """Whether something of these kinds is at the bottom of it: requests and urllib3 wrap one in another."""
    for _ in range(8):
        if problem is None or isinstance(problem, kinds):
            return problem is not None
        wrapped = (getattr(problem, "reason", None), *problem.args)
        problem = next((one for one in wrapped if isinstance(one, BaseException)), None)
    return False
