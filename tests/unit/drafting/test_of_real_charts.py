"""What real charts showed wrong: each kind, with other words, drugs and shapes than those in which it was met."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_adapters.facts.dosage import Dosage
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.diagnoses import diagnosis_items
from loopclose.drafting.dosing import dosages_words
from loopclose.drafting.names import line
from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.orders import order_item
from loopclose.drafting.reports import report_item
from loopclose.drafting.results import result_items
from loopclose.drafting.words.forms import readable
from tests.spec.cast import BOSTON, fact
from tests.unit.drafting.test_conflicts import LISINOPRIL, order
from tests.unit.drafting.test_medicines import HEART, LEE, sheet
from tests.unit.drafting.test_papers import material, note, texts
from tests.unit.drafting.test_results import ABOUT


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("Line one<br>line two", "Line one; line two"),
        ("EF&nbsp;55 &lt; 60", "EF 55 < 60"),
        (r"{\rtf1\ansi \b No\b0  growth\par at 24 h\par}", "No growth; at 24 h"),
        ("See <b>note</b>", "See note"),
        (r"1 twice a day\nBefore meals", "1 twice a day; Before meals"),
        (r"No growth.\r\nat 24 h", "No growth. at 24 h"),
        (r"kept in C:\notes\x", r"kept in C:\notes\x"),
        (r"final.\.br\no growth", "final. no growth"),
        ("K <3.5 and >2", "K <3.5 and >2"),
        ("a & b", "a & b"),
        ("C:\\path\\x", "C:\\path\\x"),
    ],
)
def test_a_field_is_read_whatever_marks_it_up(field: str, words: str) -> None:
    assert line(field) == words
    assert line(readable(field)) == words


def test_a_reason_of_an_order_bears_no_tag_for_machines() -> None:
    reasons = [{"display": "Angina pectoris (disorder)"}, {"display": "Pain (finding) of chest"}]
    asked = fact("ServiceRequest", "s", status="active", intent="order", code={"text": "Echo"}, reasonReference=reasons)
    assert "for Angina pectoris; Pain (finding) of chest" in order_item(asked, ABOUT)[0].text


def bounded(start: str | None, end: str | None, **more: Any) -> Any:
    bounds = {name: value for name, value in (("start", start), ("end", end)) if value}
    return {"timing": {"repeat": {"boundsPeriod": bounds}}, **more}


@pytest.mark.parametrize(
    ("instructions", "words"),
    [
        (
            [
                bounded("2026-11-25", "2026-11-29", text="20 mg daily"),
                bounded("2026-11-20", "2026-11-24", text="40 mg"),
            ],
            "40 mg; also coded in the order: from 20 Nov 2026, until 24 Nov 2026; then 20 mg daily; also coded",
        ),
        (
            [bounded("2026-12-01", None, text="5 mg"), bounded("2026-11-20", "2026-12-01", text="10 mg")],
            "; then 5 mg; also coded in the order: from 1 Dec 2026",
        ),
        ([bounded("2026-11-20", None, text="am"), bounded("2026-11-20", None, text="pm")], "am; also pm"),
        ([bounded("2026-11-20", "2026-11-30", text="am"), bounded("2026-11-25", None, text="pm")], "; also pm"),
        ([bounded("2026-11-20", "2026-11-24", text="am"), {"text": "pm"}], "; also pm"),
    ],
)
def test_courses_that_follow_each_other_stand_in_their_order(instructions: list[Any], words: str) -> None:
    dosages = fact("MedicationRequest", "m", dosageInstruction=instructions).dosage_instruction
    assert all(isinstance(one, Dosage) for one in dosages)
    assert words in (dosages_words(dosages, BOSTON) or "")


def condition(key: str, name: str, where: str, **more: Any) -> Any:
    category = [{"coding": [{"code": where}]}]
    return fact("Condition", key, code={"text": name}, category=category, **more)


VISITS, LISTS = "encounter-diagnosis", "problem-list-item"


@pytest.mark.parametrize(
    ("those", "said"),
    [
        ([("a", "Gout", VISITS, {"onsetDateTime": "2020"}), ("b", "Gout", LISTS, {})],
         ["Gout (diagnosis of this visit), since 2020."]),
        ([("a", "Gout", VISITS, {}), ("b", "gout", LISTS, {"onsetDateTime": "2020"})], ["since 2020."]),
        ([("a", "Asthma", LISTS, {}), ("b", "Asthma", LISTS, {})], ["Asthma (on the problem list)."]),
        ([("a", "Rash", VISITS, {}),
          ("b", "Rash", LISTS, {"verificationStatus": {"coding": [{"code": "refuted"}]}})],
         ["Rash (diagnosis of this visit).", "Ruled out: Rash (on the problem list)."]),
        ([("a", "Lesion", VISITS, {"bodySite": [{"text": "left eye"}]}),
          ("b", "Lesion", VISITS, {"bodySite": [{"text": "right eye"}]})], ["left eye", "right eye"]),
    ],
)  # fmt: skip
def test_a_diagnosis_of_the_visit_and_of_the_list_is_told_once(those: Any, said: list[str]) -> None:
    items = diagnosis_items([condition(key, name, where, **more) for key, name, where, more in those], ABOUT)
    assert len({item[0].text for item in items}) == len(items)
    words = " ".join(item[0].text for item in items)
    assert [one for one in said if one not in words] == []
    cited = {source.resource for item in items for source in item[0].sources}
    assert cited == {f"Condition/{key}" for key, *_ in those}


def test_an_order_of_the_visit_that_was_stopped_later_is_not_denied() -> None:
    one = order(LISINOPRIL, status="stopped", requester=HEART, encounter={"reference": "Encounter/v"})
    paper = sheet(medications=(one,))
    ordered = next(section for section in paper.sections if section.code == "ordered")
    assert ordered.empty == "No other medicine was ordered at this visit."


def test_what_was_ordered_since_is_not_denied_and_called_started_only_where_it_is_new() -> None:
    after = order(LISINOPRIL, fhir_id="n", requester=LEE, authoredOn="2026-11-23")
    paper = sheet(after)
    listed = next(section for section in paper.sections if section.code == "listed")
    assert listed.empty == "No other medicine stood on our list at this visit."
    assert "Started since the visit, 23 Nov 2026" in " ".join(texts_of(paper, "since"))
    again = sheet(after, order(LISINOPRIL, fhir_id="o", requester=LEE, authoredOn="2024-01-02", status="completed"))
    assert "Ordered since the visit, 23 Nov 2026" in " ".join(texts_of(again, "since"))


def test_two_orders_since_the_visit_are_not_ours_to_settle() -> None:
    twice = [
        order(LISINOPRIL, fhir_id=key, requester=LEE, authoredOn=day)
        for key, day in (("n", "2026-11-23"), ("o", "2026-11-24"))
    ]
    assert [one for one in sheet(*twice).to_settle if one.code == "duplicate"] == []


def texts_of(paper: Any, code: str) -> list[str]:
    return [
        one.text for each in paper.sections if each.code == code for item in each.everything for one in item
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["2026-11-20", "11/20/2026"])
def test_a_day_above_a_note_is_left_off_and_one_below_is_kept(day: str) -> None:
    found = sections_of(f"\n{day}\n\nAssessment:\nStable.\nLast period:\n{day}\n")
    assert found[0].code == "assessment"
    assert day in " ".join(words for one in found for words in one.paragraphs)


def test_what_a_report_quotes_keeps_its_headings() -> None:
    text = "UGF0aWVudCBoaXN0b3J5OgpDb25mdXNpb24KCkFsbGVyZ2llczoKbGF0ZXgK"
    one = fact(
        "DiagnosticReport", "r", status="final", code={"text": "Referral note"},
        presentedForm=[{"contentType": "text/plain", "data": text}],
    )  # fmt: skip
    assert "Allergies: latex" in [said.text for said in report_item(one, ABOUT)]


@pytest.mark.parametrize(
    ("values", "last"),
    [([9, 88, 812], "(rising)"), ([7.1, 6.0, 4.2], "(falling)"), ([9, 88, 80], "80 ng/L."), ([9, 88], "88 ng/L.")],
)
def test_three_results_of_a_day_that_go_one_way_say_so(values: list[float], last: str) -> None:
    those = [
        fact("Observation", f"o{at}", status="final", code={"text": "Troponin"},
             effectiveDateTime=f"2026-11-20T1{at}:00:00-05:00", valueQuantity={"value": value, "unit": "ng/L"})
        for at, value in enumerate(values)
    ]  # fmt: skip
    said = [item[0].text for item in result_items(those, ABOUT)]
    assert last in said[-1] and not any("ing)" in words for words in said[:-1])


def test_the_notes_allergies_stand_under_a_title_of_their_own() -> None:
    paper = consult_note(material(documents=(note("Assessment: ok\n\nAllergies:\nNKDA"),)))
    titles = [one.title for one in paper.sections]
    assert titles.count("Allergies") == 1 and "Allergies in the note" in titles
    assert texts(paper, "note-allergies") == ["NKDA"]


def test_a_problem_behind_what_is_denied_takes_nothing_away() -> None:
    (only,) = sections_of("Assessment\nCOPD: No:\n#2 no")
    assert "COPD: No" in " ".join(only.paragraphs)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"text": "heart_rate", "coding": [{"code": "8867-4", "display": "Heart rate"}]}, "Heart rate"),
        ({"text": "heart_rate", "coding": [{"system": "http://loinc.org", "code": "8867-4"}]}, "Heart rate (LOINC 88"),
        ({"text": "pulse_at_rest"}, "pulse at rest"),
        ({"coding": [{"system": "http://loinc.org", "code": "82810-3"}]}, "Pregnancy status (LOINC 82810-3)"),
    ],
)
def test_a_name_for_machines_is_none_where_there_are_words(code: Any, words: str) -> None:
    one = fact("Observation", "o", status="final", code=code, valueString="x")
    assert result_items([one], ABOUT)[0][0].text.startswith(words)


def test_a_diagnosis_that_is_a_sentence_has_one_end() -> None:
    one = condition("a", "Afraid of falls.", VISITS, onsetDateTime="2020-07-06")
    assert diagnosis_items([one], ABOUT)[0][0].text == "Afraid of falls (diagnosis of this visit), since 6 Jul 2020."


def vaccine(key: str = "i", day: str = "2020-05-22", **more: Any) -> Any:
    return fact("Immunization", key, **{"status": "completed", "occurrenceDateTime": day, **more})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"text": "Hep A, adult"}, "Hep A, adult (given"),
        ({"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]}, "Influenza vaccine (CVX 140) (given"),
        (
            {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "99999"}]},
            "Vaccine not named in the chart (CVX 99999) (given",
        ),
        ({"coding": [{"system": "http://x/data-absent-reason", "code": "unknown"}], "text": "Unknown"}, "Vaccine not"),
        ({}, "Vaccine not named in the chart (given"),
    ],
)
def test_a_vaccine_is_named_by_its_words_or_its_code(code: Any, words: str) -> None:
    (line_,) = texts(sheet(immunizations=(vaccine(vaccineCode=code),)), "elsewhere")
    assert line_.startswith(words) and "Medicine" not in line_


def test_records_that_say_the_same_are_cited_without_a_word() -> None:
    doses = [vaccine(f"i{day}", f"2020-05-{day}", vaccineCode={"text": "Hep A, adult"}) for day in ("21", "22")]
    paper = sheet(immunizations=tuple(doses))
    assert texts(paper, "elsewhere") == ["Hep A, adult (last given 22 May 2020)."]
    (section,) = (one for one in paper.sections if one.code == "elsewhere")
    assert {source.resource for source in section.items[0][0].sources} == {"Immunization/i21", "Immunization/i22"}


def test_records_that_differ_say_that_there_are_several() -> None:
    steps = (order(LISINOPRIL, "10 mg daily", "plan", intent="plan"), order(
        LISINOPRIL, "20 mg daily", "real", basedOn=[{"reference": "MedicationRequest/plan"}]))  # fmt: skip
    assert "Several records of the chart tell of it, the newest is shown." in texts(sheet(*steps), "listed")


def of_type(words: str) -> Any:
    coding = [{"system": "http://loinc.org", "code": "57133-1", "display": words}]
    return fact("DocumentReference", "n", status="current", type={"coding": coding}, content=[])


def test_a_referral_is_not_called_the_note_of_somebody_else() -> None:
    others = frozenset({"http://loinc.org|57133-1"})
    for words, why in (("Referral note", "a referral, not a note of the visit"), ("Letter", "not a clinician's note")):
        said = texts(consult_note(material(documents=(of_type(words),), other_notes=others)), "note-others")
        assert any(why in one for one in said), said


@pytest.mark.parametrize(
    ("line_", "stays"),
    [
        ("Patient currently has Humana.", False),
        ("Patient comes from a middle socioeconomic background. Patient currently has Medicare.", False),
        ("Patient currently has NO INSURANCE.", False),
        ("Insurance: Medicaid, unpaid balance 340 USD.", False),
        ("Patient identifies as heterosexual.", False),
        ("Patient comes from a middle socioeconomic background.", False),
        ("Insurance: Blue Cross PPO.", False),
        ("Insurance: does not cover apixaban.", True),
        ("Insurance: K+ 5.9.", True),
        ("Patient lost her insurance and stopped apixaban.", True),
        ("Patient currently has chest pain.", True),
        ("Patient identifies as a smoker.", True),
    ],
)
def test_lines_of_a_registration_form_stay_off_and_what_matters_for_care_stays(line_: str, stays: bool) -> None:
    sections = sections_of(f"Social History:\nLives alone.\n\n{line_}")
    said = [words for one in sections for words in one.paragraphs]
    assert said[0] == "Lives alone." and bool(said[1:]) is stays


def test_of_a_line_only_the_sentences_of_the_form_stay_off() -> None:
    line_ = "Patient is temporarily homeless. Patient identifies as heterosexual. Patient currently has Medicare."
    (section,) = sections_of(f"Social History:\n{line_}")
    assert section.paragraphs == ("Patient is temporarily homeless.",)
