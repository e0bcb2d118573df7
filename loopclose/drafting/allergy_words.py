"""Codes and words by which EHRs tell of an allergy, of none, or that nobody knows."""

from __future__ import annotations

import re

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
    "419511003": "No known drug allergies",
    "418471000": "No known food allergies",
    "418038007": "No known allergies",
}
"""Codes of an allergy to anything, or to any drug or food, and what it means that one is ruled out."""
ANY_BY_NAME = {
    **dict.fromkeys(
        (
            "allergy", "allergies", "allergy to substance", "allergic disposition", "allergic reaction",
            "hypersensitivity", "propensity to adverse reaction", "propensity to adverse reaction to substance",
            "allergic reaction to substance",
        ),
        "No known allergies",
    ),
    **dict.fromkeys(
        ("drug allergy", "allergy to drug", "medication allergy", "propensity to adverse reaction to drug"),
        "No known drug allergies",
    ),
    **dict.fromkeys(
        ("food allergy", "allergy to food", "propensity to adverse reaction to food"), "No known food allergies"
    ),
}  # fmt: skip
"""The same by their names."""
NOT_SAYING = frozenset(
    {
        "unknown", "unknown allergen", "unknown substance", "other", "other allergy", "unspecified",
        "unspecified allergy",
        "allergy", "allergy to substance", "miscellaneous", "see comments", "not listed", "free text allergy",
        "other (see comments)", "allergen not on file", "uncoded allergy", "n/a",
    }
)  # fmt: skip
"""Names of an allergy that leave it to the substance of a reaction what it is to."""
AT_THIS_TIME = re.compile(r" (?:at this time|at present|currently|to date|reported|per patient|as per patient)$")
ALL, DRUGS, FOODS = "No known allergies", "No known drug allergies", "No known food allergies"
_WHAT = r"(?P<what>(?:drug|medication|medicine|med|food|environmental|latex|insect|contrast)s?)"
_NONE = re.compile(
    r"(?<![a-z])(?:"
    rf"(?:no|nil|denies|denied|without|not aware of|has no|have no)(?: any)?(?: known)?(?: active)?"
    rf"(?: {_WHAT}(?: (?:or|and) (?:drug|medication|food|environmental|latex)s?)?)? (?:allerg(?:y|ies)|intolerances?)"
    r"(?: known| to (?:drugs|medications|medicines|any drugs|any medications))?(?! to)"
    r"|nk(?P<short>[admfe]{1,2})(?![a-z])|not (?:known to be )?allergic to any"
    r"|(?:drug |medication |food |known )?allerg(?:y|ies)(?: reviewed)?\s?[:=-]\s?"
    r"(?:none|nil|denies|no known|negative)(?: known| reported)?"
    r"(?![ ]?(?:[a-z]|to))"
    r"|sin alergias|niega alergias|keine (?:bekannten )?allergien|pas d.allergie|aucune allergie|nega alergias"
    r"|sem alergias|nessuna allergia)"
)
"""That there is no allergy, as it is written; letters with points between them are written without before."""
_POINTS = re.compile(r"\b(?:[a-z]\.){2,6}")
_EXCEPT = re.compile(r"\b(?:except|but|other than|apart from|besides|aside from)\b")
_KINDS = {"drug": DRUGS, "medic": DRUGS, "med": DRUGS, "food": FOODS}
_SHORT = {"a": ALL, "da": DRUGS, "ma": DRUGS, "fa": FOODS, "ea": "No known environmental allergies"}
BARE = frozenset(
    {
        "none",
        "none known",
        "none reported",
        "nil",
        "nil known",
        "no",
        "denies",
        "negative",
        "no known",
        "none recorded",
        "patient denies",
        "none documented",
    }
)
"""What stands for *no known allergies* where it is asked which allergy."""


def denies_allergies(words: str) -> str | None:
    """``No known drug allergies`` and the like, as we call it, where words say so in whatever writing; else None.

    Words that except something (*NKDA except codeine*) say that there is one.
    """
    low = _POINTS.sub(lambda found: found[0].replace(".", ""), " ".join(words.lower().replace("*", " ").split()))
    found = _NONE.search(low)
    if found is None or _EXCEPT.search(low[found.end() :]):
        return None
    if found["short"]:
        return _SHORT.get(found["short"])
    if "allerg" not in found[0] and "intoleran" not in found[0] and "alerg" not in found[0]:
        return ALL
    what = found["what"] or next((kind for kind in ("drug", "medic", "food") if kind in found[0]), "")
    if not what:
        return ALL
    return next((said for head, said in _KINDS.items() if what.startswith(head)), f"No known {what} allergies")


NOT_ASKED = frozenset({"1631000175102", "not-asked", "asked-unknown", "unknown", "asked-declined", "unsupported"})
"""Codes that answer a question about allergies without telling of one."""
ANSWERS = (
    "not asked", "unable to assess", "unable to obtain", "not on file", "not assessed", "no information",
    "not reviewed",
    "unobtainable", "unable to provide", "information not available", "allergen not on file", "n/a", "not obtained",
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
    "764146007": "Penicillin",
    "373270004": "Penicillin",
    "387406002": "Sulfonamide",
    "372665008": "Non-steroidal anti-inflammatory agent",
    "41549009": "Angiotensin-converting enzyme inhibitor",
}
"""SNOMED CT codes that EHRs send without words, and what they are called."""
DRUGS_BY_RXNORM = {
    "7984": "Penicillin V",
    "7980": "Penicillin G", "70618": "Penicillin", "723": "Amoxicillin", "733": "Ampicillin", "1191": "Aspirin",
    "2670": "Codeine", "7052": "Morphine", "5640": "Ibuprofen", "10831": "Sulfamethoxazole / trimethoprim",
    "29046": "Lisinopril", "7804": "Oxycodone", "5489": "Hydrocodone", "10689": "Tramadol", "7258": "Naproxen",
    "2551": "Ciprofloxacin", "82122": "Levofloxacin", "18631": "Azithromycin", "2582": "Clindamycin",
    "3640": "Doxycycline", "11124": "Vancomycin", "2231": "Cephalexin", "2193": "Ceftriaxone", "6809": "Metformin",
    "11289": "Warfarin", "10180": "Sulfamethoxazole", "161": "Acetaminophen",
}  # fmt: skip
"""Ingredients to which patients are most often allergic, by RxNorm code (https://mor.nlm.nih.gov/RxNav/)."""
SYSTEMS = {"http://snomed.info/sct": "SNOMED", "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm"}
TAGS = (" (finding)", " (situation)", " (disorder)", " (substance)", " (product)", " (organism)")
