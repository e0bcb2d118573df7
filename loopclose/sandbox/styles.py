"""The styles of a made-up practice: what a referral is called, and how a visit is tied to it, if it is."""

from __future__ import annotations

from random import Random
from typing import Any

from loopclose.sandbox.elements import SNOMED, concept, named, ref
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.people import Clinician

STYLES = ("tidy", "epic", "oracle", "messy")
REFERRAL_CODES = {
    "Cardiology": ("183519002", "Referral to cardiology service"),
    "Electrophysiology": ("103696004", "Referral to electrophysiology"),
    "Vascular surgery": ("103696004", "Referral to vascular surgery"),
}


def requester(referrer: Clinician) -> dict[str, str]:
    """The requester of a referral."""
    return named(referrer.key, referrer.name)


def referral_code(specialty: str, plain: bool = False) -> dict[str, Any]:
    """Category and code of a referral; ``plain``: without its specialty."""
    code, text = REFERRAL_CODES[specialty]
    if plain:
        code, text = "103696004", "Referral to specialist"
    return {
        "intent": "order",
        "category": [concept(SNOMED, "3457005", "Referral")],
        "code": concept(SNOMED, code, text),
    }


def tie(
    box: Sandbox,
    style: str,
    rng: Random,
    encounter: dict[str, Any],
    appointment: dict[str, Any] | None,
    referral: str,
) -> bool:
    """Write the tie between visit and referral where that style has one; says whether it did."""
    if style == "tidy" or (style == "messy" and rng.random() < 0.5):
        encounter["basedOn"] = [ref(referral)]
        if appointment is not None:
            appointment["basedOn"] = [ref(referral)]
            encounter["appointment"] = [ref(f"Appointment/{appointment['id']}")]
        return True
    if style == "oracle" and appointment is not None and rng.random() < 0.9:
        appointment["basedOn"] = [ref(referral)]
        encounter["appointment"] = [ref(f"Appointment/{appointment['id']}")]
        return True
    if style == "messy" and rng.random() < 0.15:
        box.add(_episode(encounter, referral), box.as_of)
        return True
    return False


def _episode(encounter: dict[str, Any], referral: str) -> dict[str, Any]:
    """The course of care that a referral began, named by the visit."""
    episode = {
        "resourceType": "EpisodeOfCare",
        "id": f"care-{encounter['id']}",
        "status": "active",
        "patient": encounter["subject"],
        "referralRequest": [ref(referral)],
    }
    encounter["episodeOfCare"] = [ref(f"EpisodeOfCare/{episode['id']}")]
    return episode
