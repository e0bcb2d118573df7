"""Where a ``next`` link leads. Behind a proxy many servers write their inner address into it: another scheme, host or
port, or only a path or a query. What the link asks for is asked at the configured base, and nowhere else.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from fhir_adapters.errors import FinalError

HAPIS_PAGES = "_getpages="
"""HAPI's pages stand at its base, whatever that is called inside."""
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*|//[^/?#]*")


def following(link: str, base_url: str, asked: str) -> str | None:
    """The address of the next page; None for a link that leads nowhere.

    ``asked`` is the address of the page that holds the link. Raises ``FinalError`` where the link cannot be told
    to mean something below the base.
    """
    link = link.strip()
    if not link:
        return None
    if link.startswith("?"):
        return f"{asked.partition('?')[0]}{link}"
    authority = _AUTHORITY.match(link)
    if authority is None and not link.startswith("/"):
        return urljoin(f"{base_url}/", link)
    rest = link[authority.end() :] if authority else link
    path, mark, query = rest.partition("?")
    below = _below(path, urlsplit(base_url).path, urlsplit(asked).path)
    if below is None and HAPIS_PAGES in query:
        below = ""
    if below is not None:
        return f"{base_url}{below}{mark}{query}"
    origin = base_url[: len(base_url) - len(urlsplit(base_url).path)]
    if (authority is None or authority[0].lower() == origin.lower()) and ".." not in path:
        return f"{origin}{rest}"  # beside the base, on the origin itself
    raise FinalError("The EHR pointed at another server for more pages, and no token is sent there.")


def without(url: str, parameter: str) -> str:
    """The address without that parameter."""
    path, _, query = url.partition("?")
    kept = [one for one in query.split("&") if one.partition("=")[0] != parameter]
    return f"{path}?{'&'.join(kept)}" if kept else path


def _below(path: str, base: str, asked: str) -> str | None:
    """What of a path lies below the base, however the server calls its base inside."""
    if ".." in path.split("/"):
        return None
    path = path.rstrip("/")
    if path == base or path.startswith(f"{base}/"):
        return path[len(base) :]
    own = asked[len(base) :].rstrip("/")
    for search in (own, f"{own}/_search"):
        if own and path.endswith(search):
            return search  # the very search that was asked, below another base
    if base and path.endswith(base):
        return ""  # our base below more than we know of, as where a proxy hides the application's name
    parts = base.strip("/").split("/")
    for first in range(1, len(parts) + 1):
        tail = "".join(f"/{part}" for part in parts[first:])
        if path == tail or (tail and path.startswith(f"{tail}/")):
            return path[len(tail) :]
    return None
