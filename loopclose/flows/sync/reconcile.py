"""What changed between how things stand and what the rules say now, written down; nothing is ever lost in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from msgspec import to_builtins
from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from loopclose.domain.chart import Chart
from loopclose.domain.codes import NOT_YET_SENT, OPEN_STATES
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.directory import Directory
from loopclose.domain.escalation import next_alert_after
from loopclose.domain.owing import Judgement, Owed
from loopclose.domain.states import BY_LOOPCLOSE, Evidence, Transition, settle
from loopclose.flows.site import Site
from loopclose.flows.sync import rows
from loopclose.flows.sync.standing import Row, Standing
from loopclose.store.base import table_of
from loopclose.store.loop import AppointmentRow, LinkRow, ReferralRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation, TransitionRow
from loopclose.store.people import User
from loopclose.store.resources import Resource
from loopclose.store.upsert import upsert

KEEP = ("assigned_to", "return_by_hand", "due_by_hand", "fired_rung", "fired_on")
"""Columns of an obligation that are not the chart's to say."""


@dataclass(frozen=True)
class Case:
    """One person: the chart, what the rules make of it, and how things stood."""

    person: str
    chart: Chart
    judgement: Judgement
    standing: Standing
    kept_as: Mapping[str, tuple[str, str | None]]
    digests: Mapping[str, str]


@dataclass
class _Writes:
    """Rows to write, by table, so that a batch of persons is a handful of statements."""

    upserts: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))
    deletes: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))
    superseded: list[Row] = field(default_factory=list)


def reconcile(session: Session, site: Site, directory: Directory, cases: Sequence[Case], now: datetime) -> None:
    """Write the differences for some persons; writing the same judgement twice changes nothing."""
    writes = _Writes()
    users = _users_by_reference(session, site, directory)
    for case in cases:
        _loop(site, directory, case, writes)
        _Obligations(site, case, writes, users, now).write()
        _dispositions(session, site, case)
    links = table_of(LinkRow)
    for one in writes.superseded:
        session.execute(update(links).where(*(links.c[k] == v for k, v in one.items())).values(current=False))
    for table, gone in writes.deletes.items():
        for one in gone:
            session.execute(delete(table).where(*(table.c[name] == value for name, value in one.items())))
    for table, found in writes.upserts.items():
        upsert(session, table, found)


def _loop(site: Site, directory: Directory, case: Case, writes: _Writes) -> None:
    judgement, standing = case.judgement, case.standing
    _differences(
        writes,
        table_of(ReferralRow),
        standing.referrals,
        {one.id: rows.referral_row(site, case.person, one) for one in judgement.referrals},
    )
    _differences(
        writes,
        table_of(VisitRow),
        standing.visits,
        {
            one.id: rows.visit_row(
                site,
                case.person,
                one,
                judgement.outcomes[one.id],
                bool(standing.visits.get(one.id, {}).get("promoted")),
            )
            for one in judgement.visits
        },
    )
    patient = case.chart.patients[0].key if case.chart.patients else case.person
    _differences(
        writes,
        table_of(AppointmentRow),
        standing.appointments,
        {one.key: rows.appointment_row(site, case.person, patient, one, directory) for one in case.chart.appointments},
    )
    for visit, verdict in judgement.verdicts.items():
        old = standing.links.get(visit)
        new = rows.link_row(site, visit, old["no"] + 1 if old else 1, verdict)
        if old is None or any(old[name] != new[name] for name in new if name != "no"):
            if old is not None:
                writes.superseded.append({k: old[k] for k in ("practice_id", "ehr", "visit", "no")})
            writes.upserts[table_of(LinkRow)].append(new)


def _differences(writes: _Writes, table: Table, before: Mapping[str, Row], after: Mapping[str, Row]) -> None:
    writes.upserts[table] += [row for key, row in after.items() if before.get(key) != row]
    names = [column.name for column in table.primary_key]
    writes.deletes[table] += [{n: row[n] for n in names} for key, row in before.items() if key not in after]


@dataclass
class _Obligations:
    """What one person is owed, against what stands."""

    site: Site
    case: Case
    writes: _Writes
    users: Mapping[str, str]
    now: datetime

    def write(self) -> None:
        """Every obligation owed now, and every one that stands and is owed no more."""
        owed = {rows.obligation_id(self.site, one): one for one in self.case.judgement.owed}
        for key, one in owed.items():
            row = self._write_one(key, one, one.evidence)
            if one.kind == "report":
                self._receipt(one, row)
        for key, row in self.case.standing.obligations.items():
            if key not in owed and row["kind"] != "receipt" and row["state"] in OPEN_STATES:
                self._no_longer_owed(key, row)

    def _write_one(self, key: str, owed: Owed, evidence: tuple[Evidence, ...]) -> Row:
        before = self.case.standing.obligations.get(key)
        history = list(self.case.standing.history.get(key, ()))
        new: list[Transition] = []
        if not history:
            new.append(Transition(None, "owed", owed.since, BY_LOOPCLOSE))
        elif history[-1].to_state in ("waived", "confirmed") and history[-1].code == "no_longer_owed":
            new.append(Transition(history[-1].to_state, "owed", self.now, BY_LOOPCLOSE, code="owed_again"))
        new += settle([*history, *new], evidence, self.now)
        self._add_steps(key, len(history), new)
        row = self._row(key, owed, before, [*history, *new])
        if before != row:
            self.writes.upserts[table_of(Obligation)].append(row)
        return row

    def _row(self, key: str, owed: Owed, before: Row | None, history: list[Transition]) -> Row:
        state = history[-1].to_state
        row: Row = {
            "practice_id": self.site.scope.practice_id,
            "id": key,
            "ehr": self.site.ehr,
            "kind": owed.kind,
            "patient": owed.patient,
            "person": self.case.person,
            "visit": owed.visit,
            "referral": owed.referral,
            "appointment": owed.appointment,
            "state": state,
            "scope": owed.scope,
            "priority": owed.priority,
            "author": owed.author,
            "referrer": to_builtins(owed.referrer) if owed.referrer else None,
            "guessed": owed.referrer.guessed if owed.referrer else False,
            "assigned_to": None,
            "return_by_hand": None,
            "due_by_hand": None,
            "fired_rung": 0,
            "fired_on": None,
        }
        row.update({name: before[name] for name in KEEP} if before else {})
        row["owner"] = row["assigned_to"] or self._owner(owed)
        row.update(self._deadline(key, owed, row, state))
        row["sent_at"] = next((step.effective_at for step in history if step.to_state == "sent"), None)
        row["on_time"] = row["sent_at"] <= row["due_at"] if row["sent_at"] else None
        row["alert_after"] = self._alert_after(row)
        return row

    def _deadline(self, key: str, owed: Owed, row: Row, state: str) -> Row:
        """The deadline that holds: a new number when it moves, the old one kept; none once it is sent or closed."""
        old = self.case.standing.deadlines.get(key)
        reasons = rows.reasons_json(owed)
        if old is not None and state not in NOT_YET_SENT:
            return {"due_at": old["due_at"], "deadline_no": old["no"], "winner": old["winner"]}
        moved = old is None or old["due_at"] != owed.deadline.due_at
        no = 1 if old is None else old["no"] + moved
        deadline = {
            "practice_id": self.site.scope.practice_id,
            "obligation": key,
            "no": no,
            "due_at": owed.deadline.due_at,
            "winner": owed.deadline.winner,
            "reasons": reasons,
            "changed_because": old["changed_because"] if old and not moved else _why_moved(old, owed),
        }
        if deadline != old:
            self.writes.upserts[table_of(DeadlineRow)].append(deadline)
        if moved:
            row.update(fired_rung=0, fired_on=None)
        return {"due_at": deadline["due_at"], "deadline_no": no, "winner": deadline["winner"]}

    def _alert_after(self, row: Row) -> datetime | None:
        waiting = NOT_YET_SENT if row["kind"] == "report" else OPEN_STATES
        if row["state"] not in waiting:
            return None
        calendar = self.site.practice.calendar
        return next_alert_after(row["due_at"], row["fired_rung"], self.site.ladder, calendar)

    def _owner(self, owed: Owed) -> str:
        if owed.kind == "report" and owed.author is not None:
            return self.users.get(owed.author, "coordinator")
        return "coordinator"

    def _receipt(self, owed: Owed, report: Row) -> None:
        """A report that was sent owes its receipt, until it is confirmed."""
        receipt = replace(owed, kind="receipt", evidence=())
        key = rows.obligation_id(self.site, receipt)
        stands = key in self.case.standing.obligations
        if report["sent_at"] is None or (report["state"] != "sent" and not stands):
            return
        deadline = other_deadline("receipt", report["sent_at"], self.site.practice.calendar)
        evidence = tuple(one for one in owed.evidence if one.state == "confirmed")
        if report["state"] == "confirmed" and not evidence:
            evidence = (Evidence("confirmed", self.now, report["id"], "The report was confirmed."),)
        self._write_one(key, replace(receipt, deadline=deadline, since=report["sent_at"]), evidence)

    def _no_longer_owed(self, key: str, before: Row) -> None:
        """Its ground is gone: a resolve is answered, anything else is waived with its code, and both may come back."""
        answered = before["kind"] == "resolve" and before["visit"] in self.case.judgement.verdicts
        note = _ground(self.case, before)
        step = Transition(
            before["state"],
            "confirmed" if answered else "waived",
            self.now,
            BY_LOOPCLOSE,
            before["visit"] or before["referral"] or before["appointment"],
            "no_longer_owed",
            note,
        )
        self._add_steps(key, len(self.case.standing.history[key]), [step])
        row = {**before, "state": step.to_state, "alert_after": None}
        self.writes.upserts[table_of(Obligation)].append(row)

    def _add_steps(self, key: str, before: int, steps: Sequence[Transition]) -> None:
        for no, step in enumerate(steps, start=before + 1):
            self.writes.upserts[table_of(TransitionRow)].append(
                {
                    "practice_id": self.site.scope.practice_id,
                    "obligation": key,
                    "no": no,
                    "from_state": step.from_state,
                    "to_state": step.to_state,
                    "effective_at": step.effective_at,
                    "detected_at": self.now,
                    "actor": step.actor,
                    "evidence": step.evidence,
                    "evidence_sha256": self.case.digests.get(step.evidence or ""),
                    "code": step.code,
                    "note": step.note,
                }
            )


def _why_moved(old: Row | None, owed: Owed) -> str | None:
    """Earlier: the new reason; later: the old one is gone."""
    if old is None:
        return None
    if owed.deadline.due_at < old["due_at"]:
        return f"Earlier: {owed.deadline.reasons[0].because}"
    gone = next((reason["because"] for reason in old["reasons"] if reason["rule"] == old["winner"]), "")
    return f"Later, because this no longer holds: {gone}"


def _ground(case: Case, before: Row) -> str:
    visit = before["visit"]
    if visit is None:
        return "The referral or appointment behind it changed."
    if visit not in case.judgement.verdicts:
        return "The visit is no visit any more: entered in error, cancelled, deleted or moved to another patient."
    verdict = case.judgement.verdicts[visit]
    linked = ", ".join(verdict.referrals) or "no referral"
    return f"The visit is linked to {linked} ({verdict.method or 'by the rules'})."


def _users_by_reference(session: Session, site: Site, directory: Directory) -> dict[str, str]:
    """E-mail by ``Practitioner/id``: users name a reference, or an NPI."""
    users = session.scalars(
        select(User).where(
            User.practice_id == site.scope.practice_id, User.disabled.is_(False), User.reference.is_not(None)
        )
    )
    found: dict[str, str] = {}
    for user in users:
        key = user.reference if "/" in (user.reference or "") else directory.with_npi(user.reference or "")
        if key is not None:
            found[key] = user.email
    return found


def _dispositions(session: Session, site: Site, case: Case) -> None:
    """Requests and encounters whose admission changed with time, people or codes."""
    table = table_of(Resource)
    for admissions in (case.judgement.requests, case.judgement.encounters):
        for key, admission in admissions.items():
            ignored = admission.disposition == "ignored"
            disposition = "ignored" if ignored else "admitted"
            reason = admission.code if ignored else ("undecided" if admission.disposition == "undecided" else None)
            if case.kept_as.get(key, (None, None)) != (disposition, reason):
                kind, fhir_id = key.split("/", 1)
                session.execute(
                    update(table)
                    .where(
                        table.c.practice_id == site.scope.practice_id,
                        table.c.ehr == site.ehr,
                        table.c.type == kind,
                        table.c.fhir_id == fhir_id,
                    )
                    .values(disposition=disposition, reason=reason, detail=admission.because)
                )
