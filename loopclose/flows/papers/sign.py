"""Signing a letter: in one transaction with the step of its report, by one person, once.

Whoever comes second finds it signed. After it the papers stay as they are: they are not drafted again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.letter_kinds import KINDS
from loopclose.domain.signing import (
    QUESTION,
    Entered,
    Said,
    Signer,
    hindrances,
    is_answered,
    is_settled,
    on_behalf,
    who_cannot,
)
from loopclose.domain.situation import Actor
from loopclose.domain.states import Transition
from loopclose.drafting.keeping import digest
from loopclose.errors import UsageError
from loopclose.flows.decisions.desk import actor_of
from loopclose.flows.decisions.effects import NotThere, Taking, Touched
from loopclose.flows.decisions.on_obligations import held
from loopclose.flows.holders import holders
from loopclose.flows.papers.sheet import SIGNED, Sheet, sheet_of, signer_of
from loopclose.flows.proving import Proof
from loopclose.flows.signing_clock import stop_clock
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.store import audit_log, decisions, drafts, letter_changes, letter_choices, signatures, users
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

PROVE = "Show again that it is you: signing asks for it, and it then holds for five minutes."
SCHEMA = 1
"""Of the statement that is signed (docs/signing.md)."""


class NotSigned(UsageError):
    """The letter was not signed: ``why`` says by code what keeps it from that; the message is the first of them."""

    def __init__(self, why: dict[str, str]) -> None:
        super().__init__(next(iter(why.values())))
        self.why = why


@dataclass(frozen=True)
class Signed:
    """How signing went."""

    counts: bool
    """Whether the report is signed by it; a resident's waits for another clinician's."""
    on_behalf: str | None = None
    again: bool = False
    """Whether the same person had signed exactly this already."""
    is_interim: bool = False
    """Whether it is an interim report, after which the report is owed still."""


def open_letter(work: Work, scope: Scope, obligation: str, by: str) -> None:
    """Note that somebody opened a letter as it is now; the first time counts."""
    with work.db.write() as session:
        owed = drafts.report(session, scope, obligation)
        found = sheet_of(session, scope, owed).letter.sha256 if owed is not None else ""
        if found:
            signatures.note_opening(session, scope, obligation, found, by, work.clock())


def sign(work: Work, scope: Scope, obligation: str, by: str, entered: Entered, proof: Proof | None) -> Signed:
    """Sign the letter of a report as the user ``by``, after they proved who they are.

    Raises ``NotSigned`` with everything that keeps it from being signed, ``NotThere`` where there is no such report.
    """
    signed: Signed | None = None
    touched = Touched("", frozenset())

    def take(session: Session) -> None:
        nonlocal signed, touched
        user = users.named(session, scope, by)
        if user is None:
            raise NotSigned({"who": f"There is no user {by} in the practice {scope.practice_id}."})
        signing = Signing.begin(work, session, scope, actor_of(user), obligation)
        signed = signing.done_before(entered) or signing.do(entered, proof)
        touched = Touched(signing.owed.ehr, frozenset({signing.owed.person}))

    work.db.in_write(take)
    if signed is None:
        raise AssertionError("a transaction that ended well has signed")
    if not signed.again:
        work.judge(scope, touched.ehr, sorted(touched.persons))
    return signed


@dataclass(frozen=True)
class Signing:
    """One letter being signed, with its report held."""

    taking: Taking
    owed: Obligation
    sheet: Sheet
    signer: Signer

    @classmethod
    def begin(cls, work: Work, session: Session, scope: Scope, actor: Actor, obligation: str) -> Signing:
        """Hold the patient's records and the report, as judging does, and look at the letter as it is then."""
        practice = practice_of(work.config, scope.practice_id)
        taking = Taking(session, scope, practice, actor, work.clock())
        owed = held(taking, obligation)
        if owed.kind != "report":
            raise NotThere(f"There is no report {obligation}.")
        return cls(taking, owed, sheet_of(session, scope, owed), signer_of(session, scope, practice, actor))

    def done_before(self, entered: Entered) -> Signed | None:
        """Whether this person signed exactly these papers already: a form that was sent twice signs once."""
        made = signatures.signatures_of(self.taking.session, self.taking.scope, self.owed.id)
        last = made[-1] if made else None
        if last is None or last.by.lower() != self.taking.actor.email.lower() or last.letter != entered.sha256:
            return None
        return Signed(last.counts, last.on_behalf, again=True, is_interim=last.interim)

    def do(self, entered: Entered, proof: Proof | None) -> Signed:
        """Sign it; raises ``NotSigned``."""
        taking, letter = self.taking, self.sheet.letter
        cannot = who_cannot(self.signer, letter)
        why = {"who": cannot} if cannot else hindrances(letter, self._with_opening(entered))
        if not why and (proof is None or not proof.holds(taking.now)):
            why = {"not_proved": PROVE}
        if why or proof is None:
            raise NotSigned(why)
        behalf, is_resident = on_behalf(self.signer, letter), self.signer.is_resident
        counts = not is_resident and KINDS[letter.kind].closes
        self._keep_answers(entered)
        self._keep_signature(entered, proof, behalf, counts)
        if counts:
            self._step(behalf)
        elif not is_resident:  # an interim report: the next draft is by rule again
            letter_choices.choose(taking.session, taking.scope, self.owed.id, None, taking.actor.email, taking.now)
        detail = {"letter": letter.sha256, "counts": counts, "proved_by": proof.by}
        audit_log.record(taking.session, taking.scope, taking.now, taking.actor.email, "sign", self.owed.id, detail)
        taking.touch(Touched(self.owed.ehr, frozenset({self.owed.person})))
        return Signed(counts, behalf, is_interim=not counts and not is_resident)

    def _with_opening(self, entered: Entered) -> Entered:
        taking = self.taking
        opened = signatures.opened_at(taking.session, taking.scope, self.owed.id, entered.sha256, taking.actor.email)
        since = taking.now - opened if opened is not None else None
        return Entered(entered.sha256, entered.answers, entered.has_seen_chart, entered.has_read, since)

    def _answers(self, entered: Entered) -> dict[str, Said]:
        """What was answered of what this letter asks."""
        given = {key: said for key, said in entered.answers.items() if key in self.sheet.conflicts and is_settled(said)}
        if is_answered(entered.answers.get(QUESTION)):
            given[QUESTION] = entered.answers[QUESTION]
        return given

    def _keep_answers(self, entered: Entered) -> None:
        taking = self.taking
        for key, said in self._answers(entered).items():
            words, by = said.words.strip(), taking.actor.email
            signatures.keep_answer(taking.session, taking.scope, self.owed.id, key, said.code, words, by, taking.now)

    def _keep_signature(self, entered: Entered, proof: Proof, behalf: str | None, counts: bool) -> None:
        taking, actor = self.taking, self.taking.actor
        statement = self._statement(entered, behalf)
        made = signatures.signatures_of(taking.session, taking.scope, self.owed.id)
        residents = [one for one in made if one.waits and one.letter == self.sheet.letter.sha256]
        signatures.add_signature(
            taking.session,
            taking.scope,
            self.owed.id,
            {
                "by": actor.email,
                "name": actor.name,
                "reference": actor.reference,
                "on_behalf": behalf,
                "at": taking.now,
                "proved_by": proof.by,
                "proved_at": proof.at,
                "letter": self.sheet.letter.sha256,
                "statement": statement,
                "sha256": digest(statement),
                "cosigns": residents[-1].no if residents else None,
                "counts": counts,
                "waits": self.signer.is_resident,
                "interim": not self.signer.is_resident and not KINDS[self.sheet.letter.kind].closes,
            },
        )
        if not self.signer.is_resident:
            stop_clock(taking.session, taking.scope, self.owed.id, taking.now)
        for document in self.sheet.documents.values() if not self.signer.is_resident else ():
            if document.signed_by is None:  # a sheet that a correction leaves as it was keeps its signature
                document.signed_by, document.signed_at = actor.email, taking.now

    def _statement(self, entered: Entered, behalf: str | None) -> bytes:
        """What is signed: the papers by digest, and every answer with what it answers."""
        about = {key: one.text for key, one in self.sheet.conflicts.items()}
        about[QUESTION] = " ".join(self.sheet.question)
        papers = {kind: {"version": one.version, "sha256": one.sha256} for kind, one in self.sheet.documents.items()}
        answers = {
            key: {"about": about[key], "code": said.code, "words": said.words.strip()}
            for key, said in self._answers(entered).items()
        }
        said: dict[str, Any] = {
            "schema": SCHEMA,
            "letter": self.sheet.letter.sha256,
            "kind": self.sheet.letter.kind,
            "papers": papers,
            "answers": answers,
            "seen_in_chart": list(self.sheet.letter.unreadable) if entered.has_seen_chart else [],
            "by": self.taking.actor.email,
            "on_behalf": behalf,
            "at": self.taking.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def _step(self, behalf: str | None) -> None:
        taking, owed = self.taking, self.owed
        if owed.state in SIGNED:
            self._settle_corrections()
            return
        note = f"For {behalf}, as a covering colleague." if behalf else None
        step = Transition(owed.state, "signed", taking.now, taking.actor.email, code="signed_here", note=note)
        decisions.add_step(taking.session, taking.scope, owed.id, step, taking.now)
        owed.state = "signed"

    def _settle_corrections(self) -> None:
        """The corrected letter is signed: where nobody has an old one, nor may have, nothing more is owed; else it is
        to be sent."""
        taking, owed = self.taking, self.owed
        if owed.sent_at is not None or owed.state != "signed" or holders(taking.session, taking.scope, owed.id):
            return
        for one in letter_changes.open_corrections(taking.session, taking.scope, owed.id):
            step = Transition(one.state, "confirmed", taking.now, taking.actor.email, code="signed_anew")
            decisions.add_step(taking.session, taking.scope, one.id, step, taking.now)
            one.state = "confirmed"
