"""What can go wrong for a user: one sentence that says what to do, and the exit code that goes with it."""

from __future__ import annotations

from fhir_adapters.errors import FhirError, TemporaryError

DONE, USAGE, EHR_REFUSED, QUARANTINE, DATABASE, TEMPORARY, UNSENT, STOPPED = 0, 2, 3, 4, 5, 6, 7, 8
WORST_FIRST = (STOPPED, DATABASE, EHR_REFUSED, TEMPORARY, UNSENT, QUARANTINE)


class LoopcloseError(Exception):
    """A problem to tell a person in one sentence. ``exit_code`` is what the command ends with."""

    exit_code = USAGE


class ConfigError(LoopcloseError):
    """The configuration cannot be used."""


class UsageError(LoopcloseError):
    """The command cannot be carried out as asked."""


class DatabaseError(LoopcloseError):
    """The database cannot be used."""

    exit_code = DATABASE


class TemporaryProblem(LoopcloseError):
    """Worth trying again."""

    exit_code = TEMPORARY


def code_of(problem: LoopcloseError | FhirError) -> int:
    """The exit code of a problem, of ours or of an EHR."""
    if isinstance(problem, LoopcloseError):
        return problem.exit_code
    return TEMPORARY if isinstance(problem, TemporaryError) else EHR_REFUSED


def worst(codes: list[int]) -> int:
    """The exit code of several parts: scheduler stopped, database, refused, temporary, unsent, quarantine, done."""
    return next((code for code in WORST_FIRST if code in codes), max(codes, default=DONE))
