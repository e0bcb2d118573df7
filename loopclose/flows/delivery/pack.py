"""Packing a letter for one address: its files, the finished message and its seal, frozen before anything leaves."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loopclose.domain.address_book import not_before
from loopclose.domain.confirm_code import confirm_code
from loopclose.domain.delivering import PLANNED
from loopclose.domain.short_code import short_code
from loopclose.drafting.page_one import BY_DATE
from loopclose.errors import UsageError
from loopclose.flows.delivery.closed_loop import message_of
from loopclose.flows.delivery.seals import confirm_digest, seal_of
from loopclose.flows.delivery.status import status_of_request
from loopclose.flows.papers.letter import look_of
from loopclose.flows.site import zone_of
from loopclose.flows.web_key import web_key
from loopclose.flows.work import Work
from loopclose.letters.forms import FORMS, kinds_of, name_of_file
from loopclose.letters.letter import Letter
from loopclose.outbound.channels.channel import About, Channel, Enclosure, Sending
from loopclose.outbound.mail import SendError
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope, natural_id
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation

OPEN_FOR = timedelta(days=60)
"""How long a letter can be confirmed by its code."""
URGENT = frozenset({"stat", "urgent", "asap"})


class NotPlanned(UsageError):
    """The letter is not sent there; the message says why, and what to do."""


@dataclass(frozen=True)
class Target:
    """Where a letter goes, and why there."""

    address: AddressRow
    purpose: str
    letter: str
    no: int
    """How often that letter was planned to that address before."""

    def key(self, scope: Scope, obligation: str) -> str:
        """The id of the delivery: the same for the same letter, address and turn, so that planning twice plans once."""
        return natural_id(
            scope.practice_id, "delivery", obligation, self.letter, self.address.id, self.purpose, self.no
        )


def pack(
    work: Work, scope: Scope, channel: Channel, owed: Obligation, target: Target, letter: Letter, by: str
) -> DeliveryRow:
    now, key = work.clock(), target.key(scope, owed.id)
    main = letter.papers[letter.main]
    urgent = owed.priority in URGENT or (main.first is not None and main.first.flag == BY_DATE)
    code, page = confirm_code(secrets.choice), work.config.delivery.page_address
    header = replace(letter.header, confirm=f"{page.rstrip('/')}/{code}") if page else letter.header
    letter = replace(letter, header=header)
    whom = _called(letter, owed, target.address)
    enclosed = _enclosures(work, scope, letter, channel.forms)
    direct = work.config.direct.get(scope.practice_id) if channel.name == "direct" else None
    loop = message_of(letter, direct.oid if direct else None, key, now)
    enclosed += (loop,) if loop is not None else ()
    sending = _sending(key, target, letter, owed, enclosed, now, whom)
    row = _frozen(work, scope, channel, owed, target, sending, by, is_urgent=urgent)
    if page:
        row.confirm, row.confirm_until = confirm_digest(web_key(work.config).value, code), now + OPEN_FOR
    return row


def pack_status(work: Work, scope: Scope, channel: Channel, owed: Obligation, target: Target, by: str) -> DeliveryRow:
    """Word that a request was accepted or declined, as a letter is packed; nobody is asked to confirm it."""
    now, key = work.clock(), target.key(scope, owed.id)
    try:
        with work.db.read() as session:
            about, message = status_of_request(work, session, scope, owed, key, now)
    except UsageError as problem:
        raise NotPlanned(str(problem)) from problem
    about = replace(about, recipient_name=target.address.name)
    sending = Sending(key, target.address.to, short_code(about.document), now, about, (message,))
    return _frozen(work, scope, channel, owed, target, sending, by, is_urgent=False)


def _frozen(
    work: Work,
    scope: Scope,
    channel: Channel,
    owed: Obligation,
    target: Target,
    sending: Sending,
    by: str,
    *,
    is_urgent: bool,
) -> DeliveryRow:
    """The delivery with its finished message, and sealed."""
    try:
        content = channel.pack(sending)
    except SendError as problem:
        raise NotPlanned(str(problem)) from problem
    now, key, enclosed = sending.at, sending.delivery, sending.enclosures
    zone = zone_of(work.config, scope.practice_id)
    row = DeliveryRow(
        practice_id=scope.practice_id,
        id=key,
        obligation=owed.id,
        ehr=owed.ehr,
        letter=target.letter,
        purpose=target.purpose,
        address=target.address.id,
        referrer=target.address.referrer,
        name=sending.about.recipient_name or target.address.name,
        channel=channel.name,
        to=target.address.to,
        urgent=is_urgent,
        code=sending.code,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        enclosed=[
            {"form": one.form, "name": one.name, "sha256": hashlib.sha256(one.content).hexdigest()} for one in enclosed
        ],
        state=PLANNED,
        planned_by=by,
        planned_at=now,
        tries=0,
        try_after=not_before(target.address.entry, now, zone, is_urgent=is_urgent),
    )
    row.seal = seal_of(web_key(work.config).value, row)
    return row


def _enclosures(work: Work, scope: Scope, letter: Letter, forms: Sequence[str]) -> tuple[Enclosure, ...]:
    """The files of a letter in the forms that a channel carries; one that does not fit the letter is left out."""
    look, found = look_of(work.config, scope, letter.header.author), []
    for name in forms:
        form = FORMS[name]
        for kind in kinds_of(letter, form):
            content = form.make(letter, kind, look)
            found.append(Enclosure(name, f"{name_of_file(letter, kind)}{form.suffix}", form.media_type, content))
    return tuple(found)


def _called(letter: Letter, owed: Obligation, address: AddressRow) -> str:
    """Who gets it, as the letter itself calls them: the address book may spell the same clinician in another way."""
    return letter.header.recipient.name if address.referrer == owed.referrer_key else address.name


def _sending(
    key: str,
    target: Target,
    letter: Letter,
    owed: Obligation,
    enclosed: tuple[Enclosure, ...],
    now: datetime,
    whom: str,
) -> Sending:
    about = about_of(letter, owed, whom)
    return Sending(key, target.address.to, letter.header.code, now, about, enclosed)


def about_of(letter: Letter, owed: Obligation, name: str) -> About:
    """What a letter is about; ``name``: of whoever gets it."""
    header, kind = letter.header, letter.kind
    return About(
        document=header.document,
        title=letter.title,
        loinc=kind.loinc,
        display=kind.display,
        patient=owed.patient,
        signed_at=header.at,
        visit=owed.visit,
        visit_end=header.seen.end,
        ehr=owed.ehr,
        referral=owed.referral,
        author=owed.author,
        recipient=header.recipient.key,
        recipient_name=name,
    )
