"""Style epic: what Epic sends, and what is true of it."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import date

from tests.unit.sandbox.cast import NOW, box, by_key, of

EPIC = box("epic")
CLASS = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
CLINICIANS = {"Practitioner/heart", "Practitioner/beat", "Practitioner/vessel", "Practitioner/pump"}


def test_classes_are_epics_own_and_say_what_they_are() -> None:
    shown = {"13": "Support OP Encounter", "5": "Appointment", "4": "HOV"}
    classes = [visit["class"] for visit in of(EPIC, "Encounter")]
    assert {one["code"] for one in classes} == set(shown)
    assert all(one["system"] == CLASS and one["display"] == shown[one["code"]] for one in classes)
    assert {visit["type"][0]["text"] for visit in of(EPIC, "Encounter")} == {"Office Visit", "Telephone"}


def test_a_visit_is_ours_by_its_clinician_alone_who_is_named() -> None:
    for visit in of(EPIC, "Encounter", "enc"):
        assert "serviceProvider" not in visit and "serviceType" not in visit
        first = visit["participant"][0]
        assert first["individual"]["reference"] in CLINICIANS and first["individual"]["display"] and "type" not in first


def test_periods_are_days_or_instants_and_arrived_visits_began_long_ago() -> None:
    starts = [visit["period"]["start"] for visit in of(EPIC, "Encounter", "enc")]
    days = [start for start in starts if "T" not in start]
    assert len(starts) / 6 < len(days) < len(starts) / 2
    assert all(date.fromisoformat(day) < NOW.date() for day in days)
    assert all(start.endswith("Z") for start in starts if "T" in start)
    statuses = Counter(visit["status"] for visit in of(EPIC, "Encounter", "enc"))
    assert statuses["arrived"] > 0 and set(statuses) == {"arrived", "finished"}
    for visit in of(EPIC, "Encounter", "enc"):
        if visit["status"] == "arrived":
            assert "end" not in visit["period"] and visit["period"]["start"] < "2026-11-23T03:00:00Z"


def test_the_first_few_keep_the_times_that_a_demo_wants() -> None:
    for visit in of(EPIC, "Encounter", "enc")[:5]:
        assert "T" in visit["period"]["end"] and visit["status"] == "finished"


def test_a_referral_is_told_by_its_words_and_names_where_it_was_ordered() -> None:
    referrals = of(EPIC, "ServiceRequest", "sr")
    words = [one["code"]["text"] for one in referrals]
    for begins in ("AMB REFERRAL TO ", "AMB REF ", "REFERRAL TO "):
        assert any(one.startswith(begins) for one in words)
    for one in referrals:
        assert one["category"][0]["text"] == "Outpatient Referral" and one["intent"] in ("order", "original-order")
        assert all(coding["system"].startswith("urn:oid:") for coding in one["code"]["coding"])
        assert one["encounter"]["reference"].startswith("Encounter/seen")
        assert one["requester"]["reference"].startswith("Practitioner/ref") and one["requester"]["display"]
    assert not any("basedOn" in one or "appointment" in one for one in of(EPIC, "Encounter"))


def test_calls_imaging_orders_and_the_referrers_visits_lie_beside_and_owe_nothing() -> None:
    told = {row["visit"]: row for row in EPIC.truth}
    for prefix in ("call", "seen"):
        assert of(EPIC, "Encounter", prefix)
        assert {told[f"Encounter/{one['id']}"]["kind"] for one in of(EPIC, "Encounter", prefix)} == {"none"}
    for visit in of(EPIC, "Encounter", "seen"):
        assert not {p["individual"]["reference"] for p in visit["participant"]} & CLINICIANS
    assert {one["category"][0]["text"] for one in of(EPIC, "ServiceRequest", "xr")} == {"Imaging"}
    for visit in of(EPIC, "Encounter", "enc"):
        row = told[f"Encounter/{visit['id']}"]
        assert (row["kind"], row["referral"]) == ("report", f"ServiceRequest/sr{visit['id'][3:]}")


def test_medicines_stand_in_resources_of_their_own() -> None:
    known = by_key(EPIC)
    orders = of(EPIC, "MedicationRequest")
    assert {one["intent"] for one in orders} == {"order", "plan"}
    for one in orders:
        assert "medicationCodeableConcept" not in one
        medication = known[one["medicationReference"]["reference"]]
        assert medication["code"]["text"] == one["medicationReference"]["display"]


def test_a_note_is_html_and_rtf_behind_relative_addresses() -> None:
    known, plain = by_key(EPIC), by_key(box("tidy"))
    notes = of(EPIC, "DocumentReference")
    assert len(notes) > 40
    for note in notes:
        attachments = [content["attachment"] for content in note["content"]]
        assert [one["contentType"] for one in attachments] == ["text/html", "text/rtf"]
        assert all(one["url"].startswith("Binary/") and "data" not in one for one in attachments)
        for one in attachments:
            kept = known[one["url"]]
            assert kept["contentType"] == one["contentType"]
            assert b"Assessment:" in base64.b64decode(kept["data"])
    assert base64.b64decode(known["Binary/note0.rtf"]["data"]).startswith(rb"{\rtf1")
    inline = plain["DocumentReference/note0"]["content"][0]["attachment"]
    assert "data" in inline and "url" not in inline
