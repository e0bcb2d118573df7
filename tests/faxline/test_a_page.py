"""The first page of a letter, sent by one fax modem to another (V.17 over IAX2 on loopback), and read again there.

Debian's ``iaxmodem`` and ``efax`` stand for the gateway and for the machine in the referrer's office: what the channel
``fax`` hands over is a page that a real receiver confirms (MCF), and a person and a machine can read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopclose.domain.short_code import read_short_code
from loopclose.letters.pdf import to_pdf
from loopclose.outbound.channels.fax import documo_channel
from tests.interop.servers import run
from tests.store.line import NOW
from tests.unit.channels.parcels import sending
from tests.unit.letters.sample import HEADER, letter

MODEM = """device {folder}/tty{name}
owner root:root
mode 660
port {port}
refresh 0
server 127.0.0.1
peername {name}
secret x
cidname {name}
cidnumber {number}
codec slinear
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A path that is short enough for the name of a modem."""
    with tempfile.TemporaryDirectory(prefix="fax") as made:
        yield Path(made)


def test_a_page_is_confirmed_by_the_other_machine_and_its_code_can_be_read(folder: Path) -> None:
    (folder / "conf").mkdir()
    for name, port, number in (("A", 4590, "5550100"), ("B", 4569, "5550200")):
        settings = MODEM.format(folder=folder, name=name, port=port, number=number)
        (folder / "conf" / f"tty{name}").write_text(settings)
    one = letter()
    made = [to_pdf(paper, one.header, fax=True) for paper in one.papers.values()]
    packed = documo_channel("key", lambda: NOW).pack(sending("617-555-0100", "fax", *made))
    (folder / "letter.pdf").write_bytes(packed)
    run(["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=tiffg3", "-r204x196", "-dPDFFitPage", "-dLastPage=1",
         f"-sOutputFile={folder / 'page.tif'}", str(folder / "letter.pdf")])  # fmt: skip
    script = Path(__file__).parent / "line.sh"
    ended = run(["unshare", "-n", "-m", "bash", str(script), str(folder)])
    assert ended.split() == ["0", "0"], (folder / "send.log").read_text()[-2000:]
    assert "MCF" in (folder / "send.log").read_text(), "the other machine did not confirm the page"
    (folder / "recv.001").rename(folder / "received.tif")
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    found = run(["tesseract", str(folder / "received.tif"), "-", "-l", "eng"])
    after = found.partition("Our code for this letter")[2].split()
    assert HEADER.code in (read_short_code(word) for word in after[:2]), found
    for words in ("Josef Sample", "Elm Street Family Medicine", "Please act, no hurry"):
        assert words in found
