"""One Keycloak for all tests, a made-up practice behind the front, and the address of our own keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fhir_adapters.smart.backend import BackendAuth, Registration
from fhir_adapters.smart.keys import ALGORITHMS, make_key, read_key
from loopclose.cli.serving import server_of
from loopclose.clock import system_clock
from loopclose.config.loading import load
from loopclose.flows.ehr_keys import PUBLISHED_AT
from loopclose.flows.site import READ
from loopclose.flows.work import Work
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve
from loopclose.store.upgrade import open_database
from tests.keycloak.front import Front, front
from tests.keycloak.server import Keycloak, client, keycloak
from tests.store.line import NOW
from tests.web.serving import running

BOX = generate("tidy", 20, 1, NOW)
FIRST = [f"system/{kind}.read" for kind in READ]
SECOND = [f"system/{kind}.rs" for kind in READ]
PUBLISHED = ("RS384", "rotated")
"""Clients that are registered by the address of our public keys; all others by the keys themselves."""
CLIENTS = {
    "RS384": SECOND,
    "ES384": SECOND,
    "rotated": SECOND,
    "first-form": FIRST,
    "without-task": [one for one in SECOND if "/Task." not in one],
    "only-task": ["system/Task.rs"],
    "short": SECOND,
    "many": SECOND,
    "disabled": SECOND,
    "re-registered": SECOND,
}
"""By client: the scopes that it may have. The one called RS384 signs by that, all others by ES384."""
SHORT = 3
"""Seconds that a token of the client ``short`` lives."""
SETTINGS = """
[practice.main]
name = "A Sample"
timezone = "America/New_York"
[web]
port = 0
"""


@dataclass(frozen=True)
class SignIn:
    """Keycloak and the EHR behind it; ``folder`` holds a key for each client, of its name."""

    keycloak: Keycloak
    front: Front
    sandbox: str
    folder: Path

    def registration(self, name: str, tmp_path: Path, **more: Any) -> Registration:
        """Of a client, whose key stands where nobody else's tokens are."""
        path = tmp_path / "key.pem"
        path.write_bytes((self.folder / name).read_bytes())
        path.chmod(0o600)
        return Registration(self.front.base, name, path, READ, **more)

    def auth(self, name: str, tmp_path: Path, **more: Any) -> BackendAuth:
        """That client's tokens."""
        return BackendAuth(self.registration(name, tmp_path, **more))


@pytest.fixture(scope="session")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignIn]:
    folder = tmp_path_factory.mktemp("sign-in")
    for name in CLIENTS:
        make_key(folder / name, algorithm_of(name))
    ehrs = [
        f'[ehr.{name}]\npractice = "main"\nbase_url = "https://{name}.example/fhir"\nkey_file = "{name}"\n'
        for name in PUBLISHED
    ]
    (folder / "loopclose.toml").write_text("\n".join([SETTINGS, *ehrs]))
    config = load({"LOOPCLOSE_CONFIG": str(folder / "loopclose.toml")})
    work = Work(config, open_database(config.database.url), system_clock)
    with serve(BOX) as sandbox, running(server_of(work)) as ours, keycloak() as started:
        clients = [_client(name, folder, f"{ours}{PUBLISHED_AT}") for name in CLIENTS]
        started.make_realm([*FIRST, *SECOND], clients)
        with front(started, sandbox.base_url) as before:
            yield SignIn(started, before, sandbox.base_url, folder)
        print(f"Keycloak was up after {started.seconds:.0f} s and took {started.memory() / 1e6:.0f} MB at most.")
    work.db.close()


def algorithm_of(name: str) -> str:
    """By which a client signs."""
    return name if name in ALGORITHMS else "ES384"


def _client(name: str, folder: Path, published_at: str) -> dict[str, Any]:
    more = {"access.token.lifespan": str(SHORT)} if name == "short" else {}
    by_address = {"use.jwks.url": "true", "jwks.url": published_at}
    keys = by_address if name in PUBLISHED else inline(folder / name)
    return client(name, algorithm_of(name), CLIENTS[name], keys, **more)


def inline(key: Path) -> dict[str, str]:
    """The attributes of a client that is registered by the public half of a key itself."""
    return {"use.jwks.string": "true", "jwks.string": json.dumps({"keys": [read_key(key).public_jwk()]})}
