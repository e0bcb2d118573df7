"""One mail to one server: what is taken, refused, put off or unknown, and whose trouble it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopclose.outbound.mail import FolderMailer, FrozenMail, SendError, SmtpMailer
from tests.store import mail_server
from tests.store.mail_server import Script, certified, listening

SENDER = "loopclose@practice.example"
BODY = b"Message-ID: <a@b>\r\nSubject: s\r\n\r\n.one\r\n..two\r\nthree\r\n"


def mail(recipient: str = "cora@practice.example", content: bytes = BODY) -> FrozenMail:
    return FrozenMail("<a@b>", (recipient,), content)


def sent(script: Script, what: FrozenMail, **more: object) -> str | None:
    with listening(script) as port:
        return SmtpMailer("127.0.0.1", port, SENDER, **{"tls": "none", **more}).send(what)  # type: ignore[arg-type]


def refused(script: Script, what: FrozenMail, **more: object) -> SendError:
    with pytest.raises(SendError) as told:
        sent(script, what, **more)
    assert "cora@" not in str(told.value) and str(told.value).endswith(".")
    return told.value


def kind(problem: SendError) -> tuple[bool, bool, bool]:
    return problem.final, problem.at_server, problem.unknown


def test_a_mail_arrives_byte_for_byte() -> None:
    script = Script()
    assert sent(script, mail()) is None
    assert [(one.recipient, one.content) for one in script.accepted] == [("cora@practice.example", BODY)]


@pytest.mark.parametrize(
    ("manner", "note"),
    [
        (mail_server.QUIT_421, "The mail server took it, and then answered 421 to our goodbye."),
        (mail_server.CLOSE_AT_QUIT, "The mail server took it, and then closed the connection without a word."),
    ],
)
def test_what_happens_after_it_was_taken_is_a_note(manner: str, note: str) -> None:
    script = Script(lambda *_: manner)
    assert sent(script, mail()) == note and len(script.accepted) == 1


@pytest.mark.parametrize(
    ("manner", "expected", "words"),
    [
        (mail_server.GREYLIST, (False, False, False), "put off the recipient (451): “4.7.1 Greylisted, come back"),
        (mail_server.REFUSE, (True, False, False), "refused the recipient (550): “5.1.1 … is unknown here”."),
        (mail_server.REFUSE_DATA, (True, False, False), "refused the mail, after reading it (554)"),
        (mail_server.PUT_OFF_DATA, (False, False, False), "put off the mail, after reading it (452)"),
        (mail_server.CLOSE_AFTER_DATA, (False, False, True), "without saying whether it took the mail"),
        (mail_server.CLOSE_AT_RCPT, (False, False, False), "ended the connection before it took the mail"),
    ],
)
def test_a_mail_that_was_not_taken_says_whether_another_try_may_help(
    manner: str, expected: tuple[bool, bool, bool], words: str
) -> None:
    script = Script(lambda *_: manner)
    problem = refused(script, mail())
    assert kind(problem) == expected and words in str(problem) and not script.accepted


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script(greeting="554 go away"), "refuses us (554)"),
        (Script(greeting="421 too busy"), "refuses us (421)"),
        (Script(sender_answer="550 who are you"), "refused our sender (550)"),
    ],
)
def test_what_is_wrong_with_all_of_our_mails_makes_none_of_them_final(script: Script, words: str) -> None:
    problem = refused(script, mail())
    assert kind(problem) == (False, True, False) and words in str(problem)


def test_tls_that_is_dropped_refused_or_not_offered_is_the_servers_trouble(tmp_path: Path) -> None:
    context, trusted = certified(tmp_path)
    script = Script(tls=context)
    assert sent(script, mail(), tls="starttls", ca=trusted) is None and len(script.accepted) == 1
    for broken, ca, words in (
        (Script(tls=context, drops_tls=lambda: True), trusted, "ended the connection before it took anything"),
        (Script(tls=context), None, "a certificate that is not trusted"),
        (Script(), trusted, "offers no STARTTLS"),
    ):
        problem = refused(broken, mail(), tls="starttls", ca=ca)
        assert kind(problem) == (False, True, False) and words in str(problem) and not broken.accepted


def test_nobody_listening_is_the_servers_trouble() -> None:
    with pytest.raises(SendError, match=r"^The mail server at 127.0.0.1:9 cannot be reached\.$") as told:
        SmtpMailer("127.0.0.1", 9, SENDER, "none").send(mail())
    assert kind(told.value) == (False, True, False)


def test_letters_beyond_ascii_leave_where_the_server_takes_them() -> None:
    script = Script()
    beyond = "Subject: s\r\nTo: jürgen@practice.example\r\n\r\nx\r\n".encode()
    assert sent(script, mail("jürgen@practice.example", beyond)) is None
    assert [(one.recipient, one.content) for one in script.accepted] == [("jürgen@practice.example", beyond)]


def test_letters_beyond_ascii_fail_alone_and_by_name_where_it_does_not() -> None:
    script = Script(smtputf8=False)
    problem = refused(script, mail("jürgen@practice.example"))
    assert kind(problem) == (True, False, False) and "SMTPUTF8" in str(problem) and not script.asked
    assert sent(script, mail("cora@praxis-müller.example")) is None
    assert [one.recipient for one in script.accepted] == ["cora@xn--praxis-mller-klb.example"]


@pytest.mark.parametrize("address", ["cora", "cora@practice.example>\r\nRCPT TO:<all@practice.example", "x@y..z"])
def test_an_address_that_is_none_is_never_told_to_a_server(address: str) -> None:
    script = Script()
    assert kind(refused(script, mail(address))) == (True, False, False) and script.connections == 0


def test_a_quoted_address_arrives_as_it_is() -> None:
    script = Script()
    sent(script, mail('"cora coord"@practice.example'))
    assert [one.recipient for one in script.accepted] == ['"cora coord"@practice.example']


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_mail(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SendError, match="mail_folder") as told:
        FolderMailer(tmp_path / "taken").send(mail())
    assert kind(told.value) == (False, True, False)
    FolderMailer(tmp_path).send(mail())
    assert (tmp_path / "a.eml").read_bytes() == BODY
