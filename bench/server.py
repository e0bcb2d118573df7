"""An EHR for measuring: a made-up practice whose answers are serialised before they are asked for.

    python -m bench.server --size 3000 [--patient-scoped]

prints its base URL. An answer is put together when an address is first asked for and kept: after one warm-up
run every answer is a look-up. ``/log`` gives the addresses asked for since the last ``/log``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bench import NOW
from bench.dress import dressed
from loopclose.sandbox.parameters import COMMON
from loopclose.sandbox.practice import generate
from loopclose.sandbox.search import Store

PEOPLE = ("Patient", "Practitioner", "PractitionerRole", "Organization")
WORKLIST = ("ServiceRequest", "Encounter", *PEOPLE)
RECORDS = (
    "Appointment",
    "Task",
    "DocumentReference",
    "Communication",
    "Procedure",
    "DiagnosticReport",
    "EpisodeOfCare",
)
ORDERS_KEPT = 3
"""One laboratory or imaging order in so many stays: at least 80 % of what is read is to be admitted."""


def resources(size: int, seed: int = 1) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The resources of a practice of ``size`` referrals, and its settings."""
    box = generate("tidy", size, seed, NOW)
    others, kept = 0, []
    for one in box.resources:
        if one["resourceType"] == "ServiceRequest" and "referral" not in json.dumps(one.get("category", "")).lower():
            others += 1
            if others % ORDERS_KEPT:
                continue
        kept.append(dressed(one))
    return kept, box.practice


class Answers:
    """Every answer by its address, made once."""

    def __init__(self, found: list[dict[str, Any]], patient_scoped: bool) -> None:
        self.types = (*WORKLIST, *RECORDS) if patient_scoped else WORKLIST
        self.parameters = COMMON if patient_scoped else tuple(n for n in COMMON if n not in ("patient", "subject"))
        self.store = Store([one for one in found if one["resourceType"] in self.types])
        self.made: dict[str, bytes] = {}
        self.matches: dict[tuple[str, tuple[tuple[str, str], ...]], list[bytes]] = {}
        self.log: list[str] = []
        self.base_url = ""

    def get(self, address: str) -> bytes:
        """The whole answer, head and body, to leave in one write."""
        if address == "/log":
            body, self.log = json.dumps(self.log).encode(), []
            return _http(body)
        self.log.append(address)
        if address not in self.made:
            self.made[address] = _http(self._make(address))
        return self.made[address]

    def _make(self, address: str) -> bytes:
        parts = urlsplit(address)
        names = parts.path.removeprefix("/fhir").strip("/").split("/")
        if names == ["metadata"]:
            return self._statement()
        if len(names) == 2:
            return self.store.read(names[0], names[1]) or b'{"resourceType":"OperationOutcome"}'
        params = parse_qsl(parts.query)
        asked = dict(params)
        size, offset = int(asked.get("_count", 100)), int(asked.get("_offset", 0))
        wanted = tuple((n, v) for n, v in params if n not in ("_count", "_offset", "_total"))
        if (names[0], wanted) not in self.matches:
            self.matches[names[0], wanted] = self.store.search(names[0], list(wanted))
        found = self.matches[names[0], wanted]
        following = None
        if offset + size < len(found):
            rest = [(n, v) for n, v in params if n != "_offset"]
            following = f"{self.base_url}/{names[0]}?{urlencode([*rest, ('_offset', str(offset + size))])}"
        return _bundle(found[offset : offset + size], len(found), following)

    def _statement(self) -> bytes:
        parameters = [{"name": name, "type": "string"} for name in self.parameters]
        rest = [{"mode": "server", "resource": [{"type": t, "searchParam": parameters} for t in self.types]}]
        return json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}).encode()


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.waiting = answers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request; only GET without a body is asked here."""
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            self.transport.write(self.answers.get(head.split(b" ", 2)[1].decode()))


def _http(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
        f"Content-Length: {len(body)}\r\nDate: {formatdate(usegmt=True)}\r\n\r\n"
    )
    return head.encode() + body


def _bundle(page: list[bytes], total: int, following: str | None) -> bytes:
    link = json.dumps([{"relation": "next", "url": following}] if following else []).encode()
    entries = b",".join(b'{"resource":' + raw + b"}" for raw in page)
    return b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%b,"entry":[%b]}' % (total, link, entries)


async def _serve(answers: Answers) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", 0)
    answers.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/fhir"
    print(answers.base_url, flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=3000, help="number of referrals")
    parser.add_argument("--patient-scoped", action="store_true", help="every type that sync reads, found by patient")
    asked = parser.parse_args()
    asyncio.run(_serve(Answers(resources(asked.size)[0], asked.patient_scoped)))


if __name__ == "__main__":
    main()
