"""By which words a note asks the referrer for something, and by which not (docs/rules/asks.md has the cases)."""

from __future__ import annotations

import re

from loopclose.drafting.words.lines import DOING
from loopclose.drafting.words.word_lists import names

WHO = (
    r"(?:pcp|pmd|gp|primary care(?: (?:physician|provider|doctor|clinician|team|practitioner|office))?"
    r"|primary (?:physician|provider|doctor)|family (?:doctor|physician)"
    r"|referring (?:physician|provider|doctor|clinician)|referrer)(?:'s office| office)?"
)
"""The referrer, as notes call them; the name of this one is put as ``pcp`` before."""
_THEIR = r"(?:his |her |their |the |a )?"
ASKING = re.compile(
    r"\b(?:please|kindly|would you|could you|can you|grateful (?:if|for your)|appreciate(?: it)? if you"
    r"|appreciate your (?!referral|trust|confidence|kind|involving|sending|letting|allowing|asking)"
    r"|(?:ask|request)(?: that)? you\b|(?:recommend|suggest|advise)(?: that)? you\b"
    r"|you (?:may|might) (?:wish|want|consider)|obliged if you)"
)
TO_DO = re.compile(
    rf"\b{WHO},? (?:to|should|will|can|could|may|must|please|kindly|is asked to|is to|needs to) (?!not need)"
)
BACK = re.compile(
    rf"\b(?:back to|returns? to|returned to|discharged? to|follow(?:s|ing)?[- ]?up with|f/u with|to see"
    rf"|hand(?:ed)? over to"
    rf"|defer(?:red)?(?: [a-z]{{1,20}}){{0,6}} to) {_THEIR}{WHO}\b"
)
THROUGH = re.compile(rf"\b(?:with|by|at|through|via|per) {_THEIR}{WHO}\b")
"""Asks only behind a verb that tells what to do: ``Repeat BMP with PCP``."""
LABELLED = re.compile(rf"\b{WHO}\b")
NOT_ASKED = re.compile(
    r"\b(?:no need|not need|need not|doesn'?t need|needn'?t|not necessary|not required|no action|nothing (?:is )?"
    r"(?:needed|required|further|to do|else)|no further (?:action|work)|(?:not|n't|never) (?:ask|request"
    r"|expect|suggest"
    r"|recommend|advise)"
    rf"|(?:by|from|spoke with|talked with|discussed with) {_THEIR}{WHO} (?:to|for)"
    rf"|{WHO} (?:will|should|may|would|to|can) (?:be |have )(?:been |be )?"
    r"(?:informed|notified|sent|updated|copied|told|contacted|called|aware|started|seen|done|given)"
    rf"|{WHO} (?:asks|asked|requests|requested|wants|wanted|wonders)|your (?:pcp|primary|doctor|family)"
    rf"|(?:will|we) (?:send|inform|notify|update|call|let|contact|cc|copy) [a-z ]{{0,30}}\b{WHO}|if i can be of)\b"
)
"""That nothing is asked, or that the referrer is told of, or asked us."""
COURTESY = re.compile(
    r"\b(?:please|kindly) (?:do not|don'?t|feel free|call|contact|see (?:my|the|attached|above|below|our"
    r"|note|prior|hpi)"
    r"|refer to (?:my|the|our|note|above|hpi|prior)|find|note|be aware|accept|excuse|let (?:us|me) know if"
    r"|advise if)"
)
DO_NOT = re.compile(r"\b(?:please|kindly) (?:do not|don'?t) (?!hesitate|worry|forget to call)")
"""``Please do not restart it``: an ask all the same."""
TO_PATIENT = re.compile(
    r"\b(?:please|kindly) (?:return|go to|come|take|bring|drink|fast|arrive|wear|stop (?:smoking|by)|sign"
    r"|keep (?:a|your|this)"
    r"|follow[- ]?up with (?:us|me|our)|eat|avoid (?:driving|alcohol)|seek|wait|remember|weigh yourself)\b"
    r"|\b(?:call|contact) (?:us|our|me|the office|the clinic|911)\b|\breturn if\b|\bgo to the (?:er|ed"
    r"|emergency|nearest)\b"
    r"|\b(?:patient|pt|he|she|they) (?:was |were |is |has been |should |will )?(?:asked|told|instructed"
    r"|advised|counsel+ed|to please)"
    r"|\b(?:asked|told|instructed|advised|counsel+ed) (?:him|her|them|the patient|patient|pt)\b"
    r"|\bif (?:you have )?any questions"
    r"|\byour (?:symptoms|medications?|medicines?|appointment|next appointment|blood pressure log)\b"
)
TO_STAFF = re.compile(
    r"\b(?:front desk|schedul(?:er|ers|ing)|our (?:office|staff|nurse|nurses|clinic|team|secretary"
    r"|coordinator)|nurse|nursing"
    r"|rn|ma|medical assistant|staff|secretary|coordinator|billing|pharmacy)\b[,:]? ?-? ?(?:to|please|will"
    r"|should|kindly)\b"
    r"|\bplease have (?:our|the (?:nurse|staff|scheduler))\b"
    r"|\b(?:please|kindly) (?:schedule|book|make)(?: [a-z]{1,20}){0,4} (?:with (?:me|us)|here|in (?:our"
    r"|my) (?:clinic|office))\b"
    r"|\b(?:please|kindly) (?:schedule|book) (?:a |the |an |his |her )?(?:return|follow[- ]?up|rtc|next"
    r"|visit|appointment)\b"
)
OWN_QUESTION = re.compile(r"(?:please|kindly) (?:evaluate|see and|assess and|consult)\b|\bthank(?:s| you)\b")
"""How requests to us begin; a note of ours that begins so repeats one."""
NONE = names("none; no; nil; nothing; n/a; na; not; thank; thanks; we; i; our; patient; pt; he; she; dear; per; see")
"""First words behind a label for the referrer that ask for nothing."""
LABEL_WORDS = names(
    """
    recommendation; recommendations; recs; request; requests; action; actions; task; tasks; item; items; to; for; the;
    by; do; todo; todos; of; our; what; we; ask; asks; asked; instructions; suggestions; plan; please; needs; need;
    follow; up; followup; from; needed; required; your; you; practice; office; note; advice; and; is; are; dear; list
    """
)
"""What may stand in a label beside the referrer: ``Requests for the PCP``."""
LABELS_ALONE = names(
    """
    recommendations; recommendation; recs; request; requests; action; actions; task; tasks; suggestions; instructions;
    advice; asks; to; for
    """
)
"""First words of a line for the referrer that is a heading without a colon."""
DO = DOING | names(
    """
    please; kindly; recheck; repeat; monitor; titrate; ensure; manage; refill; renew; evaluate; assess; screen; review;
    optimize; optimise; address; uptitrate; wean; adjust; encourage; maintain; restart; prescribe; perform; draw; book;
    vaccinate; update; treat; measure; track; bmp; cmp; cbc; labs; lipids; bp; inr; tsh; hba1c; a1c; follow-up; defer
    """
)
"""Words that begin what is to be done."""
TOLD_SECTIONS = ("patient instruction", "instructions for patient", "patient education", "discharge instruction",
                 "after visit", "information for", "patient information", "counseling", "counselling")  # fmt: skip
"""Parts of titles of what was written for the patient."""
NOT_OURS = frozenset({"question", "history", "findings", "report"})
"""Sections of a note in which nothing is asked by us."""


def is_for_referrer(label: str) -> bool:
    """Whether a heading or the words before a colon say that what follows is for the referrer."""
    low = label.lower().strip(" :*#-–—=")
    rest, count = LABELLED.subn(" ", low)
    words = [word.strip("()'’,.-") for word in rest.replace("/", " ").replace("-", " ").split()]
    words = [word for word in words if word]
    to_you = "you" in words or ("your" in words and bool({"practice", "office"} & {*words}))
    return len(low) <= 60 and (count == 1 or to_you) and all(word in LABEL_WORDS for word in words)


def heads_for_referrer(line: str) -> bool:
    """Whether a line without a colon is a heading over what follows for the referrer: ``Recommendations to PCP``."""
    first = line.lower().split(None, 1)[0].strip("*#-–—=") if line.strip() else ""
    return first in LABELS_ALONE and line[-1] not in ".,;!?:" and is_for_referrer(line)


def is_for_patient(title: str) -> bool:
    """Whether a section was written for the patient."""
    low = title.lower()
    return low in ("instructions", "avs", "education") or any(part in low for part in TOLD_SECTIONS)


def asked_at(low: str) -> int | None:
    """Where in a clause (in small letters) the referrer is asked for something; None where not."""
    if NOT_ASKED.search(low) or OWN_QUESTION.match(low):
        return None
    found = [match.start() for pattern in (TO_DO, BACK) if (match := pattern.search(low))]
    if (match := THROUGH.search(low)) and low.split(None, 1)[0].strip(":,") in DO:
        found.append(0)
    if found:
        return min(found)
    if TO_PATIENT.search(low) or TO_STAFF.search(low) or (COURTESY.search(low) and not DO_NOT.search(low)):
        return None
    match = ASKING.search(low)
    return match.start() if match else None
