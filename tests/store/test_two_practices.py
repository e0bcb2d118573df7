"""One practice never sees, counts or changes another's data."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

import loopclose.store
from loopclose.domain.chasing import Chase
from loopclose.domain.correcting import Change
from loopclose.domain.deputies import Absence
from loopclose.domain.duties import Duty
from loopclose.domain.holds import Ground
from loopclose.domain.states import Transition
from loopclose.store import (
    absences,
    addresses,
    alerts,
    attempts,
    audit_log,
    base,
    chase_tokens,
    chases,
    closed,
    closed_words,
    code_assignments,
    decisions,
    deliveries,
    delivery_history,
    draft_charts,
    drafts,
    edits,
    events,
    export,
    exports,
    followed,
    holds,
    hook_tokens,
    identities,
    intake,
    job_runs,
    jobs,
    kept_forms,
    letter_changes,
    letter_choices,
    letter_duties,
    letter_waits,
    links,
    mails,
    namesakes,
    opt_outs,
    persons,
    quarantine,
    recipient_words,
    records,
    referrals,
    referrer_reports,
    request_answers,
    requester_answers,
    requests,
    returns,
    runs,
    second_factors,
    sent,
    set_aside,
    signatures,
    signing_clocks,
    time_alone,
    to_sign,
    unmapped,
    unmatched,
    unread,
    users,
    verdicts,
    worklist,
    worklist_query,
    written,
)
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.store.kept_forms import KeptForm
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Message
from loopclose.store.people import PatientRow, SearchKey, User
from tests.store.practices import ASKER, BORN, DRAWN, EARLIER, NOW, NPI, SHA, UNCITED, everything_of, fill, plain, row

MAIN, OTHER, NOBODY = Scope("main"), Scope("other"), Scope("nobody")
DAYS = worklist_query.Days(NOW + timedelta(hours=8), NOW + timedelta(days=2), NOW - timedelta(hours=16))
ALL, PAGE = worklist_query.Filters(), worklist_query.Page()
CODE = ("main", "Encounter.class", "urn:local|4")
STATES = ("owed", "drafted", "signed", "sent", "confirmed", "held")
REQUESTED = ("request", "ServiceRequest/1")
EXPORT: dict[str, Any] = {"of": "old", "types": [], "status_url": None, "began_at": EARLIER, "whole": True}
EXPORT |= {"whole_at": None, "ask_at": None, "up_to": None, "expires_at": None, "done": [], "problem": None}
Case = Callable[[Session, Scope], Any]


def reports_of(scope: Scope) -> Any:
    """Its reports."""
    return select(Obligation).where(base.mine(Obligation, scope), Obligation.id == "o1")


def _owed(session: Session, scope: Scope, key: str) -> Obligation:
    return session.get_one(Obligation, (scope.practice_id, key))


def mail(session: Session) -> Message:
    """The mail of the one practice."""
    return session.get_one(Message, ("main", "m1"))


SIGNATURE: dict[str, Any] = {"by": "me", "name": "Me", "reference": NPI, "on_behalf": None, "at": NOW}
SIGNATURE |= {"proved_by": "code", "proved_at": NOW, "letter": SHA, "statement": b"{}", "sha256": SHA}
SIGNATURE |= {"cosigns": None, "counts": True, "waits": False}


READS: dict[str, Case] = {
    "absences.absences": lambda s, scope: absences.absences(s, scope, NOW.date()),
    "absences.staff": lambda s, scope: absences.staff(s, scope, NOW.date()),
    "alerts.alerts_of": lambda s, scope: alerts.alerts_of(s, scope, "o1"),
    "alerts.authors": alerts.authors,
    "alerts.told_up_to": lambda s, scope: dict(alerts.told_up_to(s, scope, "Maine Sample", ["o1"])),
    "alerts.colleagues": alerts.colleagues,
    "alerts.count_open": lambda s, scope: alerts.count_open(s, scope, NOW),
    "alerts.passed_over": lambda s, scope: alerts.passed_over(s, scope, alerts.to_alert(s, MAIN, NOW)),
    "alerts.count_true": lambda s, scope: alerts.count_true(s, scope, "m1"),
    "alerts.reasons_of": lambda s, scope: alerts.reasons_of(s, scope, [("o1", 1)]),
    "alerts.still_true": lambda s, scope: alerts.still_true(s, scope, "m1"),
    "alerts.to_alert": lambda s, scope: alerts.to_alert(s, scope, NOW),
    "alerts.told_of": lambda s, scope: alerts.told_of(s, scope, ["o1"]),
    "attempts.attempts": lambda s, scope: attempts.attempts(s, scope, "main", NOW),
    "attempts.lease_of": lambda s, scope: attempts.lease_of(scope, "main"),
    "audit_log.verify": audit_log.verify,
    "base.mine": lambda s, scope: s.scalars(select(Obligation.id).where(base.mine(Obligation, scope))),
    "code_assignments.assignments": code_assignments.assignments,
    "code_assignments.in_force": lambda s, scope: list(code_assignments.in_force(s, scope, "main").items()),
    "code_assignments.last_about": lambda s, scope: code_assignments.last_about(s, scope, *CODE),
    "decisions.deadlines_of": lambda s, scope: decisions.deadlines_of(s, scope, "o1"),
    "decisions.decisions_of": lambda s, scope: decisions.decisions_of(s, scope, "o1"),
    "decisions.history_of": lambda s, scope: decisions.history_of(s, scope, "o1"),
    "decisions.last_link_decision": lambda s, scope: decisions.last_link_decision(s, scope, "main", "Encounter/1"),
    "decisions.links_of": lambda s, scope: decisions.links_of(s, scope, "main", "Encounter/1"),
    "decisions.obligation_held": lambda s, scope: decisions.obligation_held(s, scope, "o1"),
    "decisions.unsent_reports": lambda s, scope: decisions.unsent_reports(s, scope, "main", "Encounter/1"),
    "decisions.visit": lambda s, scope: decisions.visit(s, scope, "main", "Encounter/1"),
    "draft_charts.charts_of": lambda s, scope: sorted(
        draft_charts.charts_of(s, scope, "main", s.scalars(reports_of(scope)).all(), ["Observation"]).items()
    ),
    "draft_charts.drafted_charts": lambda s, scope: sorted(draft_charts.drafted_charts(s, scope, ["o1"]).items()),
    "draft_charts.open_reports": lambda s, scope: [
        owed.id for owed, _ in draft_charts.open_reports(s, scope, "main", datetime(2100, 1, 1, tzinfo=UTC))
    ],
    "edits.drafted_of": lambda s, scope: edits.drafted_of(s, scope, "o1", "consult-note", 1),
    "edits.edits_of": lambda s, scope: edits.edits_of(s, scope, "o1", "consult-note", 1),
    "draft_charts.looked_at": lambda s, scope: sorted(draft_charts.looked_at(s, scope, ["o1"]).items()),
    "chase_tokens.tokens": chase_tokens.tokens,
    "chases.chased": lambda s, scope: chases.chased(s, scope, ["o1"]),
    "chases.chases_of": lambda s, scope: chases.chases_of(s, scope, "o1"),
    "chases.count_since": lambda s, scope: chases.count_since(s, scope, EARLIER - timedelta(days=1), None),
    "chases.reports_born": lambda s, scope: chases.reports_born(s, scope, "main:Practitioner/Maine Sample", BORN),
    "chases.since": lambda s, scope: chases.since(s, scope, ["o1"]),
    "chases.to_tell": lambda s, scope: [(one.id, owed.id) for one, owed in chases.to_tell(s, scope, ["m1"])],
    "deliveries.with_code": lambda s, scope: deliveries.with_code(s, scope, "x"),
    "addresses.address": lambda s, scope: addresses.address(s, scope, "a1"),
    "addresses.addresses_of": lambda s, scope: addresses.addresses_of(s, scope, f"npi:{NPI}"),
    "addresses.all_addresses": lambda s, scope: addresses.all_addresses(s, scope),
    "addresses.reports_to": lambda s, scope: addresses.reports_to(s, scope, f"npi:{NPI}"),
    "letter_waits.waiting_for_a_person": lambda s, scope: letter_waits.waiting_for_a_person(s, scope, NOW),
    "letter_waits.codes_of": lambda s, scope: letter_waits.codes_of(s, scope, ["o6"], NOW),
    "letter_waits.count_signed_here": letter_waits.count_signed_here,
    "letter_waits.others_to_look_at": lambda s, scope: letter_waits.others_to_look_at(s, scope, EARLIER, NOW),
    "sent.letters": lambda s, scope: sent.letters(s, scope, {"sent"}, None, None),
    "sent.filed": lambda s, scope: sent.filed(s, scope, EARLIER - timedelta(days=9000), NOW),
    "sent.filings_to_look_at": lambda s, scope: sent.filings_to_look_at(s, scope, EARLIER - timedelta(days=9000), NOW),
    "sent.under_way": sent.under_way,
    "sent.patients": lambda s, scope: sent.patients(s, scope, ["o1", "o6"]),
    "sent.figures": lambda s, scope: sent.figures(s, scope, EARLIER - timedelta(days=9000), NOW),
    "deliveries.delivery": lambda s, scope: deliveries.delivery(s, scope, "d1"),
    "deliveries.deliveries_of": lambda s, scope: deliveries.deliveries_of(s, scope, ["o1"]),
    "deliveries.to_send": lambda s, scope: deliveries.to_send(s, scope, NOW),
    "deliveries.to_ask": lambda s, scope: deliveries.to_ask(s, scope, NOW),
    "deliveries.to_look_at": lambda s, scope: deliveries.to_look_at(s, scope, NOW, EARLIER - timedelta(days=1)),
    "written.written_by_us": lambda s, scope: sorted(written.written_by_us(s, scope, "main")),
    "written.letter_keys": lambda s, scope: written.letter_keys(s, scope, "dsent"),
    "written.beside_new_tasks": lambda s, scope: written.beside_new_tasks(s, scope, "main", EARLIER),
    "written.to_fulfil": lambda s, scope: written.to_fulfil(s, scope, "main"),
    "drafts.released_notices": lambda s, scope: drafts.released_notices(s, scope),
    "deliveries.newest": lambda s, scope: deliveries.newest(s, scope, {"sent"}),
    "deliveries.counts": lambda s, scope: deliveries.counts(s, scope, EARLIER - timedelta(days=9000)),
    "deliveries.who_got": lambda s, scope: deliveries.who_got(s, scope, "o1"),
    "opt_outs.opted_out": lambda s, scope: opt_outs.opted_out(s, scope, f"npi:{NPI}"),
    "opt_outs.all_opted_out": opt_outs.all_opted_out,
    "opt_outs.opt_outs_of": lambda s, scope: opt_outs.opt_outs_of(s, scope, f"npi:{NPI}"),
    "delivery_history.attempts_of": lambda s, scope: delivery_history.attempts_of(s, scope, "d1"),
    "delivery_history.events_of": lambda s, scope: delivery_history.events_of(s, scope, ["d1"]),
    "delivery_history.unclear_mails": delivery_history.unclear_mails,
    "delivery_history.is_of_mailbox": lambda s, scope: [
        delivery_history.is_of_mailbox(s, scope, evidence) for evidence in ("1", "2")
    ],
    "letter_duties.asked": lambda s, scope: letter_duties.asked(s, scope, open_only=False),
    "letter_changes.changes_of": lambda s, scope: letter_changes.changes_of(s, scope, "o1"),
    "letter_changes.of_correction": lambda s, scope: letter_changes.of_correction(s, scope, "o1"),
    "letter_changes.reports_to_correct": lambda s, scope: letter_changes.reports_to_correct(s, scope),
    "letter_changes.corrections": lambda s, scope: letter_changes.corrections(s, scope, "o1"),
    "letter_changes.corrections_of": lambda s, scope: letter_changes.corrections_of(s, scope, ["o1"]),
    "letter_changes.is_signed_anew": lambda s, scope: letter_changes.is_signed_anew(s, scope, "o1"),
    "recipient_words.words_to": lambda s, scope: recipient_words.words_to(s, scope, ["o1"]),
    "recipient_words.of_letter": lambda s, scope: recipient_words.of_letter(s, scope, "o1"),
    "recipient_words.asked_at": lambda s, scope: recipient_words.asked_at(s, scope, ["o1"]),
    "recipient_words.word_of": lambda s, scope: recipient_words.word_of(s, scope, "o1"),
    "recipient_words.said_of": lambda s, scope: recipient_words.said_of(s, scope, ["o1"]),
    "letter_duties.duties_of": lambda s, scope: letter_duties.duties_of(s, scope, ["o1"]),
    "letter_duties.duty_of": lambda s, scope: letter_duties.duty_of(s, scope, "o1"),
    "letter_duties.letters_sent": lambda s, scope: [
        (person, owed.id, signature.by)
        for person, owed, signature in letter_duties.letters_sent(s, scope, "main", ["Patient/1"])
    ],
    "letter_duties.papers_under": lambda s, scope: letter_duties.papers_under(
        s, scope, "o1", [("consult-note", 1)], "x"
    ),
    "letter_duties.with_state": lambda s, scope: letter_duties.with_state(s, scope, "o1"),
    "letter_duties.words_of": lambda s, scope: letter_duties.words_of(s, scope, ["o1"]),
    "letter_changes.letters_of": lambda s, scope: letter_changes.letters_of(s, scope, ["o1"]),
    "letter_changes.open_corrections": lambda s, scope: letter_changes.open_corrections(s, scope, "o1"),
    "drafts.names": lambda s, scope: drafts.names(s, scope, "main"),
    "drafts.was_reported": lambda s, scope: drafts.was_reported(s, scope, s.get_one(Obligation, ("main", "o1"))),
    "drafts.missed": lambda s, scope: drafts.missed(s, scope, "o7"),
    "letter_choices.choice_of": lambda s, scope: letter_choices.choice_of(s, scope, "o1"),
    "drafts.papers": lambda s, scope: drafts.papers(s, scope, "o1"),
    "drafts.records": lambda s, scope: drafts.records(s, scope, s.get_one(Obligation, ("main", "o1"))),
    "drafts.report": lambda s, scope: drafts.report(s, scope, "o1"),
    "drafts.visit": lambda s, scope: drafts.visit(s, scope, "main", "Encounter/1"),
    "export.export": export.export,
    "exports.newest_export": lambda s, scope: exports.newest_export(s, scope, "main"),
    "identities.identities": identities.identities,
    "events.calling": lambda s, scope: list(events.calling(s, scope, "main")),
    "events.channels": lambda s, scope: events.channels(s, scope, "main"),
    "events.figures": lambda s, scope: list(events.figures(s, scope, "main", EARLIER - timedelta(days=1))),
    "events.not_told": lambda s, scope: events.not_told(s, scope, "main", ["Task0", "never"]),
    "events.untaken": lambda s, scope: events.untaken(s, scope, "main", EARLIER, 9),
    "identities.user_of": lambda s, scope: identities.user_of(s, scope, "https://work.example", "s-1"),
    "identities.with_reference": lambda s, scope: identities.with_reference(s, scope, NPI),
    "intake.known": lambda s, scope: intake.known(s, scope, "main", "Encounter", ["1", "2"]),
    "job_runs.jobs": job_runs.jobs,
    "jobs.is_any_open": lambda s, scope: jobs.is_any_open(s, scope, jobs.DRAFT),
    "jobs.newest": lambda s, scope: jobs.newest(s, scope, jobs.DRAFT, "o1"),
    "jobs.oldest_waiting": lambda s, scope: jobs.oldest_waiting(s, scope, jobs.DRAFT),
    "kept_forms.kept": lambda s, scope: kept_forms.kept(s, scope, "u1"),
    "links.links": links.links,
    "links.unseen_of": lambda session, scope: links.unseen_of(session, scope, "main", "Encounter/1"),
    "closed.closed": lambda s, scope: closed.closed(s, scope, NOW, ALL, 5, "answer"),
    "closed_words.with_words": lambda s, scope: s.scalars(closed_words.with_words(s, scope, ["maine"])),
    "closed.count_closed": lambda s, scope: closed.count_closed(s, scope, NOW, ALL, "answer"),
    "namesakes.namesakes": lambda s, scope: list(
        namesakes.namesakes(s, scope, s.scalars(select(PatientRow).where(base.mine(PatientRow, scope)))).found.items()
    ),
    "set_aside.set_aside": lambda s, scope: set_aside.set_aside(s, scope, "main", ["Encounter"], ["phone"]),
    "time_alone.of_another_time": lambda s, scope: time_alone.of_another_time(s, scope, "main"),
    "time_alone.over_by_now": lambda s, scope: time_alone.over_by_now(s, scope, "main", EARLIER + timedelta(days=1)),
    "unmapped.concerned": lambda s, scope: unmapped.concerned(s, scope, *CODE),
    "unmapped.example": lambda s, scope: unmapped.example(s, scope, *CODE),
    "unmapped.unmapped": unmapped.unmapped,
    "unmatched.first": lambda s, scope: unmatched.first(s, scope, NOW, ALL),
    "unmatched.following": lambda s, scope: unmatched.following(
        s, scope, NOW, ALL, s.get_one(Obligation, ("main", "o1"))
    ),
    "unmatched.how_many": lambda s, scope: unmatched.how_many(s, scope, NOW, ALL),
    "unmatched.place": lambda s, scope: unmatched.place(s, scope, NOW, ALL, s.get_one(Obligation, ("main", "o1"))),
    "mails.attempts_of": lambda s, scope: mails.attempts_of(s, scope, ["m1"]),
    "mails.count_of_night": lambda s, scope: mails.count_of_night(s, scope, EARLIER.date(), "waiting"),
    "mails.count_open": mails.count_open,
    "mails.message": lambda s, scope: mails.message(s, scope, "m1"),
    "mails.newest": mails.newest,
    "mails.notices": lambda s, scope: mails.notices(s, scope, "unreachable", "heart@demo.example"),
    "mails.to_send": mails.to_send,
    "mails.whom_alerts_do_not_reach": mails.whom_alerts_do_not_reach,
    "persons.patient": lambda s, scope: persons.patient(s, scope, "main", "Patient/1"),
    "persons.patients_of": lambda s, scope: persons.patients_of(s, scope, "main", "Patient/1"),
    "persons.persons_of": lambda s, scope: persons.persons_of(s, scope, "main", ["Patient/1"]),
    "persons.count_touched": lambda s, scope: persons.count_touched(s, scope, "main"),
    "persons.records_of": lambda s, scope: persons.records_of(s, scope, "main", ["Patient/1"]),
    "persons.still_touched": lambda s, scope: sorted(persons.still_touched(s, scope, "main", ["Patient/1"])),
    "persons.to_read": lambda s, scope: persons.to_read(s, scope, "main"),
    "persons.touched_persons": lambda s, scope: persons.touched_persons(s, scope, "main"),
    "quarantine.held_requests": lambda s, scope: quarantine.held_requests(s, scope, "main", "Patient/1"),
    "followed.due_between": lambda s, scope: followed.due_between(
        s, scope, "main", EARLIER - timedelta(days=9), EARLIER
    ),
    "followed.examples": lambda s, scope: sorted(followed.examples(s, scope, "main", "Encounter", 9).items()),
    "followed.expected": lambda s, scope: sorted(followed.expected(s, scope, "main", EARLIER, NOW)),
    "followed.ids_of": lambda s, scope: sorted(followed.ids_of(s, scope, "main", "Encounter", ["Patient/1"])),
    "followed.never_read": lambda s, scope: followed.never_read(s, scope, "main"),
    "followed.open_patients": lambda s, scope: followed.open_patients(s, scope, "main"),
    "followed.read_long_ago": lambda s, scope: followed.read_long_ago(
        s, scope, "main", ["Patient/9"], datetime(2100, 1, 1, tzinfo=UTC)
    ),
    "followed.read_before": lambda s, scope: sorted(followed.read_before(s, scope, "main", ["Patient/9"])),
    "followed.seen": lambda s, scope: sorted(followed.seen(s, scope, "main", {"Patient/1": EARLIER})),
    "quarantine.in_quarantine": quarantine.in_quarantine,
    "records.bodies": lambda s, scope: records.bodies(s, scope, [SHA]),
    "records.count_of": lambda s, scope: records.count_of(s, scope, "main", "ServiceRequest"),
    "records.ids_of_patients": lambda s, scope: records.ids_of_patients(s, scope, "main", ["Patient/1"]),
    "records.kept": lambda s, scope: records.kept(s, scope, "main", "Encounter/1", None),
    "records.names": lambda s, scope: records.names(s, scope, "main", ["Practitioner/heart"]),
    "records.nothing_kept": lambda s, scope: records.nothing_kept(s, scope, "main"),
    "records.read_patients": lambda s, scope: records.read_patients(s, scope, "main", ["Patient/1"]),
    "records.read_types": lambda s, scope: records.read_types(s, scope, "main", ["ServiceRequest"]),
    "records.standings": lambda s, scope: sorted(records.standings(s, scope, "main", ["Encounter/1"]).items()),
    "records.rows_of": lambda s, scope: records.rows_of(s, scope, "main", ["Patient/1"], ["ServiceRequest"]),
    "referrer_reports.fell_due": lambda s, scope: referrer_reports.fell_due(
        s, scope, "main:Practitioner/Maine Sample", EARLIER - timedelta(days=99), NOW + timedelta(days=99)
    ),
    "referrals.referral": lambda s, scope: referrals.referral(s, scope, "main", "ServiceRequest/1"),
    "referrals.referrals_of": lambda s, scope: referrals.referrals_of(s, scope, "main", "Patient/1"),
    "requests.counted": lambda s, scope: requests.counted(s, scope, "main", EARLIER.date()),
    "requests.taken": lambda s, scope: requests.taken(s, scope, "main", "day", 1),
    "requester_answers.answer": lambda s, scope: requester_answers.answer(s, scope, "request 1"),
    "requester_answers.answers": requester_answers.answers,
    "requester_answers.in_force": lambda s, scope: list(requester_answers.in_force(s, scope, "main").items()),
    "requester_answers.last_about": lambda s, scope: requester_answers.last_about(s, scope, "main", *REQUESTED),
    "requester_answers.subjects": lambda s, scope: requester_answers.subjects(
        s, scope, requester_answers.answers(s, MAIN)
    ),
    "requester_answers.touched": lambda s, scope: requester_answers.touched(s, scope, "main", "requester", ASKER),
    "returns.patients": returns.patients,
    "returns.reports_of": lambda s, scope: returns.reports_of(s, scope, "main", "Patient/1"),
    "returns.share": returns.share,
    "runs.ehr_row": lambda s, scope: runs.ehr_row(s, scope, "main"),
    "runs.last_begun": lambda s, scope: runs.last_begun(s, scope, "main"),
    "runs.last_night": runs.last_night,
    "runs.last_run": lambda s, scope: runs.last_run(s, scope, "main"),
    "runs.newest_run": lambda s, scope: runs.newest_run(s, scope, "main"),
    "runs.watermark": lambda s, scope: runs.watermark(s, scope, "main", "Encounter", "encounters"),
    "drafts.versions": lambda s, scope: drafts.versions(s, scope, "o1"),
    "second_factors.factor_of": lambda s, scope: second_factors.factor_of(s, scope, "u1"),
    "holds.holds_of": lambda s, scope: holds.holds_of(s, scope, "o1"),
    "holds.standing_of": lambda s, scope: [
        (one.code, one.source) for one in holds.standing_of(s, scope, s.get_one(Obligation, ("main", "o1")))
    ],
    "signatures.answers_of": lambda s, scope: sorted(
        (key, one.words) for key, one in signatures.answers_of(s, scope, "o1").items()
    ),
    "signatures.is_signed_here": lambda s, scope: signatures.is_signed_here(s, scope, "o1"),
    "signatures.known_as": lambda s, scope: sorted(signatures.known_as(s, scope, NPI)),
    "signatures.opened_at": lambda s, scope: signatures.opened_at(s, scope, "o1", SHA, "heart@demo.example"),
    "signatures.signed_since": lambda s, scope: [
        owed.id for owed, _ in signatures.signed_since(s, scope, "main", datetime(2000, 1, 1, tzinfo=UTC), STATES)
    ],
    "signatures.signatures_of": lambda s, scope: signatures.signatures_of(s, scope, "o1"),
    "signatures.to_check": signatures.to_check,
    "signatures.interim": signatures.interim,
    "request_answers.answer_of": lambda s, scope: request_answers.answer_of(s, scope, _owed(s, scope, "o9")),
    "request_answers.answer_to": lambda s, scope: request_answers.answer_to(s, scope, _owed(s, scope, "o9")),
    "request_answers.answered_since": lambda s, scope: request_answers.answered_since(s, scope, EARLIER - timedelta(9)),
    "request_answers.reports_of": lambda s, scope: request_answers.reports_of(s, scope, _owed(s, scope, "o1")),
    "signatures.waiting": signatures.waiting,
    "signing_clocks.clocks_of": lambda s, scope: signing_clocks.clocks_of(s, scope, ["o2"]),
    "to_sign.count_to_sign": lambda s, scope: to_sign.count_to_sign(s, scope, "coordinator", cosigns=True),
    "to_sign.letters_to_sign": lambda s, scope: to_sign.letters_to_sign(
        s, scope, NOW, DAYS, "coordinator", cosigns=True
    ),
    "unread.unread": lambda s, scope: unread.unread(s, scope, "main"),
    "users.is_unchanged": lambda s, scope: users.is_unchanged(s, scope, s.get_one(User, ("main", "u1"))),
    "users.live_session": lambda s, scope: users.live_session(s, scope, "d1", EARLIER),
    "users.named": lambda s, scope: users.named(s, scope, "heart@demo.example"),
    "users.names": users.names,
    "users.of_practice": users.of_practice,
    "users.searched": lambda s, scope: users.searched(s, scope, "k1", "u1"),
    "users.sign_in_link": lambda s, scope: users.sign_in_link(s, scope, "d1", NOW),
    "users.user": lambda s, scope: users.user(s, scope, "u1"),
    "verdicts.waiting": lambda s, scope: verdicts.waiting(s, scope, "main"),
    "verdicts.without_verdict": lambda s, scope: verdicts.without_verdict(s, scope, "main"),
    "worklist.author_name": lambda s, scope: worklist.author_name(s, scope, "main:Practitioner/heart"),
    "worklist.author_references": worklist.author_references,
    "worklist.authors": worklist.authors,
    "worklist.bucket": lambda s, scope: worklist.bucket(s, scope, NOW, DAYS, "open", ALL, PAGE),
    "worklist.counts": lambda s, scope: worklist.counts(s, scope, NOW, DAYS, ALL),
    "worklist.most_pressing_to_write": lambda s, scope: worklist.most_pressing_to_write(
        s, scope, NOW, DAYS, "coordinator"
    ),
    "worklist.of_person": lambda s, scope: worklist.of_person(s, scope, NOW, "main", "Patient/1"),
    "worklist.one": lambda s, scope: worklist.one(s, scope, NOW, "o1"),
    "worklist.open_by_kind": worklist.open_by_kind,
    "worklist.referrer_name": lambda s, scope: worklist.referrer_name(s, scope, "main:Practitioner/Maine Sample"),
    "worklist.referrers": worklist.referrers,
    "worklist.worklist": lambda s, scope: worklist.worklist(s, scope, NOW, kind="all", state="all"),
    "worklist_query.items": lambda s, scope: worklist_query.items(s, scope, NOW, [], PAGE),
    "worklist_query.these": lambda s, scope: worklist_query.these(s, scope, NOW, None, [Obligation.id]),
    "worklist_query.narrowed": lambda s, scope: s.scalars(
        select(Obligation.id).where(
            base.mine(Obligation, scope),
            *worklist_query.narrowed(s, scope, worklist_query.Filters(author=f"npi:{NPI}"), NOW),
        )
    ),
    "worklist_query.joined": lambda s, scope: s.scalars(worklist_query.joined(select(Obligation.id), scope)),
}
"""By ``module.function``: the question, asked for one practice."""

TOLD = {"event_id": "new", "type": "Task", "fhir_id": "1", "patient": None}
KEPT = intake.Kept("Encounter", "1", "1" * 64, b"{}", None, "admitted", None, None, "Patient/1")
DRAFTED = Transition("owed", "drafted", NOW, "loopclose")
AWAY = Absence("heart@demo.example", NOW.date(), None, "beat@demo.example")
WRITES: dict[str, Case] = {
    "followed.follow": lambda s, scope: followed.follow(s, scope, "main", ["Patient/new"]),
    "followed.note_read_at": lambda s, scope: followed.note_read_at(s, scope, "main", ["Patient/1"], NOW),
    "requests.count": lambda s, scope: requests.count(s, scope, "main", EARLIER.date(), {"pass": 3}),
    "requests.take": lambda s, scope: requests.take(s, scope, "main", "day", 1, 5, 100),
    "runs.note_keeping_up": lambda s, scope: runs.note_keeping_up(s, scope, "main", {"by_type": []}),
    "absences.end_absences": lambda s, scope: absences.end_absences(s, scope, "heart@demo.example", NOW.date()),
    "absences.note_absence": lambda s, scope: absences.note_absence(s, scope, AWAY, NOW),
    "alerts.tell_after_all": lambda s, scope: alerts.tell_after_all(
        s, scope, s.get_one(Obligation, (scope.practice_id, "o1")), "lead", "m1"
    ),
    "audit_log.record": lambda s, scope: audit_log.record(s, scope, NOW, "somebody", "view_obligation", "o1"),
    "audit_log.seal": lambda s, scope: audit_log.seal(s, scope, NOW),
    "code_assignments.note_assignment": lambda s, scope: code_assignments.note_assignment(
        s, scope, *CODE, "office", "me", NOW
    ),
    "decisions.add_step": lambda s, scope: decisions.add_step(s, scope, "o1", DRAFTED, NOW),
    "decisions.note_decision": lambda s, scope: decisions.note_decision(s, scope, "o1", "assign", "me", NOW, {}),
    "decisions.note_link": lambda s, scope: decisions.note_link(s, scope, "main", "Encounter/1", [], "me", NOW, []),
    "decisions.nothing_waits": lambda s, scope: decisions.nothing_waits(s, scope, "o1"),
    "draft_charts.note_chart": lambda s, scope: draft_charts.note_chart(s, scope, "o1", "3" * 64, NOW),
    "edits.note_edit": lambda s, scope: edits.note_edit(
        s, scope, drafts.papers(s, scope, "o1")["consult-note"], 9, ("me", "Me"), NOW, {"does": "take_back", "of": 1}
    ),
    "edits.note_newer": lambda s, scope: edits.note_newer(
        s, scope, drafts.papers(s, scope, "o1")["consult-note"], "4" * 64, b"newer", NOW
    ),
    "letter_choices.choose": lambda s, scope: letter_choices.choose(s, scope, "o1", None, "me", NOW),
    "letter_choices.note_rule": lambda s, scope: letter_choices.note_rule(s, scope, "o1", "So.", ""),
    "drafts.keep_papers": lambda s, scope: drafts.keep_papers(s, scope, "o1", "text/plain", {"consult-note": b"new"}),
    "drafts.note_drafted": lambda s, scope: drafts.note_drafted(s, scope, "o1", DRAFTED, NOW),
    "events.channel": lambda s, scope: events.channel(s, scope, "main", "Subscription/new"),
    "events.forget": lambda s, scope: events.forget(s, scope, "main", NOW),
    "events.note_told": lambda s, scope: events.note_told(s, scope, "main", [TOLD], NOW),
    "events.note_tried": lambda s, scope: events.note_tried(s, scope, "main", ["Task0"], NOW),
    "events.settle_unnamed": lambda s, scope: events.settle_unnamed(s, scope, "main", NOW, NOW, taken=True),
    "events.take": lambda s, scope: events.take(s, scope, "main", ["Task0"], NOW),
    "exports.note_export": lambda s, scope: exports.note_export(
        s, scope, "main", **{**EXPORT, "of": "new", "began_at": NOW}
    ),
    "exports.note_progress": lambda s, scope: exports.note_progress(s, scope, "main", problem="new"),
    "exports.note_taken": lambda s, scope: exports.note_taken(s, scope, "main", "new", None),
    "chase_tokens.add_token": lambda s, scope: chase_tokens.add_token(s, scope, "t2", "npi:1", "d2", "me", NOW),
    "chase_tokens.revoke": lambda s, scope: chase_tokens.revoke(s, scope, "t1", "me", NOW),
    "chase_tokens.take_turn": lambda s, scope: chase_tokens.take_turn(s, scope, "t1", NOW, 9, timedelta(minutes=1)),
    "chases.note_chase": lambda s, scope: chases.note_chase(
        s, scope, "c3", "o1", Chase("phone", "Ms. Sample"), "me", NOW
    ),
    "chases.note_told": lambda s, scope: chases.note_told(s, scope, ["c1"], "m2"),
    "chases.tell_anew": lambda s, scope: chases.tell_anew(s, scope, "m1"),
    "hook_tokens.use_token": lambda s, scope: hook_tokens.use_token(s, scope, "d2", NOW, NOW),
    "identities.add_identity": lambda s, scope: identities.add_identity(s, scope, "i", "s-2", "u1", NOW),
    "identities.drop_identity": lambda s, scope: identities.drop_identity(s, scope, "https://work.example", "s-1"),
    "intake.drop_uncited": lambda s, scope: intake.drop_uncited(s, scope, {SHA, UNCITED}),
    "intake.keep_gone": lambda s, scope: intake.keep_gone(s, scope, "main", "Encounter", "1"),
    "intake.kept_ready": lambda s, scope: [
        one.execute(s) for one in intake.kept_ready(s.connection().dialect, scope, "main", [KEPT], NOW)
    ],
    "jobs.ask": lambda s, scope: jobs.ask(s, scope, jobs.DRAFT, "o2", "me", NOW),
    "jobs.claim": lambda s, scope: jobs.claim(s, scope, jobs.DRAFT, "me", NOW),
    "job_runs.begin": lambda s, scope: job_runs.begin(s, scope, "sync", "main", EARLIER, NOW),
    "job_runs.end": lambda s, scope: job_runs.end(s, scope, "sync", "main", "KeyError", NOW),
    "kept_forms.drop": lambda s, scope: kept_forms.drop(s, scope, "u1", "f1"),
    "kept_forms.forget": lambda s, scope: kept_forms.forget(s, scope, NOW),
    "kept_forms.keep": lambda s, scope: kept_forms.keep(
        s, scope, row(KeptForm, scope.practice_id, key="f2", user_id="u1", kept_at=NOW), EARLIER, 1
    ),
    "alerts.carry_over": lambda s, scope: alerts.carry_over(s, scope, "m1", "m2"),
    "alerts.put_into": lambda s, scope: alerts.put_into(s, scope, ["a1"], "m2"),
    "mails.begin_attempt": lambda s, scope: mails.begin_attempt(s, scope, "m1", NOW),
    "mails.change": lambda s, scope: mails.change(s, scope, mail(s), {"state": "cancelled"}),
    "mails.claim": lambda s, scope: mails.claim(s, scope, mail(s), "me", NOW),
    "mails.end_attempt": lambda s, scope: mails.end_attempt(s, scope, "m1", 1, NOW, "new", final=True),
    "mails.note_accepted": lambda s, scope: mails.note_accepted(s, scope, "m1", {"state": "sent"}),
    "mails.note_reached": lambda s, scope: mails.note_reached(s, scope, "heart@demo.example"),
    "mails.note_unreachable": lambda s, scope: mails.note_unreachable(s, scope, "new@x.example", "m1", "new", NOW),
    "mails.settle": lambda s, scope: (
        mails.claim(s, scope, mail(s), "me", NOW) and mails.settle(s, scope, mail(s), "me", {"state": "sent"})
    ),
    "persons.clinicians_ready": lambda s, scope: persons.clinicians_ready(
        s.connection().dialect, scope, "main", [{"key": "Practitioner/heart", "name": "new", "npi": None, "ours": True}]
    ).execute(s),
    "persons.judged": lambda s, scope: persons.judged(s, scope, "main", ["Patient/1", "Patient/2"]),
    "persons.names_ready": lambda s, scope: persons.names_ready(
        s.connection().dialect,
        scope,
        "main",
        {"Patient/1": {**dict.fromkeys(persons.SHOWN), "name": "new"}},
    ).execute(s),
    "persons.one_person": lambda s, scope: persons.one_person(s, scope, "main", ["Patient/1", "Patient/2"]),
    "persons.touch": lambda s, scope: persons.touch(s, scope, "main", ["Patient/1"]),
    "persons.touch_everybody": lambda s, scope: persons.touch_everybody(s, scope, "main"),
    "persons.touch_known": lambda s, scope: persons.touch_known(s, scope, "main", ["Patient/1"]),
    "persons.touch_persons": lambda s, scope: persons.touch_persons(s, scope, "main", ["Patient/1", "Patient/2"]),
    "persons.touch_open": lambda s, scope: persons.touch_open(s, scope, "main"),
    "persons.touch_ready": lambda s, scope: persons.touch_ready(
        s.connection().dialect, scope, "main", ["Patient/1"]
    ).execute(s),
    "requester_answers.note_answer": lambda s, scope: requester_answers.note_answer(
        s, scope, "main", *REQUESTED, None, "me", NOW
    ),
    "runs.begin": lambda s, scope: runs.begin(s, scope, "main", ("new", "UTC"), NOW),
    "runs.finish": lambda s, scope: runs.finish(s, scope, "main", "Maine Sample", {"new": 1}, {}, None, NOW),
    "runs.move_watermark": lambda s, scope: runs.move_watermark(s, scope, "main", "Encounter", "encounters", NOW),
    "runs.note_ehr": lambda s, scope: runs.note_ehr(s, scope, "main", "http://new.example", ["Task"], None, "2", "3"),
    "runs.note_worklist": lambda s, scope: runs.note_worklist(s, scope, "main", {"sources": ["roster"]}),
    "second_factors.drop_factor": lambda s, scope: second_factors.drop_factor(s, scope, "u1"),
    "second_factors.keep_factor": lambda s, scope: second_factors.keep_factor(s, scope, "u1", b"new", NOW),
    "second_factors.use_step": lambda s, scope: second_factors.use_step(s, scope, "u1", 2, NOW),
    "holds.add_holds": lambda s, scope: holds.add_holds(s, scope, "o1", [Ground("legal")], "me", NOW),
    "holds.release_holds": lambda s, scope: holds.release_holds(
        s, scope, s.get_one(Obligation, ("main", "o1")), "Dr. Lee", "other", "So.", "me", NOW
    ),
    "signatures.add_signature": lambda s, scope: signatures.add_signature(s, scope, "o1", SIGNATURE),
    "signatures.keep_answer": lambda s, scope: signatures.keep_answer(
        s, scope, "o1", "question", "words", "new", "me", NOW
    ),
    "signatures.note_opening": lambda s, scope: signatures.note_opening(s, scope, "o1", SHA, "me", NOW),
    "signatures.nothing_waits": lambda s, scope: signatures.nothing_waits(s, scope, "o1"),
    "signing_clocks.begin": lambda s, scope: signing_clocks.begin(s, scope, ("o1", 1), 1, NOW, NOW),
    "signing_clocks.note_told": lambda s, scope: signing_clocks.note_told(
        s, scope, s.get_one(Obligation, ("main", "o2")), NOW.date()
    ),
    "signing_clocks.stop": lambda s, scope: signing_clocks.stop(s, scope, ["o2"], NOW),
    "users.note_proved": lambda s, scope: users.note_proved(s, scope, "d1", NOW, "code"),
    "recipient_words.add_word": lambda s, scope: recipient_words.add_word(
        s,
        scope,
        {
            **dict.fromkeys(("delivery", "kind", "about", "words"), "x"),
            "letter": "o1",
            "key": "n",
            "obligation": "o9",
            "at": NOW,
        },
    ),
    "recipient_words.withdraw": lambda s, scope: recipient_words.withdraw(s, scope, "o1", "k1", NOW),
    "letter_duties.add_duties": lambda s, scope: letter_duties.add_duties(
        s, scope, ("o1", 1), [("d2", Duty("ask", "Check TSH."))], NOW, NOW
    ),
    "addresses.add_address": lambda s, scope: addresses.add_address(
        s, scope, {"referrer": "x", "name": "n", "channel": "fax", "to": "+16175550142"}, "me", NOW
    ),
    "addresses.change_address": lambda s, scope: addresses.change_address(s, scope, "a1", {"rank": 7}),
    "addresses.close": lambda s, scope: addresses.close(s, scope, "a1", "me", "moved", NOW),
    "addresses.note_used": lambda s, scope: addresses.note_used(s, scope, "a1", NOW),
    "opt_outs.opt_out": lambda s, scope: opt_outs.opt_out(s, scope, f"npi:{NPI}", "fax", "me", "w", NOW),
    "opt_outs.opt_in": lambda s, scope: opt_outs.opt_in(s, scope, f"npi:{NPI}", "paper", "me", NOW),
    "written.note_written": lambda s, scope: written.note_written(
        s, scope, "main", "d9", ["Task/1"], "fulfilment", NOW
    ),
    "deliveries.ask_now": lambda s, scope: deliveries.ask_now(s, scope, "fax", NOW),
    "deliveries.claim": lambda s, scope: deliveries.claim(
        s, scope, s.get(DeliveryRow, ("main", "dplanned")), "me", NOW
    ),
    "deliveries.settle": lambda s, scope: deliveries.settle(s, scope, "d1", "me", {"state": "sent"}),
    "delivery_history.begin_attempt": lambda s, scope: delivery_history.begin_attempt(s, scope, "d1", NOW),
    "delivery_history.end_attempt": lambda s, scope: delivery_history.end_attempt(s, scope, "d1", 1, NOW, "x", "sent"),
    "delivery_history.add_event": lambda s, scope: delivery_history.add_event(
        s, scope, "d1", "received", "person", "me", NOW, NOW
    ),
    "letter_changes.add_changes": lambda s, scope: letter_changes.add_changes(
        s, scope, "o1", 9, ("c2", 2), [Change("Plan", "new", None, "Walk.", "Observation/1")], NOW
    ),
    "set_aside.take_up": lambda s, scope: set_aside.take_up(
        s, scope, "main", "Encounter", "1", ("admitted", None), "x"
    ),
    "unread.note_read": lambda s, scope: unread.note_read(s, scope, "main", ["Patient/1"]),
    "unread.note_unread": lambda s, scope: unread.note_unread(s, scope, "main", {"Patient/1": "new"}, NOW),
    "users.end_sessions": lambda s, scope: users.end_sessions(s, scope, "u1", NOW),
    "users.keep_search": lambda s, scope: users.keep_search(
        s,
        scope,
        SearchKey(practice_id=scope.practice_id, key="k2", words="new", user_id="u1", made_at=NOW),
        NOW - timedelta(days=1),
    ),
    "users.void_links": lambda s, scope: users.void_links(s, scope, "u1", NOW),
    "users.use_link": lambda s, scope: users.use_link(s, scope, "d1", NOW),
}
"""By ``module.function``: the change, made for one practice."""


def scoped_functions() -> set[str]:
    """Every public function of the store that takes a Scope, as ``module.function``."""
    found = set()
    for info in pkgutil.iter_modules(loopclose.store.__path__):
        if info.ispkg:
            continue
        module = importlib.import_module(f"loopclose.store.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            takes = [parameter.annotation for parameter in inspect.signature(function).parameters.values()]
            if function.__module__ == module.__name__ and not name.startswith("_") and {"Scope", Scope} & {*takes}:
                found.add(f"{info.name}.{name}")
    return found


def answers(session: Session, scope: Scope) -> dict[str, Any]:
    """What every question gives for that practice."""
    found = {}
    for name, ask in READS.items():
        try:
            found[name] = plain(ask(session, scope))
        except NoResultFound:
            found[name] = None
    return found


def differing(one: dict[str, Any], two: dict[str, Any]) -> list[str]:
    return [name for name in one if one[name] != two[name]]


def test_every_function_of_the_store_that_takes_a_scope_is_asked_here() -> None:
    assert scoped_functions() == READS.keys() | WRITES.keys()


def test_what_a_practice_reads_is_the_same_with_another_beside_it(db: Database) -> None:
    with db.write() as session:
        fill(session, MAIN, "Maine Sample")
    with db.read() as session:
        alone, nothing = answers(session, MAIN), answers(session, NOBODY)
    assert not [name for name in alone if alone[name] == nothing[name]], "these find nothing, so they show nothing"
    with db.write() as session:
        fill(session, OTHER, "Other Sample", times=2)
    with db.read() as session:
        assert not differing(alone, answers(session, MAIN))
        assert not differing(nothing, answers(session, NOBODY))


def changes(db: Database) -> dict[str, dict[str, Any]]:
    """By name of what is written for one practice: its rows after it, and then those of the other."""
    found = {}
    for name, change in WRITES.items():
        with db.read() as session:  # which takes back what was changed
            change(session, MAIN)
            session.flush()
            found[name] = {"main": everything_of(session, MAIN, DRAWN), "other": everything_of(session, OTHER)}
    return found


def test_what_a_practice_writes_is_the_same_beside_another_and_leaves_it_as_it_was(db: Database) -> None:
    with db.write() as session:
        fill(session, MAIN, "Maine Sample")
    alone = {name: found["main"] for name, found in changes(db).items()}
    with db.write() as session:
        fill(session, OTHER, "Other Sample", times=2)
    with db.read() as session:
        before = everything_of(session, OTHER)
    beside = changes(db)
    assert not differing(alone, {name: found["main"] for name, found in beside.items()})
    assert not [name for name, found in beside.items() if found["other"] != before]
