"""What people said before is used, and what is owed has a time unless nothing tells it."""

from __future__ import annotations

from loopclose.domain.chart import Referrer
from loopclose.domain.judgement import Decisions
from tests.unit.domain.test_case import judged, only

ROY = Referrer("Dr. Roy Sample", "by_hand", False, "Practitioner/roy")
MAX = Referrer("Dr. Max Sample", "by_hand", False, "Practitioner/max")


def test_who_asked_is_what_was_said_of_the_request_else_of_its_requester() -> None:
    of_both = Decisions(requests={"ServiceRequest/r": ROY}, requesters={"Practitioner/lee": MAX})
    assert only(judged(decisions=of_both)).referrer == ROY
    assert only(judged(decisions=Decisions(requesters={"Practitioner/lee": MAX}))).referrer == MAX


def test_a_report_counts_from_its_visit_and_not_from_when_it_was_first_found() -> None:
    assert not only(judged()).first_seen
