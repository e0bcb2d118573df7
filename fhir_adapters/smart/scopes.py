"""Which scopes are asked for, and whether what was granted is what was asked.

``system/Encounter.read`` is the first form, ``system/Encounter.rs`` the second
(https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html). Never a wildcard: Oracle Health refuses one, and
nobody should be given more than is read. Never both forms in one request: Veradigm refuses that (both by a third
party's table, PHI AI, core/fhir/emr_profiles.py, September 2026).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fhir_adapters.smart.discovery import Discovery

V1, V2 = "read", "rs"
READING = re.compile(r"system/([A-Z][A-Za-z]{1,38})\.(read|rs|r|s)")
"""A scope that may be asked for: one type, to be read."""
_GRANTED = re.compile(r"system/([A-Z][A-Za-z]*|\*)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(\?.*)?")
_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}


def forms(told: Discovery) -> tuple[str, ...]:
    """The forms worth trying, the likelier first: one where the EHR tells which it knows."""
    listed = {match[2] for one in told.scopes if (match := _GRANTED.fullmatch(one)) and match[2] != "*"}
    first = "read" in listed
    second = bool(listed - {"read", "write"})
    if first == second:
        first, second = "permission-v1" in told.capabilities, "permission-v2" in told.capabilities
    if first == second:
        return V2, V1
    return (V1,) if first else (V2,)


def offers(
    types: Sequence[str], configured: Sequence[str], told: Discovery, creates: Sequence[str] = ()
) -> list[tuple[str, ...]]:
    """What to ask for as a whole, one after another until the EHR takes one; ``creates``: types that are written too,
    whether or not what is read was configured.

    What it lists is no full list (SMART: "additional scopes MAY be supported"), so it only narrows what was refused.
    """
    read = [tuple(configured)] if configured else [in_form(types, form) for form in forms(told)]
    wholes = [(*one, *to_create(creates, one[0].rpartition(".")[2])) if one else one for one in read]
    found = []
    for whole in wholes:
        listed = tuple(one for one in whole if covered(one, told.scopes))
        found += [whole, listed] if listed and listed != whole else [whole]
    return found


def in_form(types: Iterable[str], form: str) -> tuple[str, ...]:
    """Scopes to read those types."""
    return tuple(f"system/{kind}.{form}" for kind in types)


def to_create(types: Iterable[str], form: str) -> tuple[str, ...]:
    """Scopes to write those types, in the form of a scope to read; the second tells creating from changing, and our
    own Task is changed when a receipt is taken back.
    """
    if form == V1:
        return tuple(f"system/{kind}.write" for kind in types)
    return tuple(f"system/{kind}.{'cu' if kind == 'Task' else 'c'}" for kind in types)


def types_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """The types that scopes are about, each once."""
    return tuple(dict.fromkeys(match[1] for one in scopes if (match := _GRANTED.fullmatch(one))))


def covered(asked: str, granted: Iterable[str]) -> bool:
    """Whether some of what was granted is all of one scope asked for, in whichever form."""
    want = _GRANTED.fullmatch(asked)
    if want is None:
        return asked in granted
    had = [match for one in granted if (match := _GRANTED.fullmatch(one)) and match[1] in (want[1], "*")]
    return _letters(want[2]) <= {letter for match in had if not match[3] for letter in _letters(match[2])}


def in_part(asked: str, granted: Iterable[str]) -> bool:
    """Whether something of a scope was granted, though not all: by category, or reading without searching."""
    want = _GRANTED.fullmatch(asked)
    had = {one for one in granted if (match := _GRANTED.fullmatch(one)) and want and match[1] == want[1]}
    return bool(had) and not covered(asked, granted)


def _letters(words: str) -> set[str]:
    return set(_LETTERS.get(words, words))
