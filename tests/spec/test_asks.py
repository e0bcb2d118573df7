"""What the referrer is asked to do, and by when."""

from __future__ import annotations

import base64
from datetime import date

import pytest

from loopclose.domain.chart import Referrer
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.material import Material
from tests.spec.cast import BOSTON, fact

TITLE = "What the referrer is asked to do"
TEXT = """
The visit was on Thu 2026-11-19; the referrer is Dr. Lee Sample. Each line is what a note says (`/` is a new line), what
is in the ask box of page one, and by when. What is said to the patient or to our staff, what needs not be done, and
what the referrer asked of us is no ask. A span has its last day.
"""
COLUMNS = ["the note says", "asks", "by"]
Case = tuple[str, tuple[str, ...], str | None]
P, FOR = "Plan:\n", "Recommendations to PCP:\n"
CASES: list[Case] = [
    (f"{P}Please repeat potassium in 2 weeks.", ("Please repeat potassium in 2 weeks.",), "2026-12-03"),
    (f"{P}Start lisinopril. PCP to recheck BMP in 1-2 weeks.", ("PCP to recheck BMP in 1-2 weeks.",), "2026-12-03"),
    (f"{P}PCP to continue metformin.", ("PCP to continue metformin.",), None),
    (f"{P}PCP to renew lisinopril from here.", ("PCP to renew lisinopril from here.",), None),
    (f"{P}Would you kindly arrange a sleep study?", ("Would you kindly arrange a sleep study?",), None),
    (
        f"{P}I would be grateful if you could check his TSH by 12/15.",
        ("I would be grateful if you could check his TSH by 12/15.",),
        "2026-12-15",
    ),
    (f"{P}We would appreciate it if you repeat the A1c.", ("We would appreciate it if you repeat the A1c.",), None),
    (f"{P}We recommend that you stop ibuprofen.", ("We recommend that you stop ibuprofen.",), None),
    (f"{P}Back to PCP for blood pressure in 3 months.", ("Back to PCP for blood pressure in 3 months.",), "2027-02-19"),
    (f"{P}Follow up with PCP in 4 weeks for diabetes.", ("Follow up with PCP in 4 weeks for diabetes.",), "2026-12-17"),
    (f"{P}Will defer diabetes to the primary care physician.",
     ("Will defer diabetes to the primary care physician.",), None),
    (f"{P}Repeat BMP with PCP within 10 days.", ("Repeat BMP with PCP within 10 days.",), "2026-11-29"),
    (f"{P}Dr. Sample to taper prednisone.", ("Dr. Sample to taper prednisone.",), None),
    (f"{P}Dr. Lee Sample will recheck lipids in three months.",
     ("Dr. Lee Sample will recheck lipids in three months.",), "2027-02-19"),
    (f"{P}Please do not restart metoprolol.", ("Please do not restart metoprolol.",), None),
    (f"{P}PCP not to restart metoprolol.", ("PCP not to restart metoprolol.",), None),
    (f"{P}PCP should not restart metoprolol.", ("PCP should not restart metoprolol.",), None),
    (f"{P}Please refer to nephrology urgently.", ("Please refer to nephrology urgently.",), "2026-11-19"),
    (f"{P}1. HTN: stable; PCP to recheck BP by Friday.", ("PCP to recheck BP by Friday.",), "2026-11-20"),
    (f"{P}We see him in 4 weeks; please check lipids before that.", ("Please check lipids before that.",), None),
    (f"{P}We see him in 4 weeks, please check lipids in 10 days.",
     ("We see him in 4 weeks, please check lipids in 10 days.",), "2026-11-29"),
    (f"{P}In 2 weeks please repeat potassium.", ("In 2 weeks please repeat potassium.",), "2026-12-03"),
    (f"{P}Please repeat CT before January 5, 2027.", ("Please repeat CT before January 5, 2027.",), "2027-01-05"),
    (f"{P}Please repeat the labs on 3 February.", ("Please repeat the labs on 3 February.",), "2027-02-03"),
    (f"{P}Please check potassium in 4 weeks, and first in 1 week.",
     ("Please check potassium in 4 weeks, and first in 1 week.",), "2026-11-26"),
    (f"{P}Please continue prednisone for 2 weeks.", ("Please continue prednisone for 2 weeks.",), None),
    (f"{P}Please check INR every 3 weeks.", ("Please check INR every 3 weeks.",), None),
    (f"{P}Please check CRP in 2 weeks after surgery.", ("Please check CRP in 2 weeks after surgery.",), None),
    (f"{FOR}Potassium 5.9: recheck within 3 days.\nContinue atorvastatin.",
     ("Potassium 5.9: recheck within 3 days.", "Continue atorvastatin."), "2026-11-22"),
    ("For the referring physician:\nColonoscopy in 1 year.", ("Colonoscopy in 1 year.",), "2027-11-19"),
    (f"{P}Rest.\n\nRecommendations for referring provider\nColonoscopy in 1 year.",
     ("Colonoscopy in 1 year.",), "2027-11-19"),
    (f"{P}Rest.\nTo PCP\nTitrate lisinopril", ("Titrate lisinopril.",), None),
    ("Exam\nLungs clear.\n\nFor PCP\nRecheck BMP in 1 week", ("Recheck BMP in 1 week.",), "2026-11-26"),
    (f"{P}Discussed with PCP\nContinue aspirin.", (), None),
    (f"{P}Note to PCP\nContinue aspirin.", (), None),
    (f"{P}Rest.\nPCP to do:\nRecheck BMP in 1 week\nTitrate lisinopril",
     ("Recheck BMP in 1 week.", "Titrate lisinopril."), "2026-11-26"),
    (f"{P}PCP: recheck BMP in 1 week.\nRest.", ("PCP: recheck BMP in 1 week.",), "2026-11-26"),
    (f"{P}PCP: Lee Sample, MD", (), None),
    (f"{FOR}None.", (), None),
    (f"{FOR}No changes needed.", (), None),
    (f"{FOR}We will repeat the echo in 6 months.", (), None),
    (f"{P}No need for PCP to repeat labs.", (), None),
    (f"{P}PCP need not repeat the echo.", (), None),
    (f"{P}We do not ask you to change anything.", (), None),
    (f"{P}Please call us with any questions.", (), None),
    (f"{P}Please do not hesitate to contact me.", (), None),
    (f"{P}Please see my note of today.", (), None),
    (f"{P}Return if worse.", (), None),
    (f"{P}Please return in 3 weeks.", (), None),
    (f"{P}Patient was asked to please bring his log.", (), None),
    (f"{P}Told him to please stop smoking.", (), None),
    (f"{P}Please follow up with your PCP in 2 weeks.", (), None),
    ("Patient instructions:\nPlease follow up with PCP in 2 weeks.", (), None),
    (f"{P}Rest.\nPatient instructions:\nPlease follow up with PCP in 2 weeks.", (), None),
    (f"{P}Nurse to please call him on Monday.", (), None),
    (f"{P}Please schedule follow-up in 6 weeks.", (), None),
    (f"{P}Please have our nurse call him.", (), None),
    (f"{P}PCP will be informed.", (), None),
    (f"{P}We will send PCP the result.", (), None),
    (f"{P}Discussed with PCP.", (), None),
    (f"{P}Spoke with PCP to coordinate.", (), None),
    (f"{P}Follow-up with PCP for diabetes.", ("Follow-up with PCP for diabetes.",), None),
    (f"{P}PCP asked us to follow the aneurysm.", (), None),
    (f"{P}See PCP note.", (), None),
    (f"{P}Kindly titrate lisinopril to BP below 130/80.", ("Kindly titrate lisinopril to BP below 130/80.",), None),
    (f"{P}Could you check a ferritin at 6 weeks?", ("Could you check a ferritin at 6 weeks?",), "2026-12-31"),
    (f"{P}Thank you for asking us to see him.", (), None),
    (f"{P}Labs 2 weeks ago were normal. PCP to follow A1c.", ("PCP to follow A1c.",), None),
    (f"{P}F/u w/ PCP 2 weeks.", ("F/u w/ PCP 2 weeks.",), "2026-12-03"),
    (f"{P}Recheck BMP 1 wk @ PCP.", ("Recheck BMP 1 wk @ PCP.",), "2026-11-26"),
    (f"{P}Follow-up: PCP 1-2 weeks, cardiology 3 months.", ("PCP 1-2 weeks, cardiology 3 months.",), "2026-12-03"),
    (f"{P}PCP f/u in 1 wk for BP check.", ("PCP f/u in 1 wk for BP check.",), "2026-11-26"),
    (f"{P}She will see her PCP in 10 days.", ("She will see her PCP in 10 days.",), "2026-11-29"),
    (f"{P}Recommend PCP recheck potassium in 1 week.", ("Recommend PCP recheck potassium in 1 week.",), "2026-11-26"),
    (f"{P}CT in 3 months, to be ordered by PCP.", ("CT in 3 months, to be ordered by PCP.",), "2027-02-19"),
    (f"{P}Labs to be drawn by PCP for monitoring.", ("Labs to be drawn by PCP for monitoring.",), None),
    (f"{P}Will send note to PCP requesting BMP.", ("Will send note to PCP requesting BMP.",), None),
    (f"{P}Further refills from PCP.", ("Further refills from PCP.",), None),
    (f"{P}Discharged back to the care of the GP.", ("Discharged back to the care of the GP.",), None),
    (f"{P}I leave the diabetes to you.", ("I leave the diabetes to you.",), None),
    (f"{P}Pediatrician to recheck CBC.", ("Pediatrician to recheck CBC.",), None),
    (f"{P}If he has not improved, see PCP in 2 weeks.", ("If he has not improved, see PCP in 2 weeks.",), "2026-12-03"),
    (f"{P}No follow up with PCP needed.", (), None),
    (f"{P}Was supposed to follow up with PCP but did not.", (), None),
    (f"{P}Labs were to be done by PCP last week.", (), None),
    (f"{P}BP has been followed by PCP.", (), None),
    (f"{P}PCP could not be reached.", (), None),
    (f"{P}PCP aware.", (), None),
    (f"{P}Nephrology: please manage BP.", (), None),
    (f"{P}GP to check U&E in 6/52.", ("GP to check U&E in 6/52.",), "2026-12-31"),
    (f"{P}PCP to check TSH in 6w.", ("PCP to check TSH in 6w.",), "2026-12-31"),
    (f"{P}PCP to check TSH in 3 mths.", ("PCP to check TSH in 3 mths.",), "2027-02-19"),
    (f"{P}PCP to check BMP within 48h.", ("PCP to check BMP within 48h.",), "2026-11-21"),
    (f"{P}PCP to check BMP in a fortnight.", ("PCP to check BMP in a fortnight.",), "2026-12-03"),
    (f"{P}PCP to check BMP in two (2) weeks.", ("PCP to check BMP in two (2) weeks.",), "2026-12-03"),
    (f"{P}PCP to check BMP by Tue.", ("PCP to check BMP by Tue.",), "2026-11-24"),
    (f"{P}PCP to check BMP Monday.", ("PCP to check BMP Monday.",), "2026-11-23"),
    (f"{P}PCP to see him Monday, Nov 30.", ("PCP to see him Monday, Nov 30.",), "2026-11-30"),
    (f"{P}PCP to check BMP on Mon 11/30.", ("PCP to check BMP on Mon 11/30.",), "2026-11-30"),
    (f"{P}PCP to check BMP by 12-01-2026.", ("PCP to check BMP by 12-01-2026.",), "2026-12-01"),
    (f"{P}PCP to check BMP by end of month.", ("PCP to check BMP by end of month.",), "2026-11-30"),
    (f"{P}PCP to check K STAT.", ("PCP to check K STAT.",), "2026-11-19"),
    (f"{P}PCP to check lipids in half a year.", ("PCP to check lipids in half a year.",), "2027-05-20"),
    (f"{P}PCP to check lipids in December.", ("PCP to check lipids in December.",), "2026-12-31"),
    (f"{P}PCP to check lipids by January.", ("PCP to check lipids by January.",), "2027-01-01"),
    (f"{P}Please review the CT done in October.", ("Please review the CT done in October.",), None),
    (f"{P}Please check BP each Monday.", ("Please check BP each Monday.",), None),
    (f"{P}Please taper prednisone over 2 weeks.", ("Please taper prednisone over 2 weeks.",), None),
    (f"{P}Please check CRP at 3-month intervals.", ("Please check CRP at 3-month intervals.",), None),
    ("HPI:\nReferred by PCP to evaluate chest pain.", (), None),
    ("Reason for referral:\nPlease evaluate for angina in 2 weeks.", (), None),
    (f"{P}Referred by PCP for chest pain.", (), None),
    ("Assessment:\nStable angina.\n\nPlan:\nStart metoprolol 50 mg.", (), None),
]  # fmt: skip


def asked(text: str) -> tuple[tuple[str, ...], str | None]:
    """The asks of a note, and the earliest day."""
    data = base64.b64encode(text.encode()).decode()
    note = fact("DocumentReference", "n", docStatus="final", content=[{"attachment": {"contentType": "text/plain",
                                                                                      "data": data}}])  # fmt: skip
    made = Material(
        practice_name="Harbor",
        zone=BOSTON,
        day=date(2026, 11, 19),
        referrer=Referrer("Lee Sample, MD", "requester", False),
        documents=(note,),
    )
    first = consult_note(made).first
    assert first is not None
    days = [ask.by for ask in first.asks if isinstance(ask.by, str)]
    assert first.flag == ("by_date" if days else "no_date" if first.asks else "information")
    return tuple(ask.item[0].text for ask in first.asks), min(days, default=None)


ROWS = [
    (text.strip().replace("\n", " / "), "; ".join(asks) or "nothing", day or "") for text, asks, day in CASES
]  # fmt: skip


@pytest.mark.parametrize(("text", "asks", "day"), CASES, ids=[case[0][:60] for case in CASES])
def test_asks(text: str, asks: tuple[str, ...], day: str | None) -> None:
    found, by = asked(text)
    assert sorted(found) == sorted(asks) and by == day
