"""How things stand for some persons before they are judged again: rows, and what people have said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.domain.chart import Referrer
from loopclose.domain.judgement import ByHand, Decisions
from loopclose.domain.linking import LinkDecision
from loopclose.domain.signing_time import Clock
from loopclose.domain.states import Transition
from loopclose.flows.judging.rows import of_letter_id, unmapped_key
from loopclose.flows.site import Site
from loopclose.store.base import Scope, chunks, mine, table_of
from loopclose.store.letter_changes import corrections_of
from loopclose.store.letter_duties import LetterDutyRow, duties_of
from loopclose.store.loop import (
    AppointmentRow,
    LinkDecisionRow,
    LinkRow,
    ReferralRow,
    VisitRow,
)
from loopclose.store.obligations import DeadlineRow, Obligation, TransitionRow
from loopclose.store.persons import Records
from loopclose.store.recipient_words import words_to
from loopclose.store.requester_answers import REQUEST, in_force
from loopclose.store.signing_clocks import clocks_of
from loopclose.store.unmapped import UnmappedCode

Row = dict[str, Any]
Asked = dict[str, Referrer | None]


@dataclass
class CurrentState:
    """One person's rows by their ids, as plain mappings."""

    decisions: Decisions = field(default_factory=Decisions)
    referrals: dict[str, Row] = field(default_factory=dict)
    visits: dict[str, Row] = field(default_factory=dict)
    appointments: dict[str, Row] = field(default_factory=dict)
    unmapped: dict[str, Row] = field(default_factory=dict)
    """By resource and element: a code that no file knew."""
    links: dict[str, Row] = field(default_factory=dict)
    """The current link by visit."""
    obligations: dict[str, Row] = field(default_factory=dict)
    deadlines: dict[str, Row] = field(default_factory=dict)
    """The present deadline by obligation."""
    history: dict[str, list[Transition]] = field(default_factory=lambda: defaultdict(list))
    corrections: dict[str, list[tuple[int, datetime]]] = field(default_factory=dict)
    """By report: number of each correction of its letters, and since when it is owed."""
    duties: dict[str, list[LetterDutyRow]] = field(default_factory=dict)
    """By report: what its letters that were sent ask and promise."""
    said: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)
    """By report: key and time of what those who got its letter said, and we answer."""
    clocks: dict[tuple[str, int], Clock] = field(default_factory=dict)
    """By obligation and number of its ladder: the clock of its draft, while nobody signed that."""
    patients: Mapping[str, Row] = field(default_factory=dict)
    """By ``Patient/id``: what the lists show of it."""


def load_current_state(
    session: Session, site: Site, persons: Sequence[str], records: Mapping[str, Records]
) -> dict[str, CurrentState]:
    """What is stored of those persons. ``records``: by person, as they are held."""
    scope, ehr = site.scope, site.ehr
    asked_by = _who_asked(session, site)
    nothing = Records({}, False)
    found = {person: CurrentState(patients=records.get(person, nothing).patients) for person in persons}
    judged = [person for person in persons if records.get(person, nothing).judged]
    for table, name in (
        (ReferralRow, "referrals"),
        (VisitRow, "visits"),
        (AppointmentRow, "appointments"),
        (Obligation, "obligations"),
        (UnmappedCode, "unmapped"),
    ):
        columns = table_of(table)
        for batch in chunks(judged):
            asked = select(columns).where(mine(columns, scope), columns.c.ehr == ehr, columns.c.person.in_(batch))
            asked = asked.with_for_update() if table is Obligation else asked
            for row in session.execute(asked).mappings().all():
                key = row["id"] if "id" in row else unmapped_key(row["resource"], row["element"])
                getattr(found[row["person"]], name)[key] = dict(row)
    visits = {visit: current for current in found.values() for visit in current.visits}
    _load_links(session, scope, ehr, visits)
    _load_letters(session, site, {o: s for s in found.values() for o in s.obligations})
    _load_history(session, scope, {o: s for s in found.values() for o in s.obligations})
    links = _link_decisions(session, scope, ehr, visits)
    for current in found.values():
        current.decisions = _decisions_of(current, links, asked_by)
    return found


def _load_links(session: Session, scope: Scope, ehr: str, visits: dict[str, CurrentState]) -> None:
    links = table_of(LinkRow)
    for batch in chunks(visits):
        rows = session.execute(
            select(links).where(mine(links, scope), links.c.ehr == ehr, links.c.visit.in_(batch), links.c.current)
        ).mappings()
        for row in rows:
            visits[row["visit"]].links[row["visit"]] = dict(row)


def _load_letters(session: Session, site: Site, obligations: dict[str, CurrentState]) -> None:
    reports = [key for key, current in obligations.items() if current.obligations[key]["kind"] == "report"]
    sent = [key for key, current in obligations.items() if current.obligations[key]["kind"] in ("report", "no_show")]
    of_letters = {key: obligations[key] for key in reports}
    for key, duties in duties_of(session, site.scope, reports).items():
        obligations[key].duties[key] = duties
    for key, words in words_to(session, site.scope, sent).items():
        obligations[key].said[key] = words
    for key, numbers in corrections_of(session, site.scope, reports).items():
        obligations[key].corrections[key] = numbers
        row = obligations[key].obligations[key]
        about = (row["visit"] or row["appointment"], row["referral"])
        for no, _ in numbers:  # one that was not judged yet has a draft all the same
            of_letters[of_letter_id(site, "correction", *about, str(no))] = obligations[key]
    for (key, ladder_no), clock in clocks_of(session, site.scope, of_letters).items():
        of_letters[key].clocks[key, ladder_no] = clock


def _load_history(session: Session, scope: Scope, obligations: dict[str, CurrentState]) -> None:
    deadlines, steps = table_of(DeadlineRow), table_of(TransitionRow)
    for batch in chunks(obligations):
        rows = session.execute(
            select(deadlines).where(mine(deadlines, scope), deadlines.c.obligation.in_(batch)).order_by(deadlines.c.no)
        ).mappings()
        for row in rows:
            obligations[row["obligation"]].deadlines[row["obligation"]] = dict(row)
        rows = session.execute(
            select(steps).where(mine(steps, scope), steps.c.obligation.in_(batch)).order_by(steps.c.no)
        ).mappings()
        for row in rows:
            obligations[row["obligation"]].history[row["obligation"]].append(
                Transition(
                    row["from_state"],
                    row["to_state"],
                    row["effective_at"],
                    row["actor"],
                    row["evidence"],
                    row["code"],
                    row["note"],
                )
            )


def _link_decisions(
    session: Session, scope: Scope, ehr: str, visits: dict[str, CurrentState]
) -> dict[str, LinkDecision]:
    table = table_of(LinkDecisionRow)
    found: dict[str, LinkDecision] = {}
    for batch in chunks(visits):
        rows = session.execute(
            select(table.c.visit, table.c.referrals, table.c.unseen)
            .where(mine(table, scope), table.c.ehr == ehr, table.c.visit.in_(batch))
            .order_by(table.c.no)
        )
        found.update((row[0], LinkDecision(row[0], tuple(row[1]), tuple(row[2]))) for row in rows)
    return found


def _who_asked(session: Session, site: Site) -> tuple[Asked, Asked]:
    """What people said of who really asked: by request, and by requester."""
    requests: Asked = {}
    requesters: Asked = {}
    for (about, key), answer in in_force(session, site.scope, site.ehr).items():
        (requests if about == REQUEST else requesters)[key] = Referrer(**answer) if answer else None
    return requests, requesters


def _decisions_of(current: CurrentState, links: dict[str, LinkDecision], asked: tuple[Asked, Asked]) -> Decisions:
    by_hand = {
        (row["visit"], row["referral"]): ByHand(row["return_by_hand"], row["return_source"], row["due_by_hand"])
        for row in current.obligations.values()
        if row["kind"] == "report" and (row["return_by_hand"] or row["due_by_hand"])
    }
    return Decisions(
        {visit: links[visit] for visit in current.visits if visit in links},
        *asked,
        frozenset(visit for visit, row in current.visits.items() if row["promoted"]),
        by_hand,
    )
