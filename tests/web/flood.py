"""Whoever tries everything at the confirmation page: thousands of requests, from everywhere, as fast as it answers."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, urlencode, urlsplit

from tests.web.many_codes import Codes, malformed, near, unknown

WORKERS, PACK = 8, 25
"""How many ask at once, and how many requests each sends before somebody else has a turn."""
NETWORK = "203.0.113.7"
"""Where one of them, and the office, comes from: it is told to wait, and the office is not."""
FORMS = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """One of them. ``kind``: what it tries."""

    kind: str
    method: str
    path: str
    body: str = ""
    tongue: str = "en"


@dataclass
class Seen:
    """What came of them."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """By kind."""
    answers: dict[tuple[str, str, int], set[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(set))
    """By language, whether it was a HEAD, and status: headers and body of whatever did not open anything."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: Request, status: int, headers: str, body: bytes) -> None:
        if request.kind == "typed":  # what was typed stands in the field again
            body = re.sub(rb' value="[^"]*"', b"", body)
            headers = re.sub(r"'Content-Length', '\d+'", "", headers)
        with self.lock:
            self.statuses[request.kind][status] += 1
            if status in (404, 429):
                asked = {"HEAD": "HEAD"}.get(request.method, request.kind if request.kind == "typed" else "")
                self.answers[request.tongue, asked, status].add((headers, body))

    @property
    def total(self) -> int:
        return sum(one.total() for one in self.statuses.values())


def guesses(codes: Codes, dice: Random) -> Iterator[Request]:
    """Without end, what can be tried without a letter in hand, or with one that is too old."""
    said = {"received": "yes", "needs": "Somebody guesses."}
    wrong = {"about": "wrong", "sure": "yes"}
    while True:
        tongue = dice.choice(("en", "es"))
        old = dice.choice((*codes.expired, *codes.used_up))
        mine = (unknown(), near(dice.choice(codes.open)), near(codes.true), malformed(), old)
        for code in mine:
            yield Request("guessed", dice.choice(("GET", "GET", "HEAD")), f"/{code}", tongue=tongue)
        forged = {"token": f"{dice.getrandbits(256):064x}"}
        for form in (said, wrong):
            yield Request("said of it", "POST", f"/{dice.choice(mine)}", urlencode({**form, **forged}), tongue)
        yield Request("typed", "POST", "/", urlencode({"code": dice.choice(mine)}), tongue)
        yield Request("elsewhere", "GET", dice.choice(("/sign-in", "/letters/x", "/metrics", "/../x", "/a/b")))


def abuses(codes: Codes, dice: Random, replayed: Sequence[tuple[str, str]]) -> Iterator[Request]:
    """Without end, what somebody tries who saw a letter pass by: forged and replayed forms, and all that is too much.

    ``replayed``: code and form of what was said before.
    """
    while True:
        forged = urlencode({"about": "wrong", "sure": "yes", "token": f"{dice.getrandbits(256):064x}"})
        yield Request("forged", "POST", f"/{codes.true}", forged)
        yield Request("forged", "POST", f"/{codes.true}", urlencode({"received": "yes"}))
        yield Request("too much", "POST", f"/{codes.true}", "needs=" + "x" * 20_000)
        yield Request("no such way", dice.choice(("PUT", "DELETE", "PATCH")), f"/{codes.true}")
        yield Request("followed", "GET", f"/{codes.true}?noted=&lang=es")
        for code, form in replayed:
            yield Request("replayed" if code == codes.true else "said twice", "POST", f"/{code}", form)


def flood(base: str, requests: Sequence[Request], seen: Seen, dice: Random) -> Iterator[int]:
    """Send them; tells after each pack how many packs are done, while the others go on."""
    packs = [requests[at : at + PACK] for at in range(0, len(requests), PACK)]
    with ThreadPoolExecutor(WORKERS) as pool:
        sent = [pool.submit(_send, base, pack, seen, dice.getrandbits(32)) for pack in packs]
        for no, done in enumerate(as_completed(sent), start=1):
            done.result()
            yield no


def _send(base: str, pack: Sequence[Request], seen: Seen, seed: int) -> None:
    dice = Random(seed)
    line = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    for one in pack:
        network = dice.choice((NETWORK, f"198.51.{dice.randrange(256)}.{dice.randrange(256)}"))
        headers = {"X-Forwarded-For": network, "Accept-Language": one.tongue, "Content-Type": FORMS}
        line.request(one.method, quote(one.path, safe="/?=&%"), one.body or None, headers)
        answer = line.getresponse()
        told = sorted((name, said) for name, said in answer.getheaders() if name not in ("Date", "Connection"))
        seen.note(one, answer.status, str(told), answer.read())
    line.close()
