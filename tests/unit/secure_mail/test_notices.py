"""What a mail that comes back proves: what the one who wrote it can know, and nothing where that is not shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from loopclose.outbound.channels.secure_mail.answers import ANSWER, BY_A_SYSTEM, NO_REPORT
from loopclose.outbound.channels.secure_mail.notices import NAMELESS, TWO, Notice, Reader, Unclear
from loopclose.outbound.channels.secure_mail.opening import Opened
from loopclose.outbound.channels.secure_mail.reports import NotReadable, part_of
from tests.unit.secure_mail.made import DELIVERY, SENDER, THEM, US, authority
from tests.unit.secure_mail.mails import OTHER, dsn, mdn, written

SIGNED = "automatic-action/MDN-sent-automatically; "
FINAL = "X-DIRECT-FINAL-DESTINATION-DELIVERY:"
THEIRS = authority().issued(THEM)


class Signed:
    """In place of the opener: as if what comes had been signed by these."""

    def __init__(self, *signers: x509.Certificate) -> None:
        self.signers = signers

    def opened(self, content: bytes) -> Opened:
        return Opened(part_of(content), self.signers)


class Sealed:
    """In place of the opener: as if it could not be opened."""

    def opened(self, content: bytes) -> Opened:
        raise NotReadable("It is encrypted, and our key does not open it.")


def reader(*signers: x509.Certificate, is_direct: bool = True, to: str = THEM) -> Reader:
    return Reader(SENDER, {DELIVERY: to}.get, Signed(*signers), is_direct)


def told(content: bytes, by: Reader | None = None) -> tuple[str, str]:
    """State and words of what was read of our letter."""
    found = (by or reader(THEIRS)).read(content)
    assert isinstance(found, Notice), found
    assert found.delivery == DELIVERY
    assert "@" not in found.fate.words and found.fate.words.endswith(".")
    return found.fate.state, found.fate.words


def unclear(content: bytes, by: Reader | None = None) -> Unclear:
    found = (by or reader(THEIRS)).read(content)
    assert isinstance(found, Unclear), found
    assert "@" not in found.words and found.words.endswith(".")
    return found


@pytest.mark.parametrize(
    ("action", "status", "state", "final", "address_is_bad"),
    [
        ("delivered", "2.0.0", "transmitted", True, False),
        ("relayed", "2.0.0", "transmitted", True, False),
        ("expanded", "2.1.5", "transmitted", True, False),
        ("delayed", "4.4.1", "underway", True, False),
        ("failed", "5.1.1", "failed", True, True),
        ("failed", "5.1.10", "failed", True, True),
        ("FAILED (gave up)", "5.2.2 (mailbox full)", "failed", True, False),
        ("failed", "4.4.7", "failed", False, False),
        ("failed", "nonsense", "failed", True, False),
    ],
)
def test_a_mail_systems_report_is_transmission_or_failure_and_never_receipt(
    action: str, status: str, state: str, final: bool, address_is_bad: bool
) -> None:
    found = reader().read(dsn(action, status))
    assert isinstance(found, Notice) and found.fate.state == state
    assert (found.fate.final, found.fate.address_is_bad) == (final, address_is_bad)
    assert found.fate.at == datetime(2026, 11, 30, 15, 0, 5, tzinfo=UTC)


def test_the_time_of_the_attempt_goes_before_that_of_the_report() -> None:
    found = reader().read(dsn(more="Last-Attempt-Date: Mon, 30 Nov 2026 09:59:58 -0500"))
    assert isinstance(found, Notice) and found.fate.at == datetime(2026, 11, 30, 14, 59, 58, tzinfo=UTC)


def test_it_names_the_letter_on_its_envelope_or_quotes_it() -> None:
    assert told(dsn(quoted=None))[0] == told(dsn(envelope=None))[0] == "transmitted"
    for none in (dsn(envelope=None, quoted=None), dsn(envelope="x", quoted=None)):
        assert unclear(none) == Unclear(NAMELESS)
    assert unclear(dsn(envelope=OTHER)) == Unclear(TWO, DELIVERY), "it proves nothing, and may be about ours"
    assert unclear(dsn(envelope=None, quoted=f"<{DELIVERY}@elsewhere.example>")).delivery is None


def test_of_several_recipients_behind_one_address_the_worst_counts() -> None:
    failed = "\nFinal-Recipient: rfc822; other@x.example\nAction: failed\nStatus: 5.2.1"
    assert told(dsn(more=failed))[0] == "failed"
    assert told(dsn("failed", "5.1.1", more=failed.replace("failed", "delivered")))[0] == "failed"


def test_a_report_that_somebody_passes_on_is_no_report() -> None:
    inside = dsn("failed", "5.1.1").decode()
    passed_on = f'From: {THEM}\r\nContent-Type: multipart/mixed; boundary="O"\r\n\r\n--O\r\n\r\nSee.\r\n--O\r\n'
    passed_on += f"Content-Type: message/rfc822\r\n\r\n{inside}\r\n--O--\r\n"
    assert unclear(passed_on.encode()).words == NO_REPORT
    assert unclear(dsn("failed", "5.1.1").replace(b"multipart/report", b"multipart/mixed")).words == BY_A_SYSTEM


@pytest.mark.parametrize(
    ("disposition", "more", "state"),
    [
        ("processed", "", "transmitted"),
        ("dispatched", FINAL, "received"),
        ("dispatched", f"{FINAL} true", "received"),
        ("dispatched", "", "transmitted"),
        ("Displayed", "", "received"),
        ("displayed/", "", "received"),
        ("displayed/warning", "", "received"),
        ("processed/error", "", "failed"),
        ("dispatched/ERROR", FINAL, "failed"),
        ("displayed", "Failure: it was not", "failed"),
        ("deleted", "", "failed"),
        ("denied", "", "failed"),
        ("failed", "", "failed"),
    ],
)
def test_a_direct_receipt_means_what_direct_says(disposition: str, more: str, state: str) -> None:
    assert told(mdn(SIGNED + disposition, more=more))[0] == state


@pytest.mark.parametrize("disposition", ["automatic-action/MDN-sent-automatically", SIGNED, SIGNED + "eaten", ""])
def test_a_receipt_that_says_nothing_we_know_is_for_a_person(disposition: str) -> None:
    assert unclear(mdn(disposition)).delivery == DELIVERY


def test_a_direct_receipt_counts_when_the_recipient_or_its_domain_signed_it() -> None:
    displayed = mdn(SIGNED + "displayed")
    assert told(displayed, reader(authority().issued("direct.referrer.example")))[0] == "received"
    for forged, words in (
        (reader(), "nobody signed"),
        (reader(authority().issued("eve@direct.eve.example")), "somebody else than the recipient signed"),
        (reader(authority().issued("eve@direct.referrer.example")), "somebody else than the recipient signed"),
        (reader(authority().issued(US)), "somebody else than the recipient signed"),
    ):
        found = unclear(displayed, forged)
        assert words in found.words and found.delivery == DELIVERY
    eve = mdn(SIGNED + "displayed", sender="eve@direct.eve.example")
    assert "somebody else than the recipient" in unclear(eve).words


def test_a_receipt_names_our_letter_and_no_other() -> None:
    assert unclear(mdn(original=f"<{OTHER}@direct.practice.example>")).delivery is None
    assert unclear(mdn(original=f"<{DELIVERY}@direct.referrer.example>")).delivery is None
    assert unclear(mdn(original=None)).delivery is None
    quoted = f"<{OTHER}@direct.practice.example>"
    assert unclear(mdn(SIGNED + "displayed", quoted=quoted)).words == TWO
    assert told(mdn(original=None, quoted=f"<{DELIVERY}@Direct.Practice.Example>"))[0] == "transmitted"


def test_an_ordinary_mail_program_signs_nothing_and_shows_it_by_displayed_alone() -> None:
    ordinary = reader(is_direct=False)
    assert told(mdn("manual-action/MDN-sent-manually; displayed"), ordinary)[0] == "received"
    assert told(mdn(SIGNED + "dispatched", more=FINAL), ordinary)[0] == "transmitted"
    assert "does not say" in unclear(mdn(SIGNED + "denied"), ordinary).words
    colleague = mdn(SIGNED + "displayed", sender="other@direct.referrer.example")
    assert "another address" in unclear(colleague, ordinary).words
    eve = reader(authority().issued("eve@direct.eve.example"), is_direct=False)
    assert "somebody else" in unclear(mdn(SIGNED + "displayed"), eve).words


def test_what_people_and_their_absence_write_is_for_a_person() -> None:
    assert unclear(written()) == Unclear(NO_REPORT, DELIVERY)
    assert unclear(written(automatic=True)) == Unclear(ANSWER, DELIVERY)
    assert unclear(written(answers="<x@y.example>")) == Unclear(NO_REPORT)
    assert unclear(written(answers=f"<{OTHER}@direct.practice.example>")) == Unclear(NO_REPORT)
    assert unclear(b"") == Unclear(NO_REPORT)
    assert "our key does not open it" in unclear(mdn(), Reader(SENDER, {DELIVERY: THEM}.get, Sealed())).words


def test_names_are_told_apart_by_their_letters_and_not_by_their_size() -> None:
    found = told(mdn(SIGNED + "displayed", sender=THEM.upper()), reader(THEIRS, to=THEM.title()))
    assert found[0] == "received"


def test_a_mail_with_other_line_ends_says_the_same() -> None:
    assert told(dsn("failed", "5.1.1").replace(b"\r\n", b"\n"))[0] == "failed"
    assert told(mdn(SIGNED + "displayed").replace(b"\r\n", b"\n"))[0] == "received"


def test_the_files_of_the_opener_play_no_part_for_a_plain_mail(tmp_path: Path) -> None:
    from loopclose.outbound.channels.secure_mail.opening import Opener
    from loopclose.outbound.channels.secure_mail.parties import Identity
    from tests.unit.secure_mail.made import AT

    opener = Opener(Identity(tmp_path / "us.pem", tmp_path / "us.key"), tmp_path / "anchors.pem", AT)
    assert told(dsn(), Reader(SENDER, {DELIVERY: THEM}.get, opener))[0] == "transmitted"
