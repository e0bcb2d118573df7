"""Statuses of a diagnosis or an allergy as EHRs write them: by any of their codes, by a display, in words, in capitals.

The codes are those of R4's condition-clinical, condition-ver-status, allergyintolerance-clinical and
allergyintolerance-verification (https://hl7.org/fhir/R4/terminologies-valuesets.html).
"""

from __future__ import annotations

from fhir_adapters.facts import CodeableConcept

STATES = frozenset({
    "active", "recurrence", "relapse", "inactive", "remission", "resolved", "unconfirmed", "presumed", "provisional",
    "differential", "confirmed", "refuted", "entered-in-error",
})  # fmt: skip
SAME = {
    "ruled-out": "refuted",
    "disproved": "refuted",
    "disproven": "refuted",
    "error": "entered-in-error",
    "entered-in-error-deleted": "entered-in-error",
    "suspected": "provisional",
    "in-remission": "remission",
}
"""Other words for the same."""
WORST = (
    "active", "recurrence", "relapse", "confirmed", "presumed", "provisional", "differential", "unconfirmed",
    "remission", "inactive", "resolved", "refuted", "entered-in-error",
)  # fmt: skip
"""Statuses, the one that takes most away last."""


def states_of(concept: CodeableConcept | None) -> list[str]:
    """The known codes that a status has, in whatever form; empty where it has none."""
    if concept is None:
        return []
    said = (*(one.code for one in concept.coding), *(one.display for one in concept.coding), concept.text)
    codes = (SAME.get(word, word) for word in (bare(words) for words in said if words))
    return [code for code in dict.fromkeys(codes) if code in STATES]


def worst_of(concept: CodeableConcept | None) -> str | None:
    """The code of a status: the worst of its codes and words where it has several."""
    return max(states_of(concept), key=WORST.index, default=None)


def says(concept: CodeableConcept | None) -> bool:
    """Whether a status says anything, known or not."""
    return concept is not None and bool(concept.text or any(one.code or one.display for one in concept.coding))


def bare(words: str) -> str:
    """A code in small letters, with hyphens: ``Entered in Error`` as ``entered-in-error``."""
    return "-".join(words.replace("_", " ").replace("-", " ").lower().split())
