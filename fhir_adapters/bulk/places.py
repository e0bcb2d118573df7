"""Where an export's addresses lead, and which of them may have our token.

A token goes to the EHR's own origin and to those that a person named, and nowhere else: a manifest may point at any
host (ModMed's files lie on S3, Nextech's on Azure, and need none).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from fhir_adapters import links
from fhir_adapters.errors import FinalError, Refused
from fhir_adapters.origins import is_safe, origin_of


class Places:
    """Of one server. ``others``: addresses of hosts that may have the token too."""

    def __init__(self, base_url: str, others: Iterable[str] = ()) -> None:
        self.base_url = base_url
        self._own = {origin_of(base_url), *(origin_of(one) for one in others if is_safe(one))}

    def status(self, link: str, asked: str) -> str:
        """The address at which an export's status is asked for, as ``Content-Location`` says; raises ``Refused``."""
        if self._is_own(link):
            return link
        try:
            found = links.following(link, self.base_url, asked)
        except FinalError:
            found = None
        if not found:
            raise Refused(f"The EHR keeps its exports at another server ({_host(link)}): name it in bulk_hosts.")
        return found

    def file(self, url: str, needs_token: bool) -> tuple[str, bool]:
        """The address of a file, and whether our token goes there; raises ``Refused`` for one that is not safe."""
        if self._is_own(url):
            return url, needs_token
        if is_safe(url):
            return url, False
        try:
            found = links.following(url, self.base_url, self.base_url)
        except FinalError:
            found = None
        if not found:
            raise Refused(f"A file of the EHR's export lies where it can be read on its way ({_host(url)}, no https).")
        return found, needs_token  # an inner address of the EHR itself, as behind a proxy

    def may_have_token(self, url: str) -> bool:
        """Whether a token may go there."""
        return self._is_own(url)

    def _is_own(self, url: str) -> bool:
        try:
            return origin_of(url) in self._own
        except ValueError:  # a port that is none
            return False


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "an address without a host"
    except ValueError:
        return "an address that is none"
