"""Which medicines are of one kind: as kin of what a patient is allergic to, and as two where one is usually taken.

They are asked about, and nothing is decided. The names are in ``defaults/drug_names.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from loopclose.drafting.allergies import Allergy
from loopclose.drafting.drugs import ingredients_of, names_of_drugs
from loopclose.drafting.medicines import Medicine

NOT_TAKEN = frozenset({"cream", "ointment", "gel", "patch", "drops", "lotion", "foam", "spray", "nasal"})
"""Forms that work where they are put, beside which another of the kind may be taken."""
_LOCAL = re.compile(r"\b(?:topical|ophthalmic|eye|otic|ear|flush|lock|rinse)\b", re.IGNORECASE)
LOW_DOSE = frozenset({"aspirin"})
"""Of its class by name, and taken for another reason than the others of it."""
_NOT_KIN = frozenset({"anticoagulants", "P2Y12 inhibitors"})
"""Classes by what they do: an allergy to the one says nothing of the other."""


def kinship(one: Medicine, allergy: Allergy) -> str | None:
    """Why a medicine is asked about for an allergy; an intolerance of one says nothing of its kin, while an
    intolerance of a class that it names is of each in it.
    """
    kin, drug = names_of_drugs(), one.drug.ingredients
    name = allergy.name.lower().replace("allergy to", "")
    to = ingredients_of(name)
    if drug & to:
        return "it is the same drug"
    named_so = classes_called(name)
    for label in sorted(named_so):
        if drug & (kin.classes.get(label) or kin.groups.get(label, frozenset())):
            return f"both are {label}"
    if allergy.of.type == "intolerance":
        return None
    of_class = {label for label, members in kin.classes.items() if label in named_so or members & to}
    classes = {label for label, members in kin.classes.items() if members & drug} - _NOT_KIN
    if same := sorted(classes & of_class):
        return f"both are {same[0]}"
    near = sorted(each for label in of_class for each in kin.kin.get(label, ()) if each in classes)
    return f"{near[0]} are kin to it" if near else None


def classes_called(name: str) -> frozenset[str]:
    """The classes and groups that a text names by any of their names: as whole words, one or many."""
    kin = names_of_drugs()
    words = f" {re.sub(r'[^a-z0-9]+', ' ', name.lower())} "
    own = {_bare(label): (label,) for label in (*kin.classes, *kin.groups)}
    found = (labels for each in (own, kin.called) for called, labels in each.items() if _stands(called, words))
    return frozenset(label for labels in found for label in labels)


def two_of_a_kind(current: Sequence[Medicine]) -> Iterator[tuple[str, tuple[Medicine, ...]]]:
    """By what they both are: medicines of different ingredients of which one is usually taken at a time.

    What is on hold is not taken, what others ordered since the visit alone is not ours to ask, and what is put on the
    skin or into the eye stands beside what is taken.
    """
    kin = names_of_drugs()
    taken = [one for one in current if one.group != "on_hold" and not _is_local(one)]
    for label, classes in kin.one_of.items():
        members = frozenset().union(*(kin.classes.get(each) or kin.groups[each] for each in classes)) - LOW_DOSE
        those = [one for one in taken if one.drug.ingredients & members]
        kinds = [one.drug.ingredients & members for one in those]
        differ = any(one.isdisjoint(other) for one in kinds for other in kinds)
        if differ and any(one.group != "since" for one in those):
            yield label, tuple(those)


def _is_local(one: Medicine) -> bool:
    return one.drug.form in NOT_TAKEN or bool(_LOCAL.search(f"{one.drug.name} {one.dose or ''}"))


def _bare(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", label.lower()).strip().removesuffix("s")


def _stands(called: str, words: str) -> bool:
    return any(f" {called}{ending} " in words for ending in ("", "s"))
