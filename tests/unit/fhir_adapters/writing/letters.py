"""A letter to write, plainly made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from loopclose.outbound.channels.channel import About, Enclosure, Sending

DELIVERY = "3f0c9d7e-6a1d-4c7e-9a38-2b9d7f7d5b11"
OTHER = "7a0c9d7e-6a1d-4c7e-9a38-2b9d7f7d5b22"
SIGNED = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
PDF = Enclosure("pdf", "consult-note-7FK2.pdf", "application/pdf", b"%PDF-1.7 a letter")
TEXT = Enclosure("text", "consult-note-7FK2.txt", "text/plain", "Dear Dr. Sample, ≥ 3 mg.".encode())


def letter(*, delivery: str = DELIVERY, enclosures: tuple[Enclosure, ...] = (PDF, TEXT), **about: Any) -> Sending:
    """A signed consult note of Encounter/v to Practitioner/lee."""
    matter = About(
        document="9b0c9d7e-6a1d-4c7e-9a38-2b9d7f7d5b33",
        title="Consult note",
        loinc="11488-4",
        display="Consult note",
        patient="Patient/p",
        signed_at=SIGNED,
        visit="Encounter/v",
        referral="ServiceRequest/r",
        author="Practitioner/heart",
        recipient="Practitioner/lee",
        recipient_name="Lee Sample",
    )
    return Sending(delivery, "Practitioner/lee", "7FK2", SIGNED, replace(matter, **about), enclosures)
