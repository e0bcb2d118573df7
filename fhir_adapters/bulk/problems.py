"""What may go wrong with an export. Each concerns the export alone: what else is read of the server goes on."""

from __future__ import annotations

from fhir_adapters.errors import Failed, Refused


class NotYet(Failed):
    """An export is not ready, or none may be begun yet; ``wait`` are seconds until it is worth asking again."""

    def __init__(self, words: str, wait: float | None = None) -> None:
        super().__init__(words)
        self.wait = wait


class Expired(Failed):
    """The server has the export, or one of its files, no more (404, 410): it must be begun again."""


class Ruined(Refused):
    """The server says that the export failed: asking for it again will not mend it."""


class Closed(Refused):
    """A file was refused (401, 403): its address may have run out, and another be had from the manifest."""


class Fewer(Failed):
    """A file held fewer resources than the manifest says; ``read``: how many it held."""

    def __init__(self, words: str, read: int) -> None:
        super().__init__(words)
        self.read = read
