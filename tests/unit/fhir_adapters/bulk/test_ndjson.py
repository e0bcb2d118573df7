"""Lines come out as they went in, however the network cuts them, packed or not; nothing long is held."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_adapters.bulk.ndjson import Line, lines, unpacked


def cut(body: bytes, at: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(body), *(one % (len(body) + 1) for one in at)})
    yield from (body[start:end] for start, end in pairwise(places))


@given(
    st.lists(st.binary(max_size=30).map(lambda one: one.replace(b"\n", b""))),
    st.lists(st.integers(0, 900)),
    st.booleans(),
)
def test_the_lines_of_a_body(wanted: list[bytes], at: list[int], ends: bool) -> None:
    body = b"\n".join(wanted) + (b"\n" if ends and wanted else b"")
    found = list(lines(unpacked(cut(body, at)) if not body.startswith(b"\x1f\x8b") else cut(body, at)))
    assert [one.raw for one in found if one.raw] == [one for one in wanted if one]
    assert all(one.is_ended for one in found[:-1]) and not any(one.is_too_long for one in found)
    if found and found[-1].raw:
        assert found[-1].is_ended == (ends or not wanted[-1])


@given(st.lists(st.integers(0, 9000)), st.integers(1, 3))
def test_a_gzip_file_of_one_or_more_members_is_unpacked(at: list[int], members: int) -> None:
    body = b"".join(gzip.compress(b'{"id":"%d"}\n' % no * 50) for no in range(members))
    assert b"".join(unpacked(cut(body, at))) == b"".join(b'{"id":"%d"}\n' % no * 50 for no in range(members))


@pytest.mark.parametrize("spoil", [lambda one: one[:-9], lambda one: one[:20] + b"?" + one[21:]])
def test_a_gzip_file_that_is_broken_is_told(spoil: object) -> None:
    body = spoil(gzip.compress(b'{"id":"a"}\n' * 900))  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"gzip|cut short"):
        list(unpacked(iter([body])))


@given(st.lists(st.integers(0, 400)))
def test_a_line_that_is_too_long_is_named_and_its_neighbours_are_read(at: list[int]) -> None:
    body = b"first\n" + b"x" * 300 + b"\nlast\n"
    found = [one for one in lines(cut(body, at), longest=100) if one.raw or one.is_too_long]
    assert found == [Line(b"first"), Line(b"", is_too_long=True), Line(b"last")]


def test_a_line_without_end_is_not_held() -> None:
    tracemalloc.start()
    found = list(lines((b"x" * 65_536 for _ in range(2000)), longest=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [Line(b"", is_ended=False, is_too_long=True)] and peak < 4 << 20
