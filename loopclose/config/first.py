"""The first configuration of a practice: the file that ``loopclose ehr connect`` writes where there is none."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from loopclose.config.loading import parse
from loopclose.errors import UsageError


@dataclass(frozen=True)
class First:
    """What must be known of an EHR and a practice before anything can be asked."""

    ehr: str
    base_url: str
    practice: str
    timezone: str
    clinicians: Sequence[str]
    """References or NPIs."""
    live_from: date
    """Visits before it are shown and never escalated: nobody wants a mail for each of years of visits."""
    signs_in: bool = True
    """By a key of ours (SMART Backend Services); else the EHR asks for nothing."""
    vendor: str = "auto"
    roster: str | None = None
    address: str | None = None
    """Where people, and an EHR that fetches our public keys, reach the web server."""


def first_text(first: First) -> str:
    """The file, as TOML; raises ``ConfigError`` for a value that cannot be used."""
    tables: dict[str, dict[str, Any]] = {
        "practice.main": {
            "name": first.practice,
            "timezone": first.timezone,
            "clinicians": list(first.clinicians),
            "live_from": first.live_from,
            "rehearsal": True,
        },
        f"ehr.{_key(first.ehr)}": {
            "practice": "main",
            "base_url": first.base_url,
            **({"vendor": first.vendor} if first.vendor != "auto" else {}),
            **({"auth": "smart-backend", "key_file": f"{first.ehr}.pem"} if first.signs_in else {}),
            **({"roster": first.roster} if first.roster else {}),
        },
        "database": {"url": "sqlite:///loopclose.db"},
        **({"web": {"address": first.address}} if first.address else {}),
    }
    text = "\n\n".join(_table(name, values) for name, values in tables.items()) + "\n"
    parse(tomllib.loads(text), "what you entered")
    return text


def write_first(path: Path, text: str) -> None:
    """Write it where there is no file yet; raises ``UsageError`` where there is, or where none can be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as problem:
        raise UsageError(f"{path} is there already, and is never overwritten: change it there.") from problem
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}.") from problem


_SAID = {
    "live_from": "visits before this day are shown and never escalated",
    "rehearsal": "subjects of mails say so, until this is false",
}


def _table(name: str, values: dict[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in values.items()]
    shown = [f"{line}  # {_SAID[key]}" if key in _SAID else line for key, line in zip(values, lines, strict=True)]
    return "\n".join([f"[{name}]", *shown])


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def _value(value: Any) -> str:
    """A string, a list of strings, true or a day: TOML writes the first two as JSON does."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
