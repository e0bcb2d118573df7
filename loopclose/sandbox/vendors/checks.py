"""What may be wrong with the values of a search: each check gives the reason, or None."""

from __future__ import annotations

import re

from loopclose.sandbox.asked import OFFSET, Asked
from loopclose.sandbox.vendors.rules import PATIENT, Check

ALL_PREFIXES = ("ge", "gt", "le", "lt")
_INSTANT = re.compile(r"(ge|gt|le|lt)\d{4}-\d\d-\d\dT.+")


def id_alone(asked: Asked) -> str | None:
    """Beside ``_id`` there is nothing."""
    others = {name for name, _ in asked.params} - {"_id", OFFSET, "_format"}
    return "With _id there may be no other parameter." if asked.values("_id") and others else None


def instants(name: str, prefixes: tuple[str, ...] = ALL_PREFIXES) -> Check:
    """At most twice, each with one of the prefixes and a time."""

    def check(asked: Asked) -> str | None:
        values = asked.values(name)
        right = all(_INSTANT.fullmatch(value) and value[:2] in prefixes for value in values)
        return None if right and len(values) <= 2 else f"{name} needs one of {', '.join(prefixes)} and a time."

    return check


def window(name: str) -> Check:
    """A day or an instant without a prefix, or a closed range: from one instant to another."""

    def check(asked: Asked) -> str | None:
        values = asked.values(name)
        if len(values) == 1 and not values[0][:2].isalpha():
            return None
        wrong = instants(name)(asked)
        if wrong is None and values and not _is_closed(values):
            return f"{name} needs a closed range: ge or gt, and le or lt."
        return wrong

    return check


def with_patient(*names: str) -> Check:
    """These are given beside a patient only."""

    def check(asked: Asked) -> str | None:
        alone = [name for name in names if asked.values(name)]
        known = any(asked.values(name) for name in PATIENT)
        return f"{', '.join(alone)} may be given with patient only." if alone and not known else None

    return check


def never_together(*names: str) -> Check:
    """At most one of these is given."""

    def check(asked: Asked) -> str | None:
        given = [name for name in names if asked.values(name)]
        return f"{', '.join(given)} may not be given together." if len(given) > 1 else None

    return check


def one_of(name: str, *known: str) -> Check:
    """Every value is one of these."""

    def check(asked: Asked) -> str | None:
        wrong = sorted({one for value in asked.values(name) for one in value.split(",")} - {*known})
        return f"{name} may not be {', '.join(wrong)}." if wrong else None

    return check


def no_list(*names: str) -> Check:
    """Each of these has one value, and no comma in it."""

    def check(asked: Asked) -> str | None:
        listed = [
            name for name in names if len(asked.values(name)) > 1 or any("," in one for one in asked.values(name))
        ]
        return f"{', '.join(listed)} takes one value." if listed else None

    return check


def _is_closed(values: list[str]) -> bool:
    return sorted(value[0] for value in values) == ["g", "l"]
