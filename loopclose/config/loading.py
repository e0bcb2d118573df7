"""Reading the configuration: one TOML file, overridden by ``LOOPCLOSE_…`` variables.

``LOOPCLOSE_EHR__MAIN__TOKEN`` overrides ``token`` of ``[ehr.main]``. A secret ``X`` may be read from the
file named by ``X_file``. Relative paths are meant from the configuration file's folder.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from loopclose.config.section import Section
from loopclose.config.sections import Config, DatabaseConfig
from loopclose.errors import ConfigError

PREFIX = "LOOPCLOSE_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""Names the file."""
DEFAULT_FILE = "loopclose.toml"
PATHS = ("ca", "code_map", "letter_template", "letter_template_tried", "mail_folder", "recipients", "roster")
"""Keys whose value is a path, besides those that end with ``_file``."""
TABLES_OF_PATHS = ("letter_templates",)
"""Tables whose every value is one."""
ELSE = "; see docs/configuration.md for those that are."


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the file named by ``LOOPCLOSE_CONFIG`` (else ``./loopclose.toml``) and the variables over it.

    Raises ``ConfigError`` with one sentence: the key, its value (never a secret's), and what was expected.
    """
    environ = os.environ if environ is None else environ
    path = Path(environ.get(CONFIG_VARIABLE, DEFAULT_FILE))
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError as problem:
        raise ConfigError(
            f"There is no configuration at {path}: name one in LOOPCLOSE_CONFIG, or let "
            "loopclose ehr connect NAME --url … write the first one."
        ) from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"The configuration {path} cannot be read: {problem}.") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"The configuration {path} is not valid TOML: {problem}.") from problem
    variables = _override(values, environ)
    _resolve_paths(values, path.resolve().parent)
    _read_address(values.setdefault("database", {}), str(path))
    _resolve_paths(values["database"], path.resolve().parent)
    return parse(values, str(path), variables)


def parse(
    values: dict[str, Any], named: str = "configuration", variables: Mapping[tuple[str, ...], str] | None = None
) -> Config:
    """Check ``values``; raises ``ConfigError`` for the first thing that is wrong.

    ``variables``: by keys, the variable that gave the value, which is named then instead of the file.
    """
    try:
        return Config(**values)
    except ValidationError as problem:
        raise ConfigError(_sentence(problem, named, variables or {})) from problem


def _override(values: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lay the variables over ``values``; gives the variable by the keys that it set."""
    found: dict[tuple[str, ...], str] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        keys = variable[len(PREFIX) :].lower().split("__")
        if keys[0] not in Config.model_fields or len(keys) < 2:
            expected = ", ".join(f"{PREFIX}{name.upper()}__…" for name in Config.model_fields)
            raise ConfigError(f"The variable {variable} is not known: LOOPCLOSE_CONFIG or {expected} is expected.")
        table = values
        for key in keys[:-1]:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise ConfigError(f"The variable {variable} is not known: {key} is a value and has no keys of its own.")
        for other in (f"{keys[-1]}_file", keys[-1].removesuffix("_file")):  # the variable wins over either form
            if (*keys[:-1], other) not in found:
                table.pop(other, None)
        table[keys[-1]] = _typed(environ[variable])
        found[tuple(keys)] = variable
    return found


def _typed(text: str) -> Any:
    """A list or a mapping is written as TOML; everything else stays text, which the classes convert."""
    if text[:1] in "[{":
        try:
            return tomllib.loads(f"x = {text}")["x"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _read_address(database: Any, named: str) -> None:
    """The database's address from the file that ``url_file`` names: it may hold a password."""
    if not isinstance(database, dict):
        return
    if "url_file" not in database:
        database.setdefault("url", DatabaseConfig().url)
        return
    path = Path(str(database.pop("url_file")))
    if "url" in database:
        raise ConfigError(f"{named}: database.url and database.url_file are both there: one of them is expected.")
    try:
        database["url"] = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{named}: database.url_file: {path} cannot be read ({problem}).") from problem


def _resolve_paths(values: Any, folder: Path) -> None:
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        if isinstance(value, dict) and key in TABLES_OF_PATHS:
            values[key] = {name: str(folder / one) if isinstance(one, str) else one for name, one in value.items()}
        elif isinstance(value, dict):
            _resolve_paths(value, folder)
        elif isinstance(value, str) and (key.endswith("_file") or key in PATHS):
            values[key] = str(folder / value)
        elif key == "url" and isinstance(value, str) and re.match(r"sqlite:///[^/:]", value):
            values[key] = f"sqlite:///{folder / value.removeprefix('sqlite:///')}"


def _meant(loc: Sequence[str | int]) -> str | None:
    """Which key was probably meant, where a known one of that table is like it."""
    section: type[Section] | None = Config
    for part in loc[:-1]:
        found = [] if section is None else _sections(section, str(part))
        section = found[0] if found else section  # a name, such as that of a practice, is no table of its own
    close = get_close_matches(str(loc[-1]), section.keys() if section else [], 1)
    return close[0] if close else None


def _sections(section: type[Section], key: str) -> list[type[Section]]:
    """The class of the table that stands under that key, also where there is one for each name."""
    field = section.model_fields.get(key)
    named = [] if field is None else [field.annotation, *get_args(field.annotation)]
    return [one for one in named if isinstance(one, type) and issubclass(one, Section)]


def _sentence(problem: ValidationError, named: str, variables: Mapping[tuple[str, ...], str]) -> str:
    first = problem.errors(include_url=False)[0]
    named = variables.get(tuple(str(part) for part in first["loc"]), named)
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        meant = _meant(first["loc"])
        return f"{named}: the key {key} is not known{f': did you mean {meant}?' if meant else ELSE}"
    if first["type"] == "missing":
        return f"{named}: the key {key} is missing."
    secret = re.search(r"token|password|secret|database.url", key)
    shown = first.get("input")
    if isinstance(shown, str):
        shown = re.sub(r"//[^/@]*@", "//…@", shown)  # a user and a password, perhaps
    given = "" if secret or not isinstance(shown, str | int | float | bool) else f" is {shown!r}, but"
    return f"{named}: {key}{given}: {what}." if not given else f"{named}: {key}{given} {what}."
