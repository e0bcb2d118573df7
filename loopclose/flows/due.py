"""What is due when: sync each quarter of an hour while open and before the night, the night run, the hourly seal; and
whoever an EHR told of, within a minute or so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from loopclose.domain.practice import Practice
from loopclose.store.events import Calling

EVERY, SEAL_EVERY, POST_EVERY = timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=5)
DELIVER_EVERY = timedelta(minutes=1)
TOLD_EVERY, SOONER = timedelta(minutes=1), timedelta(minutes=5)
"""How soon after the last reading whoever an EHR named is read, and how soon a sync follows the last one where the EHR
said no more than that something changed."""
PATIENCE = timedelta(minutes=30)
"""How long a night waits for its reading; then the mails say how old the chart is."""
NOTHING_TOLD = Calling(by_name=False, of_all=False)


@dataclass(frozen=True)
class Job:
    """``sync`` of an EHR, or ``events``, what it told; ``tell`` (what falls due before the next night), ``night``,
    ``mails``, ``deliver`` (letters) or ``seal`` of a practice.
    """

    kind: str
    of: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.of}"


@dataclass(frozen=True)
class Last:
    """When a job was last begun, and when it last ended; the end is the earlier one while it runs."""

    begun: datetime
    ended: datetime | None = None
    failed: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the last run has ended, well or not."""
        return self.ended is not None and self.ended >= self.begun


def due(
    practice: Practice,
    ehrs: Sequence[str],
    night: time,
    last: Mapping[Job, Last],
    now: datetime,
    called_at: datetime | None = None,
    told: Mapping[str, Calling] = MappingProxyType({}),
    *,
    delivers: bool = False,
) -> list[Job]:
    """What is to be done for a practice at ``now``, in that order, in whichever lane.

    ``told``: by EHR, what it told that nobody tried to read yet. ``delivers``: whether letters can leave from here.

    ``called_at`` is when the night was first seen to be called for: it waits until each EHR was read since the hour of
    the night, well or not, and for ``PATIENCE`` at most. A night that was missed, because the machine slept, is made
    good once, however many were.
    """

    def is_over(job: Job, every: timedelta) -> bool:
        return job not in last or now - last[job].begun >= every

    def wait_of(job: Job) -> timedelta:
        return EVERY if job in last and last[job].failed else TOLD_EVERY

    syncs, tell, at_night = [Job("sync", ehr) for ehr in ehrs], Job("tell", practice.id), Job("night", practice.id)
    hour, called = night_hour(practice, night, now), is_called_for(practice, night, last, now)
    is_open, found = practice.calendar.is_open(now), []
    for job in syncs:
        unread = called and (job not in last or last[job].begun < hour)
        calling = told.get(job.of, NOTHING_TOLD)
        if unread or (is_open and is_over(job, SOONER if calling.of_all else EVERY)):
            found.append(job)
        elif calling.by_name and job in last:  # until the first sync there is nobody to be read anew
            named = Job("events", job.of)
            found += [named] if is_over(named, wait_of(named)) and is_over(job, TOLD_EVERY) else []
    read = [last[job].ended for job in syncs if job in last and last[job].is_over]
    if is_open and any(ended and (tell not in last or last[tell].begun < ended) for ended in read):
        found.append(tell)
    if delivers and is_over(Job("deliver", practice.id), DELIVER_EVERY):
        found.append(Job("deliver", practice.id))
    if is_over(Job("seal", practice.id), SEAL_EVERY):
        found.append(Job("seal", practice.id))
    ready = all(job in last and last[job].begun >= hour and last[job].is_over for job in syncs)
    if called and (ready or (called_at is not None and now - called_at >= PATIENCE)):
        found.append(at_night)
    elif is_over(Job("mails", practice.id), POST_EVERY):
        found.append(Job("mails", practice.id))
    return found


def is_called_for(practice: Practice, night: time, last: Mapping[Job, Last], now: datetime) -> bool:
    """Whether the hour of the night has come since the last night run began, or that one failed or was broken off.

    Running it again adds nothing to what was told, so it is tried again rather than nobody told until the next.
    """
    before = last.get(Job("night", practice.id))
    if before is None or before.begun < night_hour(practice, night, now):
        return True
    if before.is_over:
        return before.failed and now - before.begun >= EVERY
    return now - before.begun >= PATIENCE


def night_hour(practice: Practice, night: time, now: datetime) -> datetime:
    """The newest hour of the night that has come."""
    day = practice.calendar.day_of(now)
    today = datetime.combine(day, night, tzinfo=practice.zone).astimezone(UTC)
    if today <= now:
        return today
    return datetime.combine(day - timedelta(days=1), night, tzinfo=practice.zone).astimezone(UTC)


def until_night(practice: Practice, night: time, now: datetime) -> timedelta:
    """How long it is to the next night run."""
    local = now.astimezone(practice.zone)
    at = datetime.combine(local.date(), night, tzinfo=practice.zone)
    return (at if at > local else at + timedelta(days=1)).astimezone(UTC) - now  # not by the clock on the wall
