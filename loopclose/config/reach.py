"""How people reach the web server: by https, by this machine alone, or in a way in which nobody can sign in."""

from __future__ import annotations

from urllib.parse import urlsplit

from loopclose.config.expected import is_loopback
from loopclose.config.sections import Config, WebConfig


def address_of(web: WebConfig) -> str:
    """The address at which people open it."""
    host = f"[{web.host}]" if ":" in web.host else web.host
    return (web.address or f"http://{host}:{web.port}").rstrip("/")


def is_https(web: WebConfig) -> bool:
    """Whether people come by https: something in front of us ends it."""
    return address_of(web).startswith("https://")


def cookie_is_secure(web: WebConfig) -> bool:
    """Whether the sign-in cookie leaves over https only: always, but for a server that this machine alone reaches."""
    return is_https(web) or not is_loopback(web.host) or not is_loopback(_host(address_of(web)))


def framed_by(config: Config) -> tuple[str, ...]:
    """Origins of the pages that may show ours in a frame: those of EHRs that are configured, and no others."""
    return tuple(dict.fromkeys(origin for ehr in config.ehr.values() for origin in ehr.frame_origins))


def nobody_can_sign_in(web: WebConfig) -> str | None:
    """The sentence for an address at which browsers keep the cookie back; None where signing in works."""
    address = address_of(web)
    if is_https(web) or is_loopback(_host(address)):
        return None
    return (
        f"Nobody can sign in at {address}: the sign-in cookie is sent over https only. Put a proxy that speaks https "
        "in front and set [web] address to its https address, or, to try things out, set [web] host to 127.0.0.1."
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
