"""The made-up fax gateway, as a demo shows it: what came out on the other side, and nothing else."""

from __future__ import annotations

import pytest
import requests

from loopclose.sandbox.fax_exchange import Exchange, Turn
from loopclose.sandbox.fax_gateway import FaxGateway


def test_what_arrived_is_shown_page_by_page_and_what_did_not_is_not() -> None:
    exchange = Exchange([Turn(), Turn(ends="busy"), Turn(lies=True), Turn(ends="no-answer", lies=True), Turn(copies=2)])
    for no in range(5):
        exchange.order(f"1617555010{no}", f"<tag {no}>", b"%PDF-1.4 of no pages")
    with FaxGateway(exchange) as there:
        page = requests.get(f"{there.address}/", timeout=10).text
        document = requests.get(f"{there.address}/received/0.pdf", timeout=10)
        missing = requests.get(f"{there.address}/received/9.pdf", timeout=10)
    assert "Faxes that arrived: 4" in page and "&lt;tag 0&gt;" in page and "<tag" not in page
    assert [number in page for number in ("16175550100", "16175550101", "16175550102", "16175550103")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert (document.status_code, document.content, missing.status_code) == (200, b"%PDF-1.4 of no pages", 404)


def test_several_are_asked_for_at_once() -> None:
    exchange = Exchange([Turn(), Turn(ends="busy")])
    for no in range(2):
        exchange.order("16175550100", f"tag {no}", b"")
    with FaxGateway(exchange) as there:
        form = {"action": "Get_MultiFaxStatus", "sFaxDetailsID": "|".join(fax.id for fax in exchange.faxes)}
        said = requests.post(f"{there.address}/srfax", data=form, timeout=10).json()
    assert [(one["AccountCode"], one["SentStatus"]) for one in said["Result"]] == [
        ("tag 0", "Sent"),
        ("tag 1", "Failed"),
    ]


@pytest.mark.parametrize("wrong", [{"answer": "maybe"}, {"ends": "well"}])
def test_a_turn_that_is_not_known_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is one of"):
        Turn(**wrong)  # type: ignore[arg-type]
