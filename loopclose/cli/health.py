"""Looking at every part: what is well, what is not, and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fhir_adapters.errors import FhirError
from loopclose.flows.site import client_of, sites
from loopclose.flows.work import Work
from loopclose.store import runs
from loopclose.store.alerts import authors, unsent, users_by_role
from loopclose.store.quarantine import in_quarantine
from loopclose.store.worklist import authors as writers

STALE = timedelta(hours=4)


def examine(work: Work) -> list[dict[str, Any]]:
    """``{part, ok, says}`` of database, EHRs, mail, users and quarantine."""
    found = [_part("database", True, f"{work.db.engine.dialect.name}, schema up to date")]
    for site in sites(work.config):
        with client_of(site) as client:
            try:
                name = client.capabilities().software or "unnamed software"
                found.append(_part(f"ehr.{site.ehr}", True, f"answers ({name}), vendor {client.vendor.name}"))
            except FhirError as problem:
                found.append(_part(f"ehr.{site.ehr}", False, str(problem)))
        with work.db.read() as session:
            run = runs.last_run(session, site.scope, site.ehr)
        fresh = run is not None and run.finished_at is not None and work.clock() - run.finished_at < STALE
        says = f"last complete {run.finished_at:%Y-%m-%d %H:%M} UTC" if run and run.finished_at else "never complete"
        found.append(_part(f"sync of {site.ehr}", fresh, says if fresh else f"{says}: run loopclose sync"))
        if site.practice.takes_all:
            says = "organizations and clinicians are empty: every visit counts as ours"
            found.append(_part(f"practice.{site.scope.practice_id}", True, says))
    mail = work.config.mail is not None or work.config.web.mail_folder is not None
    found.append(_part("mail", mail, "configured" if mail else "there is no [mail]: alerts will fail"))
    for scope in work.scopes():
        found += _people(work, scope)
    return found


def _people(work: Work, scope: Any) -> list[dict[str, Any]]:
    with work.db.read() as session:
        roles, known, writing = users_by_role(session, scope), authors(session, scope), writers(session, scope)
        held, waiting = in_quarantine(session, scope), unsent(session, scope)
    missing = [role for role in ("coordinator", "lead", "manager") if role not in roles]
    found = [
        _part(
            "roles",
            not missing,
            "every role has a user"
            if not missing
            else f"no user has the role {', '.join(missing)}: add one with loopclose user add",
        )
    ]
    without = [name for key, name in writing if key not in known]
    found.append(
        _part(
            "authors",
            True,
            "every author has an account"
            if not without
            else f"without an account, told through the coordinator: {', '.join(without)}",
        )
    )
    found.append(_part("quarantine", True, f"{len(held)} resources"))
    found.append(_part("unsent mails", not waiting, f"{len(waiting)}"))
    return found


def _part(part: str, ok: bool, says: str) -> dict[str, Any]:
    return {"part": part, "ok": ok, "says": says}
