"""What makes a practice messy: every kind of trouble that real data has, one kind a referral."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from loopclose.sandbox.clinical import office_visit
from loopclose.sandbox.elements import LOINC, SNOMED, Json, concept, ref, stamp
from loopclose.sandbox.model import Plan, Sandbox
from loopclose.sandbox.people import Clinician, ours
from loopclose.sandbox.styles import referral_code, requester

_OTHERS = {"Cardiology": "Vascular surgery", "Electrophysiology": "Vascular surgery", "Vascular surgery": "Cardiology"}


def add_mess(
    box: Sandbox, plan: Plan, referral: Json, encounter: Json, tied: bool, outside: list[Clinician], rng: Random
) -> None:
    """Change one referral's story, and tell what is true of it then."""
    kinds, odds = zip(*_KINDS, strict=True)
    rng.choices(kinds, odds)[0](_Scene(box, plan, referral, encounter, tied, outside, rng))
    if rng.random() < 0.3:
        _side_orders(box, plan, rng)
    if rng.random() < 0.3:
        _other_contacts(box, plan, rng)


class _Scene:
    def __init__(
        self,
        box: Sandbox,
        plan: Plan,
        referral: Json,
        encounter: Json,
        tied: bool,
        outside: list[Clinician],
        rng: Random,
    ) -> None:
        self.box, self.plan, self.referral, self.encounter = box, plan, referral, encounter
        self.tied, self.outside, self.rng = tied, outside, rng

    @property
    def end(self) -> datetime:
        assert self.plan.end is not None
        return self.plan.end

    def report(self, referral: Json | None = None) -> None:
        self._tell("report", referral)

    def resolve(self, referral: Json | None = None) -> None:
        self._tell("resolve", referral)

    def second(self, name: str, specialty: str, referrer: Clinician, before: int, **more: Any) -> Json:
        """Another referral of the same patient, written ``before`` days earlier than the first."""
        authored = self.plan.authored - timedelta(days=before)
        return self.box.add(
            {
                "resourceType": "ServiceRequest",
                "id": f"{name}{self.plan.n}",
                "status": "active",
                "priority": "routine",
                **referral_code(specialty),
                "subject": ref(self.plan.patient),
                "authoredOn": stamp(authored),
                "requester": requester(referrer),
                **more,
            },
            authored,
        )

    def another(self) -> Clinician:
        return self.rng.choice([one for one in self.outside if one != self.plan.referrer])

    def _tell(self, kind: str, referral: Json | None) -> None:
        key = f"ServiceRequest/{(referral or self.referral)['id']}"
        self.box.tell(f"Encounter/{self.encounter['id']}", key, self.plan.referrer.npi, kind)


def _plain(scene: _Scene) -> None:
    scene.report()


def _other_specialty(scene: _Scene) -> None:
    scene.second("two", _OTHERS[scene.plan.clinician.specialty], scene.another(), scene.rng.randint(1, 90))
    scene.report()


def _other_performer(scene: _Scene) -> None:
    """The same specialty twice: each request names the clinician it wants."""
    for resource in (scene.referral, scene.second("two", scene.plan.clinician.specialty, scene.another(), 12)):
        resource.update(referral_code(scene.plan.clinician.specialty, plain=True))
    other = next(one for one in ours() if one.id != scene.plan.clinician.id)
    scene.referral["performer"] = [ref(scene.plan.clinician.key)]
    scene.box.resources[-1]["performer"] = [ref(other.key)]
    scene.report()


def _other_location(scene: _Scene) -> None:
    scene.encounter["location"] = [{"location": ref("Location/main")}]
    scene.referral["locationReference"] = [ref("Location/main")]
    scene.second("two", scene.plan.clinician.specialty, scene.another(), 20, locationReference=[ref("Location/east")])
    scene.report()


def _equal(scene: _Scene) -> None:
    """Nothing tells the two apart: a person decides, unless the EHR says."""
    scene.second("two", scene.plan.clinician.specialty, scene.another(), scene.rng.randint(1, 60))
    scene.report() if scene.tied else scene.resolve()


def _copy(scene: _Scene) -> None:
    """The same request sent twice: the newest counts."""
    scene.second("old", scene.plan.clinician.specialty, scene.plan.referrer, 3)
    scene.report()


def _display_only(scene: _Scene) -> None:
    scene.referral["requester"] = {"display": scene.plan.referrer.name}
    scene.report()


def _own_requester(scene: _Scene) -> None:
    scene.referral["requester"] = ref(ours()[0].key)
    scene.resolve()


def _no_requester(scene: _Scene) -> None:
    del scene.referral["requester"]
    scene.resolve()


def _follow_up(scene: _Scene) -> None:
    end = scene.end + timedelta(days=6)
    if end < scene.box.as_of - timedelta(hours=1):
        later = office_visit(
            f"fol{scene.plan.n}", scene.plan.patient, scene.plan.clinician, end - timedelta(minutes=20), end
        )
        if scene.tied:
            later["basedOn"] = [ref(f"ServiceRequest/{scene.referral['id']}")]
        scene.box.add(later, end)
        scene.box.tell(
            f"Encounter/{later['id']}", f"ServiceRequest/{scene.referral['id']}", scene.plan.referrer.npi, "report"
        )
    scene.report()


def _left_open(scene: _Scene) -> None:
    """Nobody closed the chart: once 12 hours have passed the visit has happened all the same."""
    scene.encounter["status"] = "in-progress"
    start = datetime.fromisoformat(scene.encounter["period"]["start"])
    del scene.encounter["period"]["end"]
    if scene.box.as_of - start > timedelta(hours=12):
        scene.report()
    else:
        scene.box.tell(f"Encounter/{scene.encounter['id']}", None, None, "none")


def _walk_in(scene: _Scene) -> None:
    """No referral at all: what looked like one was entered in error."""
    scene.referral["status"] = "entered-in-error"
    scene.encounter.pop("basedOn", None)
    scene.encounter.pop("episodeOfCare", None)
    _untie(scene)
    scene.box.tell(f"Encounter/{scene.encounter['id']}", None, None, "none")


def _unknown_modifier(scene: _Scene) -> None:
    scene.referral["modifierExtension"] = [{"url": "http://example.org/fhir/not-what-it-seems", "valueBoolean": True}]
    scene.resolve()


def _broken(scene: _Scene) -> None:
    scene.referral["basedOn"] = ref("ServiceRequest/none")  # must be a list
    scene.resolve()


def _cancelled_visit(scene: _Scene) -> None:
    scene.encounter["status"] = scene.rng.choice(("cancelled", "entered-in-error"))
    scene.encounter.pop("basedOn", None)
    scene.encounter.pop("episodeOfCare", None)
    for one in scene.box.resources[-30:]:
        if one["resourceType"] == "Appointment" and one["id"] == f"app{scene.plan.n}":
            one["status"] = "booked"
    scene.box.tell(f"Encounter/{scene.encounter['id']}", None, None, "none")


def _untie(scene: _Scene) -> None:
    for one in scene.box.resources[-30:]:
        if one["id"] == f"app{scene.plan.n}":
            one.pop("basedOn", None)
            one.pop("episodeOfCare", None)


_KINDS: tuple[tuple[Callable[[_Scene], None], int], ...] = (
    (_plain, 32),
    (_other_specialty, 12),
    (_other_performer, 3),
    (_other_location, 2),
    (_equal, 7),
    (_copy, 5),
    (_display_only, 4),
    (_own_requester, 3),
    (_no_requester, 2),
    (_follow_up, 10),
    (_left_open, 5),
    (_walk_in, 6),
    (_unknown_modifier, 2),
    (_broken, 2),
    (_cancelled_visit, 5),
)


def _side_orders(box: Sandbox, plan: Plan, rng: Random) -> None:
    """Laboratory and imaging orders stand among the referrals."""
    category = rng.choice((("108252007", "Laboratory procedure"), ("363679005", "Imaging")))
    box.add(
        {
            "resourceType": "ServiceRequest",
            "id": f"lab{plan.n}",
            "status": "active",
            "intent": "order",
            "category": [concept(SNOMED, *category)],
            "code": concept(LOINC, "57021-8", "CBC panel"),
            "subject": ref(plan.patient),
            "authoredOn": stamp(plan.authored),
            "requester": ref(plan.referrer.key),
        },
        plan.authored,
    )


def _other_contacts(box: Sandbox, plan: Plan, rng: Random) -> None:
    """Contacts that never consume a referral."""
    assert plan.end is not None
    kind = rng.choice(("Telephone encounter", "Nurse visit", "Lab visit", "Documentation only", "part"))
    start = plan.end - timedelta(days=1)
    made = office_visit(f"oth{plan.n}", plan.patient, plan.clinician, start, start + timedelta(minutes=10))
    if kind == "part":
        made["partOf"] = ref(f"Encounter/enc{plan.n}")
    else:
        made["type"] = [{"text": kind}]
    box.add(made, start)
    box.tell(f"Encounter/{made['id']}", None, None, "none")
