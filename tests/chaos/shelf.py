"""Versions that go back, and ids that go and come back: what an EHR does that lost a day, or hides some records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from loopclose.sandbox.elements import Json
from loopclose.sandbox.search import Store
from tests.chaos.charts import of_another

Key = tuple[str, str]


def key_of(resource: Json) -> Key:
    """Its type and id."""
    return resource["resourceType"], resource["id"]


@dataclass
class Shelf:
    """What the store does not show, and may show again."""

    store: Store
    dice: Random
    earlier: dict[Key, Json] = field(default_factory=dict)
    """The version before the last, of what was changed."""
    deleted: list[Json] = field(default_factory=list)
    hidden: list[Json] = field(default_factory=list)
    """What is not found any more although nobody deleted it: reads answer 404."""
    restored: set[Key] = field(default_factory=set)
    """What has an older time of its last change than it had: no search by what changed finds it."""

    def note(self, resource: Json) -> None:
        """Keep a version that is about to be changed."""
        self.earlier[key_of(resource)] = resource

    def delete(self, resource: Json) -> None:
        """Delete it for good, or for a while: reads answer 410."""
        self.store.delete(*key_of(resource))
        self.deleted.append(resource)
        self.restored.discard(key_of(resource))

    def hide(self, resource: Json) -> None:
        """Do not show it any more, and say nothing of a deletion."""
        self.store.delete(*key_of(resource))
        self.store._gone.discard(key_of(resource))
        self.hidden.append(resource)

    def go_back(self) -> Json | None:
        """Something is as it was before its last change, its version and the time of its last change too."""
        there = [key for key in sorted(self.earlier) if self.store.get(*key) is not None]
        if not there:
            return None
        key = self.dice.choice(there)
        self._restore(self.earlier.pop(key))
        return self.store.get(*key)

    def come_back(self, at: datetime) -> Json | None:
        """Something that was deleted is there again, as a new version under the same id."""
        if not self.deleted:
            return None
        again = self.deleted.pop(self.dice.randrange(len(self.deleted)))
        self.store._gone.discard(key_of(again))
        return self.store.put({**again, "meta": {}}, at)

    def show(self, at: datetime, may_be_old: bool) -> list[Json]:
        """Whatever was hidden is there again; ``may_be_old``: perhaps with the time of its last change as it was."""
        shown = self.hidden[:]
        self.hidden.clear()
        for one in shown:
            if may_be_old and self.dice.random() < 0.5:
                self._restore(one)
            else:
                self.store.put(one, at)
        return shown

    def merge(self, patient: str, into: str) -> None:
        """Whatever is not shown is the other patient's from now on."""
        self.deleted, self.hidden = ([of_another(one, patient, into) for one in some] for some in
                                     (self.deleted, self.hidden))  # fmt: skip
        self.earlier = {key: of_another(one, patient, into) for key, one in self.earlier.items()}

    def _restore(self, resource: Json) -> None:
        self.store._set(resource)
        self.restored.add(key_of(resource))
