"""Which referrals a visit answers: a ladder of evidence; the first rung that decides wins and says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from loopclose.domain.chart import Candidate, Chart, LinkVerdict, Referral, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.directory import Directory
from loopclose.domain.inference import Inference
from loopclose.domain.named_requests import REQUEST
from loopclose.domain.practice import Practice
from loopclose.domain.stated import Named, Stated

SURE = 1.0
BOOKED_THAT_DAY = "An appointment with us of that day names the referral, and nothing says that it was this visit."


class LinkDecision(msgspec.Struct, frozen=True):
    """A person's word: the referrals that a visit answers; none when empty."""

    visit: str
    referrals: tuple[str, ...]
    unseen: tuple[str, ...] = ()
    """What the chart named as a referral and nobody could read when it was decided."""


def link_visits(
    visits: Sequence[Visit],
    referrals: Sequence[Referral],
    undecided: Sequence[Referral],
    chart: Chart,
    practice: Practice,
    directory: Directory,
    code_map: CodeMap,
    decisions: Mapping[str, LinkDecision],
) -> dict[str, LinkVerdict]:
    """A verdict for every visit of one person, in the order of time: an earlier visit may have used a referral up.

    ``undecided``: requests of which nobody knows yet whether they are referrals; only a person links them.
    """
    known = {one.id for one in referrals}
    stated = Stated(chart, referrals, undecided, practice, directory, code_map)
    linker = _Linker(chart, stated, Inference(referrals, undecided, practice, directory, code_map))
    verdicts: dict[str, LinkVerdict] = {}
    in_order = sorted(visits, key=lambda one: (one.start, one.id))
    waiting: list[Visit] = []
    for visit in in_order:
        verdict = linker.settled(visit, decisions.get(visit.id), known)
        if verdict is None:
            waiting.append(visit)
            continue
        verdicts[visit.id] = verdict
        linker.inference.answered.update(verdict.referrals)
    for visit in waiting:
        verdicts[visit.id] = linker.inferred(visit, decisions.get(visit.id), known)
        linker.inference.answered.update(verdicts[visit.id].referrals)
    return {visit.id: _with_doubts(verdicts[visit.id], visit) for visit in in_order}


class _Linker(msgspec.Struct, frozen=True):
    """What decides of one person's visits."""

    chart: Chart
    stated: Stated
    inference: Inference

    def settled(self, visit: Visit, decision: LinkDecision | None, known: set[str]) -> LinkVerdict | None:
        """By a person's word or by what the EHR states; None where it must be inferred, or a person be asked."""
        if decision is not None:
            return None if _seen_since(decision, known) else _decided(decision)
        named = self.stated.of(visit)
        if named is None or not named.referrals:
            return None
        what = "the referral" if len(named.referrals) == 1 else f"{len(named.referrals)} referrals"
        because = (f"{named.method} names {what}.", *(self._unseen(key) for key in named.unseen))
        return LinkVerdict("automatic", named.referrals, named.method, SURE, because, unseen=named.unseen)

    def inferred(self, visit: Visit, decision: LinkDecision | None, known: set[str]) -> LinkVerdict:
        """What fits; a person is asked where the chart names what cannot be read."""
        found = self.inference.infer(visit)
        if decision is not None:
            keys = _seen_since(decision, known)
            return _ask(found, f"A person decided before {' and '.join(keys)} could be read.", keys)
        named = self.stated.of(visit)
        if named is not None:
            return self._named(found, named)
        held = self.stated.held_for(visit)
        if held and not (found.referrals and set(found.referrals) == {key for keys in held.values() for key in keys}):
            because = f"{', '.join(held)} may name the referral, and cannot be read."
            return _ask(found, because, tuple(key for keys in held.values() for key in keys))
        booked = self.stated.booked_that_day(visit)
        if booked and not (found.referrals and {*found.referrals} <= {*booked}):
            unseen = tuple(key for key in booked if key not in known)
            verdict = _ask(found, BOOKED_THAT_DAY, tuple(key for key in booked if key in known))
            return replace(verdict, unseen=unseen)
        return self._hidden(visit, found) if found.band != "automatic" else found

    def _named(self, found: LinkVerdict, named: Named) -> LinkVerdict:
        """Nothing that it names can be linked by a rule."""
        if not named.unseen:
            because = f"{named.method} names a request, and nobody has said yet that it is a referral to us."
            return _ask(found, because, named.undecided)
        verdict = _ask(found, self._unseen(named.unseen[0]), named.undecided)
        return replace(verdict, unseen=named.unseen)

    def _hidden(self, visit: Visit, found: LinkVerdict) -> LinkVerdict:
        """Nothing is linked by a rule: a referral may stand in quarantine, or be known by its task alone."""
        hidden: dict[str, str] = {}
        for key in sorted(self.chart.quarantined):
            if key.startswith(REQUEST):
                hidden[key] = f"{key} of this patient is in quarantine, and may be the referral."
        for task, key in self.stated.hidden_tasks:
            written = task.authored_on.start(self.stated.zone) if task.authored_on else None
            if written is None or written <= visit.end:
                hidden.setdefault(key, f"{task.key} names a referral that we cannot see.")
        if not hidden:
            return found
        because = found.because[0] if found.band == "person" else next(iter(hidden.values()))
        return replace(_ask(found, because, ()), unseen=tuple(hidden))

    def _unseen(self, key: str) -> str:
        if key in self.chart.quarantined:
            return f"The visit names a referral that is in quarantine ({key})."
        if key in self.chart.of_others:
            return f"The visit names a referral of another patient ({key})."
        return f"The visit names a referral that we cannot see ({key})."


def _ask(found: LinkVerdict, because: str, first: tuple[str, ...]) -> LinkVerdict:
    """For a person, with every candidate; those named come first."""
    rest = tuple(one for one in found.candidates if one.referral not in first)
    fits = {one.referral: one for one in found.candidates}
    named = tuple(fits.get(key, Candidate(key, 0.0, ("The chart names it.",))) for key in dict.fromkeys(first))
    confidence = max((one.confidence for one in (*named, *rest)), default=0.0)
    return LinkVerdict("person", (), None, confidence, (because,), (*named, *rest))


def _decided(decision: LinkDecision) -> LinkVerdict:
    because = "A person linked it." if decision.referrals else "A person said that it answers no referral."
    return LinkVerdict("decided", decision.referrals, "person", SURE, (because,))


def _seen_since(decision: LinkDecision, known: set[str]) -> tuple[str, ...]:
    """Referrals that could not be read when a person decided, and now can."""
    return tuple(key for key in decision.unseen if key in known and key not in decision.referrals)


def _with_doubts(verdict: LinkVerdict, visit: Visit) -> LinkVerdict:
    return replace(verdict, because=(*verdict.because, *visit.doubts)) if visit.doubts else verdict
