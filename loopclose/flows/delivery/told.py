"""A fax gateway tells that something became of a fax: its word proves nothing, it is only asked sooner."""

from __future__ import annotations

from loopclose.flows.work import Work
from loopclose.outbound.channels.fax_hooks import has_password, is_our_path, is_signed, news_of
from loopclose.store import deliveries
from loopclose.store.base import Scope


def told(work: Work, path: str, body: bytes, authorization: str, signature: str) -> bool:
    """Have the gateway asked with the next round; False where nobody of ours gave that address, or it proves nothing.

    SRFax knows the address alone; Documo has the secret as a password, or signs with it.
    """
    for practice, settings in sorted(work.config.fax.items()):
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else None
        if secret is None or not is_our_path(path, secret, practice):
            continue
        proved = (
            settings.gateway == "srfax" or has_password(authorization, secret) or is_signed(body, signature, secret)
        )
        if not proved or news_of(body) is None:
            return False
        with work.db.write() as session:
            deliveries.ask_now(session, Scope(practice), "fax", work.clock())
        return True
    return False
