"""The ways by which a practice can send: one channel of each kind that is configured for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from loopclose.config.channels.direct import DirectConfig
from loopclose.domain.channels import CHART
from loopclose.flows.delivery.chart import charts_of
from loopclose.flows.mailing import sender_of
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Channel
from loopclose.outbound.channels.charts import Charts
from loopclose.outbound.channels.direct import SecureMail
from loopclose.outbound.channels.direct import channel_of as secure_mail
from loopclose.outbound.channels.folder import FolderChannel
from loopclose.outbound.mail import SmtpMailer
from loopclose.store.base import Scope

Ways = Mapping[str, Channel]
"""By the name of the channel (``domain.channels``)."""
TABLES: Mapping[Literal["direct", "mail"], str] = {"direct": "direct", "mail": "encrypted_mail"}
"""By channel of secure mail, its table of the configuration."""


def ways_of(work: Work, scope: Scope) -> Ways:
    """What is configured for a practice. In a rehearsal nothing leaves; in the demo Direct messages go into its folder
    of mails.
    """
    config, found = work.config, dict[str, Channel]()
    if config.practice[scope.practice_id].rehearsal:
        if config.web.mail_folder is not None:
            found["direct"] = FolderChannel(config.web.mail_folder, sender_of(config))
        return found
    for name, table in TABLES.items():
        settings = getattr(config, table).get(scope.practice_id)
        if settings is not None:
            found[name] = _secure_mail(name, settings, f"[{table}.{scope.practice_id}]")
    for chart, deliver in (("fhir", True), (CHART, False)):
        charts = charts_of(work, scope, deliver=deliver)
        if charts:
            found[chart] = Charts(charts, chart)
    return found


def _secure_mail(name: Literal["direct", "mail"], settings: DirectConfig, table: str) -> SecureMail:
    password = settings.password.get_secret_value() if settings.password else None
    mailer = SmtpMailer(
        settings.host, settings.port, settings.sender, settings.tls, settings.user, password, settings.ca, table=table
    )
    return secure_mail(
        name,
        mailer,
        certificate=settings.certificate_file,
        key_file=settings.key_file,
        recipients=settings.recipients,
        anchors=settings.anchors_file,
    )
