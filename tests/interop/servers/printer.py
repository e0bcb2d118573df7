"""Debian's ``ippeveprinter`` (cups-ipp-utils): a printer as the standard wants it, which hands each job to a command.

It does not start without a bus and a name service, so it gets both of its own, which end with it; where the machine has
a name service already, that one.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

RUNNING = Path("/run/avahi-daemon/pid")
SECONDS = 30
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow receive_sender="*"/></policy></busconfig>"""
NAMES = "[server]\nuse-ipv6=no\nallow-interfaces=lo\nenable-dbus=yes\n"


@dataclass
class RealPrinter:
    """A running printer. ``command`` is what it does with a job: a shell script that gets the file as its first
    parameter, and may be changed while it runs."""

    port: int
    spool: Path
    command: Path
    certificate: Path
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        """In the clear."""
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    @property
    def safe_uri(self) -> str:
        """By TLS, under the name in its own certificate."""
        return f"ipps://localhost:{self.port}/ipp/print"

    def does(self, script: str) -> None:
        """What becomes of the next jobs."""
        self.command.write_text(f"#!/bin/sh\n{script}\n")
        self.command.chmod(0o755)

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def end(self) -> None:
        """It is switched off."""
        self.process.kill()
        self.process.wait()


@contextmanager
def printer(folder: Path) -> Iterator[RealPrinter]:
    """A printer on loopback, ended with whatever it needed."""
    spool, keys, command = folder / "spool", folder / "keys", folder / "command"
    for one in (spool, keys):
        one.mkdir()
    with ExitStack() as stack:
        environment = stack.enter_context(_named(folder))
        port = _free_port()
        line = ["ippeveprinter", "-k", "-K", str(keys), "-n", "localhost", "-p", str(port), "-d", str(spool),
                "-f", "application/pdf", "-c", str(command), "Front desk"]  # fmt: skip
        process = stack.enter_context(_process(line, folder / "printer.log", environment))
        made = RealPrinter(port, spool, command, keys / "localhost.crt", process)
        made.does("exit 0")
        _until(lambda: _listens(port), "ippeveprinter does not listen", folder / "printer.log")
        yield made


@contextmanager
def _named(folder: Path) -> Iterator[Mapping[str, str]]:
    """What the printer needs to be named: the machine's own service, or one for this test alone."""
    if RUNNING.exists() and _is_avahi(RUNNING.read_text().strip()):
        yield {}
        return
    bus, settings = folder / "bus", folder / "avahi.conf"
    (folder / "bus.conf").write_text(BUS.format(path=bus))
    settings.write_text(NAMES)
    environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
    with ExitStack() as stack:
        line = ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork"]
        stack.enter_context(_process(line, folder / "bus.log", {}))
        _until(bus.exists, "dbus-daemon does not listen", folder / "bus.log")
        line = ["avahi-daemon", "-f", str(settings), "--no-drop-root", "--no-chroot", "--no-rlimits"]
        stack.enter_context(_process(line, folder / "avahi.log", environment))
        log = folder / "avahi.log"
        _until(lambda: b"startup complete" in log.read_bytes(), "avahi-daemon does not start", log)
        yield environment


@contextmanager
def _process(line: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as written:
        process = subprocess.Popen(line, stdout=written, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_avahi(process: str) -> bool:
    name = Path(f"/proc/{process}/comm")
    return name.exists() and name.read_text().startswith("avahi")


def _until(holds: object, otherwise: str, log: Path) -> None:
    assert callable(holds)
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"{otherwise}: {log.read_text(errors='replace')[-500:]}"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
