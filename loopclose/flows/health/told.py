"""How an EHR tells by itself: when it was last heard, what waits to be read, and a silence that was none before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from loopclose.domain.dates import utc_words
from loopclose.errors import DONE, TEMPORARY
from loopclose.flows.health.check import Check, Look
from loopclose.flows.hearing import OF_STRANGERS
from loopclose.store import events
from loopclose.store.events import ChannelRow, Figures

DAY, OLD = timedelta(days=1), timedelta(hours=2)
"""How long silence is none, and how long an event may wait: what is not read at once is tried again after an hour."""
FAILED = ("error", "off")
"""What an EHR says of a subscription that tells no more."""


def told(look: Look) -> Iterator[Check]:
    """Each EHR that may tell: when it was heard, and what of it is not read yet."""
    for one in look.readings:
        if not look.config.ehr[one.ehr].takes_events:
            continue
        channels = events.channels(look.session, look.scope, one.ehr)
        found = events.figures(look.session, look.scope, one.ehr, look.now - DAY)
        says, to_do, code = _heard(look, one.ehr, channels, found)
        refused = sum(channel.refused for channel in channels)
        says += f"; {refused:,} requests proved nothing and were refused" if refused else ""
        yield Check(f"events of {one.ehr}", "EHRs", says, to_do, code)


def _heard(look: Look, ehr: str, channels: Sequence[ChannelRow], found: Figures) -> tuple[str, str | None, int]:
    """The sentence, what to do, and the exit code."""
    heard = max((one.heard_at for one in channels if one.heard_at is not None), default=None)
    if heard is None:
        return "nothing was heard yet", f"have the EHR tell at /events/{ehr}; syncs ask all the same", TEMPORARY
    says = f"last heard {utc_words(heard)}, {found.told:,} told within a day, {found.waiting:,} not read yet"
    missed = sum(one.missed for one in channels if one.missed_at is not None and look.now - one.missed_at < DAY)
    says += f"; {missed:,} never came within a day, so it was asked what changed" if missed else ""
    failed = [one.subscription for one in channels if one.status in FAILED and one.subscription != OF_STRANGERS]
    if failed:
        says += f"; the EHR says that it tells no more by {', '.join(failed)}"
        return says, "look into its subscriptions; syncs ask all the same", TEMPORARY
    if found.oldest is not None and look.now - found.oldest > OLD:
        says += f", the oldest since {utc_words(found.oldest)}"
        return says, "see the patients that are not read whole; each is tried again every hour", TEMPORARY
    if look.now - heard > DAY:
        return f"{says}; silent for more than a day", "see that its subscriptions stand; syncs ask all the same", DONE
    return says, None, DONE
