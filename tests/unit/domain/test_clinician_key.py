"""The key of a clinician: one person, whatever an EHR calls somebody else."""

from __future__ import annotations

from loopclose.domain.clinician_key import clinician_key, is_key, parse_key, told_apart


def test_an_id_is_one_person_in_its_own_ehr_only_and_an_npi_everywhere() -> None:
    assert clinician_key("a", None, "Practitioner/ref0", "Dr. Lee") == "a:Practitioner/ref0"
    assert clinician_key("b", None, "Practitioner/ref0", "Dr. Roy") == "b:Practitioner/ref0"
    assert clinician_key("a", "1093817465", "Practitioner/1", "Dr. Lee") == "npi:1093817465"
    assert clinician_key("b", "1093817465", "Practitioner/2", "Lee, L.") == "npi:1093817465"
    by_name = clinician_key("a", None, None, "Dr. Lee")
    assert by_name == clinician_key("a", None, None, "DR.  lee ") and by_name.startswith("a:~") and len(by_name) == 19
    assert len({by_name, clinician_key("b", None, None, "Dr. Lee"), clinician_key("a", None, None, "Dr. Leo")}) == 3
    assert clinician_key("a", None, None, None) is None


def test_a_key_is_read_as_it_was_written() -> None:
    assert parse_key("npi:1093817465") == (None, "1093817465")
    assert parse_key("main:Practitioner/ref0") == ("main", "Practitioner/ref0")
    assert parse_key("npi:Practitioner/ref0") == ("npi", "Practitioner/ref0"), "an EHR may have any name"


def test_what_cannot_be_a_key_is_none() -> None:
    for junk in ("", ":", "main:", ":x", "ref0", "main:\x00", "main:a\nb", "main:\u202ex", "m:" + "x" * 299):
        assert not is_key(junk), junk
    assert is_key("main:Practitioner/ref0") and is_key("npi:1093817465") and is_key("m:" + "x" * 298)


def test_each_stands_once_by_name_and_two_of_one_name_are_told_apart() -> None:
    people = [
        ("b", None, "Practitioner/ref0", "Dr. Lee"),
        ("a", None, "Practitioner/ref0", "Dr. Lee"),
        ("a", "1093817465", "Practitioner/9", "Dr. Adam"),
        ("b", "1093817465", "Practitioner/7", "Dr. Adam"),
        ("a", None, None, "Dr. Zed"),
        ("b", None, None, "Dr. Zed"),
        ("a", None, None, None),
    ]
    assert told_apart(people) == [
        ("npi:1093817465", "Dr. Adam"),
        ("a:Practitioner/ref0", "Dr. Lee (a, Practitioner/ref0)"),
        ("b:Practitioner/ref0", "Dr. Lee (b, Practitioner/ref0)"),
        (clinician_key("a", None, None, "Dr. Zed"), "Dr. Zed (a)"),
        (clinician_key("b", None, None, "Dr. Zed"), "Dr. Zed (b)"),
    ]


def test_two_of_one_name_are_told_apart_by_their_npi() -> None:
    people = [("a", "1093817465", "Practitioner/1", "Dr. Lee"), ("a", "1245319599", "Practitioner/2", "Dr. Lee")]
    assert [name for _, name in told_apart(people)] == ["Dr. Lee (NPI 1093817465)", "Dr. Lee (NPI 1245319599)"]
