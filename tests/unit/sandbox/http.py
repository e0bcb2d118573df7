"""One request to a demo EHR, and what came back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import requests

from loopclose.sandbox.server import SandboxServer

FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True)
class Reply:
    """Status, content type and body."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def said(self) -> str:
        """The first issue of an OperationOutcome."""
        assert self.json["resourceType"] == "OperationOutcome"
        return str(self.json["issue"][0]["diagnostics"])

    @property
    def ids(self) -> list[str]:
        """The ids of the matches of a page, in order."""
        return [entry["resource"]["id"] for entry in self.json["entry"]]


def get(server: SandboxServer, path: str, accept: str = FHIR_JSON) -> Reply:
    """GET below the base, or a full address."""
    return fetch(path if path.startswith("http") else f"{server.base_url}/{path}", accept)


def fetch(url: str, accept: str = FHIR_JSON) -> Reply:
    """GET an address."""
    answer = requests.get(url, headers={"Accept": accept}, timeout=10)
    return Reply(answer.status_code, answer.headers["Content-Type"], answer.content, dict(answer.headers))
