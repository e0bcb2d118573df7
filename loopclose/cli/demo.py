"""The demo: four made-up EHRs, one sync, one night, the screens with three links, and a referrer's mailbox."""

from __future__ import annotations

import socket
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click

from loopclose.cli.serving import run
from loopclose.clock import system_clock
from loopclose.config.loading import parse
from loopclose.domain.roles import CLINICIAN, COORDINATOR, MANAGER
from loopclose.domain.states import BY_LOOPCLOSE
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.asking import asking
from loopclose.flows.delivery.said import add_address, check_address
from loopclose.flows.jobs import run_night, sync_site
from loopclose.flows.papers.draft import draft as make_draft
from loopclose.flows.sign_in import make_link
from loopclose.flows.site import practice_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.office import Office
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve as serve_ehr
from loopclose.sandbox.settings import write_roster
from loopclose.sandbox.styles import STYLES
from loopclose.sandbox.vendors import VENDORS
from loopclose.store.base import Scope
from loopclose.store.upgrade import open_database
from loopclose.store.worklist import most_pressing_to_write, referrers
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Days

PEOPLE = (
    Account("heart@demo.example", "clinician", "Hana Heart Sample", "Practitioner/heart"),
    Account("beat@demo.example", "clinician", "Ben Beat Sample", "Practitioner/beat"),
    Account("vessel@demo.example", "clinician", "Vera Vessel Sample", "Practitioner/vessel"),
    Account("coordinator@demo.example", "coordinator", "Cora Coordinator Sample"),
    Account("lead@demo.example", "lead", "Leo Lead Sample"),
    Account("manager@demo.example", "manager", "Mona Manager Sample"),
)
PRACTICE = "harbor"
PASSWORD = "a made-up password"  # noqa: S105  everybody may know it
"""Of everybody: who signs a letter shows by it that it is they."""
BOOK_KEEPER = "coordinator@demo.example"
"""Who checked the addresses of the referrers."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8020, show_default=True)
@click.option("--size", type=click.IntRange(5), default=25, show_default=True, help="Referrals in each EHR.")
@click.option("--style", "styles", type=click.Choice(STYLES), multiple=True, help="Only these styles.")
def demo(port: int, size: int, styles: tuple[str, ...]) -> None:
    """Show the whole line on made-up data, until interrupted. Epic's and Oracle's styles refuse what those do."""
    now = datetime.now(UTC)
    folder = Path(tempfile.mkdtemp(prefix="loopclose-demo-"))
    port = port if _is_free(port) else 0 if port == 0 else _free_port()
    boxes = {style: signable(generate(style, size, no, now)) for no, style in enumerate(styles or STYLES, start=1)}
    servers = {style: serve_ehr(box, strict=True) for style, box in boxes.items()}
    for style, box in boxes.items():
        write_roster(box, folder / f"{style}.csv")
    ehrs = {style: one.base_url for style, one in servers.items()}
    config = parse(tomllib.loads(_config(boxes, ehrs, folder, port, _free_port())))
    work = Work(config, open_database(config.database.url), system_clock)
    scope = Scope(PRACTICE)
    for account in PEOPLE:
        add_user(work.db, scope, account, PASSWORD)
    for site in sites(config):
        counts = sync_site(work, site).counts
        click.echo(f"Read the {site.ehr} EHR: {counts['fetched']} resources, {counts['quarantined']} in quarantine.")
    fill_book(work, scope)
    told = run_night(work, scope)
    click.echo(
        f"Night run: {told.examined} waiting, {told.late} late, {told.messages_sent} mails (in {folder / 'mails'})."
    )
    click.echo("Drafting what is most pressing of each clinician.")
    draft_ahead(work, scope)
    paths = links(work, scope)
    with Office(folder / "mails") as office:
        run(work, lambda address: click.echo(words(address, paths, office.address)))


def signable(box: Sandbox) -> Sandbox:
    """The same EHR, which does not say how far an unfinished note is: a letter that quotes one can be signed here."""
    for one in box.resources:
        if one["resourceType"] == "DocumentReference" and one.get("docStatus") == "preliminary":
            del one["docStatus"]
    return box


def fill_book(work: Work, scope: Scope) -> None:
    """An address for Direct messages of every referrer to whom a report is owed, as if the office had said it."""
    with work.db.read() as session:
        known = referrers(session, scope)
    for no, (key, name) in enumerate(known, start=1):
        given = {"referrer": key, "name": name, "channel": "direct", "to": f"office-{no}@direct.demo.example"}
        check_address(work, scope, add_address(work, scope, given, BOOK_KEEPER), BOOK_KEEPER)


def draft_ahead(work: Work, scope: Scope) -> None:
    """Draft the most pressing report of every clinician, so that there is one to read."""
    for account in PEOPLE:
        item = _to_write(work, scope, account.email)
        if item is None or account.role != CLINICIAN or item.obligation.state != "owed":
            continue
        site = work.site_of(scope.practice_id, item.obligation.ehr)
        with asking(work.db, site, "draft") as client:
            make_draft(work.db, work.clock, site, client, item.obligation.id, BY_LOOPCLOSE)


def links(work: Work, scope: Scope) -> dict[str, str]:
    """By role: a path that signs one of the made-up people in once; the clinician is one with a report to write."""
    busy = [one.email for one in PEOPLE if _to_write(work, scope, one.email)]
    found = {}
    for role in (CLINICIAN, COORDINATOR, MANAGER):
        emails = [one.email for one in PEOPLE if one.role == role]
        email = next((one for one in emails if one in busy), emails[0])
        found[role] = f"/sign-in/once/{make_link(work.db, work.clock, scope, email)}"
    return found


def _to_write(work: Work, scope: Scope, email: str) -> Item | None:
    days = Days.of(practice_of(work.config, scope.practice_id).calendar, work.clock())
    with work.db.read() as session:
        return most_pressing_to_write(session, scope, work.clock(), days, email)


def words(address: str, paths: dict[str, str], office: str) -> str:
    """What the demo says once it listens. ``office``: the address of the referrer's mailbox."""
    named = "\n".join(f"  {role:<12} {address}{path}" for role, path in paths.items())
    how = "Open one of these; each signs you in once. To try several at once, take a private window for each."
    then = (
        f"Sign a letter as the clinician (password: {PASSWORD}): within a minute it is in the mailbox of the\n"
        f"referrer's office, {office}, and by the address printed in it the office confirms it."
    )
    return f"\n{how}\n{named}\n{then}\nStop with Ctrl-C."


def _config(boxes: dict[str, Sandbox], addresses: dict[str, str], folder: Path, port: int, page: int) -> str:
    practice = next(iter(boxes.values())).practice
    lines = [
        f"[practice.{PRACTICE}]",
        f'name = "{practice["name"]}"',
        f'timezone = "{practice["timezone"]}"',
        f'holidays = "{practice["holidays"]}"',
        "rehearsal = true",
        f"organizations = {practice['organizations']!r}",
        f"clinicians = {practice['clinicians']!r}",
    ]
    for style, address in addresses.items():
        lines += [f"[ehr.{style}]", f'practice = "{PRACTICE}"', f'base_url = "{address}"']
        if style in VENDORS:  # they answer nothing without a patient
            lines += ['worklist = ["roster"]', f'roster = "{folder}/{style}.csv"']
    lines += [
        "[database]",
        f'url = "sqlite:///{folder}/loopclose.db"',
        "[web]",
        f"port = {port}",
        "session_idle_minutes = 240",  # the links work once, and who comes back signs in by hand
        f'mail_folder = "{folder}/mails"',
        "[delivery]",
        f'page_address = "http://127.0.0.1:{page}"',
        f"page_port = {page}",
    ]
    return "\n".join(lines)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


COMMANDS = (demo,)
