"""The rules on whole made-up practices, judged in memory: what is owed, for which referral, to whom, is the truth."""

from __future__ import annotations

import pytest

from bench.linking import judged
from loopclose.sandbox.practice import generate
from tests.store.line import NOW

Row = tuple[str, str | None, str | None]


@pytest.mark.parametrize("style", ["tidy", "epic", "oracle", "messy"])
def test_what_is_owed_is_the_truth(style: str) -> None:
    box = generate(style, 60, 1, NOW)
    reports: set[Row] = set()
    resolves: set[str] = set()
    for _, judgement in judged(box):
        for one in judgement.owed:
            if one.kind == "report":
                reports.add((one.visit or "", one.referral, one.referrer.npi if one.referrer else None))
            elif one.kind == "resolve" and one.visit:
                resolves.add(one.visit)
    truth = [row for row in box.truth if row["kind"] == "report"]
    assert {row[:2] for row in reports} == {(row["visit"], row["referral"]) for row in truth}
    assert resolves == {row["visit"] for row in box.truth if row["kind"] == "resolve"}
    known = {(row["visit"], row["referral"]): row["referrer_npi"] for row in truth}
    wrong = {row for row in reports if row[2] is not None and row[2] != known[row[:2]]}
    assert not wrong and sum(row[2] is not None for row in reports) >= 0.9 * len(reports)
