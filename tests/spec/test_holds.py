"""What holds a report: each row something that stands behind its papers, and the ground that it is."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_adapters.facts import Coding
from loopclose.domain.holds import BY_HAND, FOUND, GROUNDS, NOTICE, OF_PART2, RELEASES, Quoted, grounds

TITLE = "What holds a report"


def _list(table: dict[str, str]) -> str:
    return "\n".join(f"| `{code}` | {words} |" for code, words in table.items())


TEXT = f"""
A report on hold is neither signed nor sent. Its draft is kept, to be read and reworded; its deadline stays, and what
falls due is told to its author and the lead. These grounds are found when a draft is made, in whatever the papers cite
and is of the visit, the strictest first:

| ground | says |
| --- | --- |
{_list(FOUND)}

These are given by a clinician or a lead:

| ground | says |
| --- | --- |
{_list(BY_HAND)}

Either of them releases it, for the referrer of that report, by a code and in words:

| release | says |
| --- | --- |
{_list(RELEASES)}

What falls under Part 2 is released by {", ".join(f"`{one}`" for one in RELEASES if one in OF_PART2)} alone; its papers
carry the notice of 42 CFR 2.32(a), statement 2: *{NOTICE}* A ground that was released does not hold the report again,
unless it comes from another resource or the report goes to somebody else. When the EHR signs the note the report stays
on hold; when the EHR has sent it, that is a fact: it is sent, and its page says that nobody had released it.

Below, `C|` stands for the system of confidentiality (v3-Confidentiality), `A|` for v3-ActCode. The practice holds
`http://hl7.org/fhir/sid/icd-10-cm|F11.20` and `urn:local|VIP`.
"""
COLUMNS = ["behind the papers stands", "which is", "holds it as"]
_C, _A = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HELD_BACK = frozenset({"http://hl7.org/fhir/sid/icd-10-cm|F11.20", "urn:local|VIP"})
ROWS = [
    ["a resource", "without a label", "-"],
    ["a resource", "labelled C|N", "-"],
    ["a resource", "labelled C|U", "-"],
    ["a resource", "labelled C|R", "`confidential`"],
    ["a resource", "labelled C|V", "`confidential`"],
    ["a resource", "labelled R, without a system", "`confidential`"],
    ["a resource", "labelled http://hl7.org/fhir/v3/Confidentiality|R", "`confidential`"],
    ["a resource", "labelled urn:oid:2.16.840.1.113883.5.25|V", "`confidential`"],
    ["a resource", "labelled urn:local|R", "-"],
    ["a resource", "labelled A|ETH", "`sensitive`"],
    ["a resource", "labelled A|HIV", "`sensitive`"],
    ["a resource", "labelled A|PSY", "`sensitive`"],
    ["a resource", "labelled A|SDV", "`sensitive`"],
    ["a resource", "labelled A|SUD", "`sensitive`"],
    ["a resource", "labelled urn:oid:2.16.840.1.113883.5.4|STD", "`sensitive`"],
    ["a resource", "labelled A|TREAT", "-"],
    ["a resource", "labelled A|42CFRPart2", "`part2`"],
    ["a resource", "labelled A|NORDSCLCD", "`policy`"],
    ["a resource", "labelled A|HIPAAPsyNotes", "`policy`"],
    ["a resource", "labelled A|HIV C|R", "`sensitive` `confidential`"],
    ["a resource", "labelled urn:local|VIP", "`local_code`"],
    ["a resource", "with a label that cannot be read", "`label_unreadable`"],
    ["a diagnosis", "coded http://hl7.org/fhir/sid/icd-10-cm|F11.20", "`local_code`"],
    ["a diagnosis", "coded http://hl7.org/fhir/sid/icd-10-cm|F11.10", "-"],
    ["a patient", "who has died", "`deceased`"],
    ["a visit", "with a clinician under Part 2", "`part2`"],
]


def _coding(token: str) -> Coding:
    system, _, code = token.rpartition("|")
    return Coding(system={"C": _C, "A": _A}.get(system, system) or None, code=code)


def _found(what: str, which: str) -> tuple[Any, ...]:
    if what == "a visit":
        return grounds([], HELD_BACK, ["Practitioner/heart"])
    if what == "a patient":
        return grounds([], HELD_BACK, deceased="Patient/p")
    if what == "a diagnosis":
        return grounds([Quoted("Condition/c", tokens=(which.removeprefix("coded "),))], HELD_BACK)
    if which.startswith("with a label"):
        return grounds([Quoted("Condition/c", None)], HELD_BACK)
    labels = which.removeprefix("labelled ").removesuffix(", without a system").split() if "labelled" in which else []
    return grounds([Quoted("DocumentReference/n", tuple(map(_coding, labels)))], HELD_BACK)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_holds_a_report_is_what_the_row_says(row: list[str]) -> None:
    found = _found(row[0], row[1])
    assert (" ".join(f"`{one.code}`" for one in found) or "-") == row[2]
    assert all(one.source for one in found)


def test_every_ground_that_is_found_stands_in_some_row_and_every_code_is_a_sentence() -> None:
    said = " ".join(row[2] for row in ROWS)
    assert all(f"`{code}`" in said for code in FOUND)
    assert all(words[0].isupper() and words.endswith(".") for words in {**GROUNDS, **RELEASES}.values())
