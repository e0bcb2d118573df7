"""What may be configured: a class for each table of the file; anything unknown is an error.

Documented key by key in docs/configuration.md, which a test compares with these classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from loopclose.config.channels.direct import DirectConfig
from loopclose.config.channels.fax import FaxConfig
from loopclose.config.channels.fhir import WrittenEhr
from loopclose.config.channels.printer import PrinterConfig
from loopclose.config.database_url import DatabaseUrl
from loopclose.config.delivery import DeliveryConfig
from loopclose.config.expected import (
    AUTO,
    ExactAddress,
    Group,
    Host,
    Hour,
    HttpAddress,
    KeyFile,
    Name,
    Place,
    ReadableFile,
    Scope,
    Secret,
    Text,
    VendorName,
    is_loopback,
)
from loopclose.config.inside import InsideEhr
from loopclose.config.mail import MailConfig
from loopclose.config.practices import PracticeConfig
from loopclose.config.section import Section
from loopclose.config.sign_in import SignInConfig
from loopclose.config.worklist import WorklistOfEhr

Role = Literal["author", "coordinator", "lead", "manager"]


class EhrConfig(InsideEhr, WorklistOfEhr, WrittenEhr):
    """An EHR's FHIR endpoint, and how the visits of the practice are found on it."""

    practice: str
    base_url: HttpAddress
    also_known_as: list[HttpAddress] = Field(default=[])
    auth: Literal["none", "basic", "bearer", "smart-backend"] = "none"
    locations: list[Place] = Field(default=[])
    """Places of the practice, for the source ``schedule`` where it cannot ask by clinician."""
    roster: Path | None = None
    """A CSV file whose first column holds patient ids, for the source of that name; read anew by every sync."""
    bulk_group: Group | None = None
    """The Group whose patients the source ``bulk`` exports; every patient's without one."""
    bulk_kick_off: Literal["get", "post"] | None = None
    bulk_every_hours: int | None = Field(default=None, ge=1, le=168)
    bulk_hosts: list[HttpAddress] = Field(default=[])
    """Servers beside the EHR's own that may get its token for the files of an export."""
    token: Secret | None = None
    user: Text | None = None
    password: Secret | None = None
    client_id: Text | None = None
    """What the EHR gives once our key is registered there; until then keys are made and published, and nothing read."""
    key_file: KeyFile | None = None
    """The private key that ``loopclose ehr keys`` makes; it may be missing until then."""
    token_url: ExactAddress | None = None
    scopes: list[Scope] = Field(default=[])
    vendor: VendorName = AUTO
    ca: ReadableFile | None = None
    page_size: int = Field(default=200, ge=1, le=1000)
    parallel: int = Field(default=4, ge=1, le=16)
    requests_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    requests_per_day: int | None = Field(default=None, ge=100, le=100_000_000)
    max_megabytes: int = Field(default=64, ge=1, le=4096)
    timeout_seconds: float = Field(default=60, gt=0, le=3600)
    code_map: ReadableFile | None = None

    @model_validator(mode="after")
    def _credentials(self) -> EhrConfig:
        if self.auth == "bearer" and self.token is None:
            raise ValueError('auth = "bearer" needs a token (or token_file)')
        if self.auth == "basic" and (self.user is None or self.password is None):
            raise ValueError('auth = "basic" needs user and password (or password_file)')
        if self.auth == "smart-backend" and self.key_file is None:
            raise ValueError('auth = "smart-backend" needs key_file')
        if self.auth != "none":
            self._kept_secret("base_url", self.base_url)
            self._kept_secret("token_url", self.token_url)
            for address in self.bulk_hosts:
                self._kept_secret("bulk_hosts", address)
        return self

    def _kept_secret(self, key: str, address: str | None) -> None:
        parts = urlsplit(address or "")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError(f'auth = "{self.auth}" needs an https {key}, unless the EHR is on this machine')

    @model_validator(mode="after")
    def _roster_named(self) -> EhrConfig:
        if "roster" in self.sources and self.roster is None:
            raise ValueError('worklist "roster" needs roster, a CSV file of patient ids')
        return self


class DatabaseConfig(Section):
    """Where everything is kept."""

    url: DatabaseUrl = "sqlite:///loopclose.db"


class LogConfig(Section):
    """How the log on standard error is written."""

    format: Literal["text", "json"] = "text"


class LinkingConfig(Section):
    """How visits are tied to referrals."""

    docstatus_absent_counts: bool = False
    """Whether a note without docStatus counts as signed (only where the EHR never sends it)."""


class DeadlinesConfig(Section):
    """By when a report is owed: hours and business days after the visit, by priority."""

    stat_hours: int = Field(default=24, ge=1, le=336)
    urgent_days: int = Field(default=1, ge=1, le=60)
    asap_days: int = Field(default=1, ge=1, le=60)
    routine_days: int = Field(default=3, ge=1, le=60)
    ceiling_days: int = Field(default=14, ge=1, le=366)


class EscalationConfig(Section):
    """When the four rungs of the ladder fire, in business days from the deadline, and whom they tell."""

    offsets: list[Annotated[int, Field(ge=-30, le=60)]] = Field(default=[-1, 0, 2, 5], min_length=1, max_length=4)
    roles: list[Annotated[list[Role], Field(min_length=1)]] = Field(
        default=[["author"], ["author", "coordinator"], ["lead"], ["manager"]]
    )
    night: Hour = "02:00"
    """Local time of the night run in ``serve``."""

    @model_validator(mode="after")
    def _as_many(self) -> EscalationConfig:
        if len(self.offsets) != len(self.roles):
            raise ValueError("a list of roles for each of the offsets is expected")
        if sorted(set(self.offsets)) != self.offsets:
            raise ValueError("offsets that rise are expected")
        return self


class WebConfig(Section):
    """The web server."""

    host: Host = "127.0.0.1"
    port: int = Field(default=8020, ge=0, le=65535)
    secret: SecretStr | None = None
    address: HttpAddress | None = None
    """The address under which people reach it, for links in mails."""
    trusted_proxies: list[IPvAnyNetwork] = Field(default_factory=list)
    """Addresses and networks of the proxies in front, whose word on who comes, and by https, counts."""
    metrics_token: SecretStr | None = None
    """Opens ``/metrics`` to who is not on this machine."""
    session_idle_minutes: int = Field(default=30, ge=1, le=1440)
    mail_folder: Path | None = None
    """Where the demo puts its mails instead of sending them."""


class Config(Section):
    """The whole configuration."""

    practice: dict[Name, PracticeConfig] = Field(min_length=1)
    ehr: dict[Name, EhrConfig]
    database: DatabaseConfig = DatabaseConfig()
    mail: MailConfig | None = None
    log: LogConfig = LogConfig()
    linking: LinkingConfig = LinkingConfig()
    deadlines: DeadlinesConfig = DeadlinesConfig()
    escalation: EscalationConfig = EscalationConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    web: WebConfig = WebConfig()
    sign_in: dict[Name, SignInConfig] = Field(default={})
    direct: dict[Name, DirectConfig] = Field(default={})
    encrypted_mail: dict[Name, DirectConfig] = Field(default={})
    fax: dict[Name, FaxConfig] = Field(default={})
    printer: dict[Name, PrinterConfig] = Field(default={})

    @model_validator(mode="after")
    def _practices_exist(self) -> Config:
        for name, ehr in self.ehr.items():
            if ehr.practice not in self.practice:
                raise ValueError(f"ehr.{name}.practice names {ehr.practice!r}, and there is no such [practice.…]")
        for table in ("direct", "encrypted_mail", "fax", "printer"):
            if strangers := sorted({*getattr(self, table)} - {*self.practice}):
                raise ValueError(f"{table}.{strangers[0]} names a practice, and there is no such [practice.…]")
        return self

    @model_validator(mode="after")
    def _providers_fit(self) -> Config:
        for name, one in self.sign_in.items():
            if one.practice is None and len(self.practice) > 1:
                raise ValueError(f"sign_in.{name}.practice is expected: there are several practices")
            if one.practice is not None and one.practice not in self.practice:
                raise ValueError(f"sign_in.{name}.practice names {one.practice!r}, and there is no such [practice.…]")
            if one.ehr is not None and one.ehr not in self.ehr:
                raise ValueError(f"sign_in.{name}.ehr names {one.ehr!r}, and there is no such [ehr.…]")
            if one.ehr is not None and self.ehr[one.ehr].practice != (one.practice or self.ehr[one.ehr].practice):
                raise ValueError(f"sign_in.{name}.ehr names the EHR of another practice")
        issuers = [issuer for ehr in self.ehr.values() for issuer in {*ehr.hooks_issuers}]
        if len(issuers) != len({*issuers}):
            raise ValueError("hooks_issuers: each issuer is expected at one EHR alone")
        return self
