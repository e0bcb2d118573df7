"""What may be configured: a class for each table of the file; anything unknown is an error.

Documented key by key in docs/configuration.md, which a test compares with these classes.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from loopclose.domain.addresses import checked_address

SOURCES = ("orders", "encounters", "roster")
"""Ways of finding the practice's visits."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPENING = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


class Section(BaseModel):
    """A table of the file: an unknown key is an error, and a secret may come from a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        values = dict(values)
        for name, field in cls.model_fields.items():
            if "SecretStr" in str(field.annotation) and f"{name}_file" in values:
                path = Path(values.pop(f"{name}_file"))
                try:
                    values[name] = path.read_text().strip()
                except OSError as problem:
                    raise ValueError(f"{name}_file: {path} cannot be read ({problem.strerror})") from problem
        return values


class PracticeConfig(Section):
    """A practice: who we are, where, when we are open, and since when we follow visits."""

    name: str
    timezone: str
    holidays: str | list[str] = "US"
    """Country and state, such as ``US-MA``, or a list of dates."""
    hours: dict[str, str] = Field(default_factory=lambda: dict.fromkeys(DAYS[:5], "08:00-17:00"))
    specialty: str | None = None
    live_from: date | None = None
    rehearsal: bool = False
    organizations: list[str] = []
    clinicians: list[str] = []
    visit_classes: list[str] = ["AMB", "VR", "HH"]

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
            raise ValueError("a time zone of the IANA list is expected, such as America/New_York") from problem
        return value

    @field_validator("holidays")
    @classmethod
    def _known_holidays(cls, value: str | list[str]) -> str | list[str]:
        if isinstance(value, list):
            for day in value:
                date.fromisoformat(day)
            return value
        country, _, state = value.partition("-")
        try:
            holidays.country_holidays(country, subdiv=state or None)
        except NotImplementedError as problem:
            raise ValueError("a country, or country and state, is expected, such as US-MA") from problem
        return value

    @field_validator("hours")
    @classmethod
    def _known_hours(cls, value: dict[str, str]) -> dict[str, str]:
        for day, span in value.items():
            opens, _, closes = span.partition("-")
            if day not in DAYS or not _OPENING.fullmatch(span) or opens >= closes:
                raise ValueError('days "mon" to "sun" with a span such as "08:00-17:00" are expected')
        if not value:
            raise ValueError("at least one day on which the practice is open is expected")
        return value

    @field_validator("organizations", "clinicians")
    @classmethod
    def _references(cls, value: list[str]) -> list[str]:
        for item in value:
            if "/" not in item and not re.fullmatch(r"\d{10}", item):
                raise ValueError('references such as "Practitioner/heart", or NPIs of ten digits, are expected')
        return value


class EhrConfig(Section):
    """An EHR's FHIR endpoint, and how the visits of the practice are found on it."""

    practice: str
    base_url: str
    also_known_as: list[str] = []
    auth: Literal["none", "basic", "bearer"] = "none"
    worklist: str | list[str] = ["orders", "encounters"]
    roster: Path | None = None
    """A CSV file whose first column holds patient ids, for the source of that name; read anew by every sync."""
    token: SecretStr | None = None
    user: str | None = None
    password: SecretStr | None = None
    vendor: str = "auto"
    ca: Path | None = None
    page_size: int = Field(default=200, ge=1, le=1000)
    parallel: int = Field(default=4, ge=1, le=16)
    max_megabytes: int = Field(default=64, ge=1)
    timeout_seconds: float = Field(default=60, gt=0)
    code_map: Path | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The worklist sources, as a tuple."""
        return (self.worklist,) if isinstance(self.worklist, str) else tuple(self.worklist)

    @field_validator("base_url", "also_known_as")
    @classmethod
    def _http(cls, value: str | list[str]) -> str | list[str]:
        if not all(re.match(r"https?://[^/\s@]+", one) for one in ([value] if isinstance(value, str) else value)):
            raise ValueError("an http or https address without user and password is expected")
        return value.rstrip("/") if isinstance(value, str) else [address.rstrip("/") for address in value]

    @field_validator("worklist")
    @classmethod
    def _known_sources(cls, value: str | list[str]) -> str | list[str]:
        asked = [value] if isinstance(value, str) else value
        if not asked or any(source not in SOURCES for source in asked):
            raise ValueError('"orders", "encounters", "roster" or a list of them is expected')
        return value

    @model_validator(mode="after")
    def _credentials(self) -> EhrConfig:
        if self.auth == "bearer" and self.token is None:
            raise ValueError('auth = "bearer" needs a token (or token_file)')
        if self.auth == "basic" and (self.user is None or self.password is None):
            raise ValueError('auth = "basic" needs user and password (or password_file)')
        return self

    @model_validator(mode="after")
    def _roster_named(self) -> EhrConfig:
        if "roster" in self.sources and self.roster is None:
            raise ValueError('worklist "roster" needs roster, a CSV file of patient ids')
        return self


class DatabaseConfig(Section):
    """Where everything is kept."""

    url: str = "sqlite:///loopclose.db"


class MailConfig(Section):
    """The mail server that alerts leave through."""

    host: str
    port: int = 587
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, AfterValidator(checked_address)]
    ca: Path | None = None


class LinkingConfig(Section):
    """How visits are tied to referrals."""

    docstatus_absent_counts: bool = False
    """Whether a note without docStatus counts as signed (only where the EHR never sends it)."""


class DeadlinesConfig(Section):
    """By when a report is owed: hours and business days after the visit, by priority."""

    stat_hours: int = Field(default=24, ge=1)
    urgent_days: int = Field(default=1, ge=1)
    asap_days: int = Field(default=1, ge=1)
    routine_days: int = Field(default=3, ge=1)
    ceiling_days: int = Field(default=14, ge=1)


class EscalationConfig(Section):
    """When the four rungs of the ladder fire, in business days from the deadline, and whom they tell."""

    offsets: list[int] = [-1, 0, 2, 5]
    roles: list[list[Literal["author", "coordinator", "lead", "manager"]]] = [
        ["author"],
        ["author", "coordinator"],
        ["lead"],
        ["manager"],
    ]
    night: str = "02:00"
    """Local time of the night run in ``serve``."""

    @model_validator(mode="after")
    def _as_many(self) -> EscalationConfig:
        if len(self.offsets) != len(self.roles) or sorted(self.offsets) != self.offsets:
            raise ValueError("as many roles as offsets are expected, and offsets that rise")
        return self


class WebConfig(Section):
    """The web server."""

    host: str = "127.0.0.1"
    port: int = Field(default=8020, ge=0, le=65535)
    secret: SecretStr | None = None
    address: str | None = None
    """The address under which people reach it, for links in mails."""
    session_idle_minutes: int = Field(default=30, ge=1)
    mail_folder: Path | None = None
    """Where the demo puts its mails instead of sending them."""


class Config(Section):
    """The whole configuration."""

    practice: dict[str, PracticeConfig]
    ehr: dict[str, EhrConfig]
    database: DatabaseConfig = DatabaseConfig()
    mail: MailConfig | None = None
    linking: LinkingConfig = LinkingConfig()
    deadlines: DeadlinesConfig = DeadlinesConfig()
    escalation: EscalationConfig = EscalationConfig()
    web: WebConfig = WebConfig()

    @model_validator(mode="after")
    def _practices_exist(self) -> Config:
        for name, ehr in self.ehr.items():
            if ehr.practice not in self.practice:
                raise ValueError(f"ehr.{name}.practice names {ehr.practice!r}, and there is no such [practice.…]")
        return self
