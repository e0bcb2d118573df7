"""A proof of identity that is not taken, told by what is wrong with it."""

from __future__ import annotations

from fhir_adapters.errors import FinalError


class NotProven(FinalError):
    """``code`` says why: one of those that ``loopclose/flows/openid/refusals.py`` has a sentence for."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
