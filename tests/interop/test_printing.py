"""Letters onto a real IPP printer: the states of its jobs, its paper byte for byte, and what it says when it fails."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from loopclose.letters.pdf import to_pdf
from loopclose.outbound.channels.channel import Fate, Parcel
from loopclose.outbound.channels.printing import PrintChannel, printer_channel
from loopclose.outbound.mail import SendError
from tests.interop.servers.printer import RealPrinter, printer
from tests.unit.channels.parcels import DELIVERY, sending
from tests.unit.letters.sample import letter

DESK = "front-desk"
SECONDS = 20


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPrinter]:
    with printer(tmp_path_factory.mktemp("printer")) as running:
        yield running


@pytest.fixture(scope="module")
def packed() -> bytes:
    one = letter()
    papers = [to_pdf(paper, one.header) for paper in one.papers.values()]
    return printer_channel("ipp://127.0.0.1/", DESK).pack(sending(DESK, "pdf", *papers))


def channel_to(there: RealPrinter) -> PrintChannel:
    return printer_channel(there.uri, DESK, seconds=5)


def ended(look_up: Callable[[], Fate | None]) -> list[str]:
    """What was said until it was over, each state once."""
    states: list[str] = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        fate = look_up()
        assert fate is not None
        if not states or states[-1] != fate.state:
            states.append(fate.state)
        if fate.state != "underway":
            return states
        time.sleep(0.05)
    raise AssertionError(states)


def test_the_letter_lies_in_the_spool_byte_for_byte_under_our_id(there: RealPrinter, packed: bytes) -> None:
    there.does("sleep 0.5")
    channel, one = channel_to(there), Parcel(DELIVERY, DESK, packed, attempt=1)
    taken = channel.send(one)
    assert not taken.is_sent
    assert ended(lambda: channel.look_up(replace(one, remote=taken.remote))) == ["underway", "transmitted"]
    by_name = channel.look_up(one)
    assert by_name is not None and by_name.state == "transmitted" and by_name.remote == taken.remote
    (kept,) = there.spool.glob(f"*{DELIVERY}-1.pdf")
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == hashlib.sha256(packed).hexdigest()


def test_a_job_that_the_printer_gives_up_is_failed_and_may_be_tried_again(there: RealPrinter, packed: bytes) -> None:
    there.does("exit 1")
    channel, one = channel_to(there), Parcel(DELIVERY, DESK, packed, attempt=2)
    taken = channel.send(one)
    assert ended(lambda: channel.look_up(replace(one, remote=taken.remote)))[-1] == "failed"
    fate = channel.look_up(one)
    assert fate is not None and fate.state == "failed" and not fate.final


def test_a_queue_that_writes_nothing_says_completed_all_the_same(there: RealPrinter, packed: bytes) -> None:
    """Why completed is transmission, and only a person's word is handing over."""
    there.does("exit 0")
    channel, one = channel_to(there), Parcel(DELIVERY, DESK, packed, attempt=3)
    taken = channel.send(one)
    assert ended(lambda: channel.look_up(replace(one, remote=taken.remote)))[-1] == "transmitted"


def test_tls_is_checked_against_the_printers_own_certificate(there: RealPrinter, packed: bytes) -> None:
    one = Parcel(DELIVERY, DESK, packed, attempt=4)
    with pytest.raises(SendError, match="certificate that is not trusted"):
        printer_channel(there.safe_uri, DESK).send(one)
    channel = printer_channel(there.safe_uri, DESK, ca=str(there.certificate))
    taken = channel.send(one)
    assert ended(lambda: channel.look_up(replace(one, remote=taken.remote)))[-1] == "transmitted"


def test_a_queue_that_is_not_there_and_a_printer_that_forgot(there: RealPrinter, packed: bytes) -> None:
    one = Parcel(DELIVERY, DESK, packed)
    with pytest.raises(SendError, match="There is no such queue at this printer") as told:
        printer_channel(there.uri.replace("/print", "/other"), DESK).send(one)
    assert told.value.at_server and not told.value.unknown
    assert channel_to(there).look_up(replace(one, remote="4711")) is None
    assert channel_to(there).look_up(replace(one, delivery="never")) is None


def test_a_printer_that_hangs_or_is_off_is_given_up_in_time(there: RealPrinter, packed: bytes) -> None:
    """The last of this file: nothing prints after it."""
    channel, one = printer_channel(there.uri, DESK, seconds=0.5), Parcel(DELIVERY, DESK, packed)
    for stops, words in ((there.freeze, "no whole answer in time"), (there.end, "cannot be reached")):
        stops()
        with pytest.raises(SendError, match=words) as told:
            channel.send(one)
        assert told.value.at_server and not told.value.unknown
