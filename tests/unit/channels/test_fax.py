"""A fax to a gateway: what follows from every answer, and from none. No second fax where the first may have gone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from loopclose.outbound.channels.channel import Fate, Parcel
from loopclose.outbound.channels.fax import FaxChannel
from loopclose.outbound.channels.srfax import account_code
from loopclose.outbound.mail import SendError
from loopclose.sandbox.fax_exchange import Turn
from tests.unit.channels.gateways import BOTH, PASSWORD, Made, gateway, of_documo, of_srfax
from tests.unit.channels.parcels import DELIVERY, TWO_PAGES, parcel, pdf, sending

both = pytest.mark.parametrize("made", BOTH, ids=["srfax", "documo"])


def kind(problem: SendError) -> tuple[bool, bool, bool]:
    return problem.final, problem.at_server, problem.unknown


def refused(channel: FaxChannel, one: Parcel) -> SendError:
    with pytest.raises(SendError) as told:
        channel.send(one)
    said = str(told.value)
    assert said.endswith(".") and PASSWORD not in said and "5550123" not in said and DELIVERY not in said, said
    return told.value


@both
def test_a_fax_arrives_once_as_it_was_packed_and_the_gateway_says_so(made: Made) -> None:
    with gateway() as there:
        channel = made(there.address)
        one = parcel(channel)
        taken = channel.send(one)
        fate = channel.look_up(replace(one, remote=taken.remote))
    arrived = there.exchange.received
    assert [fax.sha256 for fax in arrived] == [hashlib.sha256(TWO_PAGES).hexdigest()] and one.content == TWO_PAGES
    assert arrived[0].number[-11:] == "16175550123" and arrived[0].tag in (account_code(DELIVERY), DELIVERY)
    assert not taken.is_sent and fate is not None and fate.state == "transmitted" and fate.remote == taken.remote


@both
def test_transmission_is_receipt_only_where_the_practice_says_so(made: Made) -> None:
    with gateway() as there:
        channel = made(there.address, confirmation_counts=True)
        one = parcel(channel)
        fate = channel.look_up(replace(one, remote=channel.send(one).remote))
    assert fate is not None and fate.state == "received"


@both
@pytest.mark.parametrize(
    ("turn", "expected", "words"),
    [
        (Turn("refused"), (True, False, False), ""),
        (Turn("limited"), (False, True, False), "429"),
        (Turn("broken"), (False, False, True), "does not say whether it took the letter"),
        (Turn("broken", takes=True), (False, False, True), "does not say whether it took the letter"),
        (Turn("garbled", takes=True), (False, False, True), "makes no sense"),
        (Turn("empty", takes=True), (False, False, True), "makes no sense"),
        (Turn("nameless", takes=True), (False, False, True), "makes no sense"),
        (Turn("silent", takes=True), (False, False, True), "without saying whether it took the letter"),
        (Turn("silent"), (False, False, True), "without saying whether it took the letter"),
        (Turn("cut", takes=True), (False, False, True), "without saying whether it took the letter"),
    ],
    ids=lambda one: f"{one.answer}-{one.is_taken}" if isinstance(one, Turn) else "",
)
def test_whatever_is_not_a_clear_no_is_unknown(
    made: Made, turn: Turn, expected: tuple[bool, bool, bool], words: str
) -> None:
    with gateway(turn) as there:
        channel = made(there.address)
        problem = refused(channel, parcel(channel))
    assert kind(problem) == expected and words in str(problem)
    assert there.exchange.orders == 1, "a channel hands over once and no more"


@both
def test_an_answer_that_does_not_come_in_time_is_unknown_and_the_fax_is_found(made: Made) -> None:
    with gateway(Turn("late")) as there:
        channel = made(there.address, seconds=0.2)
        one = parcel(channel)
        assert kind(refused(channel, one)) == (False, False, True)
        fate = made(there.address).look_up(one)
    assert fate is not None and fate.state == "transmitted" and fate.remote and len(there.exchange.received) == 1


@both
def test_nobody_there_and_a_wrong_password_are_known_not_to_have_taken_anything(made: Made) -> None:
    channel = made("http://127.0.0.1:9")
    assert kind(refused(channel, parcel(channel))) == (False, True, False)
    with gateway() as there:
        there.password = "another"
        channel = made(there.address)
        problem = refused(channel, parcel(channel))
    assert kind(problem) == (False, True, False) and "[fax." in str(problem) and not there.exchange.orders


@both
@pytest.mark.parametrize("answer", ["broken", "garbled", "silent", "cut"])
def test_a_fax_that_was_taken_without_a_word_is_found_under_our_id(made: Made, answer: str) -> None:
    with gateway(Turn(answer, takes=True)) as there:
        channel = made(there.address)
        one = parcel(channel, minutes_ago=1)
        refused(channel, one)
        fate = channel.look_up(one)
    assert fate is not None and fate.state == "transmitted" and fate.remote == there.exchange.faxes[0].id


@both
def test_a_fax_that_is_not_listed_is_no_proof_unless_the_gateway_has_said_when_it_would_be(made: Made) -> None:
    with gateway(Turn("silent")) as there:
        plain, sure = made(there.address), made(there.address, listing_minutes=30)
        refused(plain, parcel(plain))
        assert plain.look_up(parcel(plain, minutes_ago=600)) is None
        assert sure.look_up(parcel(sure)) is None, "nobody said when it was handed over"
        soon, late = sure.look_up(parcel(sure, minutes_ago=29)), sure.look_up(parcel(sure, minutes_ago=30))
    assert soon is not None and soon.state == "underway" and soon.words
    assert late is not None and late.state == "absent"


@both
def test_a_failure_of_an_earlier_try_is_not_taken_for_that_of_the_last(made: Made) -> None:
    with gateway(Turn("silent", takes=True, ends="busy"), Turn("silent", takes=True, listed_after=1)) as there:
        channel = made(there.address)
        first, second = (replace(parcel(channel, minutes_ago=1), attempt=no) for no in (1, 2))
        refused(channel, first)
        busy = channel.look_up(first)
        assert busy is not None and busy.state == "failed" and not busy.final
        refused(channel, second)
        assert channel.look_up(second) is None, "it is not listed yet"
        sent = channel.look_up(second)
    assert sent is not None and sent.state == "transmitted"


@both
def test_without_the_number_of_the_try_a_listed_failure_says_nothing(made: Made) -> None:
    with gateway(Turn("silent", takes=True, ends="busy")) as there:
        channel = made(there.address)
        one = parcel(channel, minutes_ago=1)
        refused(channel, one)
        assert channel.look_up(one) is None


@both
def test_a_listing_that_lags_leads_to_no_second_fax(made: Made) -> None:
    with gateway(Turn("silent", takes=True, listed_after=2)) as there:
        channel = made(there.address, listing_minutes=30)
        one = parcel(channel, minutes_ago=5)
        refused(channel, one)
        states = [fate.state if (fate := channel.look_up(one)) else None for _ in range(3)]
    assert states == ["underway", "underway", "transmitted"]


def test_a_listing_of_more_pages_than_are_read_proves_nothing() -> None:
    with gateway(*[Turn()] * 2, Turn("silent")) as there:
        channel = of_documo(there.address, listing_minutes=30)
        for _ in range(2):
            channel.send(replace(parcel(channel), delivery="another"))
        there.exchange.faxes *= 250
        assert channel.look_up(parcel(channel, minutes_ago=60)) is None


@both
@pytest.mark.parametrize(
    ("ends", "expected", "words"),
    [
        ("busy", Fate("failed", final=False), "The line was busy."),
        ("no-answer", Fate("failed", final=False), "Nobody answered"),
        ("no-fax", Fate("failed", final=True, address_is_bad=True), "No fax machine"),
        ("bad-number", Fate("failed", final=True, address_is_bad=True), "no such number"),
        ("partly", Fate("failed", final=False), "Only 1 of 2 pages went through."),
        ("odd", Fate("failed", final=False), "“T. error after”"),
        ("underway", Fate("underway"), ""),
        ("mailing", Fate("underway"), ""),
    ],
)
def test_how_a_fax_ended_says_whether_another_try_may_help(made: Made, ends: str, expected: Fate, words: str) -> None:
    with gateway(Turn(ends=ends)) as there:
        channel = made(there.address)
        one = parcel(channel)
        fate = channel.look_up(replace(one, remote=channel.send(one).remote))
    assert fate is not None and words in fate.words and "0100" not in fate.words
    assert (fate.state, fate.final, fate.address_is_bad) == (expected.state, expected.final, expected.address_is_bad)


@both
def test_a_question_need_not_bring_the_letter_along(made: Made) -> None:
    with gateway(Turn(), Turn(ends="partly")) as there:
        channel = made(there.address)
        one = parcel(channel)
        for expected in ("transmitted", "failed"):
            taken = channel.send(one)
            fate = channel.look_up(replace(one, content=b"", remote=taken.remote))
            assert fate is not None and fate.state == expected
    assert "Only 1" in fate.words


@both
def test_a_success_with_fewer_pages_than_the_letter_has_is_none(made: Made) -> None:
    with gateway() as there:
        channel = made(there.address)
        one = parcel(channel)
        taken = channel.send(one)
        there.exchange.faxes[0].pages = 1
        fate = channel.look_up(replace(one, remote=taken.remote))
    assert fate is not None and (fate.state, fate.final) == ("failed", False) and "Only 1 of 2 pages" in fate.words


@both
def test_a_fax_to_another_number_is_told(made: Made) -> None:
    with gateway() as there:
        channel = made(there.address)
        one = parcel(channel)
        taken = channel.send(one)
        there.exchange.faxes[0].number = "16175550199"
        fate = channel.look_up(replace(one, remote=taken.remote))
    assert fate is not None and fate.state == "failed" and fate.final and "another number" in fate.words
    assert not fate.address_is_bad


@both
def test_a_fax_that_the_gateway_dialled_twice_is_told_as_such(made: Made) -> None:
    with gateway(Turn("silent", takes=True, copies=2)) as there:
        channel = made(there.address)
        one = parcel(channel)
        refused(channel, one)
        fate = channel.look_up(one)
    assert fate is not None and fate.state == "transmitted" and "2 times" in fate.words


@both
def test_an_id_that_the_gateway_does_not_know_any_more_is_no_reason_for_a_second_fax(made: Made) -> None:
    with gateway() as there:
        channel = made(there.address)
        fate = channel.look_up(replace(parcel(channel), remote="404"))
    assert fate is not None and fate.state == "underway" and "does not know" in fate.words


@both
@pytest.mark.parametrize("answer", ["limited", "broken", "garbled", "empty", "silent", "cut"])
@pytest.mark.parametrize("remote", ["31524120", None])
def test_a_question_that_is_not_answered_says_nothing_of_the_fax(made: Made, answer: str, remote: str | None) -> None:
    with gateway(asked=(answer,)) as there:
        channel = made(there.address, listing_minutes=10)
        one = parcel(channel, minutes_ago=60)
        channel.send(one)
        with pytest.raises(SendError) as told:
            channel.look_up(replace(one, remote=remote))
        assert kind(told.value) == (False, True, False)
        again = channel.look_up(replace(one, remote=remote))
    assert again is not None and again.state == "transmitted"


@both
def test_a_letter_without_fax_form_or_a_number_that_is_not_dialled_is_refused_before_anything_is_frozen(
    made: Made,
) -> None:
    channel = made("http://127.0.0.1:9")
    for wrong in (sending("911"), sending(form="pdf"), sending("+16175550123", "fax", b"%PDF-1.7 broken")):
        with pytest.raises(SendError) as told:
            channel.pack(wrong)
        assert kind(told.value) == (True, False, False)
    with pytest.raises(SendError) as told:
        channel.send(Parcel(DELIVERY, "911", TWO_PAGES))
    assert told.value.final


def test_srfax_dials_north_america_alone() -> None:
    with pytest.raises(SendError, match="North America only") as told:
        of_srfax("http://127.0.0.1:9").pack(sending("+442079460958"))
    assert told.value.final and of_documo("http://127.0.0.1:9").pack(sending("+442079460958")) == TWO_PAGES


@both
def test_two_papers_go_as_one_fax(made: Made) -> None:
    import pypdfium2

    packed = made("http://127.0.0.1:9").pack(sending("6175550123", "fax", TWO_PAGES, pdf(1)))
    assert len(pypdfium2.PdfDocument(packed)) == 3


def test_an_account_code_is_twenty_characters_of_our_id_and_of_no_other() -> None:
    codes = {account_code(f"{DELIVERY}{no}") for no in range(100)}
    assert len(codes) == 100 and {len(one) for one in codes} == {20}
