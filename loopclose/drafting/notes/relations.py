"""What a note does to another by its chart: it replaces it, amends it, signs it, or says the same in another form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.references import local_key


def targets(document: DocumentReference, code: str, marks: Mapping[str, str]) -> list[str]:
    """Keys of the notes to which a note does something, named by where they are kept or by an identifier of theirs."""
    found = []
    for one in document.relates_to:
        if one.code == code and one.target is not None:
            known = one.target.identifier
            mark = f"{known.system or ''}|{known.value or ''}" if known is not None else ""
            if key := local_key(one.target) or marks.get(mark):
                found.append(key)
    return found


def marks_of(documents: Iterable[DocumentReference]) -> dict[str, str]:
    """Keys of notes by each identifier that only one of them has."""
    found: dict[str, set[str]] = {}
    for one in documents:
        for mark in (*one.master_identifier, *one.identifier):
            found.setdefault(mark, set()).add(one.key)
    return {mark: min(keys) for mark, keys in found.items() if len(keys) == 1 and mark.rpartition("|")[2]}


def added_to(notes: Iterable[DocumentReference], keys: Set[str], marks: Mapping[str, str]) -> dict[str, str]:
    """By key of an addendum that of the note that it amends; what amends an addendum amends the same note.

    ``keys``: of the notes that stand.
    """
    tied = {
        one.key: target
        for one in notes
        for code in ("signs", "appends")
        for target in targets(one, code, marks)
        if target in keys - {one.key}
    }
    found: dict[str, str] = {}
    for key, first in tied.items():
        target, seen = first, {key}
        while target in tied and target not in seen:
            seen.add(target)
            target = tied[target]
        if target not in tied:
            found[key] = target
    return found


def same_words(notes: Iterable[DocumentReference], marks: Mapping[str, str]) -> set[str]:
    """Keys of notes that are another form of one that is there."""
    keys = {one.key for one in notes}
    gone: set[str] = set()
    for one in notes:
        others = [target for target in targets(one, "transforms", marks) if target in keys and target != one.key]
        gone |= {target for target in others if one.key not in gone and target not in gone}
    return gone


def goes_round(newer: DocumentReference, older: DocumentReference, marks: Mapping[str, str]) -> bool:
    """Two notes that replace each other: the later one stands."""
    return newer.key in targets(older, "replaces", marks) and (older.date or "", older.key) > (
        newer.date or "",
        newer.key,
    )
