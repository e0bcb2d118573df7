"""The demo's mailbox shows what arrived, and nothing that was not sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import requests

from loopclose.outbound.channels.channel import About, Enclosure, Parcel, Sending
from loopclose.outbound.channels.folder import FolderChannel
from loopclose.sandbox.office import Office

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_a_letter_that_was_sent_into_the_folder_is_shown_with_what_is_enclosed(tmp_path: Path) -> None:
    channel = FolderChannel(tmp_path / "mails", "us@practice.example")
    about = About("d", "Consult note", "11488-4", "Consult note", "Patient/1", NOW)
    pdf = Enclosure("pdf", "letter.pdf", "application/pdf", b"%PDF <script>")
    sending = Sending("0f0e-1", "lee@direct.example.org", "7FK2-83XC", NOW, about, (pdf,))
    with Office(tmp_path / "mails") as office:
        assert "Nothing has arrived" in requests.get(office.address, timeout=5).text
        content = channel.pack(sending)
        assert channel.pack(sending) == content, "the same bytes"
        for _ in range(2):
            channel.send(Parcel(sending.delivery, sending.to, content))
        page = requests.get(office.address, timeout=5).text
        assert page.count("lee@direct.example.org") == 1 and "letter.pdf" in page
        found = requests.get(f"{office.address}/letter-0f0e-1.eml/0", timeout=5)
        assert (found.content, found.headers["Content-Type"]) == (pdf.content, "application/pdf")
        for path in ("/letter-0f0e-1.eml/1", "/../../etc/passwd/0", "/x", "/letter-0f0e-1.eml/-1"):
            assert requests.get(f"{office.address}{path}", timeout=5).status_code == 404
