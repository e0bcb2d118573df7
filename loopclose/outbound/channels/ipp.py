"""IPP requests and answers as bytes (RFC 8010): the few kinds of values that printing a PDF needs.

PyPI ``pyipp`` does the same and more; it drags aiohttp with it, and hides whether a request had left when it failed,
which is what has to be known here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

PRINT_JOB, GET_JOB_ATTRIBUTES, GET_JOBS, GET_PRINTER_ATTRIBUTES = 0x0002, 0x0009, 0x000A, 0x000B
OPERATION, JOB, END, PRINTER = 0x01, 0x02, 0x03, 0x04
"""Tags that begin a group."""
INTEGER, BOOLEAN, ENUM, KEYWORD, URI, CHARSET, LANGUAGE, MIME, NAME = (
    0x21,
    0x22,
    0x23,
    0x44,
    0x45,
    0x47,
    0x48,
    0x49,
    0x42,
)
TEXTS = {0x41, NAME, KEYWORD, URI, 0x46, CHARSET, LANGUAGE, MIME}
_KINDS = {
    "printer-uri": URI,
    "requesting-user-name": NAME,
    "job-name": NAME,
    "document-format": MIME,
    "job-id": INTEGER,
    "which-jobs": KEYWORD,
    "my-jobs": BOOLEAN,
    "requested-attributes": KEYWORD,
}
"""How each attribute that we send is written (RFC 8011)."""
Value = str | int | bool | bytes
Said = Mapping[str, Value | tuple[str, ...]]
"""Attributes that we send."""


class NoIpp(ValueError):
    """These bytes are no answer of a printer."""


@dataclass(frozen=True)
class IppAnswer:
    """A status (RFC 8011 appendix B), and the attributes of each group."""

    status: int
    groups: tuple[tuple[int, Mapping[str, tuple[Value, ...]]], ...]

    def of(self, tag: int) -> list[Mapping[str, tuple[Value, ...]]]:
        """The attributes of all groups of a kind: one for each job, one for the printer."""
        return [attributes for one, attributes in self.groups if one == tag]


def request(operation: int, attributes: Said, content: bytes = b"") -> bytes:
    """A request of IPP 1.1, the attributes in the order given, the document behind them."""
    written = [struct.pack(">BBHIB", 1, 1, operation, 1, OPERATION)]
    written += [
        _attribute(CHARSET, "attributes-charset", "utf-8"),
        _attribute(LANGUAGE, "attributes-natural-language", "en"),
    ]
    for name, value in attributes.items():
        for no, one in enumerate(value if isinstance(value, tuple) else (value,)):
            written.append(_attribute(_KINDS[name], "" if no else name, one))
    return b"".join((*written, bytes([END]), content))


def answer(data: bytes) -> IppAnswer:
    """Read an answer; raises ``NoIpp``."""
    try:
        _, _, status, _ = struct.unpack_from(">BBHI", data)
        return IppAnswer(status, tuple(_groups(data, 8)))
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise NoIpp("no IPP") from problem


def _groups(data: bytes, at: int) -> list[tuple[int, dict[str, tuple[Value, ...]]]]:
    groups: list[tuple[int, dict[str, tuple[Value, ...]]]] = []
    name = ""
    while (tag := data[at]) != END:
        at += 1
        if tag < 0x10:
            groups.append((tag, {}))
            continue
        key, at = _counted(data, at)
        raw, at = _counted(data, at)
        name = key.decode("utf-8") or name
        if not groups:
            raise IndexError
        groups[-1][1][name] = (*groups[-1][1].get(name, ()), _value(tag, raw))
    return groups


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    """So many bytes as the two before them say."""
    (length,) = struct.unpack_from(">H", data, at)
    end = at + 2 + length  # behind the last byte the next look raises IndexError
    return data[at + 2 : end], end


def _value(tag: int, raw: bytes) -> Value:
    if tag in (INTEGER, ENUM):
        return int(struct.unpack(">i", raw)[0])
    if tag == BOOLEAN:
        return raw == b"\x01"
    return raw.decode("utf-8", errors="replace") if tag in TEXTS else raw


def _attribute(kind: int, name: str, value: Value) -> bytes:
    if isinstance(value, bool):
        raw = b"\x01" if value else b"\x00"
    elif isinstance(value, int):
        raw = struct.pack(">i", value)
    else:
        raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">BH", kind, len(name)) + name.encode() + struct.pack(">H", len(raw)) + raw
