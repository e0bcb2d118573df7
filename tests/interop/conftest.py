"""How these tests are shared out among processes: a file each, and where every test of a file starts a server of its
own, by server; whatever takes longest begins first.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE, FIRST = Path(__file__).parent, "test_real_servers.py"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A group for each test of this folder."""
    for item in items:
        if item.path.parent == HERE:
            varied = getattr(item, "callspec", None)
            server = varied.params.get("server", "") if varied is not None else ""
            item.add_marker(pytest.mark.xdist_group(f"{item.path.name} {server}"))
    items.sort(key=lambda item: item.path.name != FIRST)
