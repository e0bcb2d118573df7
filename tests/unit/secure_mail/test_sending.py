"""A letter is handed over under its own name, and a server that reports on deliveries is asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopclose.outbound.channels.channel import Parcel, Taken
from loopclose.outbound.mail import SendError
from tests.store import mail_server
from tests.store.mail_server import Script, certified, listening
from tests.unit.secure_mail.made import DELIVERY, THEM, US, channel

PARCEL = Parcel(DELIVERY, THEM, b"Subject: s\r\n\r\nbm9uZQ==\r\n")
NAME = f"<{DELIVERY}@direct.practice.example>"


def sent(folder: Path, script: Script, **more: object) -> Taken:
    with listening(script) as port:
        return channel(folder, port=port, **more).send(PARCEL)


def test_a_server_that_offers_it_is_asked_to_report_under_the_deliverys_id(tmp_path: Path) -> None:
    script = Script(dsn=True)
    assert sent(tmp_path, script) == Taken(remote=NAME)
    assert script.envelopes == [
        f"FROM:<{US}> RET=HDRS ENVID={DELIVERY}",
        f"TO:<{THEM}> NOTIFY=SUCCESS,FAILURE,DELAY",
    ]
    assert [one.content for one in script.accepted] == [PARCEL.content]


def test_one_that_does_not_is_never_asked(tmp_path: Path) -> None:
    script = Script()
    sent(tmp_path, script)
    assert script.envelopes == [f"FROM:<{US}>", f"TO:<{THEM}>"]


def test_the_same_bytes_leave_at_each_try(tmp_path: Path) -> None:
    script = Script(lambda _, asked: mail_server.CLOSE_AFTER_DATA if asked == 0 else mail_server.TAKE)
    with pytest.raises(SendError) as told:
        sent(tmp_path, script)
    assert told.value.unknown and not told.value.final
    sent(tmp_path, script)
    assert script.unanswered == script.accepted and len(script.accepted) == 1


@pytest.mark.parametrize(
    ("manner", "kind"),
    [
        (mail_server.REFUSE, (True, False, False)),
        (mail_server.GREYLIST, (False, False, False)),
        (mail_server.CLOSE_AFTER_DATA, (False, False, True)),
    ],
)
def test_a_refusal_is_told_as_the_mailer_tells_it(tmp_path: Path, manner: str, kind: tuple[bool, ...]) -> None:
    with pytest.raises(SendError) as told:
        sent(tmp_path, Script(lambda *_: manner))
    assert (told.value.final, told.value.at_server, told.value.unknown) == kind


def test_what_is_wrong_with_the_server_names_the_table_that_says_where_it_is(tmp_path: Path) -> None:
    context, _ = certified(tmp_path)
    for script, more, words in (
        (Script(), {"tls": "starttls"}, r"offers no STARTTLS: see \[direct.main\]"),
        (Script(tls=context), {"tls": "starttls"}, r"not trusted: see ca in \[direct.main\]"),
    ):
        with pytest.raises(SendError, match=words) as told:
            sent(tmp_path, script, **more)
        assert told.value.at_server and not told.value.final
    assert channel(tmp_path).look_up(PARCEL) is None
