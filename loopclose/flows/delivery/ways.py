"""The ways by which a practice can send: one channel of each kind that is configured for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from loopclose.config.channels.direct import DirectConfig
from loopclose.config.channels.fax import FaxConfig
from loopclose.domain.channels import CHART, IN_BOOK
from loopclose.domain.letter_waits import as_set_up
from loopclose.errors import ConfigError
from loopclose.flows.delivery.chart import charts_of
from loopclose.flows.mailing import mailer_of, sender_of
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Channel
from loopclose.outbound.channels.charts import Charts
from loopclose.outbound.channels.direct import SecureMail
from loopclose.outbound.channels.direct import channel_of as secure_mail
from loopclose.outbound.channels.fax import documo_channel, mail_channel, srfax_channel
from loopclose.outbound.channels.fax_hooks import secret_path
from loopclose.outbound.channels.folder import FolderChannel
from loopclose.outbound.channels.printing import printer_channel
from loopclose.outbound.mail import SmtpMailer
from loopclose.store.base import Scope
from loopclose.store.worklist_item import Item

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
    fax, printer = config.fax.get(scope.practice_id), config.printer.get(scope.practice_id)
    if fax is not None:
        found["fax"] = _fax(work, scope, fax)
    if printer is not None:
        ca = str(printer.ca) if printer.ca else None
        found["print"] = printer_channel(printer.uri, printer.name, ca=ca, wait_minutes=printer.wait_minutes)
    for chart, deliver in (("fhir", True), (CHART, False)):
        charts = charts_of(work, scope, deliver=deliver)
        if charts:
            found[chart] = Charts(charts, chart)
    return found


def can_send(ways: Ways) -> bool:
    """Whether letters can leave at all: filing in the own chart is no delivery."""
    return any(name in IN_BOOK for name in ways)


def is_set_up(work: Work, scope: Scope) -> bool:
    """Whether any way of sending is set up; one that is set up wrongly is (Health says what is wrong with it)."""
    try:
        return can_send(ways_of(work, scope))
    except ConfigError:
        return True


def as_they_can_leave(work: Work, scope: Scope, items: Sequence[Item]) -> Sequence[Item]:
    """The same rows; where nothing can leave from here, no letter waits for an address."""
    if not any(item.letter for item in items) or is_set_up(work, scope):
        return items
    return [replace(item, letter=as_set_up(item.letter, False)) for item in items]


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


def _fax(work: Work, scope: Scope, settings: FaxConfig) -> Channel:
    password = settings.password.get_secret_value() if settings.password else ""
    more: dict[str, Any] = {
        "address": settings.url,
        "ca": str(settings.ca) if settings.ca else None,
        "seconds": settings.timeout_seconds,
        "listing_minutes": settings.listing_minutes,
        "confirmation_counts": settings.confirmation_counts,
    }
    if settings.gateway == "srfax":
        notify = hook_address(work, scope)
        return srfax_channel(
            settings.user or "",
            password,
            settings.sender or "",
            settings.sender_mail or "",
            work.clock,
            notify=notify,
            **more,
        )
    if settings.gateway == "documo":
        return documo_channel(password, work.clock, sender=settings.sender, **more)
    mailer = mailer_of(work.config)
    if mailer is None:
        raise ConfigError(f'[fax.{scope.practice_id}] gateway = "mail" needs [mail], by which it is written to.')
    return mail_channel(mailer, settings.address_template or "", sender_of(work.config))


def hook_address(work: Work, scope: Scope) -> str | None:
    """Where the gateway tells how a fax went; None where it cannot reach us, or has no secret."""
    settings, address = work.config.fax.get(scope.practice_id), work.config.web.address
    if settings is None or settings.webhook_secret is None or address is None:
        return None
    return f"{address.rstrip('/')}/fax/{secret_path(settings.webhook_secret.get_secret_value(), scope.practice_id)}"
