"""What changed between how one person stands and what the rules say now, as rows to write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from loopclose.domain.directory import Directory
from loopclose.flows.judging import rows
from loopclose.flows.judging.current_state import Row
from loopclose.flows.judging.obligations import Obligations
from loopclose.flows.judging.writes import Reconciliation, Writes
from loopclose.flows.site import Site
from loopclose.store.base import mine, table_of
from loopclose.store.loop import AppointmentRow, LinkRow, ReferralRow, VisitRow
from loopclose.store.people import User
from loopclose.store.resources import Resource
from loopclose.store.unmapped import UnmappedCode

REFERRAL, VISIT, APPOINTMENT = table_of(ReferralRow), table_of(VisitRow), table_of(AppointmentRow)
LINK, RESOURCE, UNMAPPED = table_of(LinkRow), table_of(Resource), table_of(UnmappedCode)


def reconcile(
    site: Site, directory: Directory, users: Mapping[str, str], case: Reconciliation, writes: Writes, now: datetime
) -> None:
    """Add one person's differences to ``writes``; where the same judgement was written before there are none.

    ``users``: e-mail by ``Practitioner/id``.
    """
    _loop(site, directory, case, writes)
    Obligations(site, case, writes, users, now).write()
    _dispositions(site, case, writes)


def _loop(site: Site, directory: Directory, case: Reconciliation, writes: Writes) -> None:
    judgement, current = case.judgement, case.current
    _differences(
        writes,
        REFERRAL,
        current.referrals,
        {one.id: rows.referral_row(site, case.person, one) for one in (*judgement.referrals, *judgement.undecided)},
    )
    _differences(
        writes,
        VISIT,
        current.visits,
        {
            one.id: rows.visit_row(
                site,
                case.person,
                one,
                judgement.outcomes[one.id],
                bool(current.visits.get(one.id, {}).get("promoted")),
            )
            for one in judgement.visits
        },
    )
    _differences(
        writes,
        APPOINTMENT,
        current.appointments,
        {one.key: rows.appointment_row(site, case.person, one, directory) for one in case.chart.appointments},
    )
    _differences(
        writes,
        UNMAPPED,
        current.unmapped,
        {
            rows.unmapped_key(one.resource, one.element): rows.unmapped_row(site, case.person, one)
            for one in judgement.unmapped
        },
    )
    for visit, verdict in judgement.verdicts.items():
        old = current.links.get(visit)
        new = rows.link_row(site, visit, old["no"] + 1 if old else 1, verdict)
        if old is None or any(old[name] != new[name] for name in new if name != "no"):
            if old is not None:
                key = {name: old[name] for name in ("practice_id", "ehr", "visit", "no")}
                writes.updates.append((LINK, key, {"current": False}))
            writes.upserts[LINK].append(new)


def _differences(writes: Writes, table: Table, before: Mapping[str, Row], after: Mapping[str, Row]) -> None:
    if after:
        writes.upserts[table] += [row for key, row in after.items() if before.get(key) != row]
    for key, row in before.items():
        if key not in after:
            writes.deletes[table].append({column.name: row[column.name] for column in table.primary_key})


def users_by_reference(session: Session, site: Site, directory: Directory) -> dict[str, str]:
    """E-mail by ``Practitioner/id``: users name a reference, or an NPI."""
    users = session.scalars(
        select(User).where(mine(User, site.scope), User.disabled.is_(False), User.reference.is_not(None))
    )
    found: dict[str, str] = {}
    for user in users:
        known = user.reference or ""
        found.update(dict.fromkeys([known] if "/" in known else directory.with_npi(known), user.email))
    return found


def _dispositions(site: Site, case: Reconciliation, writes: Writes) -> None:
    """Requests and encounters whose admission changed with time, people or codes."""
    for admissions in (case.judgement.requests, case.judgement.encounters):
        for key, admission in admissions.items():
            disposition, reason = admission.kept_as
            if case.kept_as.get(key, (None, None)) != (disposition, reason):
                kind, fhir_id = key.split("/", 1)
                key_of = {"practice_id": site.scope.practice_id, "ehr": site.ehr, "type": kind, "fhir_id": fhir_id}
                values = {"disposition": disposition, "reason": reason, "detail": admission.because}
                writes.updates.append((RESOURCE, key_of, values))
