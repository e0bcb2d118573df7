"""Page one of every drafting case of the shared folder is whole: what must stand there does, or is named as absent."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from loopclose.drafting.page_one_check import problems
from tests.interop.drafting import CASES, case, drafted


def test_every_page_one_is_whole(tmp_path: Path) -> None:
    tried, wrong = 0, {}
    for path in sorted(CASES.glob("*.json")):
        folder = tmp_path / path.stem
        folder.mkdir()
        try:
            paper = drafted(case(path.stem), folder)["consult-note"]
        except (NoResultFound, MultipleResultsFound):
            continue  # a case of two reports, or of none
        tried += 1
        if found := [*problems(paper)]:
            wrong[path.stem] = found
    assert wrong == {} and tried >= 100
