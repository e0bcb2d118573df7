"""Codes and words by which EHRs tell of an allergy, of none, or that nobody knows."""

from __future__ import annotations

NONE_KNOWN = {
    "716186003": "No known allergies",
    "160244002": "No known allergies",
    "409137002": "No known drug allergies",
    "429625007": "No known food allergies",
    "428607008": "No known environmental allergies",
    "716184000": "No known latex allergy",
    "428197003": "No known insect allergies",
}
"""By SNOMED CT code: that there is none (US Core's value set of allergy substances)."""
ANY_ALLERGY = {
    "419199007": "No known allergies",
    "106190000": "No known allergies",
    "420134006": "No known allergies",
    "609328004": "No known allergies",
    "416098002": "No known drug allergies",
    "414285001": "No known food allergies",
}
"""Codes of an allergy to anything, or to any drug or food, and what it means that one is ruled out."""
NOT_ASKED = frozenset({"1631000175102", "not-asked", "asked-unknown", "unknown", "asked-declined", "unsupported"})
"""Codes that answer a question about allergies without telling of one."""
ANSWERS = (
    "not asked", "unable to assess", "unable to obtain", "not on file", "not assessed", "no information",
    "not reviewed",
    "asked but unknown", "unknown", "not available", "declined to answer", "unable to determine", "not documented",
)  # fmt: skip
NAMES = {
    "91936005": "Allergy to penicillin",
    "91935009": "Allergy to peanut",
    "91934008": "Allergy to nut",
    "300913006": "Allergy to shellfish",
    "300916003": "Allergy to latex",
    "91930004": "Allergy to egg protein",
    "91939003": "Allergy to sulfonamide",
    "293586001": "Allergy to aspirin",
    "294505008": "Allergy to amoxicillin",
    "293963004": "Allergy to angiotensin-converting enzyme inhibitor",
    "425525006": "Allergy to dairy product",
    "232347008": "Allergy to animal dander",
    "424213003": "Allergy to bee venom",
    "418689008": "Allergy to grass pollen",
    "419263009": "Allergy to tree pollen",
    "232350006": "Allergy to house dust mite",
}
"""SNOMED CT codes that EHRs send without words, and their fully specified names."""
SYSTEMS = {"http://snomed.info/sct": "SNOMED", "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm"}
TAGS = (" (finding)", " (situation)", " (disorder)", " (substance)", " (product)", " (organism)")
