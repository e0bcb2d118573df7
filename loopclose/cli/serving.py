"""The web server, and beside it, in threads, the scheduler (one that tells, one for each EHR) and whoever drafts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click
import waitress.server

from loopclose.cli.common import opened
from loopclose.config.reach import nobody_can_sign_in
from loopclose.flows.papers import working
from loopclose.flows.schedule import Scheduler, schedulers
from loopclose.flows.work import Work
from loopclose.logs import INFO, configure
from loopclose.web import create_app
from loopclose.web.confirmation import MOST_BYTES, create_page

TICK_SECONDS = 20


@click.command()
def serve() -> None:
    """Run the web server and the scheduler, until interrupted."""
    run(opened(), lambda address: click.echo(f"Serving at {address}.", err=True))


def run(work: Work, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve until interrupted or ended (SIGTERM); ``ready`` is told the address once it listens."""
    _end_in_order()
    configure(INFO, work.config.log.format)
    web = work.config.web
    problem = nobody_can_sign_in(web)
    if problem is not None:
        click.echo(problem, err=True)
    server, page = server_of(work), page_server_of(work)
    stop = threading.Event()
    for one in schedulers(work):
        threading.Thread(target=_keep_ticking, args=(one, stop), name=one.name, daemon=True).start()
    working.start(work, stop)
    if page is not None:
        threading.Thread(target=_serve_page, args=(page, stop), name="confirmation page", daemon=True).start()
    ready(f"http://{web.host}:{server.effective_port}")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.close()
        if page is not None:
            page.close()


def _end_in_order() -> None:
    """SIGTERM, of whoever stops a container, ends it as Ctrl-C does; so does SIGINT, if begun with that ignored."""
    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.default_int_handler)


def server_of(work: Work) -> Any:
    """The web server, listening, and not serving yet."""
    web = work.config.web
    return waitress.server.create_server(
        create_app(work),
        host=web.host,
        port=web.port,
        threads=8,
        clear_untrusted_proxy_headers=False,  # ``web.proxies`` weighs them
    )


def page_server_of(work: Work) -> Any:
    """The server of the confirmation page, listening; None where there is no such page here.

    It has threads of its own: whoever floods it takes none from the screens.
    """
    if work.config.delivery.page_port is None:
        return None
    return waitress.server.create_server(
        create_page(work),
        host=work.config.web.host,
        port=work.config.delivery.page_port,
        threads=2,  # one computes while one waits for the database: more stand in each other's way
        connection_limit=200,
        channel_timeout=30,
        max_request_body_size=MOST_BYTES,
        max_request_header_size=MOST_BYTES,
        clear_untrusted_proxy_headers=False,  # ``web.proxies`` weighs them
    )


def _serve_page(page: Any, stop: threading.Event) -> None:
    try:
        page.run()
    except OSError:  # its socket is closed while it waits at it
        if not stop.is_set():
            raise


def _keep_ticking(scheduler: Scheduler, stop: threading.Event) -> None:
    while not stop.wait(TICK_SECONDS):
        with suppress(Exception):  # it logs what its jobs raise; this is a log that cannot be written any more
            scheduler.tick()


COMMANDS = (serve,)
