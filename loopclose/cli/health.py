"""Looking at every part: what is well, what is not, and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import FhirError, TemporaryError
from fhir_adapters.facts.reading import TYPES
from loopclose.errors import DATABASE, DONE, EHR_REFUSED, QUARANTINE, TEMPORARY, UNSENT, USAGE
from loopclose.flows.reading.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.site import Site, client_of, sites
from loopclose.flows.work import Work
from loopclose.store import runs
from loopclose.store.alerts import authors, unsent, users_by_role
from loopclose.store.audit_log import verify
from loopclose.store.base import Scope
from loopclose.store.quarantine import in_quarantine
from loopclose.store.unread import unread
from loopclose.store.verdicts import without_verdict
from loopclose.store.worklist import authors as writers

STALE = timedelta(hours=4)


def examine(work: Work) -> list[dict[str, Any]]:
    """``{part, ok, says, exit}`` of database, EHRs, mail, users, quarantine and audit.

    ``exit`` is the code that a command would end with for what is wrong there.
    """
    found = [_part("database", DONE, f"{work.db.engine.dialect.name}, schema up to date")]
    for site in sites(work.config):
        with client_of(site) as client:
            try:
                capabilities = client.capabilities()
                name = capabilities.software or "unnamed software"
                found.append(_part(f"ehr.{site.ehr}", DONE, f"answers ({name}), vendor {client.vendor.name}"))
                found.append(_part(f"types of {site.ehr}", DONE, _types(capabilities)))
            except FhirError as problem:
                code = TEMPORARY if isinstance(problem, TemporaryError) else EHR_REFUSED
                found.append(_part(f"ehr.{site.ehr}", code, str(problem)))
        with work.db.read() as session:
            run = runs.last_run(session, site.scope, site.ehr)
        fresh = run is not None and run.finished_at is not None and work.clock() - run.finished_at < STALE
        says = f"last complete {run.finished_at:%Y-%m-%d %H:%M} UTC" if run and run.finished_at else "never complete"
        told = says if fresh else f"{says}: run loopclose sync"
        found.append(_part(f"sync of {site.ehr}", DONE if fresh else TEMPORARY, told))
        found += _reading(work, site)
        if site.practice.takes_all:
            says = "organizations and clinicians are empty: every visit counts as ours"
            found.append(_part(f"practice.{site.scope.practice_id}", DONE, says))
    mail = work.config.mail is not None or work.config.web.mail_folder is not None
    says = "configured" if mail else "there is no [mail]: alerts will fail"
    found.append(_part("mail", DONE if mail else UNSENT, says))
    for scope in work.scopes():
        found += _people(work, scope)
        found.append(_audit(work, scope))
    return found


def _reading(work: Work, site: Site) -> list[dict[str, Any]]:
    """Who could not be read, what was admitted and not judged, and what the EHR does that one should know."""
    with work.db.read() as session:
        not_read = unread(session, site.scope, site.ehr)
        missing = without_verdict(session, site.scope, site.ehr)
        run = runs.newest_run(session, site.scope, site.ehr)
    says = "; ".join(f"{one.patient} since {one.since:%Y-%m-%d %H:%M} UTC: {one.reason}" for one in not_read)
    found = [_part(f"unread in {site.ehr}", QUARANTINE if not_read else DONE, says or "every patient was read whole")]
    without = ", ".join(f"{count} {kind}" for kind, count in missing.items())
    says = f"admitted without a verdict: {without}: run loopclose sync" if without else "everything admitted is judged"
    found.append(_part(f"verdicts of {site.ehr}", TEMPORARY if without else DONE, says))
    for warning in (run.counts or {}).get("warnings", ()) if run else ():
        found.append(_part(f"note on {site.ehr}", DONE, warning))
    return found


def _types(capabilities: Capabilities) -> str:
    """What the server cannot give, or not by patient: evidence of that type will not be seen."""
    wanted = [kind for kind in (*PATIENT_TYPES, *PEOPLE, "Patient") if kind in TYPES]
    absent = [kind for kind in wanted if kind not in capabilities.types]
    blind = [kind for kind in PATIENT_TYPES if kind not in absent and not capabilities.finds_by(kind, "patient")]
    said = [f"not there: {', '.join(absent)}"] if absent else []
    said += [f"not found by patient, so not read: {', '.join(blind)}"] if blind else []
    return "; ".join(said) or "everything that is read is there, and found by patient"


def _audit(work: Work, scope: Scope) -> dict[str, Any]:
    with work.db.read() as session:
        verdict = verify(session, scope)
    if verdict.broken:
        return _part("audit", DATABASE, f"{verdict.broken[0]}: see loopclose audit verify")
    return _part("audit", DONE, f"{verdict.sealed} rows sealed, {verdict.unsealed} not yet")


def _people(work: Work, scope: Scope) -> list[dict[str, Any]]:
    with work.db.read() as session:
        roles, known, writing = users_by_role(session, scope), authors(session, scope), writers(session, scope)
        held, waiting = in_quarantine(session, scope), unsent(session, scope)
    missing = [role for role in ("coordinator", "lead", "manager") if role not in roles]
    found = [
        _part(
            "roles",
            USAGE if missing else DONE,
            "every role has a user"
            if not missing
            else f"no user has the role {', '.join(missing)}: add one with loopclose user add",
        )
    ]
    without = [name for key, name in writing if key not in known]
    found.append(
        _part(
            "authors",
            DONE,
            "every author has an account"
            if not without
            else f"without an account, told through the coordinator: {', '.join(without)}",
        )
    )
    found.append(_part("quarantine", DONE, f"{len(held)} resources"))
    found.append(_part("unsent mails", UNSENT if waiting else DONE, f"{len(waiting)}"))
    return found


def _part(part: str, code: int, says: str) -> dict[str, Any]:
    return {"part": part, "ok": code == DONE, "says": says, "exit": code}
