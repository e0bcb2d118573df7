"""Checks of one practice that the database and the configuration answer at once. One more is one more function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from loopclose.domain.code_elements import ELEMENTS
from loopclose.domain.dates import utc_words
from loopclose.domain.roles import ROLES
from loopclose.errors import DONE, QUARANTINE, TEMPORARY, USAGE
from loopclose.flows.health import scheduler
from loopclose.flows.health.check import Check, Look
from loopclose.flows.health.ladder import roles
from loopclose.flows.health.last_night import last_night
from loopclose.flows.health.letters import filings, letters, mailbox
from loopclose.flows.health.mail_checks import MAIL_CHECKS
from loopclose.flows.health.sentences import not_read_words
from loopclose.flows.health.signed_letters import signed_letters
from loopclose.flows.health.told import told
from loopclose.flows.papers.asking import UNCLAIMED
from loopclose.flows.reading.ways import counted_in
from loopclose.flows.site import practice_of, zone_of
from loopclose.store import alerts, jobs, requests, returns, runs, unmapped, users, worklist
from loopclose.store.unread import unread
from loopclose.store.verdicts import waiting


def synced(look: Look) -> Iterator[Check]:
    """Whether every EHR was read at the newest attempt, and lately."""
    zone = zone_of(look.config, look.scope.practice_id)
    for one in look.readings:
        says = f"last complete {utc_words(one.at)}" if one.at else "never complete"
        to_do = "run loopclose sync" if one.stale else None
        if one.failing is not None:
            says, to_do = not_read_words(one, look.now, zone, in_full=True), "look into the EHR; every sync tries again"
        bad = one.stale or one.failing is not None
        yield Check(one.check, "EHRs", says, to_do, TEMPORARY if bad else DONE)


def not_read(look: Look) -> Iterator[Check]:
    """Which patients could not be read whole, each with the reason; by id alone."""
    for one in look.readings:
        rows = unread(look.session, look.scope, one.ehr)
        for row in rows:
            says = f"{row.patient} is not read whole since {utc_words(row.since)}: {row.reason.rstrip('.')}"
            yield Check(f"unread in {one.ehr}", "EHRs", says, "look into the EHR; every sync tries again", QUARANTINE)
        if not rows:
            yield Check(f"unread in {one.ehr}", "EHRs", "every patient was read whole")


def judged(look: Look) -> Iterator[Check]:
    """Whether everything admitted has a person and a verdict: what waits now, and what the last sync found without.

    ``doctor`` counts both sides of everything against each other.
    """
    for one in look.readings:
        missing = (one.run.counts or {}).get("without_verdict") if one.run else None
        missing = waiting(look.session, look.scope, one.ehr) or missing
        says = ", ".join(f"{count} {kind}" for kind, count in (missing or {}).items())
        name = f"verdicts of {one.ehr}"
        if missing:
            yield Check(name, "EHRs", f"admitted without a verdict: {says}", "run loopclose sync", TEMPORARY)
        else:
            yield Check(name, "EHRs", "everything admitted is judged")


def peculiar(look: Look) -> Iterator[Check]:
    """What the newest sync met of an EHR that one should know."""
    for one in look.readings:
        run = runs.newest_run(look.session, look.scope, one.ehr)
        for words in (run.counts or {}).get("warnings", ()) if run else ():
            yield Check(f"note on {one.ehr}", "EHRs", words[:1].lower() + words[1:].rstrip("."))


def found_by(look: Look) -> Iterator[Check]:
    """By which searches an EHR's visits are found, where that was tried out, and what the others came to."""
    for one in look.readings:
        row = runs.ehr_row(look.session, look.scope, one.ehr)
        if row is None or row.worklist is None or look.config.ehr[one.ehr].sources:
            continue
        at = utc_words(datetime.fromisoformat(row.worklist["tried_at"]))
        sources, because = " and ".join(row.worklist["sources"]), "; ".join(row.worklist["because"])
        yield Check(f"visits of {one.ehr}", "EHRs", f"found by {sources}, as tried out {at} ({because})")


def both_sides(look: Look) -> Iterator[Check]:
    """How many referrals and visits each EHR says that it lists, and how many are kept, as they were last counted."""
    for one in look.readings:
        row = runs.ehr_row(look.session, look.scope, one.ehr)
        kept = (row.keeping_up if row else None) or {}
        counted = counted_in(kept)
        if counted:
            each = ", ".join(f"{kind} {both.there:,} listed, {both.kept:,} kept" for kind, both in counted.items())
            at = utc_words(datetime.fromisoformat(kept["counted_at"]))
            yield Check(f"count of {one.ehr}", "EHRs", f"{each}, as counted {at}")


def asked(look: Look) -> Iterator[Check]:
    """How often each EHR was asked today, and why."""
    zone = zone_of(look.config, look.scope.practice_id)
    for one in look.readings:
        made = requests.counted(look.session, look.scope, one.ehr, look.now.astimezone(zone).date())
        most = look.config.ehr[one.ehr].requests_per_day
        why = ", ".join(f"{reason} {number:,}" for reason, number in made.items())
        says = f"{sum(made.values()):,}{f' of {most:,}' if most else ''} today{f' ({why})' if why else ''}"
        yield Check(f"requests to {one.ehr}", "EHRs", says)


def takes_all(look: Look) -> Iterator[Check]:
    """Whether the practice says which visits are its own."""
    name = look.scope.practice_id
    if practice_of(look.config, name).takes_all:
        says = "organizations and clinicians are empty: every visit counts as ours"
        yield Check(f"practice.{name}", "EHRs", says)


def unknown_roles(look: Look) -> Iterator[Check]:
    """Whether everybody who signs in has a role that lets them do something."""
    lost = ", ".join(one.email for one in users.of_practice(look.session, look.scope) if one.role not in ROLES)
    if lost:
        says = f"the role of {lost} is none that Loopclose knows, so they can do nothing"
        yield Check("unknown roles", "People", says, "give one with loopclose user add", USAGE)
    else:
        yield Check("unknown roles", "People", "everybody's role is known")


def authors(look: Look) -> Iterator[Check]:
    """Whether whoever writes reports can be told."""
    known = alerts.authors(look.session, look.scope)
    without = ", ".join(name for key, name in worklist.author_references(look.session, look.scope) if key not in known)
    if without:
        says = f"authors without an account, told through the coordinator ({without})"
        yield Check("authors", "People", says, "add them with loopclose user add --reference")
    else:
        yield Check("authors", "People", "every author has an account")


def waiting_drafts(look: Look) -> Iterator[Check]:
    """Whether somebody drafts what is asked for."""
    since = jobs.oldest_waiting(look.session, look.scope, jobs.DRAFT)
    if since is not None and look.now - since > UNCLAIMED:
        says = f"one that was asked for at {utc_words(since)} still waits"
        yield Check("drafts", "Drafts", says, "run loopclose serve or loopclose worker", TEMPORARY)
    else:
        yield Check("drafts", "Drafts", "none waits")


def quarantine(look: Look) -> Iterator[Check]:
    """How much could not be read safely."""
    count = len(look.held)
    says = "1 resource" if count == 1 else f"{count} resources"
    yield Check("quarantine", "Quarantine", says, "see why with loopclose quarantine" if count else None)


def codes(look: Look) -> Iterator[Check]:
    """Whether every code is in a map, or was explained: first those for which somebody is asked each time."""
    unknown = [one for one in unmapped.unmapped(look.session, look.scope) if one["meaning"] is None]
    asked = [one for one in unknown if ELEMENTS[one["element"]].asks]
    many = "1 unmapped code" if len(asked) == 1 else f"{len(asked)} unmapped codes"
    says = f"{many}, such as {asked[0]['code']}" if asked else "every code that somebody is asked for is known"
    more = len(unknown) - len(asked)
    says += f"; {more} more {'is' if more == 1 else 'are'} taken as {'it comes' if more == 1 else 'they come'}" * bool(
        more
    )
    yield Check("codes", "EHRs", says, "say on the page Codes what they mean" if asked else None)


def return_dates(look: Look) -> Iterator[Check]:
    """Of how many reports that are not sent yet it is known when the patient is back with the referrer."""
    known = returns.share(look.session, look.scope)
    if known.reports:
        says = f"when the patient is back is known for {known.known} of {known.reports} reports not sent yet"
        yield Check("return dates", "Reports", says)


CHECKS: tuple[Callable[[Look], Iterable[Check]], ...] = (
    synced,
    not_read,
    judged,
    peculiar,
    found_by,
    both_sides,
    told,
    asked,
    takes_all,
    roles,
    unknown_roles,
    authors,
    *MAIL_CHECKS,
    last_night,
    waiting_drafts,
    quarantine,
    codes,
    return_dates,
    signed_letters,
    letters,
    filings,
    mailbox,
    scheduler.jobs,
)
