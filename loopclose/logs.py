"""The log: one line an event, on standard error. It names EHRs, practices and runs, and nothing about a patient."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from fhir_adapters.errors import FhirError
from loopclose.errors import LoopcloseError

INFO, SILENT = 20, 50
"""``serve`` tells what it does; a command is silent but for its own words, unless it is asked to tell."""


def configure(level: int | None = None, form: str | None = None) -> None:
    """Write events of that level and above, as ``text`` (logfmt) or ``json``; what is not given stays as it was.

    What the web server and other libraries log goes the same way, from a warning on: their sentences without what
    these were filled in with, and exceptions without what they quote.
    """
    _chosen.update({} if level is None else {"level": level}, **({} if form is None else {"form": form}))
    chosen = int(_chosen["level"])
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_data,
            _RENDER[str(_chosen["form"])],
        ],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _OfLibraries)]:
        root.removeHandler(handler)
    root.addHandler(_OfLibraries(max(chosen, logging.WARNING)))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that waits: floods the log


class _OfLibraries(logging.Handler):
    """Takes what libraries log by Python's own logging into our log."""

    def emit(self, record: logging.LogRecord) -> None:
        event = structlog.get_logger().bind(logger=record.name)
        said = str(record.msg).partition(" while serving ")[0]  # the path behind it may hold a code or an id
        event.log(record.levelno, said, **({"exc_info": record.exc_info[1]} if record.exc_info else {}))


def in_words(problem: BaseException) -> str:
    """What went wrong, for the log: its type, and what it says only where that holds nothing that we read.

    What an EHR says, the values of a statement and the text of an unforeseen error may quote a patient.
    """
    said = ""
    if isinstance(problem, LoopcloseError):
        said = str(problem)
    elif isinstance(problem, FhirError):
        said = str(problem).split(" It says: ")[0]
    elif isinstance(problem, DBAPIError) and not str(getattr(problem.orig, "sqlstate", None)).startswith("22"):
        said = str(problem.orig).splitlines()[0]  # class 22 quotes the value; further lines quote the row
    elif isinstance(problem, OSError):
        said = problem.strerror or ""
    return f"{type(problem).__name__}: {said}" if said else type(problem).__name__


def _without_data(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """An exception as its words and its places in the code, innermost first."""
    problem = event.pop("exc_info", None)
    if problem is True:
        problem = sys.exc_info()[1]
    if isinstance(problem, BaseException):
        places = traceback.extract_tb(problem.__traceback__)
        event["problem"] = in_words(problem)
        event["trace"] = " < ".join(f"{place.filename}:{place.lineno} {place.name}" for place in reversed(places))
    return event


_RENDER: Mapping[str, Any] = {
    "text": structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
    "json": structlog.processors.JSONRenderer(),
}
_chosen: dict[str, int | str] = {"level": INFO, "form": "text"}
configure()  # whoever imports us without a command of ours: standard output is never the log's
