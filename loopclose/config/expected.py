"""What is expected of a value, by kind: each says it in words that stand behind "…, but"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from fhir_adapters.smart.keys import open_to_others
from fhir_adapters.smart.scopes import READING
from fhir_adapters.vendors import VENDORS
from loopclose.domain.code_tables import CLASSES

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]+")
_OURS = re.compile(r"(Practitioner|Organization)/[A-Za-z0-9.-]{1,64}|\d{10}")
_TOKEN = re.compile(r"[^\s|]{0,256}\|[^\s|]{1,64}")
_PLACE = re.compile(r"Location/[A-Za-z0-9.-]{1,64}")
_GROUP = re.compile(r"[A-Za-z0-9._-]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
AUTO = "auto"
LEAST_SHARED = 32
"""Characters of a secret that strangers may try to guess as often as they like."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, so that nothing which is told it travels."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _matching(pattern: re.Pattern[str], expected: str) -> AfterValidator:
    return _checked(lambda value: bool(pattern.fullmatch(value)), expected)


def _checked(holds: Callable[[str], bool], expected: str) -> AfterValidator:
    def check(value: str) -> str:
        if not holds(value):
            raise ValueError(f"{expected} is expected")
        return value

    return AfterValidator(check)


def read_day(value: Any) -> date:
    """A date, or the text of one; raises ``ValueError``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 a date has no zone
    except (TypeError, ValueError) as problem:
        raise ValueError('a date such as "2026-12-24" is expected') from problem


def _address(value: str) -> str:
    expected = "an http or https address without user, password, query and fragment is expected"
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 a port that is none raises
    except ValueError as problem:
        raise ValueError(expected) from problem
    plain = parts.scheme in ("http", "https") and parts.hostname and value.isprintable() and " " not in value
    if not plain or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(expected)
    return value


def _origin(value: str) -> str:
    parts = urlsplit(_address(value))
    if parts.path not in ("", "/") or re.search(r"[;,'\"*]", value):
        raise ValueError("an origin such as https://ehr.example.org is expected, without a path")
    return value.rstrip("/")


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or not text.isprintable():
        raise ValueError("one line of at least one character is expected")
    return value


def _shared_secret(value: SecretStr) -> SecretStr:
    if len(_secret(value).get_secret_value()) < LEAST_SHARED:
        raise ValueError(f"one line of at least {LEAST_SHARED} characters is expected, such as openssl rand -hex 32")
    return value


def _key_file(value: Path) -> Path:
    """A key that stands there is its owner's alone; one that does not is made later."""
    if open_to_others(value):
        raise ValueError("a key that its owner alone may read is expected (chmod 600)")
    return _file(value) if value.exists() else value


def _file(value: Path) -> Path:
    try:
        with value.open("rb"):
            return value
    except OSError as problem:
        raise ValueError(f"a file that can be read is expected ({problem.strerror})") from problem


def _folder(value: Path) -> Path:
    if not value.is_dir():
        raise ValueError("a folder is expected")
    return value


Text = Annotated[str, _checked(lambda value: bool(value.strip()) and value.isprintable(), "one line of text")]
Name = Annotated[str, _matching(_NAME, "a name of letters, digits, dots and dashes, at most 64 of them,")]
Hour = Annotated[str, _matching(_HOUR, 'a time of day from "00:00" to "23:59"')]
Host = Annotated[str, _matching(_HOST, "the name or address of a machine")]
Ours = Annotated[
    str, _matching(_OURS, 'a reference such as "Practitioner/heart" or "Organization/harbor", or an NPI of ten digits,')
]
Token = Annotated[str, _matching(_TOKEN, 'a code with its system, such as "http://hl7.org/fhir/sid/icd-10-cm|F11.20",')]
Place = Annotated[str, _matching(_PLACE, 'a reference such as "Location/rooms"')]
Group = Annotated[str, _matching(_GROUP, 'the id of a Group, without "Group/",')]
VisitClass = Annotated[
    str, _checked(lambda value: value in CLASSES.values(), f"one of {', '.join(sorted(CLASSES.values()))}")
]
VendorName = Annotated[
    str, _checked(lambda value: value in (AUTO, *VENDORS), f"{AUTO} or one of {', '.join(sorted(VENDORS))}")
]
PageSize = Literal["us-letter", "a4"]
Day = Annotated[date, BeforeValidator(read_day)]
ExactAddress = Annotated[str, AfterValidator(_address)]
"""An address that is told on letter by letter, its last slash too."""
Origin = Annotated[str, AfterValidator(_origin)]
"""Scheme, host and port of pages."""
HttpAddress = Annotated[ExactAddress, AfterValidator(lambda value: value.rstrip("/"))]
Scope = Annotated[
    str, _matching(READING, 'a type to be read, such as "system/Encounter.read" or "system/Encounter.rs",')
]
KeyFile = Annotated[Path, AfterValidator(_key_file)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
SharedSecret = Annotated[SecretStr, AfterValidator(_shared_secret)]
ReadableFile = Annotated[Path, AfterValidator(_file)]
Folder = Annotated[Path, AfterValidator(_folder)]
AsciiText = Annotated[Text, _checked(str.isascii, "text in ASCII")]
