"""What gateways say of a fax, in whatever words: a number is closed only where they say that it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loopclose.outbound.channels import documo, srfax
from loopclose.outbound.channels.asking import Answer, Asking
from loopclose.outbound.channels.channel import Parcel
from loopclose.outbound.channels.fax_fates import count_of, dialled, failed
from loopclose.outbound.mail import SendError
from tests.unit.channels.gateways import of_documo, of_srfax
from tests.unit.channels.parcels import DELIVERY, NUMBER, TWO_PAGES

PARCEL = Parcel(DELIVERY, NUMBER, TWO_PAGES, remote="31524120", attempt=1)
SRFAX = {"FileName": "1_1|31524120", "SentStatus": "Sent", "ToFaxNumber": "16175550123", "Pages": "2", "ErrorCode": ""}
DOCUMO = {"messageId": "31524120", "status": "success", "faxNumber": "+16175550123", "pagesComplete": 2}


@pytest.mark.parametrize(
    "said",
    ["Busy", "USER_BUSY", "LineBusy", "NO_ANSWER", "NoAnswer", "no-answer", "Fax device did not answer", "No carrier",
     "Far end disconnected", "Remote side disconnected", "Disconnected after permitted retries", "CALL_REJECTED",
     "Call disconnected during page 2", "The number disconnected after 1 page", "File does not exist",
     "Invoice could not be sent", "Receiver out of paper", "Unknown", ""],
)  # fmt: skip
def test_a_trouble_that_passes_closes_no_number(said: str) -> None:
    found = failed(said)
    assert (found.state, found.final, found.address_is_bad) == ("failed", False, False)


@pytest.mark.parametrize(
    "said",
    ["No Remote Fax", "NoFaxMachine", "Human answered", "HUMAN_ANSWERED", "Voice", "InvalidNumber",
     "UNALLOCATED_NUMBER", "INVALID_NUMBER_FORMAT", "Invalid phone number", "Not a valid number",
     "Phone number not operational", "Number disconnected", "The number you dialed has been disconnected",
     "The number does not exist"],
)  # fmt: skip
def test_a_wrong_number_is_closed(said: str) -> None:
    assert (failed(said).final, failed(said).address_is_bad) == (True, True)


@pytest.mark.parametrize(
    "said", ["blocked", "Number is on the do not fax list", "opt-out", "documentConversionError", "RenderingFailed"]
)
def test_what_the_gateway_itself_does_not_do_is_final_and_not_the_numbers_fault(said: str) -> None:
    assert (failed(said).final, failed(said).address_is_bad) == (True, False)


def test_only_a_part_is_called_a_part() -> None:
    assert failed("Busy", sent=1, of=2).words == "Only 1 of 2 pages went through. The line was busy."
    assert failed("Busy", sent=2, of=2).words == failed("Busy", sent=0, of=2).words == "The line was busy."
    assert failed("No Remote Fax", sent=2, of=2).address_is_bad


@pytest.mark.parametrize(
    ("value", "count"),
    [(2, 2), ("2", 2), (" 2 ", 2), ("2.0", 2), (2.0, 2), ("1 of 2", 1), ("", None), (None, None), (True, None),
     ("9" * 9, None), ("x2", None)],
)  # fmt: skip
def test_pages_are_counted_however_they_are_written(value: object, count: int | None) -> None:
    assert count_of(value) == count


@pytest.mark.parametrize(
    ("number", "is_ours"),
    [("617-555-0123", True), ("1 (617) 555-0123", True), ("5550123", True), ("XXX-XXX-0123", True), ("", True),
     ("617-555-0199", False), ("XXX-XXX-0199", False), (16175550123, True)],
)  # fmt: skip
def test_a_number_is_compared_as_far_as_it_is_shown(number: object, is_ours: bool) -> None:
    assert dialled(number, PARCEL) is is_ours


@pytest.mark.parametrize(
    ("status", "state"),
    [("SENT ", "transmitted"), ("sent", "transmitted"), ("FAILED", "failed"), ("in progress", "underway"),
     ("Partially", "underway"), (None, "underway")],
)  # fmt: skip
def test_a_status_is_the_same_in_capitals(status: str | None, state: str) -> None:
    assert srfax.fate_of({**SRFAX, "SentStatus": status}, PARCEL).state == state
    said = {"sent": "success"}.get((status or "").strip().lower(), status)
    assert documo.fate_of({**DOCUMO, "status": f" {said}"}, PARCEL).state == state


def test_fewer_pages_than_the_letter_has_are_a_failure_however_they_are_written() -> None:
    for pages in ("1", "1 of 2", 1.0):
        assert srfax.fate_of({**SRFAX, "Pages": pages}, PARCEL).state == "failed"
        assert documo.fate_of({**DOCUMO, "pagesComplete": pages}, PARCEL).state == "failed"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"Status": "Success", "Result": SRFAX}, "transmitted"),
        ({"Status": "success", "Result": [SRFAX]}, "transmitted"),
        ({"Status": "Success", "Result": {**SRFAX, "FileName": "letter.pdf"}}, "transmitted"),
        ({"Status": "Success", "Result": {**SRFAX, "FileName": "1_1|31524121"}}, None),
        ({"Status": "Success", "Result": []}, None),
        ({"Status": "Success", "Result": [SRFAX, SRFAX]}, None),
        (DOCUMO, "transmitted"),
        ([DOCUMO], "transmitted"),
        ({**DOCUMO, "messageId": "31524121"}, None),
        ([], None),
    ],
    ids=range(10),
)
def test_the_record_of_another_fax_is_none_of_ours(
    monkeypatch: pytest.MonkeyPatch, said: Any, state: str | None
) -> None:
    monkeypatch.setattr(Asking, "ask", lambda *_, **__: Answer(200, json.dumps(said).encode()))
    channel = (of_srfax if "Status" in said else of_documo)("http://127.0.0.1:9")
    if state is None:
        with pytest.raises(SendError, match="makes no sense"):
            channel.look_up(PARCEL)
    else:
        found = channel.look_up(PARCEL)
        assert found is not None and found.state == state
