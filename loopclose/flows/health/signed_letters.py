"""Whether what was signed here still is what was signed."""

from __future__ import annotations

from collections.abc import Iterator

from loopclose.errors import DATABASE
from loopclose.flows.health.check import Check, Look
from loopclose.flows.papers.sheet import signed_here
from loopclose.store import signatures


def signed_letters(look: Look) -> Iterator[Check]:
    """Whether every letter that was signed here and did not leave yet is what its signers signed."""
    reports = signatures.to_check(look.session, look.scope)
    broken = 0
    for obligation in reports:
        found = signed_here(look.session, look.scope, obligation)
        if found is not None and found.problems:
            broken += 1
            says = f"of report {obligation}: {found.problems[0].rstrip('.')}"
            yield Check("signed letters", "Reports", says, "send nothing from it; restore it from a backup", DATABASE)
    if reports and not broken:
        yield Check("signed letters", "Reports", f"{len(reports)} verified")
