"""What compose.yaml says works: its settings are taken, its upgrade step and its health check are run as written."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from loopclose.config.loading import load
from loopclose.config.reach import nobody_can_sign_in
from tests.store.conftest import database_url
from tests.unit.test_config import GOOD

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())


def settings(service: str, folder: Path, url: str) -> dict[str, str]:
    """The environment of a service, with its files in ``folder``."""
    (folder / "loopclose.toml").write_text(f'{GOOD}[web]\naddress = "https://loopclose.example"\n')
    (folder / "database-url").write_text(f"{url}\n")
    (folder / "web-secret").write_text("a" * 64)
    told = COMPOSE["services"][service]["environment"]
    return {k: v.replace("/run/secrets", str(folder)).replace("/config", str(folder)) for k, v in told.items()}


def started(args: list[str], environ: dict[str, str]) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LOOPCLOSE_")}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", *args]
    return subprocess.Popen(command, env={**clean, **environ}, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def test_every_service_restarts_waits_and_says_how_it_is() -> None:
    services = COMPOSE["services"]
    for name in ("database", "web"):
        assert services[name]["restart"] == "unless-stopped" and services[name]["healthcheck"]["test"][0] == "CMD"
    assert services["upgrade"]["command"] == ["loopclose", "db", "upgrade"] and services["upgrade"]["restart"] == "no"
    assert services["upgrade"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["web"]["depends_on"]["upgrade"]["condition"] == "service_completed_successfully"
    named = {secret for service in services.values() for secret in service["secrets"]}
    assert named == set(COMPOSE["secrets"])
    assert services["web"]["ports"] == ["127.0.0.1:8020:8020"]


def test_its_settings_are_taken(tmp_path: Path) -> None:
    config = load(settings("web", tmp_path, "postgresql://loopclose:s3cret@database/loopclose"))
    assert config.database.url == "postgresql://loopclose:s3cret@database/loopclose"
    assert config.web.secret is not None and len(config.web.trusted_proxies) == 2
    assert nobody_can_sign_in(config.web) is None


def test_its_upgrade_step_and_its_health_check_work(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = database_url("postgres", tmp_path, request)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    step = COMPOSE["services"]["upgrade"]["command"]
    upgraded = started(step, settings("upgrade", tmp_path, url))
    out, err = upgraded.communicate(timeout=120)
    assert (upgraded.returncode, out) == (0, "The schema is up to date.\n"), err
    check = [part.replace("8020", port) for part in COMPOSE["services"]["web"]["healthcheck"]["test"][2:]]
    asked = [sys.executable, *check]
    assert subprocess.run(asked, capture_output=True, check=False).returncode != 0, "nobody serves yet"
    server = started(["loopclose", "serve"], {**settings("web", tmp_path, url), "LOOPCLOSE_WEB__PORT": port})
    try:
        assert server.stderr is not None
        told = server.stderr.readline()
        assert told == f"Serving at http://0.0.0.0:{port}.\n"
        assert subprocess.run(asked, capture_output=True, check=False).returncode == 0, told
    finally:
        server.send_signal(signal.SIGTERM)  # as whoever stops a container does
        server.communicate(timeout=60)
    assert server.returncode == 0
