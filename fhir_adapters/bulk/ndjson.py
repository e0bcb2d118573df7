"""Lines of a file as they come over the network (https://github.com/ndjson/ndjson-spec), packed or not."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

LONGEST: Final = 16 * 2**20
"""Bytes of one line; a resource with a whole letter in it has a few of these megabytes."""
PART: Final = 1 << 16
_PACKED: Final = b"\x1f\x8b"


class Line(NamedTuple):
    """One line without its end."""

    raw: bytes
    """Nothing where the line is too long."""
    is_ended: bool = True
    """Whether a line break came after it; the last of a file may have none."""
    is_too_long: bool = False


def lines(parts: Iterable[bytes], longest: int = LONGEST) -> Iterator[Line]:
    """The lines of a body that comes in parts; never more than one of them is held, and of one that is too long
    nothing.
    """
    begun: list[bytes] = []
    size, skips = 0, False
    for part in parts:
        first, *rest = part.split(b"\n")
        last = rest.pop() if rest else None
        size += len(first)
        skips = skips or size > longest
        if skips:
            begun.clear()
        else:
            begun.append(first)
        if last is None:
            continue
        yield Line(b"".join(begun), is_too_long=skips)
        for whole in rest:
            yield Line(whole if len(whole) <= longest else b"", is_too_long=len(whole) > longest)
        begun, size, skips = [last], len(last), False
    if begun or skips:
        yield Line(b"".join(begun), is_ended=False, is_too_long=skips)


def unpacked(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts, unpacked where they are a gzip file; raises ``ValueError`` where such a file is broken."""
    first = next(parts, b"")
    while len(first) < len(_PACKED) and (more := next(parts, None)) is not None:
        first += more
    if not first.startswith(_PACKED):
        yield first
        yield from parts
        return
    reader = zlib.decompressobj(31)
    for part in chain([first], parts):
        try:
            yield from _unpacked(reader, part)
            while reader.eof and reader.unused_data:  # files of several members, as some tools write
                rest, reader = reader.unused_data, zlib.decompressobj(31)
                yield from _unpacked(reader, rest)
        except zlib.error as problem:
            raise ValueError("it is no gzip") from problem
    if not reader.eof:
        raise ValueError("it was cut short")


def _unpacked(reader: zlib._Decompress, part: bytes) -> Iterator[bytes]:
    """A little at a time: a few bytes may stand for gigabytes."""
    yield reader.decompress(part, PART)
    while reader.unconsumed_tail:
        yield reader.decompress(reader.unconsumed_tail, PART)
