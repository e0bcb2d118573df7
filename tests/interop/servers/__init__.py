"""Real FHIR servers, a sign-in and a reader of cards, put into a cache from package registries, started on loopback.

A missing part is a failure with a sentence that says what is missing, never a skip.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "loopclose"
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A short life is over before the best compiler has paid for itself: a start of HAPI takes half the processor time."""
TYPES = (
    "AllergyIntolerance",
    "Appointment",
    "Communication",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "ServiceRequest",
    "Task",
)
"""What the glue around Medplum's router lists in its CapabilityStatement."""


@contextmanager
def hapi() -> Iterator[str]:
    """HAPI FHIR JPA 8.4.0 on a database in memory; gives its base address."""
    home = _of_maven("hapi", "8.4.0")
    with tempfile.TemporaryDirectory() as classes:
        run(["javac", "-d", classes, "-cp", f"{home / 'lib'}/*", str(HERE / "hapi" / "Hapi.java")])
        with _listening([*JAVA, "-Xmx3g", "-cp", f"{classes}:{home / 'lib'}/*", "Hapi"], home) as address:
            yield address


@contextmanager
def medplum() -> Iterator[str]:
    """Medplum's router on its repository in memory; gives its base address."""
    home = _of_npm("medplum", "5.2.13")
    with _listening(["node", "server.mjs", *TYPES], home) as address:
        yield address


@contextmanager
def oidc_provider(settings: Path) -> Iterator[str]:
    """oidc-provider 9.13.3 as the sign-in before the FHIR server that ``settings`` names; gives its FHIR base."""
    with _listening(["node", "server.mjs", str(settings)], _of_npm("oidc", "9.13.3")) as address:
        yield address


@contextmanager
def people_provider(settings: Path) -> Iterator[str]:
    """oidc-provider 9.13.3 as what signs people in, and the EHR that opens apps; gives that EHR's FHIR base."""
    with _listening(["node", "people.mjs", str(settings)], _of_npm("oidc", "9.13.3")) as address:
        yield address


def read_by_hapi(document: bytes) -> str:
    """What HAPI's CDS Hooks classes 8.4.0 read in a document; fails where they refuse it."""
    home = _of_maven("cards", "8.4.0")
    with tempfile.TemporaryDirectory() as classes:
        run(["javac", "-d", classes, "-cp", f"{home / 'lib'}/*", str(HERE / "cards" / "Cards.java")])
        return run([*JAVA, "-cp", f"{classes}:{home / 'lib'}/*", "Cards"], document).strip()


def read_by_medplum(ccda: bytes) -> Any:
    """The Bundle that Medplum's C-CDA reader 5.1.10 makes of a document."""
    return json.loads(run(["node", str(_of_npm("ccda", "5.1.10") / "read.mjs")], ccda))


def read_by_direct(folder: Path, domain: str) -> list[list[str]]:
    """What the agent of the Direct Project 8.0.0 says of every ``*.eml`` in a folder (``servers/direct/Direct.java``).

    A line each: file, taken or refused, and why. The parts of what it takes, and its answers, lie in the folder then.
    """
    home = _of_maven("direct", "8.0.0")
    with tempfile.TemporaryDirectory() as classes:
        run(["javac", "-d", classes, "-cp", f"{home / 'lib'}/*", str(HERE / "direct" / "Direct.java")])
        told = run([*JAVA, "-cp", f"{classes}:{home / 'lib'}/*", "Direct", str(folder), domain], within=classes)
    return [line.split("\t") for line in told.splitlines() if line.count("\t") >= 2]


def read_xdm(package: Path) -> list[list[str]]:
    """What the Direct Project's xd-common 1.0.3 reads in a package: a line for the whole, and one for each document."""
    home = _of_maven("xdm", "1.0.3")
    with tempfile.TemporaryDirectory() as classes:
        run(["javac", "-d", classes, "-cp", f"{home / 'lib'}/*", str(HERE / "xdm" / "Xdm.java")])
        told = run([*JAVA, "-cp", f"{classes}:{home / 'lib'}/*", "Xdm", str(package)])
    return [line.split("\t") for line in told.splitlines() if line.startswith(("SET", "DOCUMENT"))]


def judged_by_hapi(files: Sequence[Path], us_core: Path) -> dict[str, list[str]]:
    """By file: the errors that HAPI's own FHIR validator 8.4.0 sees, with US Core from its package in a folder."""
    home = _of_maven("hapi", "8.4.0")
    with tempfile.TemporaryDirectory() as classes:
        run(["javac", "-d", classes, "-cp", f"{home / 'lib'}/*", str(HERE / "validator" / "Validate.java")])
        parts = f"{classes}:{home / 'lib'}/*:{us_core}"
        told = run([*JAVA, "-Xmx2g", "-cp", parts, "Validate", *map(str, files)])
    lines = [line.split("\t") for line in told.splitlines() if line.count("\t")]
    found: dict[str, list[str]] = {words[1]: [] for words in lines if words[0] == "READ"}
    for words in lines:
        if words[0] in ("ERROR", "FATAL"):
            found[words[1]].append(": ".join(words[2:]))
    return found


def judged_by_verapdf(profile: str, files: Sequence[Path]) -> dict[str, bool]:
    """By file: whether it is what veraPDF 1.28.2 wants of that profile (``ua1``, ``3a``)."""
    home = _of_maven("verapdf", "1.28.2")
    command = [*JAVA, "-cp", f"{home / 'lib'}/*", "org.verapdf.apps.GreenfieldCliWrapper", "-f", profile]
    found = run([*command, "--format", "text", *map(str, files)], may_end_with=1)  # 1: some are not
    lines = [line.split() for line in found.splitlines() if line.startswith(("PASS", "FAIL"))]
    return {Path(words[1]).name: words[0] == "PASS" for words in lines}


SERVERS = {"hapi": hapi, "medplum": medplum}


def _of_maven(name: str, version: str) -> Path:
    """The folder where the parts of a program are put, once."""
    home = CACHE / f"{name}-{version}"
    with _alone():
        if not (home / "complete").exists():
            run(["mvn", "-B", "-q", "-f", str(HERE / name / "pom.xml"), "dependency:copy-dependencies",
                  f"-DoutputDirectory={home / 'lib'}"])  # fmt: skip
            (home / "complete").touch()
    return home


def _of_npm(name: str, version: str) -> Path:
    """The folder where a server's parts are installed, once, beside our glue, which is always this one."""
    home = CACHE / f"{name}-{version}"
    with _alone():
        home.mkdir(parents=True, exist_ok=True)
        for file in (HERE / name).glob("*.*js*"):
            shutil.copy(file, home / file.name)
        if not (home / "complete").exists():
            run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", str(home)])
            (home / "complete").touch()
    return home


@contextmanager
def _alone() -> Iterator[None]:
    """No other process of these tests fetches meanwhile: Maven's own repository bears no two at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "fetching").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: Sequence[str], given: bytes = b"", may_end_with: int = 0, within: str | None = None) -> str:
    """Run a command to its end, ``given`` on its standard input; gives what it prints. Raises ``RuntimeError`` with its
    last words where it is missing or fails; ``may_end_with``: a code that means no failure either; ``within``: where
    it may leave files behind.
    """
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is not installed, and these tests need it")
    done = subprocess.run(command, capture_output=True, input=given, cwd=within)
    if done.returncode not in (0, may_end_with):
        raise RuntimeError(f"{command[0]} failed: {(done.stdout + done.stderr).decode(errors='replace')[-2000:]}")
    return done.stdout.decode(errors="replace")


@contextmanager
def _listening(command: Sequence[str], home: Path) -> Iterator[str]:
    """Start a server that prints its address; read on in the background, so that its log never blocks it."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "http://127.0.0.1:" in line and line.strip().endswith("/fhir"):
                    subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
                    yield line.split()[-1]
                    return
            log.seek(0)
            raise RuntimeError(f"{command[0]} ended before it listened: {log.read()[-2000:]}")
        finally:
            process.kill()
            process.wait()
