"""Names of organizations that refer, and which participant counts as the one who sent the patient."""

from __future__ import annotations

from typing import Any

from loopclose.domain.chart import Referrer
from tests.spec.cast import referral
from tests.unit.domain.test_case import judged, met, only


def referrer(requester: dict[str, Any] | None, *kinds: dict[str, Any]) -> Referrer | None:
    """The referrer, where Dr. Roy takes part in the visit as those kinds."""
    roy = {"individual": {"reference": "Practitioner/roy"}, "type": list(kinds)}
    heart = {"individual": {"reference": "Practitioner/heart"}}
    return only(judged(met(participant=[heart, roy]), service_requests=(referral(requester=requester),))).referrer


def test_a_report_to_an_organization_is_to_whoever_refers_there() -> None:
    elm = referrer({"reference": "Organization/elm"})
    assert elm is not None
    assert elm.name == "Elm Sample Clinic, attn: referring clinician"
    unknown = referrer({"reference": "Organization/new"})
    assert unknown is not None
    assert unknown.name == "Unnamed practice, attn: referring clinician"


def test_a_participant_sent_the_patient_where_one_of_its_codes_says_so() -> None:
    both = {"coding": [{"code": "SPRF"}, {"code": "REF"}]}
    found = referrer({"reference": "Organization/elm"}, both)
    assert found is not None
    assert (found.reference, found.how) == ("Practitioner/roy", "ref_participant")
    assert referrer(None) is None
