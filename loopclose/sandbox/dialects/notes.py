"""A note in the forms in which EHRs keep it: HTML, RTF and PDF, each by hand and as small as it can be."""

from __future__ import annotations

import base64
from html import escape
from textwrap import wrap

from loopclose.sandbox.elements import Json

LINE, LINES = 90, 58
"""Characters a line and lines a page of a PDF."""


def text_of(document: Json) -> str:
    """The text of a note that is still inline."""
    return base64.b64decode(document["content"][0]["attachment"]["data"]).decode()


def binary(fhir_id: str, content_type: str, content: bytes) -> Json:
    """A Binary."""
    data = base64.b64encode(content).decode()
    return {"resourceType": "Binary", "id": fhir_id, "contentType": content_type, "data": data}


def as_html(text: str) -> bytes:
    """A paragraph a line, with headings in bold."""
    lines = (
        f'<div><span style="font-weight:bold">{escape(line)}</span></div>'
        if _heads(line)
        else f"<div>{escape(line)}</div>"
        for line in text.splitlines()
        if line
    )
    return f'<div class="fmtConv">{"".join(lines)}</div>'.encode()


def as_rtf(text: str) -> bytes:
    """The same in RTF, with everything outside ASCII escaped."""
    lines = (r"{\b " + _rtf(line) + "}" if _heads(line) else _rtf(line) for line in text.splitlines())
    return (r"{\rtf1\ansi\deff0 {\fonttbl {\f0 Arial;}}" + "".join(rf"{line}\par " for line in lines) + "}").encode()


def as_pdf(text: str) -> bytes:
    """The same as a PDF with text that can be selected; letters outside Windows-1252 become question marks."""
    lines = [part for line in text.splitlines() for part in (wrap(line, LINE) or [""])]
    pages = [lines[first : first + LINES] for first in range(0, len(lines), LINES)] or [[]]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for n, page in enumerate(pages):
        shown = "".join(f"({_pdf(line)}) Tj T*\n" for line in page)
        stream = f"BT /F1 10 Tf 12 TL 56 760 Td\n{shown}ET\n".encode("cp1252", "replace")
        font = "<</Font<</F1 3 0 R>>>>"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources{font}/Contents {5 + 2 * n} 0 R>>".encode()
        )
        objects.append(f"<</Length {len(stream)}>>\nstream\n".encode() + stream + b"endstream")
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """Numbered objects, and the table of where each begins."""
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
    table = "0000000000 65535 f \n" + "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n{table}{end}".encode()


def _heads(line: str) -> bool:
    return line.endswith(":")


def _rtf(line: str) -> str:
    escaped = line.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}")
    units = escaped.encode("utf-16-le")
    codes = (int.from_bytes(units[n : n + 2], "little", signed=True) for n in range(0, len(units), 2))
    return "".join(chr(code) if 0 < code < 128 else rf"\u{code}?" for code in codes)


def _pdf(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
