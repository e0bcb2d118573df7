"""Who is really there behind proxies: their word counts only where it comes from one that the configuration names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_VIA")
"""What a proxy writes into a request."""
Networks = Sequence[IPv4Network | IPv6Network]


def behind(application: WSGIApplication, networks: Networks) -> WSGIApplication:
    """``application`` that is told the address and scheme of whoever came to the outermost proxy of ``networks``.

    A list of addresses, not a number of hops: whoever reaches the server beside its proxy is believed nothing.
    """
    if not networks:
        return application

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _is_of(environ.get("REMOTE_ADDR", ""), networks):
            return application(environ, start_response)
        said = [_without_port(one.strip()) for one in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        environ = {**environ, "HTTP_X_FORWARDED_FOR": ", ".join(said)} if any(said) else environ
        hops = 1
        while hops < len(said) and _is_of(said[-hops], networks):
            hops += 1
        return ProxyFix(application, x_for=hops, x_proto=1)(environ, start_response)

    return wrapped


def comes_from_here(environ: WSGIEnvironment) -> bool:
    """Whether a program on this machine asks, and no proxy on it passed the request on."""
    here = [ip_network("127.0.0.0/8"), ip_network("::1")]
    return _is_of(environ.get("REMOTE_ADDR", ""), here) and not any(environ.get(name) for name in PASSED_ON)


def _without_port(said: str) -> str:
    """An address without the port that some gateways add, which is another with every connection."""
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0] if said.count(":") == 1 else said


def _is_of(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    plain = (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
    return any(plain in network for network in networks)
