"""Which addresses of a database are taken."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator


def _known_kind(value: str) -> str:
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://", value):
        raise ValueError("an address such as sqlite:///loopclose.db or postgresql://user@host/name is expected")
    return value


DatabaseUrl = Annotated[str, AfterValidator(_known_kind)]
