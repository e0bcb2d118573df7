"""Our keys at the EHRs: made once, never overwritten, and their public halves, which anybody may read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from fhir_adapters.errors import FinalError
from fhir_adapters.smart.keys import SigningKey, make_key, next_of, read_key
from loopclose.config.sections import Config
from loopclose.errors import ConfigError, UsageError
from loopclose.logs import in_words

DEFAULT = "RS384"
"""The algorithm of a key where nobody says: more EHRs take it than the other."""
PUBLISHED_AT = "/.well-known/jwks.json"
"""Path of the web server where the public keys are found."""
log = structlog.get_logger()


@dataclass(frozen=True)
class OwnKey:
    """A key of ours, and the file that holds it."""

    file: Path
    key: SigningKey
    made: bool = False
    """Whether it was made just now."""


def keys_of(
    config: Config, name: str, algorithm: str | None = None, *, and_next: bool = False, of: str = "key_file"
) -> list[OwnKey]:
    """The keys of one EHR: the one in use, made where there is none, and the next one, made where it is asked for.

    ``of``: which setting names the file. Raises ``UsageError`` where there is no such EHR, no such setting, or a key
    of another algorithm, ``ConfigError`` where a key cannot be made or used.
    """
    if name not in config.ehr:
        raise UsageError(f"There is no [ehr.{name}]; the configuration has: {', '.join(sorted(config.ehr))}.")
    path: Path | None = getattr(config.ehr[name], of)
    if path is None:
        raise UsageError(f"[ehr.{name}] has no {of}: say there where its private key stands, or is to be made.")
    is_of_current = not and_next or not path.exists()
    current = _key(path, algorithm if is_of_current else None, DEFAULT, "make the next one with --next")
    if not and_next and not next_of(path).exists():
        return [current]
    wanted = algorithm if and_next else None
    return [current, _key(next_of(path), wanted, current.key.algorithm, "remove it if no EHR knows it yet")]


def public_keys(config: Config) -> dict[str, Any]:
    """The JWK Set (RFC 7517) of the keys of all EHRs and providers, current and next; of one that two share once.

    A key that cannot be used signs nothing either: it is left out and told in the log.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in _files(config):
        try:
            looks = path.stat()
            jwk = _public_jwk(path, looks.st_ino, looks.st_ctime_ns)
        except (FinalError, OSError) as problem:
            log.error("a key is not published", problem=in_words(problem))
            continue
        found[jwk["kid"]] = jwk
    return {"keys": list(found.values())}


@lru_cache(maxsize=64)
def _public_jwk(path: Path, inode: int, changed_at: int) -> dict[str, Any]:
    """The public half, worked out once while the file stays the same: anybody asks for it, and RSA takes its time."""
    return read_key(path).public_jwk()


def _files(config: Config) -> Iterator[Path]:
    named = [
        path for name in sorted(config.ehr) for path in (config.ehr[name].key_file, config.ehr[name].launch_key_file)
    ]
    named += [config.sign_in[name].key_file for name in sorted(config.sign_in)]
    for current in dict.fromkeys(named):
        if current is not None:
            yield from (path for path in (current, next_of(current)) if path.exists())


def _key(path: Path, wanted: str | None, otherwise: str, instead: str) -> OwnKey:
    """The key of a file, made where there is none, by the algorithm wanted or else by the other one given.

    Where one stands that is not what is wanted, ``UsageError`` says what to do ``instead`` of overwriting it.
    """
    made = False
    if not path.exists():
        try:
            make_key(path, wanted or otherwise)
            made = True
        except FileExistsError:
            pass  # another process was faster, and its key holds
        except OSError as problem:
            raise ConfigError(f"The key file {path} cannot be made: {problem.strerror}.") from problem
    try:
        key = read_key(path)
    except FinalError as problem:
        raise ConfigError(str(problem)) from problem
    if wanted is not None and key.algorithm != wanted:
        raise UsageError(f"{path} holds a key for {key.algorithm}, and none is ever overwritten: {instead}.")
    return OwnKey(path, key, made)
