"""Bulk exports of the demo EHR (https://hl7.org/fhir/uv/bulkdata/export.html): begun, asked for, taken, thrown away."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from urllib.parse import parse_qsl

from loopclose.sandbox.answers import Answer, refused
from loopclose.sandbox.elements import Json
from loopclose.sandbox.model import BASE
from loopclose.sandbox.search import Store
from loopclose.sandbox.vendors.rules import Export

GROUP = "everybody"
"""The id of the one group there is: every patient."""
OPERATION, STATUS, FILE = "$export", "/$export-status/", "/$export-file/"
NDJSON = "application/fhir+ndjson"
PARAMETERS = ("_type", "_since", "_typeFilter", "_outputFormat")
LASTS = timedelta(hours=1)


@dataclass
class _Job:
    files: list[tuple[str, list[bytes]]]
    deleted: bytes
    at: datetime
    asked_before: float
    polls: int


@dataclass
class Exports:
    """The exports of one server, by the ``rules`` of its vendor. What tests may change: ``polls`` (how often it is not
    ready), ``needs_token`` (files are refused without one), ``errors`` (lines of the error file).
    """

    store: Store
    types: tuple[str, ...]
    rules: Export | None = field(default_factory=Export)
    polls: int = 1
    needs_token: bool = False
    errors: list[Json] = field(default_factory=list)
    clock: Callable[[], float] = time.time
    begun: list[dict[str, str]] = field(default_factory=list)
    """The parameters of every export that was begun."""
    _jobs: dict[str, _Job] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def answer(
        self, method: str, path: str, params: tuple[tuple[str, str], ...], headers: Mapping[str, str], body: bytes = b""
    ) -> Answer | None:
        """The answer to whatever concerns exports; None to everything else."""
        path = path.removeprefix("/fhir")
        if self.rules is not None and path.endswith(f"/{OPERATION}"):
            return self._begin(self.rules, method, path, dict(params) | _posted(body), headers)
        for start, act in ((STATUS, self._status), (FILE, self._file)):
            if self.rules is not None and path.startswith(start):
                number, _, rest = path.removeprefix(start).partition("/")
                job = self._jobs.get(number)
                if job is None:
                    return refused(404, "not-found", "There is no such export.")
                return act(self.rules, method, number, job, rest, headers)
        return None

    def throw_away(self) -> None:
        """Forget every export: its addresses answer 404 from now on."""
        self._jobs.clear()

    def _begin(
        self, rules: Export, method: str, path: str, asked: dict[str, str], headers: Mapping[str, str]
    ) -> Answer:
        if "respond-async" not in headers.get("Prefer", ""):
            return refused(400, "invalid", "An export is made asynchronously: Prefer: respond-async.")
        kind = path.strip("/").split("/")[0]
        if kind not in rules.of or (kind == "Group" and path != f"/Group/{GROUP}/{OPERATION}"):
            return refused(404, "not-found", "There is no such group.")
        if (rules.posted and method != "POST") or (asked and not rules.takes_parameters):
            return refused(400, "invalid", "The export cannot be asked for like this.")
        if {*asked} - {*PARAMETERS}:
            return refused(400, "invalid", f"Unknown parameter {sorted({*asked} - {*PARAMETERS})[0]}")
        now = datetime.fromtimestamp(self.clock(), UTC)
        since = asked.get("_since") or ((now - timedelta(days=1)).isoformat() if rules.last_day else None)
        kinds = asked["_type"].split(",") if "_type" in asked else self.types
        gone = [{"request": {"method": "DELETE", "url": "/".join(key)}} for key in self.store.gone()]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": gone}
        number = str(next(self._numbers))
        self.begun.append(asked)
        self._jobs[number] = _Job(
            [part for one in kinds for part in self._parts(rules, one, since)],
            json.dumps(bundle).encode() + b"\n" if since and gone else b"",
            now,
            self.clock(),
            self.polls,
        )
        return Answer(202, b"", headers=(("Content-Location", f"{BASE}{STATUS}{number}"),))

    def _parts(self, rules: Export, kind: str, since: str | None) -> list[tuple[str, list[bytes]]]:
        found = self.store.search(kind, [("_lastUpdated", f"ge{since}")] if since else [])
        return [(kind, found[first : first + rules.lines]) for first in range(0, len(found), rules.lines)]

    def _status(
        self, rules: Export, method: str, number: str, job: _Job, _rest: str, headers: Mapping[str, str]
    ) -> Answer:
        if method == "DELETE":
            del self._jobs[number]
            return Answer(202, b"")
        wait = (("Retry-After", str(rules.retry_after)),)
        if rules.refuses_early and self.clock() < job.asked_before:
            return Answer(429, b"{}", headers=wait)
        if job.polls > 0:
            job.polls -= 1
            job.asked_before = self.clock() + rules.retry_after
            return Answer(202, b"", headers=((rules.progress, "In Progress"), *wait))
        files = [
            {"type": kind, "url": f"{BASE}{FILE}{number}/{no}", "count": len(lines)}
            for no, (kind, lines) in enumerate(job.files)
        ]
        beside = {"error": self.errors, "deleted": job.deleted}
        told = {
            name: [{"type": kind, "url": f"{BASE}{FILE}{number}/{name}"}] if beside[name] else []
            for name, kind in (("error", "OperationOutcome"), ("deleted", "Bundle"))
        }
        manifest = {
            "transactionTime": job.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request": f"{BASE}/Group/{GROUP}/{OPERATION}",
            "requiresAccessToken": self.needs_token,
            "output": files,
            **told,
        }
        until = formatdate((job.at + LASTS).timestamp(), usegmt=True)
        return Answer(200, json.dumps(manifest).encode(), "application/json", (("Expires", until),))

    def _file(
        self, rules: Export, method: str, number: str, job: _Job, rest: str, headers: Mapping[str, str]
    ) -> Answer:
        if self.needs_token != ("Authorization" in headers):
            return refused(401 if self.needs_token else 400, "login", "With a token, or without: as the manifest says.")
        if rest == "error":
            return Answer(200, b"".join(json.dumps(one).encode() + b"\n" for one in self.errors), NDJSON)
        if rest == "deleted":
            return Answer(200, job.deleted, NDJSON)
        if not rest.isdigit() or int(rest) >= len(job.files):
            return refused(404, "not-found", "There is no such file.")
        return Answer(200, b"".join(one + b"\n" for one in job.files[int(rest)][1]), NDJSON)


def _posted(body: bytes) -> dict[str, str]:
    """The parameters of a Parameters resource, or of a form."""
    if not body.lstrip().startswith(b"{"):
        return dict(parse_qsl(body.decode()))
    listed = json.loads(body).get("parameter", ())
    return {one["name"]: next(str(value) for name, value in one.items() if name != "name") for one in listed}
