"""What may be wrong with a resource that is created: each check gives the reason, or None."""

from __future__ import annotations

from collections.abc import Callable

from loopclose.sandbox.elements import Json

Check = Callable[[Json], str | None]


def demands(*names: str) -> Check:
    """These elements are there."""

    def check(resource: Json) -> str | None:
        missing = [name for name in names if not resource.get(name)]
        return f"Required: {', '.join(missing)}." if missing else None

    return check


def is_one_of(name: str, *values: str) -> Check:
    """The element has one of these values."""

    def check(resource: Json) -> str | None:
        return None if resource.get(name) in values else f"{name} may only be {' or '.join(values)}."

    return check


def of_a_visit(resource: Json) -> str | None:
    """An encounter stands in its context."""
    named = resource.get("context", {}).get("encounter") or []
    return None if named and named[0].get("reference", "").startswith("Encounter/") else "Valid encounter required"


def period_ends(resource: Json) -> str | None:
    """The time of service has an end, with a time."""
    end = resource.get("context", {}).get("period", {}).get("end", "")
    return None if "T" in end else "context.period.end with a time is required."


def attached(*types: str, most: int | None = None) -> Check:
    """The first attachment is of one of these media types, and there are no more than so many."""

    def check(resource: Json) -> str | None:
        content = resource.get("content") or []
        if not content or (most is not None and len(content) > most):
            return f"content must have {most or 'at least one'} entry."
        first = content[0].get("attachment", {})
        said = first.get("contentType", "").partition(";")[0]
        return None if first.get("data") and said in types else f"contentType must be one of {', '.join(types)}."

    return check


def references(name: str, *types: str) -> Check:
    """Whoever that element names is of one of these types."""

    def check(resource: Json) -> str | None:
        value = resource.get(name) or []
        named = [one.get("reference", "") for one in (value if isinstance(value, list) else [value])]
        wrong = [one for one in named if one.partition("/")[0] not in types]
        return f"{name} must be a {' or '.join(types)}." if wrong else None

    return check


def words_attached(resource: Json) -> str | None:
    """The one payload has its words as an attachment."""
    payload = resource.get("payload") or []
    said = payload[0].get("contentAttachment", {}).get("contentType", "").partition(";")[0] if len(payload) == 1 else ""
    right = said in ("text/plain", "application/xhtml+xml")
    return None if right else "payload must be one contentAttachment, text/plain or application/xhtml+xml."
