"""A site: one EHR of one practice with the rules that hold there, made from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from hashlib import sha256
from importlib.resources import files
from zoneinfo import ZoneInfo

import holidays

from fhir_adapters.auth import Auth, BasicAuth, BearerAuth, NoAuth
from fhir_adapters.client import FhirClient
from fhir_adapters.facts.reading import TYPES
from fhir_adapters.pace import Pace
from fhir_adapters.smart.asking import Reach
from fhir_adapters.smart.backend import BackendAuth, Registration
from fhir_adapters.vendors import Vendor, named
from loopclose.config.practices import DAYS, PracticeConfig
from loopclose.config.sections import Config, EhrConfig
from loopclose.domain.business_time import Calendar
from loopclose.domain.code_elements import said as tables_said
from loopclose.domain.code_map import CodeMap, parse_code_map
from loopclose.domain.code_tables import written
from loopclose.domain.deadlines import Policy
from loopclose.domain.escalation import Rung
from loopclose.domain.judgement import Rules
from loopclose.domain.practice import Practice
from loopclose.errors import ConfigError, UsageError
from loopclose.store.base import Scope

READ = (*TYPES, "Binary")
"""Every type that is read of an EHR, by a sync or for a draft."""
NOT_JUDGED_BY = (
    *("paper", "letter_template", "letter_templates", "letter_template_tried"),
    *("phone", "part2", "part2_clinicians", "hold_codes"),
)
"""Keys of a practice that change nothing of what is owed."""
NEEDED = ("Patient", "Encounter")
"""Types without which no visit is seen, so that an EHR which does not grant them is not read at all."""


WRITTEN = ("Communication", "DocumentReference", "Task")
"""Types that are written, where an EHR is written to."""


@dataclass(frozen=True)
class Site:
    """One EHR of one practice."""

    scope: Scope
    ehr: str
    rules: Rules
    settings: EhrConfig
    ladder: tuple[Rung, ...]
    settings_digest: str = ""
    """Of what the configuration says of the practice's days, deadlines, ladder and linking."""

    @property
    def practice(self) -> Practice:
        """The practice, as the rules see it."""
        return self.rules.practice


def sites(config: Config, only: str | None = None) -> list[Site]:
    """Every configured EHR, or the one named; raises ``UsageError`` when there is no such EHR."""
    if only is not None and only not in config.ehr:
        raise UsageError(f"There is no [ehr.{only}]; the configuration has: {', '.join(sorted(config.ehr))}.")
    return [_site(config, name) for name in sorted(config.ehr) if only in (None, name)]


def practice_of(config: Config, name: str) -> Practice:
    """The practice of that name, as the rules see it."""
    settings, direct = config.practice[name], config.direct.get(name)
    return Practice(
        id=name,
        name=settings.name,
        calendar=calendar_of(settings),
        organizations=frozenset(o for o in settings.organizations if "/" in o),
        clinicians=frozenset(c for c in settings.clinicians if "/" in c),
        npis=frozenset(c for c in [*settings.clinicians, *settings.organizations] if "/" not in c),
        specialty=settings.specialty,
        phone=settings.phone,
        live_from=settings.live_from,
        oid=direct.answering_oid if direct else None,
        visit_classes=frozenset(settings.visit_classes),
        residents=frozenset(settings.residents),
        part2=settings.part2,
        part2_clinicians=frozenset(settings.part2_clinicians),
        hold_codes=frozenset(settings.hold_codes),
    )


def zone_of(config: Config, practice: str) -> ZoneInfo:
    """The time zone of the practice of that name, where nothing else of it is needed."""
    return ZoneInfo(config.practice[practice].timezone)


def calendar_of(settings: PracticeConfig) -> Calendar:
    """Opening hours and holidays of the practice."""
    hours = {
        DAYS.index(day): (time.fromisoformat(span[:5]), time.fromisoformat(span[6:]))
        for day, span in settings.hours.items()
    }
    zone, days_off = ZoneInfo(settings.timezone), _holidays(settings.holidays)
    return Calendar(zone, hours, days_off, frozenset(settings.closed), frozenset(settings.open))


def ladder_of(config: Config) -> tuple[Rung, ...]:
    """The configured escalation ladder."""
    pairs = zip(config.escalation.offsets, config.escalation.roles, strict=True)
    return tuple(Rung(no, offset, tuple(roles)) for no, (offset, roles) in enumerate(pairs, start=1))


def client_of(
    site: Site, *, parallel: int | None = None, vendor: Vendor | None = None, pace: Pace | None = None
) -> FhirClient:
    """A client for the site's EHR; its credentials go to that origin only. Given are the settings to override.

    Raises ``ConfigError`` where the EHR has not given us a client id yet.
    """
    settings = site.settings
    if vendor is None and settings.vendor != "auto":
        vendor = named(settings.vendor)
    reach = Reach(str(settings.ca) if settings.ca else True, (10, settings.timeout_seconds))
    return FhirClient(
        settings.base_url,
        _auth(site, reach),
        vendor=vendor,
        parallel=parallel or settings.parallel,
        page_size=settings.page_size,
        pace=pace or Pace(settings.requests_per_minute),
        timeout=reach.timeout,
        max_bytes=settings.max_megabytes * 2**20,
        verify=reach.verify,
    )


def code_map_of(settings: EhrConfig, said: Mapping[tuple[str, str], str] | None = None) -> CodeMap:
    """The shipped code map, over it what people said on the page Codes, and the site's own file over both.

    ``said``: meanings by (element, token). The file has the last word: it is reviewed and kept with the configuration.
    """
    shipped = (files("loopclose.defaults") / "code_map.toml").read_text(encoding="utf-8")
    own = own_map(settings)
    found = _parsed(settings, shipped, *own)
    if not said:
        return found
    return parse_code_map(shipped, written(tables_said(said)), *own, before=found)


def own_map(settings: EhrConfig) -> tuple[str, ...]:
    """The text of the site's own file; nothing where there is none."""
    if settings.code_map is None:
        return ()
    try:
        return (settings.code_map.read_text(encoding="utf-8"),)
    except OSError as problem:
        raise ConfigError(f"The code map {settings.code_map} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise ConfigError(f"The code map {settings.code_map} cannot be read: it is not UTF-8.") from problem


def as_said(site: Site, said: Mapping[tuple[str, str], str]) -> Site:
    """The site with what people said that codes mean, by (element, token)."""
    return replace(site, rules=replace(site.rules, code_map=code_map_of(site.settings, said)))


def _parsed(settings: EhrConfig, *texts: str) -> CodeMap:
    try:
        return parse_code_map(*texts)
    except ValueError as problem:
        raise ConfigError(f"The code map {settings.code_map} cannot be used: {problem}.") from problem


def _site(config: Config, name: str) -> Site:
    settings = config.ehr[name]
    rules = Rules(
        practice_of(config, settings.practice),
        code_map_of(settings),
        Policy(**config.deadlines.model_dump()),
        config.linking.docstatus_absent_counts,
        settings.routes_notes,
    )
    return Site(Scope(settings.practice), name, rules, settings, ladder_of(config), _digest(config, settings.practice))


def _digest(config: Config, practice: str) -> str:
    judged_by = (config.practice[practice], config.deadlines, config.escalation, config.linking)
    said = [part.model_dump_json(exclude={*NOT_JUDGED_BY}) for part in judged_by]
    said += [name for name, ehr in sorted(config.ehr.items()) if ehr.practice == practice and ehr.routes_notes]
    said += [oid] if (direct := config.direct.get(practice)) is not None and (oid := direct.answering_oid) else []
    return sha256("\n".join(said).encode()).hexdigest()


def _auth(site: Site, reach: Reach) -> Auth:
    settings = site.settings
    if settings.auth == "bearer" and settings.token is not None:
        return BearerAuth(settings.token.get_secret_value())
    if settings.auth == "basic" and settings.user is not None and settings.password is not None:
        return BasicAuth(settings.user, settings.password.get_secret_value())
    if settings.auth == "smart-backend" and settings.client_id is None:
        raise ConfigError(
            f"[ehr.{site.ehr}] has no client_id yet: register what loopclose ehr connect {site.ehr} prints, "
            "and enter there what the EHR gives."
        )
    if settings.auth == "smart-backend" and settings.client_id is not None and settings.key_file is not None:
        registration = Registration(
            settings.base_url,
            settings.client_id,
            settings.key_file,
            (*READ, "Group") if settings.bulk_group is not None else READ,
            tuple(settings.scopes),
            settings.token_url,
            NEEDED,
            WRITTEN if settings.files_copies else (),
        )
        return BackendAuth(registration, reach)
    return NoAuth()


def _holidays(named_days: str | list[date]) -> Mapping[date, str]:
    if isinstance(named_days, list):
        return dict.fromkeys(named_days, "holiday")
    country, _, state = named_days.partition("-")
    found: Mapping[date, str] = holidays.country_holidays(country, subdiv=state or None)
    return found
