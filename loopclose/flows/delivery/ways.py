"""The ways by which a practice can send: one channel of each kind that is configured for it."""

from __future__ import annotations

from collections.abc import Mapping

from loopclose.config.sections import Config
from loopclose.flows.mailing import sender_of
from loopclose.outbound.channels.channel import Channel
from loopclose.outbound.channels.folder import FolderChannel
from loopclose.store.base import Scope

Ways = Mapping[str, Channel]
"""By the name of the channel (``domain.channels``)."""


def ways_of(config: Config, scope: Scope) -> Ways:
    """What is configured for a practice. In the demo, Direct messages go into its folder of mails."""
    found: dict[str, Channel] = {}
    if config.web.mail_folder is not None:
        found["direct"] = FolderChannel(config.web.mail_folder, sender_of(config))
    return found
