"""Our FHIR document, and what we write into an EHR, before HAPI's own validator with US Core 6.1.0; it refuses what
is changed in the document.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopclose.letters.fhir_document import to_fhir
from tests.interop.loading import DATA
from tests.interop.servers import judged_by_hapi
from tests.unit.fhir_adapters.writing.test_resources import written
from tests.unit.letters.sample import NOTES, letter

Json = dict[str, Any]


def _of(bundle: Json, kind: str) -> Json:
    found: Json = next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind)
    return found


BROKEN: dict[str, Callable[[Json], object]] = {
    "status": lambda bundle: _of(bundle, "Composition").update(status="done"),
    "no title": lambda bundle: _of(bundle, "Composition").pop("title"),
    "narrative": lambda bundle: _of(bundle, "Composition")["section"][0]["text"].update(div="<div>open"),
    "dangling": lambda bundle: _of(bundle, "Composition")["encounter"].update(reference="urn:uuid:" + "0" * 36),
    "wrong type": lambda bundle: _of(bundle, "Composition")["encounter"].update(_of(bundle, "Composition")["subject"]),
    "not first": lambda bundle: bundle["entry"].reverse(),
    "no name": lambda bundle: _of(bundle, "Patient").pop("name"),
    "gender": lambda bundle: _of(bundle, "Patient").update(gender="Q"),
    "allergy of nobody": lambda bundle: _of(bundle, "AllergyIntolerance").pop("patient"),
    "clinical status": lambda bundle: _of(bundle, "Condition")["clinicalStatus"]["coding"][0].update(code="maybe"),
}


def test_the_validator_has_no_error_and_sees_what_was_broken(tmp_path: Path) -> None:
    """One run for all: it takes half a minute to begin."""
    for name, text in NOTES.items():
        for signed in (False, True):
            made = to_fhir(letter(text, signed=signed))
            (tmp_path / f"right {name} {'signed' if signed else 'draft'}.json").write_bytes(made)
    for kind, resource in written().items():
        (tmp_path / f"right {kind}.json").write_text(json.dumps({"id": "x", **resource}), encoding="utf-8")
    for name, breaks in BROKEN.items():
        bundle = json.loads(to_fhir(letter()))
        breaks(bundle)
        (tmp_path / f"broken {name}.json").write_text(json.dumps(bundle), encoding="utf-8")
    found = judged_by_hapi(sorted(tmp_path.glob("*.json")), DATA / "us-core")
    assert len(found) == 2 * len(NOTES) + len(written()) + len(BROKEN)
    assert {name: told for name, told in found.items() if name.startswith("right") and told} == {}
    assert [name for name, told in found.items() if name.startswith("broken") and not told] == []
