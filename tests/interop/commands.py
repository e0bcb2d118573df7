"""Commands that sign in: a folder in which they read a made-up practice, and processes that want a token at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fhir_adapters.smart.backend import Registration
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.settings import config_toml

_ASK = """
import sys, pathlib
from fhir_adapters.smart.backend import BackendAuth, Registration
auth = BackendAuth(Registration(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), ("Patient",)))
print("ready", flush=True)
sys.stdin.readline()
print(auth.headers()["Authorization"])
"""


def loopclose(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder."""
    environ = {**os.environ, "LOOPCLOSE_CONFIG": str(folder / "loopclose.toml")}
    command = [sys.executable, "-m", "loopclose", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environ, check=False)


def configure(folder: Path, box: Sandbox, registration: Registration, sandbox: str) -> None:
    """Let commands in the folder read as that client; the resources name themselves by the sandbox's own address."""
    signing_in = (
        f'auth = "smart-backend"\nclient_id = "{registration.client_id}"\n'
        f'key_file = "{registration.key_file.name}"\nalso_known_as = ["{sandbox}"]'
    )
    settings = config_toml(box, registration.base_url).replace('auth = "none"', signing_in)
    assert signing_in in settings
    (folder / "loopclose.toml").write_text(settings)


def ask_at_once(registration: Registration, processes: int = 4) -> set[str]:
    """What processes send that want a token of the same client in the same moment."""
    command = [sys.executable, "-c", _ASK, registration.base_url, registration.client_id, str(registration.key_file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    asking = [subprocess.Popen(command, text=True, **pipes) for _ in range(processes)]
    for process in asking:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in asking:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return {process.communicate(timeout=60)[0].strip() for process in asking}
