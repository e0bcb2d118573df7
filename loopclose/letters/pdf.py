"""A paper as a tagged PDF (PDF/UA-1 and PDF/A-3a) by Typst. The same letter is the same bytes on every machine.

What somebody wrote is data of the template, never a part of it (docs/decisions/0020-forms-of-a-letter.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from loopclose.drafting.paper import Paper
from loopclose.errors import UsageError
from loopclose.letters.confirming import Confirming
from loopclose.letters.letter import Header, PageSize
from loopclose.letters.own_template import Refused, compile_own
from loopclose.letters.printed import printed
from loopclose.letters.typesetting import SHIPPED, compiled, compiler

_NAMED = re.compile(r'`"([^`]{1,200})"`')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_ONE_AT_A_TIME = Lock()
_LONGEST = 120
"""Characters that are quoted of a sentence which cannot be printed."""


class NotPrintable(UsageError):
    """A letter that cannot be printed as it is; the message is a sentence that names the text in question."""


def to_pdf(
    paper: Paper,
    header: Header,
    page: PageSize = "us-letter",
    *,
    fax: bool = False,
    template: Path | None = None,
    ccda: bytes | None = None,
    confirming: Confirming | None = None,
) -> bytes:
    """The paper as a PDF to be read on a screen and printed or, black on white and larger, to be faxed.

    ``template``: the practice's own, which is compiled in a process of its own with limits; a fax has always the
    shipped one, as what a fax does to a letter was tried on that. ``ccda``: the letter as a C-CDA, which a printed form
    carries with it. ``confirming``: how whoever gets this copy confirms it.

    Raises ``NotPrintable`` where a character of the letter is in no face, and ``RefusedTemplate`` for an own template
    that is broken or takes too much.
    """
    found = printed(paper, header, page, fax=fax, ccda=ccda, confirming=confirming)
    try:
        if template is not None and not fax:
            return compile_own(template, found, header.at)
        with _ONE_AT_A_TIME:
            return compiled(_shipped(), found, header.at)
    except typst.TypstError as problem:
        raise NotPrintable(_told(problem.message, found)) from problem
    except Refused as problem:
        raise NotPrintable(_told(str(problem), found)) from problem


@cache
def _shipped() -> typst.Compiler:
    return compiler(SHIPPED)


def _told(message: str, letter: dict[str, Any]) -> str:
    """Which text of the letter Typst refuses, in a sentence."""
    named = _NAMED.search(message)
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), named[1]) if named else ""
    within = next((words for words in _words(letter) if text and text in words), None)
    if within is None:
        return f"The letter cannot be printed: {message}."
    signs = ", ".join(f"U+{ord(sign):04X}" for sign in dict.fromkeys(text))
    at = max(within.index(text) - _LONGEST // 2, 0)
    return (
        f"The letter cannot be printed: no face that is shipped has {signs}, in “{within[at : at + _LONGEST]}”. "
        "Correct it in the chart and draft again; the text and HTML forms show it."
    )


def _words(found: Any) -> Iterator[str]:
    """Every text of the letter."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for one in found.values() if isinstance(found, dict) else found:
            yield from _words(one)
