"""My letters to sign: the most pressing is open, with all that keeps it from that; signing goes on to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.letter_waits import NO_ADDRESS, UNCHECKED, USABLE
from loopclose.domain.signing import AGREED, QUESTION, QUOTED, UNANSWERED, Entered, Said, on_behalf, who_cannot
from loopclose.domain.signing_time import Clock
from loopclose.flows.decisions.desk import actor_of
from loopclose.flows.delivery.ways import can_send, ways_of
from loopclose.flows.papers.answered import answer_of
from loopclose.flows.papers.sheet import Sheet, cosigns, sheet_of, signer_of
from loopclose.flows.papers.sign import NotSigned, Signed, open_letter, sign
from loopclose.flows.proving import Proof, proof_of
from loopclose.flows.site import practice_of
from loopclose.store import letter_changes, letter_waits, signatures, signing_clocks, users
from loopclose.store.namesakes import namesakes
from loopclose.store.to_sign import letters_to_sign
from loopclose.store.worklist import one
from loopclose.store.worklist_item import Item
from loopclose.web.access import audit, days, now, scope, work
from loopclose.web.letter_kinds import kind_of_letter
from loopclose.web.needs import needs
from loopclose.web.proving import prove, ways

blueprint = Blueprint("letters", __name__)
REFUSED = 422
"""The status of a page that comes back with what was entered, and why it was not signed."""
AFTER_SIGNING = {
    USABLE: "It leaves within a minute or two.",
    UNCHECKED: "It leaves once its address was compared with the office: the coordinator is asked to.",
    NO_ADDRESS: "It leaves once somebody enters where it goes: the coordinator is asked to.",
}
"""By what the letter waits for (``domain.letter_waits``): what whoever signed it is told."""
PICK = "pick-"
"""Begin of the values that pick a sentence of the letter as the answer."""


@dataclass(frozen=True)
class Tried:
    """What is known of whoever is at the screen, and a form that was not taken: the page comes back with it."""

    proof: Proof | None
    form: Mapping[str, str] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiting:
    """One line of the queue."""

    item: Item
    """A report, or the correction of one."""
    letter: str
    """The report whose letter is signed."""
    sign_by: datetime | None = None
    """By when it is to be signed; None where its clock was not begun: a note is not final, or it is on hold."""


@blueprint.get("/letters")
@needs("sign")
def first() -> str:
    """The most pressing letter of whoever is signed in, open; or that none waits."""
    queue = _queue()
    if not queue:
        return render_template("letters.html", queue=[])
    return _page(queue[0].letter, queue, Tried(_proof()))


@blueprint.get("/letters/<obligation_id>")
@needs("sign")
def show(obligation_id: str) -> str:
    """One letter, of theirs or of a colleague whom they cover."""
    return _page(obligation_id, _queue(), Tried(_proof()))


@blueprint.post("/letters/<obligation_id>")
@needs("sign")
def sign_it(obligation_id: str) -> Response | tuple[str, int]:
    """Sign it and go on to the next; what keeps it from being signed is said, and nothing that was entered is lost."""
    me, form = g.signed_in.user, request.form
    proof, not_proved = prove(form)
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind != "report":
            abort(404)
        sheet = sheet_of(session, scope(), item.obligation)
    try:
        signed = sign(work(), scope(), obligation_id, me.email, _entered(form, sheet), proof)
    except NotSigned as problem:
        why = {**problem.why, **({"not_proved": not_proved} if not_proved else {})}
        return _page(obligation_id, _queue(), Tried(proof, form, why)), REFUSED
    flash(f"{_done(item, signed)}{_follows(obligation_id) if signed.counts else ''}")
    return redirect(url_for("letters.first", _anchor="main"), 303)


def _page(obligation_id: str, queue: list[Waiting], tried: Tried) -> str:
    me = actor_of(g.signed_in.user)
    audit("view_letter", obligation_id)
    open_letter(work(), scope(), obligation_id, me.email)
    practice = practice_of(work().config, scope().practice_id)
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind != "report":
            abort(404)
        sheet = sheet_of(session, scope(), item.obligation)
        signer = signer_of(session, scope(), practice, me)
        kept = signatures.answers_of(session, scope(), obligation_id)
        answer = answer_of(session, scope(), obligation_id)
        names = users.names(session, scope())
        corrects = letter_changes.open_corrections(session, scope(), obligation_id)
        changes = [row for each in corrects for row in letter_changes.of_correction(session, scope(), each.id)]
        alike = namesakes(session, scope(), [item.patient])
    return render_template(
        "letters.html",
        leaves=_leaves(),
        queue=queue,
        item=item,
        namesakes=alike,
        sheet=sheet,
        answer=answer,
        correction=corrects[0] if corrects else None,
        changes=changes,
        of_letter=kind_of_letter(sheet.documents),
        letter=sheet.letter,
        signer=signer,
        cannot=who_cannot(signer, sheet.letter),
        on_behalf=on_behalf(signer, sheet.letter),
        cosigned=names.get((sheet.letter.waits_for or "").lower()),
        why=tried.why,
        values=tried.form or _filled_in(kept, sheet),
        agreed=AGREED,
        unanswered=UNANSWERED,
        question_key=QUESTION,
        pick=PICK,
        proof=tried.proof,
        ways=ways(),
        place=next((no for no, each in enumerate(queue, 1) if each.letter == obligation_id), None),
        following=_after(queue, obligation_id),
        sign_by=next((each.sign_by for each in queue if each.letter == obligation_id), None),
    )


def _queue() -> list[Waiting]:
    me = actor_of(g.signed_in.user)
    practice = practice_of(work().config, scope().practice_id)
    with work().db.read() as session:
        also = cosigns(session, scope(), practice, me)
        found = letters_to_sign(session, scope(), now(), days(), me.email, cosigns=also)
        corrects = [each.obligation.id for each in found if each.obligation.kind != "report"]
        letters = letter_changes.letters_of(session, scope(), corrects)
        clocks = signing_clocks.clocks_of(session, scope(), [each.obligation.id for each in found])
    return [_waiting(each, letters, clocks) for each in found]


def _waiting(item: Item, letters: Mapping[str, str], clocks: Mapping[tuple[str, int], Clock]) -> Waiting:
    owed = item.obligation
    clock = clocks.get((owed.id, owed.ladder_no))
    return Waiting(item, letters.get(owed.id, owed.id), clock.sign_by if clock is not None else None)


def _proof() -> Proof | None:
    return proof_of(g.signed_in, work().clock())


def _after(queue: list[Waiting], obligation_id: str) -> str | None:
    """The next letter after that one; the first again after the last; None where it is alone."""
    others = [each.letter for each in queue]
    at = others.index(obligation_id) if obligation_id in others else -1
    turned = [each for each in (*others[at + 1 :], *others[: max(at, 0)]) if each != obligation_id]
    return turned[0] if turned else None


def _entered(form: Mapping[str, str], sheet: Sheet) -> Entered:
    """What the form says; words without a choice beside them are an answer in words."""
    answers = {key: _said(form, key) for key in sheet.conflicts}
    answers[QUESTION] = _said(form, QUESTION)
    chosen = form.get(QUESTION, "")
    if chosen.startswith(PICK):
        no = chosen.removeprefix(PICK)
        found = sheet.picks[int(no)] if no.isascii() and no.isdigit() and int(no) < len(sheet.picks) else ""
        answers[QUESTION] = Said(QUOTED, found)
    return Entered(
        form.get("letter", ""),
        answers,
        has_seen_chart=form.get("seen_in_chart") == "1",
        has_read=form.get("has_read") == "1",
    )


def _said(form: Mapping[str, str], key: str) -> Said:
    words = form.get(f"words-{key}", "")
    return Said(form.get(key) or ("words" if words.strip() else ""), words)


def _filled_in(kept: Mapping[str, Any], sheet: Sheet) -> dict[str, str]:
    """What was answered before, as the form has it: a resident's answers for whoever co-signs."""
    found: dict[str, str] = {}
    for key, row in kept.items():
        quoted = row.code == QUOTED and row.words in sheet.picks
        found[key] = f"{PICK}{sheet.picks.index(row.words)}" if quoted else row.code
        found[f"words-{key}"] = "" if quoted else row.words
    return found


def _leaves() -> bool:
    """Whether a letter that is signed leaves by itself, where its address may be used."""
    return work().config.delivery.automatic and can_send(ways_of(work(), scope()))


def _follows(obligation_id: str) -> str:
    """What comes of a letter that was signed just now, where letters can leave from here."""
    if not _leaves():
        return ""
    with work().db.read() as session:
        code = letter_waits.codes_of(session, scope(), [obligation_id], now()).get(obligation_id, "")
    return f" {AFTER_SIGNING[code]}" if code in AFTER_SIGNING else ""


def _done(item: Item, signed: Signed) -> str:
    """In a sentence, without a patient's name: it stands on the page of the next one."""
    to = (item.obligation.referrer or {}).get("name") or "the referrer"
    if not signed.counts and not signed.is_interim:
        return f"Signed: the letter to {to} waits for another clinician to co-sign it."
    behalf = f" for {signed.on_behalf}" if signed.on_behalf else ""
    if signed.is_interim:
        return f"Signed{behalf}: the interim report to {to}. The report itself is owed still."
    return f"Signed{behalf}: the letter to {to}."
