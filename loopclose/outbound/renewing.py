"""Before a message leaves: whether what it says still holds, and whether whoever would read it is still there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from loopclose.domain.deputies import Staff
from loopclose.domain.escalation import ladder_for, rung_told
from loopclose.outbound.messages import Carried, alert_id, cancel
from loopclose.outbound.notices import holds
from loopclose.outbound.occasion import Occasion, Planned
from loopclose.store import alerts as stored
from loopclose.store import chases
from loopclose.store.absences import staff
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import ALERTS, FAILED, HELD, SENDING, Alert, Message

NOT_TRUE = "Nothing that it says is true any more."
RENEWED = "Another mail says what is true now."
GONE = "Its recipient is disabled or away; whoever stands in is told."
NOBODY_THERE = "Its recipient is disabled or away, and nobody stands in."
DOUBTFUL = "It was planned before the database was restored, and may have left since."


def take_back(
    session: Session, occasion: Occasion, messages: Sequence[Message], told_anyway: Collection[str] = ()
) -> dict[str, Carried]:
    """Cancel what cannot leave as it is, and hold what may have left before a restore.

    Gives what still holds, by whom it is to be told now, for ``messages.issue``. A message stays as it is while all of
    it is true, on the date for which it was made, for a recipient who is there; one that surely did not leave is also
    taken back where its recipient gets another mail anyway (``told_anyway``, or for whom they stand in).
    """
    carried: dict[str, Carried] = {}
    there = staff(session, occasion.scope, occasion.night)
    told_anyway = {*told_anyway, *_stand_ins(there, messages)}
    for message in messages:
        whom = message.recipients[0]
        to = there.told_instead_of(whom)
        if message.about != ALERTS:
            if whom not in to or not holds(session, occasion, message):
                cancel(message, NOT_TRUE if whom in to else GONE)
                chases.tell_anew(session, occasion.scope, message.id)
            continue
        true, total = stored.count_true(session, occasion.scope, message.id)
        if not true:
            cancel(message, NOT_TRUE)
            chases.tell_anew(session, occasion.scope, message.id)
        elif _is_doubtful(occasion, message):
            message.state, message.error, message.try_after = HELD, DOUBTFUL, None
        elif whom not in to or true < total or message.night != occasion.night or _joins(message, told_anyway):
            _replace(session, occasion, message, [whom] if whom in to else to, carried)
    return carried


def _is_doubtful(occasion: Occasion, message: Message) -> bool:
    """Whether it may have left between the backup and the restore, and nobody has said since what is to be done."""
    restored = occasion.restored_at
    if restored is None or (message.decided_at is not None and message.decided_at > restored):
        return False
    return message.planned_at is None or message.planned_at <= restored


def _stand_ins(there: Staff, messages: Iterable[Message]) -> Iterator[str]:
    """Whoever gets what alerts were to tell somebody who is gone."""
    for whom in {one.recipients[0] for one in messages if one.about == ALERTS}:
        to = there.told_instead_of(whom)
        yield from () if whom in to else to


def _joins(message: Message, told_anyway: Collection[str]) -> bool:
    may_have_left = message.maybe_taken or message.state == SENDING
    return not may_have_left and message.recipients[0] in told_anyway


def _replace(
    session: Session, occasion: Occasion, message: Message, to: Sequence[str], carried: dict[str, Carried]
) -> None:
    """Cancel a message, and carry what still holds to the same person, or to whoever stands in."""
    rows = stored.still_true(session, occasion.scope, message.id)
    is_there = message.recipients[0] in to
    for one in to:
        items = {alert_id(occasion.scope, item): item for item in _items(occasion, rows, one)}
        if not is_there:
            items = _not_told_yet(session, occasion, one, items)
        if items:
            found = carried.setdefault(one, Carried())
            found.items.update(items)
            found.replaced.append(message)
    if to:
        cancel(message, RENEWED if is_there else GONE)
    else:  # it stays in sight
        message.state, message.error, message.try_after = FAILED, NOBODY_THERE, None


def _not_told_yet(session: Session, occasion: Occasion, whom: str, items: Mapping[str, Planned]) -> dict[str, Planned]:
    """Those of some alerts for whoever stands in that no mail to them tells already, by the same rung or a higher."""
    told = stored.told_up_to(session, occasion.scope, whom, {one.obligation.id for one in items.values()})
    return {
        key: one
        for key, one in items.items()
        if (no := told.get((one.obligation.id, one.obligation.deadline_no, one.obligation.ladder_no))) is None
        or no < one.rung.no
    }


def _items(occasion: Occasion, rows: Iterable[tuple[Alert, Obligation]], whom: str) -> list[Planned]:
    night, calendar, found = occasion.night, occasion.practice.calendar, []
    for alert, what in rows:
        steps = ladder_for(what.kind, what.state, occasion.ladder)
        found.append(Planned(what, rung_told(alert.rung, what.due_at, steps, night, calendar), whom))
    return found
