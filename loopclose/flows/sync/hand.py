"""What a process that works beside a sync keeps between its tasks, and the tasks it can be given."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import parent_process
from multiprocessing.queues import SimpleQueue
from typing import TypeVar

from fhir_adapters.client import FhirClient
from fhir_adapters.vendors import Vendor
from loopclose.clock import fixed
from loopclose.flows.site import Site, client_of
from loopclose.flows.sync.intake import Intake
from loopclose.flows.sync.judging import judge_persons
from loopclose.flows.sync.patients import read_records
from loopclose.flows.sync.taken import Taken
from loopclose.flows.sync.worklist import Listed, Page, read_listed
from loopclose.store.engine import Database

Told = tuple[str, int, int | None]
"""How far somebody is: (stage, done, total if known)."""
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Terms:
    """What holds for the tasks of one stage of a run."""

    now: datetime
    vendor: Vendor
    parallel: int
    """Requests that one process may make at once."""
    types: frozenset[str]
    by_patient: frozenset[str]
    new: frozenset[str]
    people: int
    """Another number whenever there is somebody to know whom another process has read."""


class Hand:
    """One process: its connections, and the people it knows."""

    def __init__(self, url: str, site: Site, told: SimpleQueue[Told]) -> None:
        self.db, self.site, self._told = Database(url), site, told
        self._client: FhirClient | None = None
        self._intake: Intake | None = None
        self._people: int | None = None

    def intake(self, terms: Terms) -> Intake:
        """The reading of this run, under the terms of the present stage."""
        if self._intake is None:
            client = client_of(self.site, parallel=terms.parallel, vendor=terms.vendor)
            self._intake = Intake(self.db, fixed(terms.now), self.site, client, terms.types)
        intake = self._intake
        intake.by_patient, intake.new = terms.by_patient, terms.new
        if self._people != terms.people:
            intake.load_people()
            self._people = terms.people
        return intake

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """Say how far this process is."""
        self._told.put((stage, done, total))


def read_worklist(hand: Hand, terms: Terms, task: Listed | Page) -> Taken:
    """Read one search of the worklist, or keep what another process found by one."""
    intake = hand.intake(terms)
    if isinstance(task, Listed):
        return read_listed(intake, task, intake.take, hand.tell)
    intake.take(task)
    return intake.hand_over()


def read_patients(hand: Hand, terms: Terms, patients: Sequence[str]) -> Taken:
    """Read the records of some patients."""
    return read_records(hand.intake(terms), patients)


def judge(hand: Hand, terms: Terms, persons: Sequence[str]) -> None:
    """Judge some persons."""
    judge_persons(hand.db, fixed(terms.now), hand.site, hand.intake(terms).directory(), persons)


_hand: list[Hand] = []


def begin(url: str, site: Site, told: SimpleQueue[Told]) -> None:
    """Make a process ready; it ends with the one that started it, however that ends."""
    _hand[:] = [Hand(url, site, told)]
    collect_seldom()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def collect_seldom() -> None:
    """For a process that syncs: facts and rows come and go by the thousand, hardly ever in a cycle."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def do(task_of: Callable[[Hand, Terms, T], R], terms: Terms, task: T) -> R:
    """Do a task in this process."""
    return task_of(_hand[0], terms, task)


def here() -> None:
    """Nothing: that it was done shows that the process is up."""


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
