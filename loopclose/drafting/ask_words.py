"""By which words a note asks the referrer for something, and by which not (docs/rules/asks.md has the cases)."""

from __future__ import annotations

import re

from loopclose.drafting.words.lines import DOING
from loopclose.drafting.words.word_lists import names

WHO = (
    r"(?:pcp|pmd|pcm|gp|(?:paed|ped)iatrician"
    r"|primary care(?: (?:physician|provider|doctor|clinician|team|practitioner|office))?"
    r"|primary (?:physician|provider|doctor)|family (?:doctor|physician)"
    r"|referring (?:physician|provider|doctor|clinician)|referrer)(?:'s office| office)?"
)
"""The referrer, as notes call them; the name of this one is put as ``pcp`` before."""
_THEIR = r"(?:his |her |their |the |a )?"
ASKING = re.compile(
    r"\b(?:please|kindly|would you|could you|can you|grateful (?:if|for your)|appreciate(?: it)? if you"
    r"|appreciate your (?!referral|trust|confidence|kind|involving|sending|letting|allowing|asking)"
    r"|(?:ask|request)(?: that)? you\b|(?:recommend|suggest|advise)(?: that)? you\b"
    r"|you (?:may|might|could) (?:also )?(?:wish|want|consider)|(?:obliged|helpful|useful|great|good) if you\b"
    r"|(?:in|into) your (?:capable |good |able )?hands|(?:leave|leaving)(?: [a-z]{1,20}){1,6} to you\b|over to you\b)"
)
TO_DO = re.compile(
    rf"\b{WHO}\)?,? (?:to|not to|should|will|can|could|may|must|please|kindly|is asked to|is to|needs to) "
    r"(?!not need)"
)
_WITH = r"(?:with |w/ ?|@ ?|at )"
BACK = re.compile(
    rf"\b(?:(?:back to|returns? to|returned to|discharged? to) (?:the care of )?"
    rf"|(?:follow(?:s|ing)?[- ]?up|f/?u) {_WITH}"
    rf"|(?:follow[- ]?up|f/?u):? (?=(?:pcp|gp)\b)|(?:to|will|should|must|needs to) (?:see|return to|go back to) "
    rf"|hand(?:ed)? over to "
    rf"|defer(?:red)?(?: [a-z]{{1,20}}){{0,6}} to ){_THEIR}{WHO}\b"
    rf"|\bsee {_THEIR}{WHO} (?:in|within|for|next|by)\b"
    rf"|\b(?:follow[- ]?up|f/u) with primary(?= (?:in|within|for|next)\b|[.,]?$)"
    rf"|\b{WHO},? (?:f/?u|follow[- ]?up|visit|appointment) (?:in (?!place)|within|for|next)\b"
    rf"|^{WHO}:? (?:in |within |~ ?)?(?:[0-9]{{1,2}}(?: ?- ?[0-9]{{1,2}})? ?|(?:an?|one|two|three|four|six) )"
    r"(?:d|days?|w|wks?|weeks?|mos?|months?|years?)\b(?! (?:ago|before|prior))"
)
THROUGH = re.compile(rf"(?:\b(?:with|by|at|through|via|per|w/|@) ?|@ ?|[-–—(] ?){_THEIR}{WHO}\b")
"""Asks only behind a verb that tells what to do: ``Repeat BMP with PCP``."""
TO_BE = re.compile(
    rf"\b(?<!continues )(?<!seems )(?<!appears )(?:to|should|will|can|must|may|shall) (?:be|have|get) "
    rf"(?:[a-z0-9/'%+-]+,? ){{0,8}}?"
    rf"(?:(?<!discussed )(?<!coordinated )(?<!shared )(?<!reviewed )with|w/|by|at|through|via) {_THEIR}{WHO}\b"
)
"""``CT in 3 months, to be ordered by PCP``."""
REFILLS = re.compile(
    rf"\b(?:further|future|ongoing|subsequent|additional|refills?|renewals?)\b[a-z ]{{0,30}} "
    rf"(?:from|per|through|via|by) {_THEIR}{WHO}\b(?! (?:was|were|is|are|has|had|on|records?)\b)"
)
HAVE_THEM = re.compile(
    rf"\b(?:recommend|suggest|request|advise|ask|prefer|have|let|like)(?:s|ed|ing)? (?:that )?{_THEIR}{WHO} "
    rf"(?:to )?([a-z-]++)"
)
"""Asks where what follows is a verb that tells what to do: ``Recommend PCP recheck potassium``."""
TOLD_TO = re.compile(rf"\b{WHO} (?:requesting|asking (?:for|that|them|him|her)|know to)\b")
"""``Will send a note to PCP requesting a BMP``: told, and asked by it."""
LABELLED = re.compile(rf"\b{WHO}\b")
NOT_ASKED = re.compile(
    r"\b(?:no need|not need|need not|doesn'?t need|needn'?t|not necessary|not required|no action|nothing (?:is )?"
    r"(?:needed|required|further|to do|else)|no further (?:action|work)|(?:not|n't|never) (?:ask|request"
    r"|expect|suggest"
    r"|recommend|advise)"
    rf"|(?:from|spoke with|talked with|discussed with) {_THEIR}{WHO} (?:to|for)"
    rf"|(?:refer|sent|asked|seen|evaluat|start|told|request|prescrib|given|put|plac|treat|follow|consult|here)[a-z]{{0,5}}"
    rf"(?: (?:to|in) [a-z]{{1,12}})? by {_THEIR}{WHO} (?:to|for)"
    rf"|(?:did not|didn'?t|never|hasn'?t|has not|was supposed to|was to|failed to) (?:yet )?(?:been )?"
    rf"(?:follow(?:ed)?[- ]?up with|see|seen by|return(?:ed)? to) {_THEIR}{WHO}"
    rf"|no (?:further |routine )?(?:follow[- ]?up|f/u|visit|appointment|labs?|testing|monitoring) (?:is )?(?:needed )?"
    rf"(?:with|by|at|from|through) {_THEIR}{WHO}"
    rf"|{WHO} (?:will|should|may|would|to|can) (?:be |have )(?:been |be )?"
    r"(?:informed|notified|sent|updated|copied|told|contacted|called|aware|started|seen|done|given"
    r"|determined|named|identified|assigned|reached)"
    rf"|{WHO} could not be"
    rf"|(?:has|have|had|was|were) (?:to be |been )?[a-z]{{3,12}} (?:by|with|at) {_THEIR}{WHO}"
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
_NEGATED = re.compile(r"\b(?:no|not|never|without)\b|n't\b")
TO_OTHERS = re.compile(
    r"(?:[a-z]{3,20}ology|gi|[a-z]{0,12}surgery|ortho(?:p(?:a)?edics)?|physical therapy|pt|ot|social work|psychiatry"
    r"|wound care|hospice|pain clinic)(?: team| clinic)?[,:]? ?-? ?(?:(?:to|will|should) )?(?:please|kindly)\b"
)
"""``Nephrology: please manage``: asked of another than the referrer."""
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
    optimize; optimise; address; uptitrate; wean; adjust; encourage; needs; need; refills; vaccines;
    vaccinations; immunizations; maintain; restart; prescribe; perform; draw; book;
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
    if (told := TOLD_TO.search(low)) and not _NEGATED.search(low):
        return told.start()
    if NOT_ASKED.search(low) or OWN_QUESTION.match(low) or TO_OTHERS.match(low):
        return None
    found = [match.start() for pattern in (TO_DO, BACK, TO_BE, REFILLS) if (match := pattern.search(low))]
    found += [match.start() for match in HAVE_THEM.finditer(low) if match[1] in DO]
    if (match := THROUGH.search(low)) and low.split(None, 1)[0].strip(":,") in DO:
        found.append(0)
    if found:
        return min(found)
    if TO_PATIENT.search(low) or TO_STAFF.search(low) or (COURTESY.search(low) and not DO_NOT.search(low)):
        return None
    match = ASKING.search(low)
    return match.start() if match else None
