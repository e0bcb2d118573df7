"""The log says what failed, and nothing that was read."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from structlog.contextvars import bound_contextvars

from fhir_adapters.errors import FinalError
from loopclose.errors import TemporaryProblem
from loopclose.logs import INFO, SILENT, configure, in_words


class PostgresError(Exception):
    """As a driver raises it."""

    def __init__(self, text: str, sqlstate: str) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.fixture(autouse=True)
def as_it_was() -> Any:
    yield
    configure(INFO, "text")


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (TemporaryProblem("Another process is at it."), "TemporaryProblem: Another process is at it."),
        (FinalError("The EHR refused the request (400). It says: no Ada Sample"), "refused the request (400)."),
        (OperationalError("INSERT", {"name": "Ada Sample"}, Exception("database is locked")), ": database is locked"),
        (
            IntegrityError("INSERT", {}, PostgresError('duplicate "pk"\nDETAIL: (name)=(Ada Sample)', "23505")),
            'IntegrityError: duplicate "pk"',
        ),
        (DataError("INSERT", {}, PostgresError('not a date: "Ada Sample"', "22007")), "DataError"),
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: Connection refused"),
        (KeyError("Patient/ada-sample"), "KeyError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_problem_in_words_quotes_nothing_that_was_read(problem: Exception, said: str) -> None:
    assert in_words(problem).endswith(said) and "ada" not in in_words(problem).lower()


def test_an_event_is_one_line_with_its_run_and_where_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    configure(INFO)
    try:
        raise KeyError("Ada Sample")
    except KeyError:
        with bound_contextvars(ehr="main", run="r1"):
            structlog.get_logger().exception("job failed", job="sync of main")
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert 'event="job failed"' in err and "ehr=main" in err and "run=r1" in err and "problem=KeyError" in err
    assert "test_logs.py:" in err and "Ada" not in err


def test_as_json_an_event_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.contextvars.clear_contextvars()  # of a run before
    configure(INFO, "json")
    try:
        raise KeyError("Ada Sample")
    except KeyError:
        structlog.get_logger().exception("job failed", job="sync of main")
    structlog.get_logger().info("two\nlines")
    out, err = capsys.readouterr()
    failed, told = map(json.loads, err.splitlines())
    assert out == "" and "Ada" not in err and (failed["event"], failed["problem"]) == ("job failed", "KeyError")
    assert failed.keys() == {"event", "job", "level", "problem", "timestamp", "trace"} and told["event"] == "two\nlines"


def test_what_libraries_log_goes_the_same_way_and_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    configure(INFO, "json")
    library = logging.getLogger("urllib3.connectionpool")
    try:
        raise ValueError("Ada Sample")
    except ValueError:
        library.warning("Retrying after %r: %s", "reset", "/Patient?name=Ada", exc_info=True)
    library.info("nothing of note")
    out, err = capsys.readouterr()
    (event,) = map(json.loads, err.splitlines())
    assert out == "" and "Ada" not in err
    assert (event["event"], event["logger"], event["level"]) == ("Retrying after %r: %s", library.name, "warning")
    configure(SILENT)
    library.error("refused")
    assert capsys.readouterr() == ("", "")


def test_who_imports_us_without_a_command_gets_no_log_on_standard_output() -> None:
    words = "import loopclose.flows.jobs as j; j.log.info('sync begins'); j.log.error('broke off')"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "" and "sync begins" in done.stderr and "broke off" in done.stderr


def test_a_command_is_silent_unless_it_is_asked_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    configure(SILENT)
    structlog.get_logger().error("job failed")
    assert capsys.readouterr() == ("", "")
