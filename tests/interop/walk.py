"""Which resources a sync must hold, by the written rule alone: an independent walk over what a server holds.

Every order and every encounter; then, for each patient who holds a referral or a visit, what surrounds them,
and the records linked to theirs; and the people and organizations that any of it names, with the roles of
referrers and of whoever a patient has an appointment with.
"""

from __future__ import annotations

from tests.interop.loading import Held, Json, references

AROUND = ["Appointment", "Task", "DocumentReference", "Communication", "Procedure", "DiagnosticReport", "EpisodeOfCare"]
STAYS = ("IMP", "EMER", "OBSENC", "ACUTE", "NONAC")
"""Classes that are known and not followed; any other is a visit, or may be."""
PEOPLE = ("Practitioner", "PractitionerRole", "Organization")


def expected(held: Held, referral_category: str) -> set[str]:
    """``Type/id`` of everything that a sync of ``held`` reads."""
    found = {**held.of("ServiceRequest"), **held.of("Encounter")}
    followed = {
        patient_of(one)
        for one in found.values()
        if referral_category in str(one.get("category"))
        or (one["resourceType"] == "Encounter" and one.get("class", {}).get("code") not in STAYS)
    }
    followed.discard(None)
    while True:
        patients = {key: one for key, one in held.of("Patient").items() if key in followed}
        linked = {link["other"].get("reference") for one in patients.values() for link in one.get("link", [])}
        if linked <= followed:
            break
        followed |= linked
    found |= patients
    for kind in AROUND:
        found |= {key: one for key, one in held.of(kind).items() if patient_of(one) in followed}
    people = {key: one for kind in PEOPLE for key, one in held.of(kind).items()}
    named = {key for one in found.values() for key in references(one)} & set(people)
    referrals = [one for one in found.values() if referral_category in str(one.get("category"))]
    met = {key for one in referrals for key in references(one.get("requester"))}
    met |= {key for one in found.values() if one["resourceType"] == "Appointment" for key in references(one)}
    named |= {key for key, one in held.of("PractitionerRole").items() if {*references(one.get("practitioner"))} & met}
    roles = {key: people[key] for key in named if key.startswith("PractitionerRole/")}
    named |= {key for one in roles.values() for key in references(one)} & set(people)
    return {*found, *named}


def patient_of(one: Json) -> str | None:
    """``Patient/id`` that a resource is about, by a literal reference."""
    about = [one.get("subject"), one.get("patient"), one.get("for")]
    about += [part.get("actor") for part in one.get("participant", []) if "actor" in part]
    named = [each["reference"] for each in about if each and each.get("reference", "").startswith("Patient/")]
    return next(iter(named), None)
