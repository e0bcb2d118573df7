"""A web server in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore


@contextmanager
def running(server: Any) -> Iterator[str]:
    """Let waitress serve; gives its address, and closes it at the end."""
    closing = threading.Event()

    def run() -> None:
        try:
            server.run()
        except OSError:  # its socket is closed while it waits at it
            if not closing.is_set():
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        closing.set()
        server.close()
        wasyncore.close_all(server._map)  # a browser keeps its connections open, and the loop ends with the last
        thread.join(10)
