"""What one person is owed, against what stands: obligations, deadlines, steps. Nothing is ever lost in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import to_builtins
from msgspec.structs import replace

from loopclose.domain.codes import BY_AUTHOR, NOT_YET_SENT, OPEN_STATES
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.escalation import ladders_begun, next_alert_after
from loopclose.domain.judgement import Owed
from loopclose.domain.readdressed import sent_to_another
from loopclose.domain.roles import COORDINATOR, LEAD
from loopclose.domain.signing_time import first_alert
from loopclose.domain.states import BY_LOOPCLOSE, HELD, Evidence, Transition, first_sent, is_on_hold, settle
from loopclose.flows.judging import rows
from loopclose.flows.judging.current_state import Row
from loopclose.flows.judging.letters import of_letters
from loopclose.flows.judging.writes import Reconciliation, Writes
from loopclose.flows.site import Site
from loopclose.store.base import table_of
from loopclose.store.obligations import DeadlineRow, Obligation, TransitionRow

OBLIGATION, DEADLINE, TRANSITION = table_of(Obligation), table_of(DeadlineRow), table_of(TransitionRow)
KEEP = (
    "assigned_to", "return_by_hand", "return_source", "due_by_hand", "ladder_no", "fired_rung", "fired_on", "chased",
)  # fmt: skip
"""Columns of an obligation that are not the chart's to say."""


@dataclass
class Obligations:
    """What one person is owed, against what stands."""

    site: Site
    case: Reconciliation
    writes: Writes
    users: Mapping[str, str]
    now: datetime
    written: set[str] = field(default_factory=set)
    """Ids of the obligations that are owed now."""

    def write(self) -> None:
        """Every obligation owed now, and every one that stands and is owed no more."""
        owed = {rows.obligation_id(self.site, one): one for one in self.case.judgement.owed}
        for key, one in owed.items():
            row = self._write_one(key, one, one.evidence)
            if one.kind == "report":
                self._receipt(one, row)
        for owing in self._of_letters():
            self._write_one(rows.obligation_id(self.site, owing), owing, ())
        for key, row in self.case.current.obligations.items():
            if key in self.written:
                continue
            if row["kind"] != "receipt" and row["state"] in OPEN_STATES:
                row = self._no_longer_owed(key, row)
            self._show(row)

    def _write_one(self, key: str, owed: Owed, evidence: tuple[Evidence, ...]) -> Row:
        before = self.case.current.obligations.get(key)
        history = list(self.case.current.history.get(key, ()))
        new: list[Transition] = []
        if not history:
            new.append(Transition(None, "owed", owed.since, BY_LOOPCLOSE))
        elif history[-1].to_state in ("waived", "confirmed") and history[-1].code == "no_longer_owed":
            again = HELD if is_on_hold(history) else "owed"
            new.append(Transition(history[-1].to_state, again, self.now, BY_LOOPCLOSE, code="owed_again"))
        if owed.kind == "report" and before is not None:
            new += sent_to_another([*history, *new], before["referrer"], owed.referrer, self.now)
        new += settle([*history, *new], evidence, self.now)
        self._add_steps(key, len(history), new)
        row = self._row(key, owed, before, [*history, *new])
        self.written.add(key)
        if before != row:
            self.writes.upserts[OBLIGATION].append(row)
        return row

    def _row(self, key: str, owed: Owed, before: Row | None, history: list[Transition]) -> Row:
        state = history[-1].to_state
        row: Row = {
            "practice_id": self.site.scope.practice_id,
            "id": key,
            "ehr": self.site.ehr,
            "kind": owed.kind,
            "patient": owed.patient or self.case.person,
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
            "return_source": None,
            "returns_at": owed.deadline.returns_at,
            "due_by_hand": None,
            "ladder_no": 1,
            "fired_rung": 0,
            "fired_on": None,
            "chased": 0,
        }
        row.update({name: before[name] for name in KEEP} if before else {})
        ladder_no = ladders_begun(history, _waiting(owed.kind))
        if ladder_no != row["ladder_no"]:  # it waits again: those who were told of it think that it is done
            row.update(ladder_no=ladder_no, fired_rung=0)
        row["owner"] = row["assigned_to"] or self._owner(owed, state, before)
        row.update(self._deadline(key, owed, row, state))
        row["sent_at"] = first_sent(history)
        row["on_time"] = row["sent_at"] <= row["due_at"] if row["sent_at"] else None
        row["alert_after"] = self._alert_after(row)
        row.update(rows.shown_row(row, self.case.current.patients))
        return row

    def _deadline(self, key: str, owed: Owed, row: Row, state: str) -> Row:
        """The deadline that holds: a new number when it moves, the old one kept; none once it is sent or closed."""
        old = self.case.current.deadlines.get(key)
        reasons = rows.reasons_json(owed)
        if old is not None and (state not in NOT_YET_SENT or owed.first_seen):
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
            self.writes.upserts[DEADLINE].append(deadline)
        if moved:
            row.update(fired_rung=0, fired_on=None)
        return {"due_at": deadline["due_at"], "deadline_no": no, "winner": deadline["winner"]}

    def _alert_after(self, row: Row) -> datetime | None:
        if row["state"] not in _waiting(row["kind"]):
            return None
        calendar = self.site.practice.calendar
        house = next_alert_after(row["due_at"], row["fired_rung"], row["fired_on"], self.site.ladder, calendar)
        clock = self.case.current.clocks.get((row["id"], row["ladder_no"]))
        return first_alert(house, clock, row["kind"], row["state"])

    def _owner(self, owed: Owed, state: str, before: Row | None) -> str:
        """The author's; of one without an account the coordinator's, who cannot release what is on hold. A signed
        letter for which there is no address stays the coordinator's, whose it became (``delivery.plan``).
        """
        if before is not None and (state, before["state"], before["owner"]) == ("signed", "signed", COORDINATOR):
            return COORDINATOR
        otherwise = LEAD if state == HELD else COORDINATOR
        if owed.kind in BY_AUTHOR and owed.author is not None:
            return self.users.get(owed.author, otherwise)
        return otherwise

    def _receipt(self, owed: Owed, report: Row) -> None:
        """A report that was sent owes its receipt, until it is confirmed."""
        if report["sent_at"] is None:
            return
        receipt = replace(owed, kind="receipt", evidence=())
        key = rows.obligation_id(self.site, receipt)
        if report["state"] != "sent" and key not in self.case.current.obligations:
            return
        deadline = other_deadline("receipt", report["sent_at"], self.site.practice.calendar)
        evidence = tuple(one for one in owed.evidence if one.state == "confirmed")
        if report["state"] == "confirmed" and not evidence:
            evidence = (Evidence("confirmed", self.now, report["id"], "The report was confirmed."),)
        self._write_one(key, replace(receipt, deadline=deadline, since=report["sent_at"]), evidence)

    def _of_letters(self) -> list[Owed]:
        """What signed letters owe, whatever became of their reports: a letter that went out stays there."""
        return of_letters(self.case, self.site.practice.calendar)

    def _show(self, row: Row) -> None:
        """What a list shows stands on the row: another name is another name on what was closed long ago, too."""
        shown = rows.shown_row(row, self.case.current.patients)
        if any(row[name] != value for name, value in shown.items()):
            self.writes.upserts[OBLIGATION].append({**row, **shown})

    def _no_longer_owed(self, key: str, before: Row) -> Row:
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
        self._add_steps(key, len(self.case.current.history[key]), [step])
        row = {**before, "state": step.to_state, "alert_after": None}
        self.writes.upserts[OBLIGATION].append(row)
        return row

    def _add_steps(self, key: str, before: int, steps: Sequence[Transition]) -> None:
        for no, step in enumerate(steps, start=before + 1):
            self.writes.upserts[TRANSITION].append(
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


def _waiting(kind: str) -> frozenset[str]:
    """The states in which one of that kind is told."""
    return NOT_YET_SENT if kind == "report" else OPEN_STATES


def _why_moved(old: Row | None, owed: Owed) -> str | None:
    """Earlier: the new reason; later: the old one is gone."""
    if old is None:
        return None
    if owed.deadline.due_at < old["due_at"]:
        return f"Earlier: {owed.deadline.reasons[0].because}"
    gone = next((reason["because"] for reason in old["reasons"] if reason["rule"] == old["winner"]), "")
    return f"Later, because this no longer holds: {gone}"


def _ground(case: Reconciliation, before: Row) -> str:
    visit = before["visit"]
    if visit is None:
        return "The referral or appointment behind it changed."
    if visit not in case.judgement.verdicts:
        return "The visit is no visit any more: entered in error, cancelled, deleted or moved to another patient."
    verdict = case.judgement.verdicts[visit]
    linked = ", ".join(verdict.referrals) or "no referral"
    return f"The visit is linked to {linked} ({verdict.method or 'by the rules'})."
