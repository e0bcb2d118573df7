"""Corrections on the screens: on the list of letters to sign, the report's page, their own, and as signed before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loopclose.domain.correcting import Change
from loopclose.flows.judging.rows import of_letter_id
from loopclose.flows.work import Work
from loopclose.store import letter_changes
from tests.store.letters import note, section, sentence, sheet
from tests.web.pages import visible
from tests.web.test_letters import MAIN, Clinician

NEW = note(section("assessment", sentence("Stable angina is likely.")), section("plan", sentence("Stop walking.")))
SAID = Change("Plan", "changed", "Walk.", "Stop walking.", "DocumentReference/n1")


@pytest.fixture
def heart(work: Work) -> Iterator[Clinician]:
    found = Clinician(work).drafted()
    found.sign()
    owed, site = found.owed, work.site_of("main", found.owed.ehr)
    key = of_letter_id(site, "correction", owed.visit, owed.referral, "1")
    with work.db.write() as session:
        letter_changes.add_changes(session, MAIN, owed.id, 1, (key, 1), [SAID], found.time)
    work.judge(MAIN, owed.ehr, [owed.person])
    found.drafted(NEW, sheet())
    found.correction = key
    yield found


def test_a_correction_is_seen_signed_and_the_old_letter_is_read_as_it_was(heart: Clinician) -> None:
    waiting = visible(heart.page.get("/letters"))
    assert "Correction, due" in waiting and "A note was changed" in waiting and "Was: Walk. Now: Stop" in waiting
    report = visible(heart.page.get(f"/obligation/{heart.owed.id}"))
    assert "Was: Walk. Now: Stop walking." in report and "open, due" in report
    assert "Stop walking." not in report.partition("The letter, as signed here")[2], (
        "what is signed is shown, not the draft"
    )
    assert "was not looked at again yet" in report
    listed = heart.page.get("/?kind=correction")
    assert f"/obligation/{heart.correction}" in listed
    own = heart.page.get(f"/obligation/{heart.correction}")
    assert "What changed since it was signed" in own and f"/letters/{heart.owed.id}" in own
    assert "Signed: the letter to" in heart.sign()
    assert "No letter waits" in visible(heart.page.get("/letters"))
    old = visible(heart.page.get(f"/obligation/{heart.owed.id}/signed/1"))
    assert "Walk." in old and "Stop walking." not in old and "✓ verified" in old and "replaces it" in old
    new = visible(heart.page.get(f"/obligation/{heart.owed.id}/signed/2"))
    assert "Stop walking." in new and "replaces it" not in new
    assert "the corrected letter was signed" in visible(heart.page.get(f"/obligation/{heart.correction}"))
    assert heart.page.client.get(f"/obligation/{heart.owed.id}/signed/3").status_code == 404
