"""The last rung of the ladder: which of one person's referrals fits a visit for which the EHR names none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loopclose.domain.chart import LinkVerdict, Referral, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice
from loopclose.domain.scoring import Fit, same_request, score

TIE = 0.10
"""Two referrals whose confidence is this close are a tie: a person decides."""
ENOUGH = 0.70
"""Below this an inference is shown to a person."""
_EPSILON = 1e-9


@dataclass
class Inference:
    """Inference among one person's referrals."""

    referrals: Sequence[Referral]
    undecided: Sequence[Referral]
    """Requests of which nobody knows yet whether they are referrals: shown to a person, never linked."""
    practice: Practice
    directory: Directory
    code_map: CodeMap
    answered: set[str] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)
    """Undecided requests that an earlier visit waits for: one question is enough."""

    def infer(self, visit: Visit) -> LinkVerdict:
        """Link what fits clearly best; otherwise hand it to a person with every candidate."""
        fits = self._fits(visit, self.referrals)
        if not fits:
            return self._undecided_alone(visit)
        fits, noted = self._newest_copies(fits)
        best = fits[0]
        candidates = tuple(fit.candidate for fit in (*fits, *noted))
        rival = fits[1] if len(fits) > 1 else None
        close = rival is not None and best.candidate.confidence - rival.candidate.confidence <= TIE + _EPSILON
        if visit.unclear or not best.automatic or close or best.candidate.confidence < ENOUGH:
            why = _why_a_person(visit, best, close)
            more = tuple(fit.candidate for fit in self._fits(visit, self.undecided))
            return LinkVerdict("person", (), None, best.candidate.confidence, (why,), (*candidates, *more))
        because = best.candidate.because or ("The only referral of this patient that fits.",)
        because += ("A copy of the same request is older.",) if noted else ()
        return LinkVerdict(
            "automatic", (best.candidate.referral,), "inferred", best.candidate.confidence, because, candidates
        )

    def _undecided_alone(self, visit: Visit) -> LinkVerdict:
        not_ours = [one for one in self.undecided if one.ordered_by_us_at != visit.id]
        fits = [fit for fit in self._fits(visit, not_ours) if fit.candidate.referral not in self.offered]
        if not fits or visit.baseline:
            return LinkVerdict("none", (), None, 0.0, ("No referral of this patient fits.",))
        self.offered.update(fit.candidate.referral for fit in fits)
        why = "A request of this patient may be the referral: nobody knows yet what it is."
        return LinkVerdict("person", (), None, fits[0].candidate.confidence, (why,), tuple(f.candidate for f in fits))

    def _fits(self, visit: Visit, among: Sequence[Referral]) -> list[Fit]:
        """What fits at all, the best first."""
        found = [
            fit
            for referral in among
            if (
                fit := score(
                    visit, referral, referral.id in self.answered, self.practice, self.directory, self.code_map
                )
            )
        ]
        return sorted(found, key=lambda fit: (-fit.candidate.confidence, fit.candidate.referral))

    def _newest_copies(self, fits: list[Fit]) -> tuple[list[Fit], list[Fit]]:
        """Of copies of one request the newest stays; the others are noted behind it."""
        by_id = {referral.id: referral for referral in self.referrals}
        stay: list[Fit] = []
        noted: list[Fit] = []
        newest_first = sorted(
            fits, key=lambda f: (str(by_id[f.candidate.referral].authored_at or ""), f.candidate.referral), reverse=True
        )
        for fit in newest_first:
            one = by_id[fit.candidate.referral]
            copy = any(
                same_request(one, by_id[other.candidate.referral], self.directory, self.code_map)
                and other.automatic
                and fit.automatic
                for other in stay
            )
            (noted if copy else stay).append(fit)
        order = {fit.candidate.referral: n for n, fit in enumerate(fits)}
        return sorted(stay, key=lambda f: order[f.candidate.referral]), noted


def _why_a_person(visit: Visit, best: Fit, close: bool) -> str:
    if close:
        return "Several referrals fit equally well."
    if not best.automatic:
        return "The best one has no date, or was written after the visit."
    if visit.unclear:
        return "No map knows the class of the visit, and nothing else shows that it was an office visit."
    return "No referral fits well enough."
