"""The FHIR R4 data types that facts are made of (https://hl7.org/fhir/R4/datatypes.html).

Every fact is a frozen msgspec struct with FHIR's own element names in snake case; a missing element is
``None`` or an empty tuple. Elements that nobody reads are skipped without being looked at.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from fhir_adapters.facts.when import When


class Element(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """Base of every data type."""


class Marks(tuple[str, ...]):
    """``system|value`` of tags or identifiers by which something may be known again. No rule refuses a resource for
    their shape: whatever is not as FHIR wants it is passed over.
    """

    @classmethod
    def of(cls, value: Any) -> Marks:
        """Those of a JSON value, whatever it is: the code of a tag, the value of an identifier."""
        listed = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        return cls(f"{one.get('system') or ''}|{one.get('value') or one.get('code') or ''}" for one in listed)


class Coding(Element, frozen=True, kw_only=True):
    """A code of one system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    user_selected: bool | None = None

    @property
    def token(self) -> str:
        """``system|code``, the form of FHIR's token search and of the code maps."""
        return f"{self.system or ''}|{self.code or ''}"


class CodeableConcept(Element, frozen=True, kw_only=True):
    """A concept by codes, text or both."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None

    @property
    def label(self) -> str | None:
        """The words a person would show: the text, else the first display."""
        return self.text or next((c.display for c in self.coding if c.display), None)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every ``system|code`` of the concept."""
        return tuple(c.token for c in self.coding)


class Identifier(Element, frozen=True, kw_only=True):
    """A business identifier."""

    use: str | None = None
    system: str | None = None
    value: str | None = None
    type: CodeableConcept | None = None


class Reference(Element, frozen=True, kw_only=True):
    """A reference in any of its forms; ``references.resolve`` says what it points at."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Element, frozen=True, kw_only=True):
    """A span of time, either end open."""

    start: When | None = None
    end: When | None = None


class HumanName(Element, frozen=True, kw_only=True):
    """A person's name."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str | None, ...] = ()
    prefix: tuple[str | None, ...] = ()
    suffix: tuple[str | None, ...] = ()
    """Null stands in FHIR's JSON for a part of which only an extension is known."""

    @property
    def full(self) -> str:
        """The name as one line, given names first."""
        parts = (*self.prefix, *self.given, self.family, *self.suffix)
        return self.text or " ".join(part for part in parts if part)


class Meta(Element, frozen=True, kw_only=True):
    """What the server says of a resource."""

    last_updated: str | None = None
    tag: Marks = Marks()

    @property
    def updated(self) -> When | None:
        """When the server last changed the resource, where it says a real time: no rule refuses one for less."""
        try:
            return When(self.last_updated) if self.last_updated else None
        except ValueError:
            return None


class Annotation(Element, frozen=True, kw_only=True):
    """A note with its text."""

    text: str | None = None


class Quantity(Element, frozen=True, kw_only=True):
    """An amount with its unit."""

    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Range(Element, frozen=True, kw_only=True):
    """A low and a high amount."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element, frozen=True, kw_only=True):
    """One amount for another."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Narrative(Element, frozen=True, kw_only=True):
    """What a resource says to a person, as XHTML."""

    status: str | None = None
    div: str | None = None


class SampledData(Element, frozen=True, kw_only=True):
    """A series of measurements, as an ECG; which ones, nobody reads here."""

    dimensions: int | None = None


class Attachment(Element, frozen=True, kw_only=True):
    """A document's content: inline (``data``, base64) or elsewhere (``url``)."""

    content_type: str | None = None
    data: str | None = None
    url: str | None = None
    title: str | None = None


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """Base of every fact."""

    id: str
    meta: Meta | None = None
    unread: tuple[str, ...] = msgspec.field(default=(), name="//unread")
    """Elements that could not be read and were left out (``reading.read``); no element of FHIR is named so."""

    @property
    def key(self) -> str:
        """``Type/id``, the name of the resource on its server."""
        return f"{type(self).__name__}/{self.id}"
