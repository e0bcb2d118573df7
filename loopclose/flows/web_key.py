"""The key that signs cookies: the configured one, else one made once and kept beside the database."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from loopclose.config.sections import Config
from loopclose.errors import ConfigError

SHORTEST = 32


@dataclass(frozen=True)
class WebKey:
    """The key, and the file that it was made into; None where it is configured, or the database is in memory."""

    value: bytes
    made: Path | None


def web_key(config: Config) -> WebKey:
    """The key of every process on this machine; raises ``ConfigError`` where one cannot be kept."""
    if config.web.secret is not None:
        return WebKey(config.web.secret.get_secret_value().encode(), None)
    path = place(config.database.url)
    if path is None:
        return WebKey(secrets.token_bytes(SHORTEST), None)
    try:
        return WebKey(_kept(path) or _made(path), path)
    except OSError as problem:
        raise ConfigError(
            f"The key that signs cookies cannot be kept in {path} ({problem.strerror}): set [web] secret_file."
        ) from problem


def place(url: str) -> Path | None:
    """The file of a made key: beside an SQLite database, else in the state folder of this account."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return Path(f"{address.database}.web-secret") if address.database else None
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    which = hashlib.sha256(f"{address.host}/{address.port}/{address.database}".encode()).hexdigest()[:12]
    return state / "loopclose" / f"{which}.web-secret"


def open_to_others(path: Path) -> bool:
    """Whether others of this machine may read a made key; not where none was made yet."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except FileNotFoundError:
        return False


def _kept(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(found) < SHORTEST:
        raise ConfigError(f"The key in {path} is too short: remove the file, or set [web] secret_file.")
    return found


def _made(path: Path) -> bytes:
    """Make it whole under another name and link it: of two processes one wins, and nobody sees half a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(secrets.token_hex(SHORTEST).encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # then another process was faster, and its key holds
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()
