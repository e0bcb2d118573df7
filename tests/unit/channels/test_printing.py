"""A letter onto a printer: what every answer of it means, and when nobody knows whether paper came out."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from loopclose.outbound.channels import ipp
from loopclose.outbound.channels.printing import PrintChannel, http_of, printer_channel
from loopclose.outbound.mail import SendError
from tests.unit.channels.parcels import DELIVERY, TWO_PAGES, parcel, sending
from tests.unit.channels.printer import Printer, Running

DESK = "front-desk"


def kind(problem: SendError) -> tuple[bool, bool, bool]:
    return problem.final, problem.at_server, problem.unknown


def channel_to(there: Running) -> PrintChannel:
    return printer_channel(there.uri, DESK, seconds=5)


def refused(printer: Printer) -> SendError:
    with Running(printer) as there:
        channel = channel_to(there)
        with pytest.raises(SendError) as told:
            channel.send(parcel(channel, DESK, "pdf"))
    said = str(told.value)
    assert said.endswith(".") and DELIVERY not in said and said.count(".") - said.count("…") <= 2, said
    return told.value


def test_a_letter_is_printed_as_it_was_packed_under_our_id_and_completed_is_transmission() -> None:
    printer = Printer()
    with Running(printer) as there:
        channel = channel_to(there)
        one = parcel(channel, DESK, "pdf")
        taken = channel.send(replace(one, attempt=2))
        printer.jobs[0].state = 9
        fate = channel.look_up(replace(one, remote=taken.remote))
    assert [(job.name, job.sha256) for job in printer.jobs] == [
        (f"{DELIVERY}-2", hashlib.sha256(TWO_PAGES).hexdigest())
    ]
    assert not taken.is_sent and taken.remote == "1"
    assert fate is not None and fate.state == "transmitted" and "hand the paper over" in fate.words


@pytest.mark.parametrize(
    ("printer", "words"),
    [
        (Printer(state=5), "paused or stopped"),
        (Printer(accepts=False), "takes no jobs"),
        (Printer(formats=("image/pwg-raster",)), "prints no PDF"),
        (Printer(statuses={"printer": 0x0406}), "no such queue at this printer: see uri in [printer.…]"),
        (Printer(breaks={"printer": "404"}), "not at this address (404)"),
        (Printer(breaks={"printer": "401"}), "refuses us (401)"),
        (Printer(breaks={"printer": "garbled"}), "makes no sense"),
        (Printer(breaks={"printer": "html"}), "makes no sense"),
        (Printer(breaks={"printer": "silent"}), "no whole answer"),
        (Printer(breaks={"printer": "503"}), "failed (503)"),
        (Printer(statuses={"print": 0x0506}), "takes no jobs"),
        (Printer(statuses={"print": 0x0507}), "busy"),
        (Printer(statuses={"print": 0x0403}), "refuses us"),
        (Printer(statuses={"print": 0x040B}), "refuses (0x040b)"),
    ],
    ids=lambda one: one[:20] if isinstance(one, str) else "",
)
def test_a_printer_that_cannot_print_now_is_told_in_a_sentence_and_has_taken_nothing(
    printer: Printer, words: str
) -> None:
    problem = refused(printer)
    assert kind(problem) == (False, True, False) and words in str(problem) and not printer.jobs
    assert printer.asked.count("print") <= 1


def test_a_letter_that_is_too_large_is_too_large_again() -> None:
    assert kind(refused(Printer(statuses={"print": 0x0408}))) == (True, False, False)


def test_nobody_at_the_address_has_taken_nothing() -> None:
    channel = printer_channel("ipp://127.0.0.1:9/ipp/print", DESK, seconds=1)
    with pytest.raises(SendError, match="The printer cannot be reached") as told:
        channel.send(parcel(channel, DESK, "pdf"))
    assert kind(told.value) == (False, True, False)


@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize("how", ["silent", "garbled", "html", "500"])
def test_after_an_answer_that_makes_no_sense_the_job_is_looked_for_by_our_id(how: str, takes: bool) -> None:
    printer = Printer(breaks={"print": how}, takes=takes)
    with Running(printer) as there:
        channel = channel_to(there)
        one = replace(parcel(channel, DESK, "pdf"), attempt=1)
        with pytest.raises(SendError) as told:
            channel.send(one)
        fate = channel.look_up(one)
    assert kind(told.value) == (False, False, True) and printer.asked.count("print") == 1
    if takes:
        assert fate is not None and fate.state == "underway" and fate.remote == "1"
    else:
        assert fate is None, "printers forget: what is not there is no proof"


@pytest.mark.parametrize("status", [0x0500, 0x0508])
def test_a_failure_while_it_printed_may_have_put_paper_out(status: int) -> None:
    problem = refused(Printer(statuses={"print": status}))
    assert kind(problem) == (False, False, True) and "tray" in str(problem)


@pytest.mark.parametrize(
    ("state", "reasons", "up", "expected", "final", "words"),
    [
        (3, ("none",), 130, "underway", True, ""),
        (5, ("job-printing",), 130, "underway", True, ""),
        (5, ("job-printing",), 100 + 17 * 60, "underway", True, "for 17 minutes: look at it"),
        (3, ("none",), 100 + 10 * 60, "underway", True, "for 10 minutes"),
        (3, ("printer-stopped",), 130, "underway", True, "has stopped"),
        (4, ("job-hold-until-specified",), 130, "underway", True, "has stopped"),
        (6, ("printer-stopped-partly",), 130, "underway", True, "has stopped"),
        (7, ("job-canceled-by-user",), 130, "failed", True, "Somebody cancelled"),
        (8, ("aborted-by-system",), 130, "failed", False, "gave this letter up"),
        (9, ("job-completed-successfully",), 130, "transmitted", True, "hand the paper over"),
        (9, ("printer-stopped",), 130, "transmitted", True, "hand the paper over"),
    ],
)
def test_each_state_of_a_job(
    state: int, reasons: tuple[str, ...], up: int, expected: str, final: bool, words: str
) -> None:
    printer = Printer()
    with Running(printer) as there:
        channel = channel_to(there)
        one = parcel(channel, DESK, "pdf")
        taken = channel.send(one)
        printer.jobs[0].state, printer.jobs[0].reasons, printer.up = state, reasons, up
        fate = channel.look_up(replace(one, remote=taken.remote))
    assert fate is not None and (fate.state, fate.final) == (expected, final)
    assert words in fate.words and bool(words) == bool(fate.words)


def test_a_job_that_the_printer_forgot_is_for_a_person() -> None:
    printer = Printer()
    with Running(printer) as there:
        channel = channel_to(there)
        one = parcel(channel, DESK, "pdf")
        taken = channel.send(one)
        printer.jobs.clear()
        assert channel.look_up(replace(one, remote=taken.remote)) is None


def test_a_failure_of_an_earlier_try_is_not_taken_for_that_of_the_last() -> None:
    printer = Printer()
    with Running(printer) as there:
        channel = channel_to(there)
        one = parcel(channel, DESK, "pdf")
        channel.send(one)
        printer.jobs[0].state = 8
        assert channel.look_up(one) is None, "which try failed is not known"
        channel.send(replace(one, attempt=1))
        printer.jobs[1].state = 8
        failed = channel.look_up(replace(one, attempt=1))
        assert failed is not None and failed.state == "failed"
        assert channel.look_up(replace(one, attempt=2)) is None


def test_another_printer_and_a_letter_without_print_are_refused() -> None:
    channel = printer_channel("ipp://127.0.0.1:9/ipp/print", DESK)
    for wrong in (sending("Back office", "pdf"), sending(DESK, "fax")):
        with pytest.raises(SendError) as told:
            channel.pack(wrong)
        assert told.value.final


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("ipp://10.0.0.7/ipp/print", "http://10.0.0.7:631/ipp/print"),
        ("ipps://printer.example", "https://printer.example:631/"),
        ("ipps://printer.example:8443/queue", "https://printer.example:8443/queue"),
        ("ipp://[::1]:631/p", "http://[::1]:631/p"),
    ],
)
def test_where_requests_go(uri: str, expected: str) -> None:
    assert http_of(uri) == expected


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_an_answer_that_is_cut_anywhere_is_none(length: int) -> None:
    whole = ipp.request(ipp.PRINT_JOB, {"printer-uri": "ipp://p/", "job-id": 7})
    assert ipp.answer(whole).of(ipp.OPERATION)[0]["job-id"] == (7,)
    with pytest.raises(ipp.NoIpp):
        ipp.answer(whole[: len(whole) - 1 - length])


@pytest.mark.parametrize("body", [b"", b"\x01\x01\x00\x00\x00\x00\x00\x01\x42\x00\x00\x00\x00\x03", b"\xff" * 40])
def test_bytes_that_are_no_answer(body: bytes) -> None:
    with pytest.raises(ipp.NoIpp):
        ipp.answer(body)
