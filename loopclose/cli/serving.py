"""The web server, and the scheduler beside it: a thread for reading, and one for telling."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import waitress.server

from loopclose.flows.schedule import LANES, Scheduler
from loopclose.flows.work import Work
from loopclose.logs import INFO, configure
from loopclose.web import create_app

TICK_SECONDS = 20


def run(work: Work, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve until interrupted; ``ready`` is told the address once it listens."""
    configure(INFO, work.config.log.format)
    web = work.config.web
    server = waitress.server.create_server(create_app(work), host=web.host, port=web.port, threads=8)
    stop = threading.Event()
    for lane in LANES:
        threading.Thread(target=_keep_ticking, args=(Scheduler(work, lane), stop), name=lane, daemon=True).start()
    ready(f"http://{web.host}:{server.effective_port}")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.close()


def _keep_ticking(scheduler: Scheduler, stop: threading.Event) -> None:
    while not stop.wait(TICK_SECONDS):
        with suppress(Exception):  # it logs what its jobs raise; this is a log that cannot be written any more
            scheduler.tick()
