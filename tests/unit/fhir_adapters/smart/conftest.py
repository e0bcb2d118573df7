"""A sign-in without a network, and a clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.unit.fhir_adapters.smart.ehr import Clock, SignIn


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def sign_in(mock: responses.RequestsMock) -> SignIn:
    return SignIn(mock)


@pytest.fixture
def clock() -> Clock:
    return Clock()
