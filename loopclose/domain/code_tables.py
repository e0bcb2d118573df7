"""The tables of a code map: read from a file, laid over each other, and written as a file again."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUESTS, VISITS, NOTES = "requests", "visits", "notes"
MEANINGS: Mapping[str, str] = {
    "referral": REQUESTS,
    "consultation": REQUESTS,
    "laboratory": REQUESTS,
    "imaging": REQUESTS,
    "medication": REQUESTS,
    "other_orders": REQUESTS,
    "office_visit": VISITS,
    "phone": VISITS,
    "nurse_only": VISITS,
    "laboratory_visit": VISITS,
    "documentation_only": VISITS,
    "series": VISITS,
    "notes": NOTES,
    "other_notes": NOTES,
}
"""By table: of what its codes tell. A code has one meaning among those that tell of the same."""

CLASSES = {
    "office": "AMB",
    "virtual": "VR",
    "home": "HH",
    "inpatient": "IMP",
    "emergency": "EMER",
    "observation": "OBSENC",
}
"""What a class of visit can mean, with the v3 ActCode by which ``[practice] visit_classes`` names it."""
_KINDS = ("tokens", "words", "texts")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
Listed = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Tables:
    """What some maps say together. Two of them are equal where they say the same."""

    tokens: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By (of what it tells, ``system|code``): the meaning."""
    words: Listed = field(default_factory=dict)
    """By meaning: phrases anywhere in a text."""
    texts: Listed = field(default_factory=dict)
    """By meaning: whole texts."""
    class_tokens: Mapping[str, str] = field(default_factory=dict)
    """By ``system|code``, the code in lower case: the class of visit."""
    class_words: Listed = field(default_factory=dict)
    class_texts: Listed = field(default_factory=dict)
    specialty_codes: Mapping[str, str] = field(default_factory=dict)
    """By ``system|code``, or a code of any system: the specialty."""
    specialty_words: Listed = field(default_factory=dict)
    """By specialty: how words begin that name it."""


def plain_token(token: str) -> str:
    """A token whose system ends as most write it: "http://snomed.info/sct/" is the same."""
    system, _, code = token.rpartition("|")
    return f"{system.strip().rstrip('/')}|{code.strip()}"


def lower_token(token: str) -> str:
    """The same with the code in lower case: classes of visits are told so."""
    system, _, code = plain_token(token).rpartition("|")
    return f"{system}|{code.casefold()}"


def is_code(mark: str) -> bool:
    """Whether a mark of a specialty is a code, not the beginning of a word."""
    return "|" in mark or any(letter.isdigit() for letter in mark)


def tables_of(text: str) -> Tables:
    """Read one file; raises ``ValueError`` for what cannot be used."""
    raw = tomllib.loads(text)
    _refuse_unknown(raw, (*MEANINGS, "visit_classes", "specialties"))
    classes, specialties = raw.get("visit_classes", {}), raw.get("specialties", {})
    _refuse_unknown(classes, tuple(CLASSES))
    for name, table in (*raw.items(), *classes.items()):
        if name not in ("visit_classes", "specialties"):
            _check_lists(name, table)
    for name, marks in specialties.items():
        _check_list(f"specialties.{name}", marks)
    named = {name: raw[name] for name in MEANINGS if name in raw}
    known = [(name, mark) for name, marks in specialties.items() for mark in marks]
    return Tables(
        {(MEANINGS[n], plain_token(one)): n for n, table in named.items() for one in table.get("tokens", ())},
        _lists(named, "words"),
        _lists(named, "texts"),
        {lower_token(one): name for name in CLASSES for one in classes.get(name, {}).get("tokens", ())},
        _lists(classes, "words"),
        _lists(classes, "texts"),
        {plain_token(mark) if "|" in mark else mark: name for name, mark in known if is_code(mark)},
        _together({}, {name: tuple(m for m in marks if not is_code(m)) for name, marks in specialties.items()}),
    )


def laid_over(under: Tables, over: Tables) -> Tables:
    """What both say; of a code that both name, ``over`` says what it means. Words and texts are added."""
    return Tables(
        {**under.tokens, **over.tokens},
        _together(under.words, over.words),
        _together(under.texts, over.texts),
        {**under.class_tokens, **over.class_tokens},
        _together(under.class_words, over.class_words),
        _together(under.class_texts, over.class_texts),
        {**under.specialty_codes, **over.specialty_codes},
        _together(under.specialty_words, over.specialty_words),
    )


def written(tables: Tables, about: str = "") -> str:
    """The file that reads as these tables. ``about``: a line for whoever opens it."""
    lines = [f"# {' '.join(about.split())}"] if about else []
    for name in MEANINGS:
        tokens = [token for (_, token), meaning in tables.tokens.items() if meaning == name]
        lines += _table(name, tokens, tables.words.get(name, ()), tables.texts.get(name, ()))
    for name in CLASSES:
        tokens = [token for token, meaning in tables.class_tokens.items() if meaning == name]
        words, texts = tables.class_words.get(name, ()), tables.class_texts.get(name, ())
        lines += _table(f"visit_classes.{name}", tokens, words, texts)
    named = dict.fromkeys((*tables.specialty_words, *tables.specialty_codes.values()))
    if named:
        lines += ["", "[specialties]"]
    for name in named:
        codes = [code for code, of in tables.specialty_codes.items() if of == name]
        lines.append(f"{_key(name)} = {_list((*tables.specialty_words.get(name, ()), *codes))}")
    return "\n".join(lines).lstrip("\n") + "\n"


def _refuse_unknown(tables: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(tables) - set(known))
    if unknown:
        raise ValueError(f"the table {unknown[0]} is not known; expected are {', '.join(known)}")


def _check_lists(name: str, table: Any) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{name} is no table: write [{name}] above its lists")
    unknown = sorted(set(table) - {*_KINDS})
    if unknown:
        raise ValueError(f"{name}.{unknown[0]} is not known; expected are {', '.join(_KINDS)}")
    for kind, marks in table.items():
        _check_list(f"{name}.{kind}", marks)


def _check_list(name: str, marks: Any) -> None:
    if not isinstance(marks, list) or not all(isinstance(mark, str) and mark.strip() for mark in marks):
        raise ValueError(f"{name} is no list of texts")


def _lists(tables: Mapping[str, Any], kind: str) -> Listed:
    return _together({}, {name: tuple(table.get(kind, ())) for name, table in tables.items()})


def _together(under: Listed, over: Listed) -> Listed:
    """By name: what stands under it in either, each once."""
    found = {name: (*under.get(name, ()), *over.get(name, ())) for name in dict.fromkeys((*under, *over))}
    return {name: tuple(dict.fromkeys(marks)) for name, marks in found.items() if marks}


def _table(name: str, *marks: Iterable[str]) -> list[str]:
    lines = [f"{kind} = {_list(some)}" for kind, some in zip(_KINDS, map(list, marks), strict=True) if some]
    return ["", f"[{name}]", *lines] if lines else []


def _list(marks: Iterable[str]) -> str:
    """A TOML array (https://toml.io/en/v1.0.0#array), a line each."""
    return "[\n" + "".join(f"  {_string(mark)},\n" for mark in marks) + "]"


def _string(text: str) -> str:
    """A TOML basic string: JSON's escapes are among its own, and DEL must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)
