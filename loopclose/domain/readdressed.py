"""A report that Loopclose sent to somebody who turns out not to have referred: it is not with who did. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loopclose.domain.chart import Referrer
from loopclose.domain.states import BOUNCED, BY_LOOPCLOSE, Transition

TRANSMITTED = "transmitted"
"""The code of the step by which Loopclose sent a report."""
ELSEWHERE = "It went to {before}, and {now} referred: it is sent to them as well."


def sent_to_another(
    history: Sequence[Transition], before: Mapping[str, Any] | None, now: Referrer | None, at: datetime
) -> list[Transition]:
    """The step back of a report that went to ``before`` (a Referrer as a mapping) where another referred; none where it
    is the same person under another name, or who referred is a guess. What the EHR or a person says of the sending
    stands.
    """
    if before is None or now is None or now.guessed or history[-1].to_state not in ("sent", "confirmed"):
        return []
    sent = next((step for step in reversed(history) if step.to_state == "sent"), None)
    if sent is None or (sent.actor, sent.code) != (BY_LOOPCLOSE, TRANSMITTED) or _is_same(before, now):
        return []
    words = ELSEWHERE.format(before=before.get("name") or "somebody else", now=now.name or "somebody else")
    return [Transition(history[-1].to_state, "signed", at, BY_LOOPCLOSE, code=BOUNCED, note=words)]


def _is_same(before: Mapping[str, Any], now: Referrer) -> bool:
    """By number or by reference; two that have neither, by name."""
    if (now.npi and now.npi == before.get("npi")) or (now.reference and now.reference == before.get("reference")):
        return True
    unknown = not any((now.npi and before.get("npi"), now.reference and before.get("reference")))
    return unknown and (now.name or "").casefold().split() == (before.get("name") or "").casefold().split()


def known_as(ehr: str, key: str | None, referrer: Mapping[str, Any] | None) -> frozenset[str]:
    """Every key under which a letter to the referrer may have left: a number that was not known then makes another."""
    reference = (referrer or {}).get("reference")
    return frozenset({key or "", f"{ehr}:{reference}" if reference else ""} - {""})
