"""To whom the report is owed: the first of a fixed order of places that names somebody outside the practice."""

from __future__ import annotations

import re

from loopclose.domain.chart import Chart, Person, Referral, Referrer, Visit
from loopclose.domain.directory import NOBODY, NOT_CLINICIANS, Directory
from loopclose.domain.npi import npi_is_plausible
from loopclose.domain.practice import Practice

_NO_CLINICIAN = tuple(f"{kind}/" for kind in NOT_CLINICIANS)
_WORD = re.compile(r"[a-z]+")
_SELF = frozenset({"self", "self referral", "self referred", "referral self", "patient", "patient self referral"})
"""What some EHRs write as the name of who asked where nobody but the patient did."""
NPI_LOOKS_WRONG = "The NPI fails its check digit: it may be mistyped."


def find_referrer(
    referral: Referral, visit: Visit | None, chart: Chart, practice: Practice, directory: Directory
) -> Referrer | None:
    """The referrer of a referral, or None where only a person can say.

    Order: the requester as a practitioner, through a role, the visit's participant typed REF, an
    organization, then a display text, which is a guess. A request in the name of one of ours, of our practice, or
    of the patient (a self-referral) names nobody.
    """
    asked = referral.requester
    if _is_patient(asked, referral):
        asked = NOBODY
    if not referral.requester_is_ours and asked.key is not None and asked.key.startswith("Practitioner/"):
        return _referrer(asked, "role" if asked.role else "requester", directory)
    if not referral.requester_is_ours and asked.npi is not None and not _is_organization(asked):
        return _referrer(asked, "requester", directory)
    named = _ref_participant(visit, practice, directory)
    if named is not None:
        return _referrer(named, "ref_participant", directory)
    if referral.requester_is_ours or asked.key in practice.organizations:
        return None
    if _is_no_clinician(asked):
        return None
    if asked.key is not None and _is_organization(asked):
        name = f"{asked.name or 'Unnamed practice'}, attn: referring clinician"
        return Referrer(name, "organization", False, asked.key, asked.npi, asked.key, asked.name)
    if asked.name:
        return Referrer(asked.name, "display", True)
    return None


def _ref_participant(visit: Visit | None, practice: Practice, directory: Directory) -> Person | None:
    """v3-ParticipationType REF: who sent the patient (https://hl7.org/fhir/R4/valueset-encounter-participant-type.html)."""
    if visit is None or visit.encounter is None:
        return None
    for participant in visit.encounter.participant:
        if any(coding.code == "REF" for concept in participant.type for coding in concept.coding):
            who = directory.person(participant.individual, visit.encounter.contained)
            if who.key is not None and not directory.is_ours(who, practice) and not _is_no_clinician(who):
                return who
    return None


def _referrer(who: Person, how: str, directory: Directory) -> Referrer:
    """Of several records with one NPI the first by id stands for the person."""
    key = next(iter(directory.with_npi(who.npi)), who.key) if who.npi else who.key
    return Referrer(
        who.name or (f"NPI {who.npi}" if who.npi else "Unnamed clinician"),
        how,
        False,
        key,
        who.npi,
        who.organization,
        directory.organization_name(who.organization),
        warning=None if who.npi is None or npi_is_plausible(who.npi) else NPI_LOOKS_WRONG,
    )


def _is_no_clinician(who: Person) -> bool:
    return who.key is not None and who.key.startswith(_NO_CLINICIAN)


def _is_patient(who: Person, referral: Referral) -> bool:
    """Whether a name says "self-referred", or, where nothing else is known of it, is the patient's in the request."""
    if who.npi is not None or not who.name:
        return False
    subject = referral.request.subject
    shown = subject.display if subject is not None and who.key is None else None
    return who.name == shown or " ".join(_WORD.findall(who.name.casefold())) in _SELF


def _is_organization(who: Person) -> bool:
    return who.key is not None and who.key.startswith("Organization/")
