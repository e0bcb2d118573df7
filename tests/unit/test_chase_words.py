"""What docs/chase.md says of machines is what they are told."""

from __future__ import annotations

import re
from pathlib import Path

from loopclose.domain.chasing import STATUSES
from loopclose.flows.chasing.machines import MOST

DOC = (Path(__file__).parents[2] / "docs" / "chase.md").read_text()


def test_every_status_and_the_limit_stand_in_the_doc() -> None:
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOC, re.MULTILINE)) == STATUSES
    assert f"more than {MOST} questions in a minute" in DOC
