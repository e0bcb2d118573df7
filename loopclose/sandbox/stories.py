"""What brings patients to a specialist, and the medicines they take: a table that fits together clinically."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """One clinical course that fits a specialty."""

    specialty: str
    question: str
    reason: tuple[str, str]
    condition: tuple[str, str]
    refuted: tuple[str, str]
    exam: str
    assessment: str
    plan: str
    follow_up: str
    report: tuple[str, str, str]
    order: tuple[str, str]
    drugs: tuple[str, ...]


@dataclass(frozen=True)
class Drug:
    """A medicine as it is ordered: ``times`` a day (0: as needed alone), ``quantity`` dispensed, then ``refills``."""

    rxnorm: str | None
    name: str
    dose: str
    text: str
    times: int
    quantity: int
    refills: int

    @property
    def is_as_needed(self) -> bool:
        """Whether the patient decides when it is taken."""
        return "as needed" in self.text


DRUGS = {
    "metoprolol": Drug(
        "866436",
        "metoprolol succinate 50 MG Extended Release Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth once a day",
        1,
        90,
        3,
    ),
    "atorvastatin": Drug(
        "617311",
        "atorvastatin 40 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth once a day in the evening",
        1,
        90,
        3,
    ),
    "apixaban": Drug(
        "1364445", "apixaban 5 MG Oral Tablet", "1 tablet", "Take 1 tablet by mouth twice a day", 2, 180, 1
    ),
    "aspirin": Drug("243670", "aspirin 81 MG Oral Tablet", "1 tablet", "Take 1 tablet by mouth once a day", 1, 90, 3),
    "lisinopril": Drug(
        "314076", "lisinopril 10 MG Oral Tablet", "1 tablet", "Take 1 tablet by mouth once a day", 1, 90, 3
    ),
    "nitroglycerin": Drug(
        "198039",
        "nitroglycerin 0.4 MG Sublingual Tablet",
        "1 tablet",
        "Place 1 tablet under the tongue as needed for chest pain",
        0,
        25,
        0,
    ),
    "oxycodone": Drug(
        "1049621",
        "oxycodone hydrochloride 5 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth every 6 hours as needed for pain",
        4,
        12,
        0,
    ),
    "zolpidem": Drug(
        "854873",
        "zolpidem tartrate 10 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth at bedtime as needed",
        1,
        14,
        0,
    ),
    "compound": Drug(None, "compounded leg cream", "1 application", "Apply to the legs twice a day", 2, 1, 0),
}
LISTED = ("lisinopril", "atorvastatin", "aspirin")
"""Of these one stands on every patient's list already."""
STORIES = (
    Story(
        "Cardiology",
        "Is the exertional chest pain cardiac, and may the patient go on exercising?",
        ("29857009", "Chest pain"),
        ("194828000", "Angina pectoris"),
        ("22298006", "Myocardial infarction"),
        "Regular rhythm, no murmur, lungs clear.",
        "Stable angina is likely. The stress echocardiogram showed inducible hypokinesis of the basal inferior wall.",
        "Start metoprolol succinate 50 mg daily. Coronary angiogram. No strenuous exercise until then.",
        "We see the patient again in 6 weeks. Please repeat lipids and ALT before that.",
        ("18752-6", "Stress echocardiogram", "Inducible hypokinesis of the basal inferior wall at peak stress."),
        ("33367000", "Coronary angiography"),
        ("metoprolol", "nitroglycerin"),
    ),
    Story(
        "Electrophysiology",
        "Are these palpitations an arrhythmia that needs treatment?",
        ("80313002", "Palpitations"),
        ("49436004", "Atrial fibrillation"),
        ("6456007", "Supraventricular tachycardia"),
        "Irregular pulse, no oedema.",
        "Paroxysmal atrial fibrillation with a CHA2DS2-VASc score of 3.",
        "Start apixaban 5 mg twice daily. Ambulatory rhythm monitor for 14 days.",
        "Return visit in 4 weeks with the monitor's result.",
        ("28010-7", "12-lead electrocardiogram", "Atrial fibrillation, ventricular rate 96 per minute."),
        ("164850009", "Ambulatory cardiac monitoring"),
        ("apixaban",),
    ),
    Story(
        "Vascular surgery",
        "Is the calf pain on walking arterial?",
        ("275520000", "Calf pain on walking"),
        ("399957001", "Peripheral arterial disease"),
        ("128053003", "Deep venous thrombosis"),
        "Weak pedal pulses on the left.",
        "Peripheral arterial disease of the left leg, claudication at 200 metres.",
        "Start aspirin 81 mg and atorvastatin 40 mg daily. Supervised walking programme.",
        "Ankle-brachial index again in 3 months.",
        ("24627-2", "Ankle-brachial index", "Left 0.72, right 1.01."),
        ("229070002", "Exercise programme"),
        ("aspirin", "atorvastatin"),
    ),
)


def story_for(specialty: str) -> Story:
    """The story of a specialty."""
    return next(story for story in STORIES if story.specialty == specialty)
