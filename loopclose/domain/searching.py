"""What is looked for and what it is looked for in, made alike: small letters and digits, without accents or marks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PLAIN = re.compile(r"[a-z0-9]+")
_APART = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart into a plain one and a mark."""
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))
LONGEST = 60
"""Letters of a word that are kept: an index takes words of a limited length."""
TAIL = 4
"""The screens show a record number by so many of its last characters."""


@lru_cache(maxsize=1024)  # the same referrers ask again and again
def words_in(text: str) -> tuple[str, ...]:
    """The words of ``text`` as they are compared: "O’Brien-Müller" is ``obrien`` and ``muller``."""
    if text.isascii():  # most names: the same, ten times as fast
        return tuple(word[:LONGEST] for word in _PLAIN.findall(text.lower().replace("'", "").replace("`", "")))
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_APART)
    kept = (one for one in plain if unicodedata.category(one) not in ("Mn", "Cf"))
    return tuple(word[:LONGEST] for word in "".join(one if one.isalnum() else " " for one in kept).split())


def words_of(*texts: str | None, mrn: str | None = None) -> str:
    """Every word by which something is found, each once, with single spaces between.

    A record number is found as a whole, by its beginning, and by the last characters that the screens show.
    """
    found = [word for text in texts if text for word in words_in(text)]
    if mrn:
        found += [*words_in(mrn), *words_in(mrn[-TAIL:])]
    return " ".join(dict.fromkeys(found))


def asked_words(text: str) -> list[str]:
    """The words somebody looks for: each must begin a word of what is found."""
    return list(dict.fromkeys(words_in(text)))
