"""A type that an EHR has and refuses: the draft is made all the same, and what is in it is not denied."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.sandbox.search import Store, UnknownParameter
from loopclose.sandbox.server import SandboxServer
from loopclose.store.upgrade import open_database
from tests.store.test_gathering import BOX, behind


class Refusing(Store):
    """Resources of which one type is never found."""

    refused = "MedicationStatement"

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        if kind == self.refused:
            raise UnknownParameter("patient")
        return super().search(kind, params)


@pytest.mark.parametrize("refused", ["MedicationStatement", "MedicationAdministration", "Immunization"])
def test_a_refused_list_stops_no_draft_and_is_not_denied(refused: str) -> None:
    without: list[dict[str, Any]] = [one for one in BOX.resources if one["resourceType"] != "MedicationRequest"]
    store = Refusing(without)
    store.refused = refused
    db = open_database("sqlite://")
    with SandboxServer(store) as server:
        line = behind(db, server)
        sheet = line.draft(line.visits_with_notes()[0])["prescription-sheet"]
    assert "Our chart holds no order of a medicine of this visit; what the note starts stands in the letter." in sheet
    assert "No other medicine is listed in our chart." not in sheet
    assert "could not be read for this draft" in sheet
