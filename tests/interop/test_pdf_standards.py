"""The printed letters before veraPDF: what Typst says of PDF/UA-1 and PDF/A-3a, an independent checker says, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopclose.letters.forms import FORMS, Look
from loopclose.letters.pdf import to_pdf
from tests.interop.servers import judged_by_verapdf
from tests.unit.letters.sample import NOTES, letter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both papers of every letter, signed or not, printed and as a fax, on both sheets."""
    where = tmp_path_factory.mktemp("letters")
    for name, text in NOTES.items():
        for kind in ("consult-note", "prescription-sheet"):
            for page in ("us-letter", "a4"):
                one = letter(text, signed=page == "a4")
                made = FORMS["pdf"].make(one, kind, Look(page))  # type: ignore[arg-type]
                (where / f"{name}-{kind}-{page}.pdf").write_bytes(made)
            one = letter(text)
            (where / f"{name}-{kind}-fax.pdf").write_bytes(to_pdf(one.papers[kind], one.header, fax=True))
    return where


@pytest.mark.parametrize("profile", ["ua1", "3a"])
def test_every_letter_is_what_it_says_it_is(folder: Path, profile: str) -> None:
    files = sorted(folder.glob("*.pdf"))
    judged = judged_by_verapdf(profile, files)
    print(f"veraPDF {profile}: {sum(judged.values())} of {len(files)} pass")
    assert len(judged) == len(files) == 18
    assert [name for name, passed in judged.items() if not passed] == []


def test_what_is_not_tagged_fails(folder: Path, tmp_path: Path) -> None:
    """The test of the test: the same letter, its claims left and its tags taken out."""
    whole = (folder / "ordinary-consult-note-a4.pdf").read_bytes()
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(whole.replace(b"/StructTreeRoot", b"/StructTreeGone"))
    assert broken.read_bytes() != whole and judged_by_verapdf("ua1", [broken]) == {"broken.pdf": False}
