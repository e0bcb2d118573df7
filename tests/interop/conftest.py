"""These tests are shared out among processes by file, so that each starts a server once; the slowest begins first."""

from __future__ import annotations

import pytest

FIRST = "test_real_servers.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest file stands first."""
    items.sort(key=lambda item: item.path.name != FIRST)
