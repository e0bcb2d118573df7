"""A made-up printer over HTTP: as much of IPP as a letter needs, by a script, written without our own reader."""

from __future__ import annotations

import hashlib
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ENDS = {0x0002: "print", 0x0009: "job", 0x000A: "jobs", 0x000B: "printer"}


@dataclass
class Job:
    """One that was taken."""

    id: int
    name: str
    sha256: str
    state: int = 3
    reasons: tuple[str, ...] = ("none",)
    since: int = 100


@dataclass
class Printer:
    """What the printer says of itself, and how it answers each kind of question: a status, or words for worse."""

    state: int = 3
    accepts: bool = True
    formats: tuple[str, ...] = ("application/pdf", "image/pwg-raster")
    statuses: dict[str, int] = field(default_factory=dict)
    breaks: dict[str, str] = field(default_factory=dict)
    """``silent``, ``garbled``, ``html`` or an HTTP status, by what is asked."""
    takes: bool = True
    """Whether a job is kept although the answer breaks."""
    up: int = 130
    jobs: list[Job] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def attribute(tag: int, name: str, *values: bytes) -> bytes:
    written = b""
    for no, value in enumerate(values):
        key = b"" if no else name.encode()
        written += struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(value)) + value
    return written


def number(name: str, value: int, tag: int = 0x21) -> bytes:
    return attribute(tag, name, struct.pack(">i", value))


def read(body: bytes) -> tuple[int, dict[str, bytes], bytes]:
    """The operation, the first value of each attribute, and the document."""
    (operation,) = struct.unpack_from(">H", body, 2)
    found: dict[str, bytes] = {}
    at = 8
    while body[at] != 0x03:
        if body[at] < 0x10:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", body, at + 1)
        name = body[at + 3 : at + 3 + length].decode()
        (size,) = struct.unpack_from(">H", body, at + 3 + length)
        start = at + 5 + length
        found.setdefault(name, body[start : start + size])
        at = start + size
    return operation, found, body[at + 1 :]


def answered(printer: Printer, body: bytes) -> tuple[str, bytes]:
    """Which kind of question it is, and the answer as bytes."""
    operation, said, document = read(body)
    kind = ENDS[operation]
    printer.asked.append(kind)
    assert said["requesting-user-name"] == b"loopclose" and said["printer-uri"].startswith(b"ipp")
    groups = b""
    status = printer.statuses.get(kind, 0)
    if kind == "printer":
        groups = b"\x04" + number("printer-state", printer.state, 0x23)
        groups += attribute(0x22, "printer-is-accepting-jobs", b"\x01" if printer.accepts else b"\x00")
        groups += attribute(0x49, "document-format-supported", *(one.encode() for one in printer.formats))
    elif kind == "print" and status < 0x100 and printer.takes:
        assert said["document-format"] == b"application/pdf"
        job = Job(len(printer.jobs) + 1, said["job-name"].decode(), hashlib.sha256(document).hexdigest())
        printer.jobs.append(job)
        groups = shown(printer, job)
    elif kind == "jobs":
        done = said["which-jobs"] == b"completed"
        groups = b"".join(shown(printer, job) for job in printer.jobs if (job.state >= 7) == done)
    elif kind == "job":
        wanted = struct.unpack(">i", said["job-id"])[0]
        found = [job for job in printer.jobs if job.id == wanted]
        groups, status = (shown(printer, found[0]), status) if found else (b"", 0x0406)
    first = attribute(0x47, "attributes-charset", b"utf-8") + attribute(0x48, "attributes-natural-language", b"en")
    return kind, struct.pack(">BBHI", 1, 1, status, 1) + b"\x01" + first + groups + b"\x03"


def shown(printer: Printer, job: Job) -> bytes:
    return (
        b"\x02" + number("job-id", job.id) + attribute(0x42, "job-name", job.name.encode())
        + number("job-state", job.state, 0x23)
        + attribute(0x44, "job-state-reasons", *(one.encode() for one in job.reasons))
        + number("time-at-creation", job.since) + number("job-printer-up-time", printer.up)
        + attribute(0x31, "date-time-at-creation", b"\x07\xea\x0b\x18\x0a\x00\x00\x00+\x00\x00")
    )  # fmt: skip


class Running:
    """The printer, listening; ``uri`` is how it is configured."""

    def __init__(self, printer: Printer) -> None:
        class Handler(BaseHTTPRequestHandler):
            wbufsize = 1 << 16

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/ipp"
                kind, said = answered(printer, body)
                how = printer.breaks.get(kind, "")
                if how == "silent":
                    self.close_connection = True
                    return
                self.send_response(int(how) if how.isdecimal() else 200)
                self.end_headers()
                self.wfile.write({"garbled": said[:-5], "html": b"<html>"}.get(how, said))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.uri = f"ipp://127.0.0.1:{self._server.server_address[1]}/ipp/print"

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
