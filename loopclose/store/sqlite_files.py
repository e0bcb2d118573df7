"""The files of an SQLite database, looked at before SQLite opens them."""

from __future__ import annotations

from pathlib import Path

from loopclose.errors import DatabaseError

BESIDE = ("-wal", "-shm", "-journal")
"""What stands beside an SQLite database, by the end of its name."""
_MAGIC, _HEADER, _VERSION, _OLD_STYLE = b"SQLite format 3\0", 100, 18, 1


def header(path: Path) -> bytes:
    """The first bytes of a database; empty where there is none, or it is none.

    Raises ``DatabaseError`` where it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = file.read(_HEADER)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return b""
    except OSError as problem:
        raise DatabaseError(f"The database cannot be used: {path} cannot be read ({problem.strerror}).") from problem
    return found if found.startswith(_MAGIC) and len(found) == _HEADER else b""


def has_stray_log(path: Path) -> bool:
    """Whether the ``-wal`` beside a database cannot be its own: as a backup stands beside the log of what it replaced.

    A database that keeps no write-ahead log says so in its header; SQLite reads a log that is there all the same.
    """
    log, found = Path(f"{path}-wal"), header(path)
    return bool(found) and found[_VERSION] == _OLD_STYLE and log.exists() and log.stat().st_size > 0


def refuse_stray_log(path: Path) -> None:
    """Raises ``DatabaseError`` before a log of another database is read into this one."""
    if has_stray_log(path):
        raise DatabaseError(
            f"Beside {path} stands the log of another database, {path.name}-wal, which would undo or break this one: "
            "put a backup back with loopclose restore, or move that file away."
        )
