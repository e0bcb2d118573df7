"""Who may do what: the roles of a practice, and the moves that each of them may make."""

from __future__ import annotations

from collections.abc import Mapping

ROLES = ("clinician", "coordinator", "lead", "manager")
EVERYBODY = frozenset(ROLES)
WHO_KNOWS_THE_CHART = frozenset({"clinician", "coordinator", "lead"})
"""What a visit answers, and who asked for it, is said by those who work with patients and their charts."""

MAY: Mapping[str, frozenset[str]] = {
    "confirm": EVERYBODY,
    "attest": EVERYBODY,
    "countersign": EVERYBODY,
    "decline": EVERYBODY,
    "waive": EVERYBODY,
    "reopen": EVERYBODY,
    "assign": EVERYBODY,
    "returns_on": EVERYBODY,
    "due_by": EVERYBODY,
    "requester": WHO_KNOWS_THE_CHART,
    "take_back": WHO_KNOWS_THE_CHART,
    "link": WHO_KNOWS_THE_CHART,
    "promote": WHO_KNOWS_THE_CHART,
}
"""By the name of a move: the roles that may make it. Whoever is not named here may not."""


def may(role: str, move: str) -> bool:
    """Whether somebody of that role may make that move."""
    return role in MAY.get(move, frozenset())
