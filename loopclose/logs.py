"""The log: one line an event, on standard error. It names EHRs, practices and runs, and nothing about a patient."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from fhir_adapters.errors import FhirError
from loopclose.errors import LoopcloseError

INFO, SILENT = 20, 50
"""``serve`` tells what it does; a command is silent but for its own words, unless it is asked to tell."""


def configure(level: int) -> None:
    """Write events of that level and above."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_data,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


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
