"""An XDM package (IHE ITI TF-2 3.32): the zip by which Direct messages carry documents with what is known of them.

README.TXT and INDEX.HTM are for people; ``xdm_metadata`` is for machines. The same letter gives the same bytes.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from loopclose.domain.addresses import Address
from loopclose.outbound.channels.channel import Enclosure, Sending
from loopclose.outbound.channels.secure_mail.closed_loop import FORMS as CLOSED_LOOP
from loopclose.outbound.channels.secure_mail.message import SUBJECT, SUBJECT_OF_STATUS
from loopclose.outbound.channels.secure_mail.xdm_metadata import Document, metadata

NAME, MEDIA_TYPE = "xdm.zip", "application/zip"
FOLDER = "IHE_XDM/SUBSET01"
STAMP = (2000, 1, 1, 0, 0, 0)
"""Of every entry: when it was packed is nobody's matter, and would make each package another."""
ENDINGS = {"ccda": "XML", "pdf": "PDF", **dict.fromkeys(CLOSED_LOOP, "HL7")}

REPORT = "a report about a patient who was referred"


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes


def package(sending: Sending, files: Sequence[Enclosure], sender: Address, to: Address) -> Enclosure:
    """The zip, as the one file of a message. Names in it are numbers, of eight characters (ITI TF-2 3.32.4.1)."""
    documents = [
        Document(number, one, f"DOC{number:05}.{ENDINGS[one.form]}") for number, one in enumerate(files, start=1)
    ]
    inside = [
        _File("README.TXT", _readme(sending, documents).encode()),
        _File("INDEX.HTM", _index(sending, documents).encode()),
        _File(f"{FOLDER}/METADATA.XML", metadata(sending, documents, sender, to)),
        *(_File(f"{FOLDER}/{one.uri}", one.file.content) for one in documents),
    ]
    return Enclosure("xdm", NAME, MEDIA_TYPE, _zipped(inside))


def _zipped(files: Sequence[_File]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for one in files:
            entry = zipfile.ZipInfo(one.name, STAMP)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, one.content)
    return held.getvalue()


def _readme(sending: Sending, documents: Sequence[Document]) -> str:
    what = "whether a referral is accepted, and no report" if sending.is_status else REPORT
    whose = "the practice referred to" if sending.is_status else "the practice that signed the report"
    lines = [
        f"This package holds {what} (IHE XDM).",
        "Open INDEX.HTM to read it. Machines read IHE_XDM/SUBSET01/METADATA.XML.",
        f"Sent by Loopclose on behalf of {whose}.",
        *(f"{FOLDER}/{one.uri}" for one in documents),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _index(sending: Sending, documents: Sequence[Document]) -> str:
    title = html.escape(sending.about.title)
    name = SUBJECT_OF_STATUS if sending.is_status else SUBJECT
    links = "".join(f'<li><a href="{FOLDER}/{one.uri}">{title} ({one.uri})</a></li>' for one in documents)
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.0//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic10.dtd">\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{name}</title></head><body>'
        f'<h1>{title}</h1><ul>{links}</ul><p><a href="README.TXT">README.TXT</a></p></body></html>\n'
    )
