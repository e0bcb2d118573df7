"""Style oracle: what Oracle Health sends, and what is true of it."""

from __future__ import annotations

import base64
import re

from loopclose.sandbox.dialects.notes import as_pdf, as_rtf
from tests.unit.sandbox.cast import box, by_key, of

ORACLE = box("oracle")
VISITS = of(ORACLE, "Encounter", "enc")


def test_classes_are_of_the_second_version_or_absent() -> None:
    classes = [visit["class"] for visit in VISITS]
    coded = [one for one in classes if "code" in one]
    assert 0 < len(classes) - len(coded) < len(classes) / 4
    assert all(one["system"].endswith("/v2-0004") and one["code"] == "O" for one in coded)
    for one in classes:
        assert "code" in one or one["extension"][0]["valueCode"] == "unknown"


def test_a_visit_without_a_period_has_its_day_elsewhere() -> None:
    untimed = [visit for visit in VISITS if "period" not in visit]
    assert 0 < len(untimed) < len(VISITS) / 3
    reports = {one["encounter"]["reference"] for one in of(ORACLE, "DiagnosticReport")}
    for visit in untimed:
        assert visit.get("appointment") or f"Encounter/{visit['id']}" in reports
    assert all("period" in visit for visit in VISITS[:5])


def test_categories_are_of_code_sets_with_their_text() -> None:
    categories = {one["category"][0]["text"] for one in of(ORACLE, "ServiceRequest")}
    assert categories == {"Consults", "Patient Care", "Laboratory", "Radiology"}
    for one in of(ORACLE, "ServiceRequest"):
        assert one["category"][0]["coding"][0]["system"].endswith("/codeSet/6000")
    referrals = of(ORACLE, "ServiceRequest", "sr")
    assert {one["category"][0]["text"] for one in referrals} == {"Consults"}
    assert {one["intent"] for one in referrals} == {"instance-order", "order"}


def test_every_visit_of_a_referral_owes_its_report_whatever_its_class_and_period() -> None:
    rows = {row["visit"]: (row["kind"], row["referral"]) for row in ORACLE.truth}
    assert rows == {f"Encounter/{one['id']}": ("report", f"ServiceRequest/sr{one['id'][3:]}") for one in VISITS}


def test_notes_are_text_and_pdf_behind_full_addresses() -> None:
    known, seen = by_key(ORACLE), set()
    for note in of(ORACLE, "DocumentReference"):
        for content in note["content"]:
            one = content["attachment"]
            assert one["url"].startswith("https://ehr.example/fhir/Binary/") and "data" not in one
            kept = known[one["url"].removeprefix("https://ehr.example/fhir/")]
            assert kept["contentType"] == one["contentType"]
            assert b"Assessment:" in base64.b64decode(kept["data"])
        seen.add(tuple(content["attachment"]["contentType"] for content in note["content"]))
    assert seen == {("text/plain", "application/pdf"), ("text/plain",), ("application/pdf",)}


def test_some_medicines_are_contained_and_the_dose_is_a_line_of_text() -> None:
    orders = of(ORACLE, "MedicationRequest")
    contained = [one for one in orders if "contained" in one]
    assert 0 < len(contained) < len(orders)
    for one in contained:
        assert one["medicationReference"]["reference"] == f"#{one['contained'][0]['id']}"
        assert one["medicationReference"]["display"] == one["contained"][0]["code"]["text"]
    assert all(re.search(r"\d Refill\(s\)$", one["dosageInstruction"][0]["text"]) for one in orders)


def test_a_pdf_has_its_objects_where_its_table_says() -> None:
    raw = as_pdf("Plan:\nStart (again) \\ é Ω\n" * 70)
    assert raw.startswith(b"%PDF-1.4") and raw.endswith(b"%%EOF\n")
    table = int(raw.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    rows = raw[table:].split(b"trailer")[0].splitlines()[2:]
    assert len(rows) == 1 + 3 + 2 * 3
    for number, row in enumerate(rows[1:], start=1):
        assert len(row) == 19 and raw[int(row[:10]) :].startswith(f"{number} 0 obj".encode())
    for length, stream in re.findall(rb"/Length (\d+)>>\nstream\n(.*?)endstream", raw, re.DOTALL):
        assert len(stream) == int(length)
    assert raw.count(rb"(Start \(again\) \\ " + "é ?".encode("cp1252") + b") Tj") == 70


def test_rtf_escapes_what_it_must() -> None:
    assert rb"\{x\} \\ \u233?" in as_rtf("{x} \\ é")
