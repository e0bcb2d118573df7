"""What was listed before codes were named by how a map names them goes on to be listed, and can be explained."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import column, insert, table

from loopclose.store.base import Scope
from loopclose.store.unmapped import unmapped
from loopclose.store.upgrade import upgrade
from tests.store.versions import at_revision

LISTED = {
    "Encounter/a": ("Encounter.class", "urn:local|4 HOV", "urn:local|4"),
    "Encounter/b": ("Encounter.class", "(none)", ""),
    "ServiceRequest/c": ("ServiceRequest.code", "Zeta 17", "text:Zeta 17"),
}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_old_rows_get_the_name_by_which_they_can_be_explained(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = at_revision("0014", kind, tmp_path, request)
    names = ("practice_id", "ehr", "resource", "element", "person", "code")
    old = table("unmapped_code", *map(column, names))
    with db.write() as session:
        for resource, (element, code, _) in LISTED.items():
            values = dict(zip(names, ("main", "main", resource, element, "Patient/p", code), strict=True))
            session.execute(insert(old).values(values))
    upgrade(db)
    with db.read() as session:
        found = {
            one["example"]: (one["element"], one["code"], one["token"]) for one in unmapped(session, Scope("main"))
        }
    assert found == LISTED
    db.close()
