"""What may be configured of the printer of a practice."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from loopclose.config.expected import ReadableFile, is_loopback
from loopclose.config.section import Section
from loopclose.domain.address_book import checked


def _printer(value: str) -> str:
    try:
        parts = urlsplit(value)
        plain = parts.hostname and value.isprintable() and " " not in value and parts.port != 0
    except ValueError:
        plain = None
    else:
        plain = plain and parts.scheme in ("ipp", "ipps") and not ("@" in parts.netloc or parts.query or parts.fragment)
    if not plain:
        raise ValueError('the address of a printer is expected, such as "ipps://printer.practice.example/ipp/print"')
    if parts.scheme == "ipp" and not _is_near(parts.hostname or ""):
        raise ValueError("an ipps address is expected, unless the printer is named by a private address of its own")
    return value


def _is_near(host: str) -> bool:
    """Whether what is told this host in the clear stays in the house: this machine, or an address of RFC 1918 and
    RFC 4193. A name does not show where it leads."""
    try:
        return is_loopback(host) or ip_address(host).is_private
    except ValueError:
        return False


class PrinterConfig(Section):
    """A printer that letters are handed over from."""

    uri: Annotated[str, AfterValidator(_printer)]
    name: Annotated[str, AfterValidator(lambda value: checked("print", value))]
    """What people call it; the address of a delivery to it."""
    ca: ReadableFile | None = None
    """Whom its certificate is from, or the certificate itself where it signs its own."""
    wait_minutes: int = Field(default=10, ge=1, le=1440)
    """After how long a job that is not done is told of."""
