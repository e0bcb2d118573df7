"""Which search parameters the demo EHR knows, and the elements that each looks at (https://hl7.org/fhir/R4/search.html).

A vendor may list more; what the demo EHR does not know is in none of its tables.
"""

from __future__ import annotations

COMMON = (
    "_id",
    "_lastUpdated",
    "identifier",
    "patient",
    "subject",
    "status",
    "category",
    "code",
    "date",
    "authored",
    "encounter",
    "practitioner",
    "based-on",
    "focus",
    "type",
)
"""What a server of nobody's lists for every type."""
REFERENCES = {
    "appointment": ("appointment",),
    "author": ("author",),
    "based-on": ("basedOn",),
    "encounter": ("encounter", "context.encounter"),
    "episode-of-care": ("episodeOfCare",),
    "focus": ("focus",),
    "incoming-referral": ("referralRequest",),
    "location": ("location", "location.location", "participant.actor"),
    "organization": ("organization", "managingOrganization"),
    "performer": ("performer", "performer.actor"),
    "practitioner": ("practitioner", "participant.individual", "participant.actor"),
    "recipient": ("recipient",),
    "requester": ("requester",),
    "service-provider": ("serviceProvider",),
}
"""The elements that a parameter by reference looks at."""
TOKENS = {
    "category": "category",
    "class": "class",
    "clinical-status": "clinicalStatus",
    "code": "code",
    "gender": "gender",
    "intent": "intent",
    "role": "code",
    "specialty": "specialty",
    "status": "status",
    "type": "type",
}
"""The element that a parameter by code looks at."""
TEXTS = {"family": ("family",), "given": ("given",), "name": ("family", "given", "text")}
"""The parts of a person's name that a parameter by text looks at."""
DATES = frozenset(
    {"_lastUpdated", "authored", "authored-on", "authoredon", "birthdate", "date", "-date-or-req-period", "period"}
)
IGNORED = frozenset({"_count", "_total", "_sort", "_format", "_offset"})
"""Parameters of the answer and not of what is found."""
KNOWN = frozenset({*COMMON, *REFERENCES, *TOKENS, *TEXTS, *DATES})
NUMBERS = frozenset({"_count", "_maxresults"})


def type_of(name: str) -> str:
    """The type of a search parameter (https://hl7.org/fhir/R4/valueset-search-param-type.html)."""
    if name in NUMBERS:
        return "number"
    if name in DATES:
        return "date"
    if name in REFERENCES or name in ("patient", "subject", "ah-practice"):
        return "reference"
    return "string" if name in TEXTS or name in ("page", "continue") else "token"
