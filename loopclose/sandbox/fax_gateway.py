"""A made-up fax gateway over HTTP, in the ways of two real ones: SRFax's forms at ``/srfax``, Documo's REST at ``/v1``.

Shapes: https://www.srfax.com/developers/internet-fax-api (Queue_Fax, Get_FaxStatus, Get_MultiFaxStatus, Get_Fax_Outbox)
and https://docs.documo.com (``POST /v1/faxes``, ``GET /v1/fax/{messageId}/info``, ``GET /v1/fax/history``). ``/`` shows
what came out on the other side.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import socket
import threading
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopclose.sandbox.fax_exchange import ENDS, Exchange, Fax, Turn

Json = dict[str, Any]
SRFAX_STATES = {"sent": "Sent", "underway": "In Progress", "mailing": "Sending Email"}
DOCUMO_STATES = {"sent": "success", "underway": "transmitting", "mailing": "queued"}
STATUS = {"limited": 429, "broken": 500}
LATE_SECONDS = 30.0
QUEUED = "2026-11-24T15:00:00.000Z"


class FaxGateway:
    """A running gateway; ``exchange`` may be changed while it runs. A ``password`` is asked for where there is one."""

    def __init__(self, exchange: Exchange | None = None, port: int = 0, password: str | None = None) -> None:
        self.exchange, self.password = exchange or Exchange(), password
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaxGateway:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


def _handler(gateway: FaxGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = 1 << 16  # an answer leaves in one write: two would cost 40 ms of Nagle's waiting

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.startswith("/v1/"):
                self._say(*_documo_asked(gateway, parts.path, parse_qs(parts.query), self._key()))
            elif (no := parts.path.removeprefix("/received/").removesuffix(".pdf")).isdecimal():
                found = gateway.exchange.received[int(no) : int(no) + 1]
                self._write(200 if found else 404, found[0].content if found else b"", "application/pdf")
            else:
                self._write(200, page_of(gateway.exchange).encode(), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if urlsplit(self.path).path == "/srfax":
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                self._say(*_srfax(gateway, form))
            else:
                self._say(*_documo_order(gateway, _parts(self.headers.get("Content-Type", ""), body), self._key()))

        def _key(self) -> str:
            return str(self.headers.get("Authorization", "")).removeprefix("Basic ")

        def _say(self, how: str, said: Json | list[Json], status: int = 200) -> None:
            body = json.dumps(said).encode()
            if how == "silent":
                self.connection.shutdown(socket.SHUT_RDWR)
            elif how == "cut":
                self._write(200, body[: len(body) // 2], "application/json", claimed=len(body))
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
            elif how in ("garbled", "empty"):
                self._write(200, b"<html>Please stand by" if how == "garbled" else b"", "application/json")
            elif how in STATUS:
                self._write(STATUS[how], b"{}", "application/json")
            else:
                if how == "late":
                    gateway.closing.wait(LATE_SECONDS)
                self._write(status, body, "application/json")

        def _write(self, status: int, body: bytes, kind: str, claimed: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    return Handler


def _srfax(gateway: FaxGateway, form: dict[str, str]) -> tuple[str, Json]:
    action, exchange = form.get("action"), gateway.exchange
    if gateway.password not in (None, form.get("access_pwd")):
        return "ok", _failed("Invalid Access Code / Password")
    if action == "Queue_Fax":
        try:
            content = base64.b64decode(form.get("sFileContent_1", ""), validate=True)
        except binascii.Error:
            return "ok", _failed("Invalid File Content")
        number = form.get("sToFaxNumber", "")
        if len(number) != 11 or len(form.get("sAccountCode", "")) > 20 or form.get("sRetries") != "0":
            return "ok", _failed("Invalid Parameter")
        turn, fax = exchange.order(number, form.get("sAccountCode", ""), content)
        if turn.answer == "refused":
            return "ok", _failed("Invalid Fax Number")
        return turn.answer, {"Status": "Success", "Result": _id_of(turn, fax)}
    how = exchange.question()
    if action == "Get_Fax_Outbox":
        return how, {"Status": "Success", "Result": [srfax_record(fax) for fax in exchange.listing()]}
    found = [exchange.find(one) for one in form.get("sFaxDetailsID", "").split("|")]
    records = [srfax_record(fax) for fax in found if fax is not None]
    if action == "Get_MultiFaxStatus":
        return how, {"Status": "Success", "Result": records}
    return how, {"Status": "Success", "Result": records[0]} if records else _failed("FaxDetailsID Not Found")


def _id_of(turn: Turn, fax: Fax | None) -> str:
    return "" if turn.answer == "nameless" else fax.id if fax else "0"


def _failed(reason: str) -> Json:
    return {"Status": "Failed", "Result": reason}


def srfax_record(fax: Fax) -> Json:
    """What SRFax says of a fax, where it is asked and where it tells by itself."""
    return {
        "FileName": f"20261124-1000-12345_1|{fax.id}",
        "SentStatus": SRFAX_STATES.get(fax.turn.ends, "Failed"),
        "DateQueued": "Nov 24/26 10:00 AM",
        "DateSent": "Nov 24/26 10:02 AM",
        "EpochTime": "1795532520",
        "ToFaxNumber": fax.number,
        "Pages": str(fax.pages_sent),
        "Duration": "60",
        "RemoteID": "",
        "ErrorCode": ENDS[fax.turn.ends],
        "Size": str(len(fax.content)),
        "AccountCode": fax.tag,
    }


def _documo_order(gateway: FaxGateway, parts: dict[str, bytes], key: str) -> tuple[str, Json, int]:
    if gateway.password not in (None, key):
        return "ok", {"success": False}, 401
    number, tag = parts.get("faxNumber", b"").decode(), parts.get("subject", b"").decode()
    turn, fax = gateway.exchange.order(number, tag, parts.get("attachments", b""))
    if turn.answer == "refused":
        return "ok", {"success": False, "message": "faxNumber is invalid"}, 400
    return turn.answer, {"messageId": _id_of(turn, fax)}, 200


def _documo_asked(gateway: FaxGateway, path: str, asked: dict[str, list[str]], key: str) -> tuple[str, Json, int]:
    if gateway.password not in (None, key):
        return "ok", {"success": False}, 401
    how = gateway.exchange.question()
    if path == "/v1/fax/history":
        first, most = int(asked.get("offset", ["0"])[0]), int(asked.get("limit", ["50"])[0])
        shown = gateway.exchange.listing()
        return how, {"count": len(shown), "rows": [documo_record(fax) for fax in shown[first : first + most]]}, 200
    found = gateway.exchange.find(path.split("/")[3])
    return (how, documo_record(found), 200) if found else (how, {"success": False}, 404)


def documo_record(fax: Fax) -> Json:
    """What Documo says of a fax, where it is asked and where it tells by itself."""
    ended = fax.turn.ends not in ("underway", "mailing")
    return {
        "messageId": fax.id,
        "status": DOCUMO_STATES.get(fax.turn.ends, "failed"),
        "resultInfo": ENDS[fax.turn.ends] or "OK",
        "pagesCount": fax.pages,
        "pagesComplete": fax.pages_sent,
        "faxNumber": fax.number,
        "subject": fax.tag,
        "direction": "outbound",
        "createdAt": QUEUED,
        "resolvedDate": "2026-11-24T15:02:00.000Z" if ended else None,
    }


def _parts(kind: str, body: bytes) -> dict[str, bytes]:
    """The parts of a form by name, files too."""
    whole = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts = [part for part in whole.walk() if not part.is_multipart()]
    return {str(part.get_param("name", header="Content-Disposition")): _content(part) for part in parts}


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def page_of(exchange: Exchange) -> str:
    """What came out on the other side, as a page."""
    rows = "".join(
        f"<tr><td>{html.escape(fax.number)}<td>{fax.pages}<td><code>{html.escape(fax.tag)}</code>"
        f'<td><a href="/received/{no}.pdf">the pages</a><td><code>{fax.sha256}</code>'
        for no, fax in enumerate(exchange.received)
    )
    head = "<tr><th>Number<th>Pages<th>Under<th>Document<th>SHA-256"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Faxes that arrived</title>'
        f"<h1>Faxes that arrived: {len(exchange.received)}</h1><table border>{head}{rows}</table>"
    )
