"""Who has a letter of a report, or may have, and gets the corrected one: whoever it did not come back from."""

from __future__ import annotations

from sqlalchemy.orm import Session

from loopclose.domain.delivering import FAILED, NOT_CORRECTED
from loopclose.domain.recalling import RECALLED, is_of_its_words
from loopclose.store import deliveries, delivery_history
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow


def holders(session: Session, scope: Scope, obligation: str) -> list[DeliveryRow]:
    """Deliveries by which somebody has one. What did not arrive, or is at the wrong office, is followed by nothing;
    what was called back for what it says is.
    """
    got = [one for one in deliveries.who_got(session, scope, obligation) if one.purpose not in NOT_CORRECTED]
    failed = [one.id for one in got if one.state == FAILED]
    events = delivery_history.events_of(session, scope, failed)
    back = {
        key
        for key, heard in events.items()
        if any(one.what == RECALLED and is_of_its_words(one.words) for one in heard)
    }
    return [one for one in got if one.state != FAILED or one.id in back]
