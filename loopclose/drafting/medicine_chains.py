"""Several resources that tell of one medicine, brought together: steps of one order, what an order replaces, copies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from fhir_adapters.facts import MedicationAdministration, MedicationRequest, MedicationStatement
from fhir_adapters.facts.references import local_key
from loopclose.drafting.dosing_conflicts import is_same_dose
from loopclose.drafting.medicines import PROPOSALS, Medicine

RANKS = {"order": 1, "original-order": 1, "reflex-order": 2, "filler-order": 3, "instance-order": 4}
STANDING = {"on-hold": 2, "active": 1}
BEFORE = ("listed", "stopped")
"""Groups in which a medicine stands that an order changes: a dose is often changed by stopping the old one."""
REPLACEABLE = ("listed", "ended", "ordered", "reported", "stopped")
STANDS = ("listed", "ordered", "reported")


def together(told: Sequence[Medicine]) -> list[Medicine]:
    """The medicines, each told once: of one order its newest step, with what it replaces, and without copies."""
    return _new(_copies(_replaced(_steps(told))))


def _steps(told: Sequence[Medicine]) -> list[Medicine]:
    """Of orders based on each other, and of the same drug, the one that counts; the others stand behind it."""
    roots: dict[str, str] = {one.key: one.key for one in told}
    by_key = {one.key: one for one in told}
    for one in told:
        for other in _based_on(one):
            if other in by_key and _is_same_drug(one, by_key[other]) and _is_a_step(one, by_key[other]):
                _join(roots, one.key, other)
    chains: dict[str, list[Medicine]] = defaultdict(list)
    for one in told:
        chains[_root(roots, one.key)].append(one)
    return [_newest(chain) for chain in chains.values()]


def _based_on(one: Medicine) -> list[str]:
    of = one.of
    if isinstance(of, MedicationRequest):
        references = of.based_on
    elif isinstance(of, MedicationStatement):
        references = (*of.based_on, *of.derived_from)
    else:
        references = (of.request,) if isinstance(of, MedicationAdministration) and of.request else ()
    return [key for each in references if (key := local_key(each)) is not None]


def _is_a_step(one: Medicine, other: Medicine) -> bool:
    """Whether the one may stand for the other: a dose given here hides no prescription, a list no stop, and what is
    not to be given no order of it.
    """
    if _is_forbidden(one) != _is_forbidden(other):
        return False
    if isinstance(one.of, MedicationAdministration):
        return other.group == "given"
    if isinstance(one.of, MedicationStatement):
        return one.group in STANDS and other.group in STANDS
    return True


def _is_forbidden(one: Medicine) -> bool:
    return isinstance(one.of, MedicationRequest) and bool(one.of.do_not_perform)


def _newest(chain: list[Medicine]) -> Medicine:
    """What was given over what was ordered, an order over its plan, one that stands over one that is done."""

    def rank(one: Medicine) -> tuple[bool, bool, int, str, int, str]:
        intent = one.of.intent if isinstance(one.of, MedicationRequest) else None
        given = isinstance(one.of, MedicationAdministration) and one.group == "given"
        when = str(one.when[0]) if one.when else ""
        is_order = intent is not None and intent not in PROPOSALS
        return given, is_order, STANDING.get(one.status, 0), when, RANKS.get(intent or "", 0), one.key

    first, *others = sorted(chain, key=rank, reverse=True)
    return replace(first, also=tuple(others))


def _replaced(found: Sequence[Medicine]) -> list[Medicine]:
    """Orders of the visit with what they replace: as the order says, else the same drug and form on the list."""
    by_key = {key: one for one in found for key in one.keys}
    taken: dict[str, Medicine] = {}
    changed: dict[str, Medicine] = {}
    for one in sorted(found, key=lambda each: each.key):
        if one.group != "ordered" or one.key in taken:
            continue
        before = _prior(one, by_key) or _same_on_the_list(one, found, taken)
        if before is not None and before.key not in taken and before.key not in changed:
            group = "changed" if _differs(one, before) else "ordered"
            taken[before.key] = changed[one.key] = replace(one, before=before, group=group)
    return [changed.get(one.key, one) for one in found if one.key not in taken]


def _new(found: Sequence[Medicine]) -> list[Medicine]:
    """The medicines, those ordered, at the visit or since, that nothing else in the chart is of marked as new."""
    times = Counter(name for one in found for name in one.drug.ingredients)
    return [replace(one, is_new=_is_new(one, times)) for one in found]


def _is_new(one: Medicine, times: Counter[str]) -> bool:
    names = one.drug.ingredients
    return (
        one.group in ("ordered", "since")
        and one.before is None
        and bool(names)
        and all(times[name] == 1 for name in names)
    )


def _prior(one: Medicine, by_key: dict[str, Medicine]) -> Medicine | None:
    key = local_key(one.of.prior_prescription) if isinstance(one.of, MedicationRequest) else None
    found = by_key.get(key or "")
    fits = found is not None and found.key != one.key and found.group in REPLACEABLE and not _is_forbidden(found)
    return found if fits else None


def _same_on_the_list(one: Medicine, found: Sequence[Medicine], taken: dict[str, Medicine]) -> Medicine | None:
    same = [
        other
        for other in found
        if other.group in BEFORE
        and other.key not in taken
        and (other.group == "listed" or _day(other) < _day(one))
        and not _is_forbidden(other)
        and _is_same_drug(one, other)
        and _is_same_form(one, other)
    ]

    def likeness(other: Medicine) -> tuple[bool, bool, bool, str, str]:
        named = other.drug.name.lower() == one.drug.name.lower()
        return other.group == "listed", named, other.drug.strength == one.drug.strength, _day(other), other.key

    return max(same, key=likeness, default=None)


def _day(one: Medicine) -> str:
    return str(one.when[0])[:10] if one.when else ""


def _differs(one: Medicine, before: Medicine) -> bool:
    """Whether strength or dose changed, as far as both tell it."""
    strength, was = one.drug.strength, before.drug.strength
    return (strength is not None and was is not None and strength != was) or not is_same_dose(
        one.dose or "", before.dose or ""
    )


def _copies(found: Sequence[Medicine]) -> list[Medicine]:
    """Of medicines that are the same word for word, in one group, the newest; the others stand behind it."""
    alike: dict[tuple[str, ...], list[Medicine]] = defaultdict(list)
    for one in found:
        nameless = not one.drug.ingredients  # two that have no name are not one
        mark = one.key if nameless or one.group in ("given", "changed", "ordered") else ""
        dose = one.dose or "" if one.group != "ended" else ""  # where no dose is told
        alike[(one.group, one.drug.name.lower(), dose, one.status, _intent(one), mark, str(_is_forbidden(one)))].append(
            one
        )
    kept: list[Medicine] = []
    for same in alike.values():
        first, *others = sorted(same, key=lambda one: (str(one.when[0]) if one.when else "", one.key), reverse=True)
        kept.append(replace(first, also=(*first.also, *others)))
    return kept


def _intent(one: Medicine) -> str:
    if one.group == "listed":
        return ""  # an EHR may give one list as orders and as statements
    return (one.of.intent or "") if isinstance(one.of, MedicationRequest) else type(one.of).__name__


def _is_same_drug(one: Medicine, other: Medicine) -> bool:
    return bool(one.drug.ingredients) and one.drug.ingredients == other.drug.ingredients


def _is_same_form(one: Medicine, other: Medicine) -> bool:
    return one.drug.form == other.drug.form or None in (one.drug.form, other.drug.form)


def _root(roots: dict[str, str], key: str) -> str:
    while roots[key] != key:
        roots[key] = key = roots[roots[key]]
    return key


def _join(roots: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_root(roots, one), _root(roots, other)))
    roots[second] = first


def of_group(found: Iterable[Medicine], group: str) -> list[Medicine]:
    """Those of one group, in the order of their names."""
    return sorted((one for one in found if one.group == group), key=lambda one: (one.drug.name.lower(), one.key))
