"""Reading the worklist from a bulk export: begun, waited for, and taken file by file.

How far it is is written down at each step, so that a sync that was killed goes on with the same export. A file that was
begun is begun again: to take something twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fhir_adapters.bulk.begin import begin, cancel
from fhir_adapters.bulk.places import Places
from fhir_adapters.bulk.problems import Expired, NotYet, Ruined
from fhir_adapters.bulk.status import Manifest, ask_status
from fhir_adapters.bulk.waiting import Waiting
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import Failed, OneRequest
from loopclose.flows.reading.bulk_files import ExportFiles
from loopclose.flows.reading.bulk_order import Wanted, wanted
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.worklist import Progress
from loopclose.store import runs
from loopclose.store.exports import ExportRow, newest_export, note_export, note_progress, note_taken

RESTARTS = 2
"""How often one run begins an export again that ran out before it was read."""
WAITED_AT_MOST = 20 * 60.0
"""Seconds that one run waits for an export; the next one goes on. A night waits for its reading somewhat longer."""
GIVEN_UP_AFTER = timedelta(hours=48)
"""How long an export may be in the making."""
REFUSED_FOR = timedelta(hours=1)
"""How long none is asked for after one was refused, where the EHR does not say."""
A_WHILE = 20.0
"""Seconds of waiting after which it is looked whether this run is still wanted."""
Marks = dict[tuple[str, str], datetime]


def read_export(intake: Intake, capabilities: Capabilities, progress: Progress) -> Marks:
    """Take what the newest export holds, and begin one where it is time; gives the marks to move once all is judged.

    What the EHR will not export, or not whole, makes the run incomplete: every run until the next export says so.
    """
    try:
        asked = wanted(intake.site, intake.types, intake.client.vendor.export)
        return ExportReader(intake, asked, progress, ExportFiles(intake, capabilities, asked.types, progress)).read()
    except OneRequest as problem:
        intake.incomplete.append(problem.set_aside())
        return {}


@dataclass
class ExportReader:
    """The export of one EHR in one run."""

    intake: Intake
    wanted: Wanted
    progress: Progress
    files: ExportFiles
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        settings = self.intake.site.settings
        self.places = self.files.places = Places(settings.base_url, settings.bulk_hosts)

    def read(self) -> Marks:
        """See ``read_export``."""
        row, now = self._row(), self.intake.clock()
        if row is not None and row.status_url is not None and self._is_over(row, now):
            row = self._given_up(row)
        if row is None or (row.status_url is None and self.wanted.is_due(row, now)):
            row = self._begun(row)
        for restarts_left in range(RESTARTS, -1, -1):
            if row.status_url is None:
                break
            try:
                self._take(row, row.status_url)
            except NotYet as problem:
                return self._not_yet(row, problem)
            except Ruined as problem:
                self._put_off(problem)
                raise
            except Expired as problem:
                self._put_off(problem)
                if not restarts_left:
                    raise Failed(f"{problem} It was begun {RESTARTS + 1} times.") from problem
                self._begun(row)
            row = self._kept()
        if row.problem is not None:
            raise Failed(row.problem)
        return {(kind, self.wanted.source): row.up_to for kind in row.types} if row.up_to is not None else {}

    def _is_over(self, row: ExportRow, now: datetime) -> bool:
        """Whether an export under way is of no use any more: another is wanted, or it took too long."""
        has_run_out = row.expires_at is not None and row.expires_at <= now
        return row.of != self.wanted.of or has_run_out or now - row.began_at > GIVEN_UP_AFTER

    def _given_up(self, row: ExportRow) -> ExportRow | None:
        cancel(self.intake.client.wire, row.status_url or "")
        if row.of == self.wanted.of and row.expires_at is None:
            hours = GIVEN_UP_AFTER // timedelta(hours=1)
            self.intake.incomplete.append(
                Failed(f"The EHR did not make its export in {hours} hours; another is begun.")
            )
        return None

    def _begun(self, before: ExportRow | None) -> ExportRow:
        """Ask for an export; a refusal is kept, so that the EHR is not asked by every sync."""
        scope, ehr, now = self.intake.site.scope, self.intake.site.ehr, self.intake.clock()
        whole_at = before.whole_at if before is not None and before.of == self.wanted.of else None
        with self.intake.db.read() as session:
            marks = {one: runs.watermark(session, scope, ehr, one, self.wanted.source) for one in self.wanted.types}
        since = self.wanted.since(marks, whole_at, now)
        row = {"of": self.wanted.of, "types": [*self.wanted.types], "began_at": now, "whole_at": whole_at}
        row |= {"up_to": None, "expires_at": None, "done": [], "whole": since is None}
        try:
            begun = begin(self.intake.client.wire, self.places, self.wanted.order(since))
        except OneRequest as problem:
            wait = timedelta(seconds=problem.wait or 0) if isinstance(problem, NotYet) else REFUSED_FOR
            row |= {"status_url": None, "ask_at": now + max(wait, REFUSED_FOR), "problem": str(problem)}
        else:
            row |= {"status_url": begun.status_url, "ask_at": self._later(begun.wait), "problem": None}
            row["whole"] = since is None or (begun.order.since is None)
        with self.intake.db.write() as session:
            note_export(session, scope, ehr, **row)
        return self._kept()

    def _take(self, row: ExportRow, status_url: str) -> None:
        """Wait for it and take what is not taken yet; written down as it goes on."""
        manifest = self._made(row, status_url)
        up_to = row.up_to or manifest.up_to
        self._note(up_to=up_to, expires_at=manifest.expires)
        if up_to is None:
            self.intake.client.warn("Its exports do not say up to when they go, so each one is whole.")
        done = {*row.done}
        for name in self.files.of_interest(manifest):
            if name not in done:
                manifest = self.files.take(manifest, name, lambda: ask_status(self.intake.client.wire, status_url))
                with self.intake.db.write() as session:
                    note_taken(session, self.intake.site.scope, self.intake.site.ehr, name, self._problem(row))
        self.files.take_beside(manifest)
        cancel(self.intake.client.wire, status_url)
        problem = self._problem(row)
        whole_at = row.began_at if row.whole and problem is None else row.whole_at
        self._note(status_url=None, ask_at=None, problem=problem, whole_at=whole_at)

    def _problem(self, row: ExportRow) -> str | None:
        """Why it is not whole, as an earlier run found, or this one."""
        return row.problem or next(iter(self.files.problems), None)

    def _made(self, row: ExportRow, status_url: str) -> Manifest:
        now = self.intake.clock()
        first = (row.ask_at - now).total_seconds() if row.ask_at is not None else 0.0

        def note(wait: float, words: str) -> None:
            self._note(ask_at=self._later(wait))
            self.progress(f"export: {words}" if words else "export", 0, None)

        waiting = Waiting(lambda: ask_status(self.intake.client.wire, status_url), self._pause, note)
        return waiting.until_done(max(first, 0.0), WAITED_AT_MOST)

    def _pause(self, seconds: float) -> None:
        while seconds > 0:
            part = min(seconds, A_WHILE)
            self.intake.client.wire.pause(part)
            seconds -= part
            self.progress("export", 0, None)

    def _not_yet(self, row: ExportRow, problem: NotYet) -> Marks:
        """An export in the making is as if it were not begun yet, unless it is the first one."""
        if row.whole_at is None:
            raise problem
        self.intake.client.warn(str(problem))
        return {}

    def _put_off(self, problem: OneRequest) -> None:
        self._note(status_url=None, ask_at=self.intake.clock() + REFUSED_FOR, problem=str(problem))

    def _later(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self.intake.clock() + timedelta(seconds=min(seconds, 7 * 86_400.0))

    def _row(self) -> ExportRow | None:
        with self.intake.db.read() as session:
            return newest_export(session, self.intake.site.scope, self.intake.site.ehr)

    def _kept(self) -> ExportRow:
        row = self._row()
        assert row is not None
        return row

    def _note(self, **values: object) -> None:
        with self.intake.db.write() as session:
            note_progress(session, self.intake.site.scope, self.intake.site.ehr, **values)
