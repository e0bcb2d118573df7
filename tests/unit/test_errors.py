"""Every problem that is told has one exit code."""

from __future__ import annotations

import pytest

from fhir_adapters.errors import FhirError, FinalError, Gone, NotFound, PagesDoNotAddUp, TemporaryError
from loopclose.errors import ConfigError, DatabaseError, LoopcloseError, TemporaryProblem, UsageError, code_of


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (UsageError, 2),
        (ConfigError, 2),
        (DatabaseError, 5),
        (TemporaryProblem, 6),
        (FinalError, 3),
        (NotFound, 3),
        (Gone, 3),
        (FhirError, 3),
        (TemporaryError, 6),
        (PagesDoNotAddUp, 6),
    ],
)
def test_a_problem_has_its_exit_code(problem: type[LoopcloseError] | type[FhirError], code: int) -> None:
    assert code_of(problem("words")) == code
