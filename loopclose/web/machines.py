"""Pages for machines: is the server alive, is it ready, and how is the installation in numbers."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily

from loopclose.flows.measures import measures, not_ready
from loopclose.web.access import work
from loopclose.web.needs import open_to_everybody
from loopclose.web.proxies import comes_from_here

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("machines", __name__)


@blueprint.get("/healthz")
@open_to_everybody
def alive() -> Response:
    """The process answers; nothing else is asked."""
    return Response("alive\n", mimetype="text/plain")


@blueprint.get("/readyz")
@open_to_everybody
def ready() -> Response:
    """Whether pages can be served: the database answers and has this version's schema."""
    problem = not_ready(work())
    return Response(f"{problem or 'ready'}\n", 503 if problem else 200, mimetype="text/plain")


@blueprint.get("/metrics")
@open_to_everybody
def metrics() -> Response:
    """Prometheus's text, for this machine and for who knows the token."""
    if not (comes_from_here(request.environ) or _knows_the_token()):
        words = "Only from this machine, or with the token of [web] metrics_token.\n"
        return Response(words, 403, mimetype="text/plain")
    now, families = CollectorRegistry(), {}
    for one in measures(work()):
        if one.name not in families:
            families[one.name] = GaugeMetricFamily(one.name, one.about, labels=list(one.labels))
        families[one.name].add_metric(list(one.labels.values()), one.value)
    now.register(_Found(families.values()))
    text = generate_latest(current_app.extensions["requests"]) + generate_latest(now)
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def counted(app: Flask) -> WSGIApplication:
    """The application, whose answers are counted by class: 2xx, 3xx, 4xx, 5xx."""
    registry = CollectorRegistry()
    counter = Counter("loopclose_http_answers", "Answers of this process.", ["status"], registry=registry)
    app.extensions["requests"] = registry
    application = app.wsgi_app

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> Any:
            counter.labels(f"{status[:1]}xx").inc()
            return start_response(status, headers, problem)

        return application(environ, start)

    return wrapped


class _Found:
    """Numbers that were asked for just now, as Prometheus's registry wants them."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def _knows_the_token() -> bool:
    token = work().config.web.metrics_token
    told = request.headers.get("Authorization", "")
    return token is not None and hmac.compare_digest(told.encode(), f"Bearer {token.get_secret_value()}".encode())
