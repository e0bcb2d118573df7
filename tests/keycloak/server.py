"""Keycloak 26.5.6 from Maven Central, in its development mode on loopback, with a database in memory.

NextGen Office's token endpoint is a Keycloak (its CapabilityStatement). It is asked and told by its admin REST API
(https://www.keycloak.org/docs-api/latest/rest-api/index.html).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.interop.servers import CACHE, run

VERSION = "26.5.6"
REALM = "practice"
LONGEST = 300.0
"""Seconds in which it must be up; the first start of an installation also builds it."""
_ADMIN = "tests"


class Keycloak:
    """A running Keycloak; ``seconds`` it took to start, and the most memory it had, in bytes."""

    def __init__(self, origin: str, secret: str, process: int, seconds: float) -> None:
        self.origin, self._secret, self._process, self.seconds = origin, secret, process, seconds
        self.realm = f"{origin}/realms/{REALM}"
        self.token_endpoint = f"{self.realm}/protocol/openid-connect/token"

    def memory(self) -> int:
        """The most memory that was resident, in bytes."""
        script = Path(f"/proc/{self._process}")
        java = [Path(f"/proc/{one}") for one in (script / f"task/{self._process}/children").read_text().split()]
        statuses = [(one / "status").read_text().splitlines() for one in (script, *java)]
        return max(int(line.split()[1]) * 1024 for lines in statuses for line in lines if line.startswith("VmHWM"))

    def certs(self) -> dict[str, Any]:
        """The realm's public keys, by which its tokens are verified."""
        found: dict[str, Any] = requests.get(f"{self.realm}/protocol/openid-connect/certs", timeout=30).json()
        return found

    def make_realm(self, scopes: list[str], clients: list[dict[str, Any]]) -> None:
        """The realm with client scopes of those names; each client may have some of them where it asks for them."""
        named = [
            {"name": one, "protocol": "openid-connect", "attributes": {"include.in.token.scope": "true"}}
            for one in scopes
        ]
        realm = {"realm": REALM, "enabled": True, "eventsEnabled": True, "clientScopes": named, "clients": clients}
        self._admin("POST", "", realm)

    def change(self, client_id: str, **members: Any) -> None:
        """Change a client, as its administrator would."""
        (client,) = self._admin("GET", f"/{REALM}/clients?clientId={client_id}").json()
        self._admin("PUT", f"/{REALM}/clients/{client['id']}", {**client, **members})

    def requests_of(self, client_id: str = "") -> list[str | None]:
        """What became of each token request of a client, or of all, the newest first: an error code, or None."""
        of_one = f"&client={client_id}" if client_id else ""
        found = self._admin("GET", f"/{REALM}/events?max=1000{of_one}").json()
        assert {one["type"] for one in found} <= {"CLIENT_LOGIN", "CLIENT_LOGIN_ERROR"}, found
        return [one.get("error") for one in found]

    def _admin(self, method: str, path: str, document: Any = None) -> requests.Response:
        form = {"grant_type": "client_credentials", "client_id": _ADMIN, "client_secret": self._secret}
        endpoint = f"{self.origin}/realms/master/protocol/openid-connect/token"
        token = requests.post(endpoint, data=form, timeout=30).json()["access_token"]
        url, headers = f"{self.origin}/admin/realms{path}", {"Authorization": f"Bearer {token}"}
        answer = requests.request(method, url, json=document, headers=headers, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer


def client(name: str, algorithm: str, scopes: list[str], keys: dict[str, str], **attributes: str) -> dict[str, Any]:
    """A client of Backend Services (``private_key_jwt``); ``keys`` are attributes that say where its own are."""
    return {
        "clientId": name,
        "protocol": "openid-connect",
        "clientAuthenticatorType": "client-jwt",
        "publicClient": False,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        "fullScopeAllowed": False,
        "defaultClientScopes": [],
        "optionalClientScopes": scopes,
        "attributes": {"token.endpoint.auth.signing.alg": algorithm, **keys, **attributes},
    }


@contextmanager
def keycloak() -> Iterator[Keycloak]:
    """Start Keycloak; its last words are in the failure where it does not come up."""
    home, port, secret = _installed(), _free_port(), secrets.token_urlsafe(32)
    origin = f"http://127.0.0.1:{port}"
    command = ["bash", str(home / "bin" / "kc.sh"), "start-dev", "--db=dev-mem", "--http-host=127.0.0.1",
               f"--http-port={port}", f"--hostname={origin}"]  # fmt: skip
    environ = {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_CLIENT_ID": _ADMIN,
        "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET": secret,
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
    }
    with tempfile.TemporaryFile("w+") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=home, env=environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            while not _answers(origin):
                if process.poll() is not None or time.monotonic() - began > LONGEST:
                    log.seek(0)
                    raise RuntimeError(f"Keycloak did not come up: {log.read()[-2000:]}")
                time.sleep(0.5)
            yield Keycloak(origin, secret, process.pid, time.monotonic() - began)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # the script, and Java where the script waits for it
            process.wait()


def _installed() -> Path:
    """Its folder in the cache, fetched once."""
    home = CACHE / f"keycloak-{VERSION}"
    if not home.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            run(["mvn", "-B", "-q", "dependency:copy", f"-DoutputDirectory={folder}",
                 f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"])  # fmt: skip
            shutil.unpack_archive(Path(folder) / f"keycloak-quarkus-dist-{VERSION}.zip", folder)
            (Path(folder) / f"keycloak-{VERSION}").rename(home)
    if shutil.which("java") is None:
        raise RuntimeError("java is not installed, and these tests need it")
    return home


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/realms/master", timeout=5).ok
    except requests.exceptions.RequestException:
        return False
