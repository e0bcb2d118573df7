"""The mailbox of a made-up referrer's office: what arrived in a folder, for the demo. Nothing here is for real mail."""

from __future__ import annotations

import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, unquote, urlsplit

STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "li{margin:.75rem 0}small{opacity:.8}"
)
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'"


class Office:
    """A web server that shows the letters in ``folder`` (``letter-*.eml``), the newest first."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))

    @property
    def address(self) -> str:
        """Where it is shown."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Office:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def letters(self) -> list[Path]:
        """The newest first."""
        return sorted(self.folder.glob("letter-*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)

    def page(self) -> str:
        """Every letter with what is enclosed."""
        rows = "".join(_row(path) for path in self.letters())
        body = f"<ol>{rows}</ol>" if rows else "<p>Nothing has arrived yet: sign a letter, and wait a minute.</p>"
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Mailbox of the referrer's office</title><style>{STYLE}</style>"
            f"<h1>Mailbox of the referrer's office</h1><p>What a made-up practice has received.</p>{body}</html>"
        )

    def enclosed(self, path: str) -> tuple[str, bytes] | None:
        """(media type, content) of a file in a letter, by the address ``/letter/number``."""
        name, _, number = path.strip("/").partition("/")
        found = next((one for one in self.letters() if one.name == unquote(name)), None)
        parts = list(_parts(found)) if found is not None else []
        if not number.isdigit() or int(number) >= len(parts):
            return None
        part = parts[int(number)]
        return part.get_content_type(), part.get_payload(decode=True)  # type: ignore[return-value]


def _row(path: Path) -> str:
    mail = _read(path)
    files = ", ".join(
        f'<a href="/{quote(path.name)}/{no}">{escape(str(part.get_filename()))}</a>'
        for no, part in enumerate(_parts(path))
    )
    return (
        f"<li><b>{escape(str(mail['Subject']))}</b><br>to {escape(str(mail['To']))}, {escape(str(mail['Date']))}<br>"
        f"{files}</li>"
    )


def _read(path: Path) -> EmailMessage:
    found = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def _parts(path: Path) -> list[EmailMessage]:
    return [one for one in _read(path).iter_attachments() if isinstance(one, EmailMessage)]


def _handler(office: Office) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found = ("text/html; charset=utf-8", office.page().encode()) if path == "/" else office.enclosed(path)
            if found is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", found[0])
            self.send_header("Content-Length", str(len(found[1])))
            self.send_header("Content-Security-Policy", CONTENT_POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(found[1])

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: it is a demo."""

    return Handler
