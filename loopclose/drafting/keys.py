"""The name of a sentence in a draft: the same whenever the same is drafted again from the same elements."""

from __future__ import annotations

import hashlib
from collections import Counter

from loopclose.drafting.paper import Sentence


class Namer:
    """Names the sentences of one paper, in order; of two that are alike the second has another name."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def key(self, section: str, sentence: Sentence) -> str:
        """Section, elements and words in one digest of 16 letters, ``-2`` and so on behind it where it is met again."""
        plain = sentence_key(section, sentence)
        self._met[plain] += 1
        return plain if self._met[plain] == 1 else f"{plain}-{self._met[plain]}"


def sentence_key(section: str, sentence: Sentence) -> str:
    """Section code, elements and words of a sentence, as a digest."""
    parts = [section, *elements(sentence), sentence.text]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def elements(sentence: Sentence) -> list[str]:
    """The elements that a sentence rests on, whatever they say."""
    return sorted(f"{one.resource} {one.path}" for one in sentence.sources)
