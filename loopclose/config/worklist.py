"""By what an EHR's visits are found: what is asked for, and what the EHR tells by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import field_validator, model_validator

from fhir_adapters.smart.keys import open_to_others
from loopclose.config.expected import AUTO, SharedSecret
from loopclose.config.section import Section

ASKED = ("orders", "encounters", "schedule", "roster", "bulk")
"""Ways of finding the practice's visits by asking."""
EVENTS = "events"
"""The EHR tells that something happened; asking stays behind it."""


class WorklistOfEhr(Section):
    """The part of an EHR's table that is about how visits are found."""

    worklist: str | list[str] = AUTO
    events_secret: SharedSecret | None = None
    """What the EHR proves that it has when it tells something: by a signature, or as a bearer."""
    events_next_secret: SharedSecret | None = None
    """Counts as well, while the EHR changes over from one to the other."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The worklist sources that are named and asked; none where they are found by trial."""
        return tuple(one for one in self._named() if one in ASKED)

    @property
    def takes_events(self) -> bool:
        """Whether the EHR may tell by itself that something happened."""
        return EVENTS in self._named()

    @property
    def events_secrets(self) -> list[str]:
        """Every secret that counts now."""
        return [one.get_secret_value() for one in (self.events_secret, self.events_next_secret) if one is not None]

    def _named(self) -> list[str]:
        return [self.worklist] if isinstance(self.worklist, str) else self.worklist

    @field_validator("worklist", mode="before")
    @classmethod
    def _known_sources(cls, value: Any) -> Any:
        asked = [value] if isinstance(value, str) else value
        if value == AUTO or (isinstance(asked, list) and asked and all(one in (*ASKED, EVENTS) for one in asked)):
            return value
        names = ", ".join(f'"{one}"' for one in (AUTO, *ASKED, EVENTS))
        raise ValueError(f"{names} or a list of these is expected")

    @model_validator(mode="before")
    @classmethod
    def _secrets_are_their_owners_alone(cls, values: Any) -> Any:
        named = values if isinstance(values, dict) else {}
        for key in ("events_secret_file", "events_next_secret_file"):
            if key in named and open_to_others(Path(named[key])):
                raise ValueError(f"{key}: a file that its owner alone may read is expected (chmod 600)")
        return values

    @model_validator(mode="after")
    def _events_are_whole(self) -> WorklistOfEhr:
        if self.takes_events != (self.events_secret is not None):
            raise ValueError('worklist "events" and events_secret (or events_secret_file) are expected together')
        if self.events_next_secret is not None and self.events_secret is None:
            raise ValueError("events_next_secret is expected beside events_secret alone")
        return self
