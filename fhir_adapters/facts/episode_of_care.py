"""A stretch of care (https://hl7.org/fhir/R4/episodeofcare.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import Reference, Resource


class EpisodeOfCare(Resource, frozen=True, kw_only=True):
    """A stretch of care, which may name the referral that began it."""

    patient: Reference | None = None
    referral_request: tuple[Reference, ...] = ()
