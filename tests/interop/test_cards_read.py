"""What Loopclose answers an EHR that asks for cards, read by HAPI's CDS Hooks classes, which know nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.interop.servers import read_by_hapi
from tests.store.line import practice
from tests.web.provider import provider
from tests.web.test_cards import a_report, app_of, ask, token


def test_discovery_and_cards_are_read_and_a_misspelt_member_is_not(tmp_path: Path) -> None:
    with provider() as keys, practice(tmp_path, 40) as work:
        keys.key = ECKey.generate_key("P-384", {"use": "sig"}, auto_kid=True)
        here = app_of(work, keys, launch_client_id="us", launch_secret="a secret")
        services = here.client.get("/cds-services").get_data()
        cards = ask(here, token(keys), a_report(work).patient).get_data()
    assert read_by_hapi(services) == "2 services"
    assert read_by_hapi(cards) == f"{len(json.loads(cards)['cards'])} cards"
    for bad in (cards.replace(b'"detail"', b'"detials"'), cards.replace(b'"info"', b'"severe"')):
        assert bad != cards
        with pytest.raises(RuntimeError, match="java failed"):
            read_by_hapi(bad)
