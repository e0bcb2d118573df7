"""Where somebody is reached: addresses and telephone numbers of a patient, clinician or organization.

No rule depends on them, so they are read apart from the facts: an odd address makes no resource unreadable.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fhir_adapters.facts.elements import Element


class Address(Element, frozen=True, kw_only=True):
    """A postal address (https://hl7.org/fhir/R4/datatypes.html#Address)."""

    lines: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None

    @property
    def printed(self) -> tuple[str, ...]:
        """As it stands on an envelope: street, then city, state and postal code."""
        last = " ".join(part for part in (self.state, self.postal_code) if part)
        place = ", ".join(part for part in (self.city, last) if part)
        return (*self.lines, *([place] if place else []))


class Contact(Element, frozen=True, kw_only=True):
    """One address and one number, as far as they are known."""

    address: Address | None = None
    phone: str | None = None


def contact_of(raw: bytes) -> Contact:
    """The first address and telephone number of a resource that are not old; nothing of what cannot be read."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Contact()
    if not isinstance(found, dict):
        return Contact()
    addresses = (_address(one) for one in _those(found.get("address")) if one.get("use") != "old")
    phones = (_text(one.get("value")) for one in _those(found.get("telecom")) if _is_phone(one))
    return Contact(
        address=next((one for one in addresses if one is not None), None),
        phone=next((one for one in phones if one), None),
    )


def _address(found: dict[str, Any]) -> Address | None:
    lines = found.get("line")
    kept = tuple(text for one in lines if (text := _text(one))) if isinstance(lines, list) else ()
    city, state, code, country = (_text(found.get(key)) for key in ("city", "state", "postalCode", "country"))
    if not kept and not city and (text := _text(found.get("text"))):
        kept = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not kept and not city:
        return None
    return Address(lines=kept, city=city, state=state, postal_code=code, country=country)


def _is_phone(one: dict[str, Any]) -> bool:
    return one.get("system") == "phone" and one.get("use") not in ("old", "home")


def _those(found: Any) -> list[dict[str, Any]]:
    """The elements of a list, or of what should be one (R4 gives an organization several addresses, R5 none)."""
    many = found if isinstance(found, list) else [found]
    return [one for one in many if isinstance(one, dict)]


def _text(found: Any) -> str | None:
    return (found.strip() or None) if isinstance(found, str) else None
