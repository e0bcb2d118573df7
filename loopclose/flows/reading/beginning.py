"""How a run begins: what the EHR can give, and what of it is written down."""

from __future__ import annotations

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.facts.reading import TYPES
from loopclose.flows.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.judging.set_aside import take_up_again
from loopclose.flows.reading.intake import Intake
from loopclose.store import runs
from loopclose.store.persons import touch, touch_everybody, touch_open
from loopclose.store.time_alone import of_another_time, over_by_now


def look_at(intake: Intake) -> Capabilities:
    """The EHR's statement; of what it has, only what is read is asked for."""
    capabilities = intake.client.capabilities()
    wanted = {*TYPES} & {*PATIENT_TYPES, *PEOPLE, "Patient"}
    types = frozenset(wanted & set(capabilities.types))
    intake.limit_to(types, frozenset(kind for kind in types if capabilities.finds_by(kind, "patient")))
    return capabilities


def note_ehr(intake: Intake, capabilities: Capabilities) -> None:
    """Write down the EHR; whom a changed code map, or changed settings, may concern is judged again."""
    site, scope = intake.site, intake.site.scope
    version = site.rules.code_map.version
    take_up_again(intake.db, intake.clock, site)
    with intake.db.write() as session:
        before = runs.ehr_row(session, scope, site.ehr)
        if before is not None and before.code_map not in (None, version):
            touch_everybody(session, scope, site.ehr)
        elif before is not None and before.settings != site.settings_digest:  # its days or deadlines, perhaps
            touch_open(session, scope, site.ehr)
        address = site.settings.base_url
        runs.note_ehr(
            session,
            scope,
            site.ehr,
            address,
            sorted(intake.types),
            capabilities.software,
            version,
            site.settings_digest,
        )
        waiting = over_by_now(session, scope, site.ehr, intake.clock())
        touch(session, scope, site.ehr, waiting | of_another_time(session, scope, site.ehr))
