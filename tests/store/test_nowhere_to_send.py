"""Where no way of sending is set up, nobody is told to find an address: it would change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from fhir_adapters.cds_hooks.asker import Asker
from loopclose.clock import fixed
from loopclose.domain.letter_waits import NEXT, NO_WAY
from loopclose.flows.hooks.answering import cards_for
from loopclose.flows.hooks.asked import SERVICES, Asked
from loopclose.flows.jobs import run_night
from loopclose.flows.work import Work
from tests.store.test_corrections import MAIN, Line
from tests.store.test_delivering import line

__all__ = ["line"]


def with_nothing_set_up(line: Line, folder: Path) -> Work:
    config = line.work.config
    practice = config.practice["main"].model_copy(update={"rehearsal": False})
    web = config.web.model_copy(update={"mail_folder": folder})
    config = config.model_copy(update={"practice": {"main": practice}, "web": web})
    return replace(line.work, config=config, clock=fixed(line.owed.due_at + timedelta(days=3)))


def test_the_mail_of_the_night_says_what_is_to_be_done(line: Line, tmp_path: Path) -> None:
    assert run_night(with_nothing_set_up(line, tmp_path), MAIN).failed == 0
    mails = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in tmp_path.glob("*.eml")]
    text = " ".join(" ".join(one.get_content().split()) for one in mails)
    assert line.owed.id in text
    assert ", and no way of sending its letter is set up: please send it from the EHR or by hand." in text
    assert "address is known" not in text


def test_the_card_in_the_ehr_says_what_is_to_be_done(line: Line, tmp_path: Path) -> None:
    work = with_nothing_set_up(line, tmp_path)
    asker = Asker("https://ehr.example", "j-1", work.clock().timestamp() + 300)
    said = Asked(line.owed.patient, "Practitioner/heart", None)
    cards = cards_for(work, "main", asker, next(iter(SERVICES.values())), said)
    assert any(f"Next: {NEXT[NO_WAY]}" in str(one["detail"]) for one in cards)
