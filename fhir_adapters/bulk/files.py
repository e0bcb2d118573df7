"""The files of an export, read line by line: resources, what went wrong, and what was deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3

from fhir_adapters.bulk.ndjson import LONGEST, PART, lines, unpacked
from fhir_adapters.bulk.places import Places
from fhir_adapters.bulk.problems import Closed, Expired, Fewer
from fhir_adapters.bulk.status import File
from fhir_adapters.bundle import Entry, entry_of
from fhir_adapters.cleaning import BYTE_ORDER_MARK, clean
from fhir_adapters.errors import Failed, FinalError, OneRequest, Refused, TemporaryError
from fhir_adapters.failures import Again, failure
from fhir_adapters.outcome import Outcome, read_outcome
from fhir_adapters.wire import Wire

HEADERS = {"Accept": "application/fhir+ndjson, application/ndjson, */*;q=0.1"}
REDIRECTS = 3
LONGEST_READING = 6 * 3600.0
"""Seconds that one file may take."""
Note = Callable[[OneRequest], None]


class Files:
    """Of one export; ``needs_token`` as the manifest says. ``note`` is told of lines that cannot be read at all."""

    def __init__(self, wire: Wire, places: Places, needs_token: bool, note: Note) -> None:
        self._wire, self._places, self._needs_token, self._note = wire, places, needs_token, note

    def entries(self, file: File) -> Iterator[Entry]:
        """The resources of a file; a line that is none is an odd entry.

        Raises ``Expired``, ``Closed``, ``Fewer``, or ``Failed`` where it was cut short.
        """
        for raw, is_ended in self._lines(file):
            entry = entry_of(raw, file.type)
            if entry.odd is not None and not is_ended:
                raise Failed(f"The EHR's file of {file.type} was cut short; try again.")
            yield entry

    def outcomes(self, file: File) -> Iterator[Outcome]:
        """What the EHR says in a file of errors."""
        yield from (read_outcome(raw) for raw, _ in self._lines(file))

    def deletions(self, file: File) -> Iterator[str]:
        """``Type/id`` of what a file of Bundles says was deleted."""
        for raw, _ in self._lines(file):
            try:
                found = msgspec.json.decode(raw, type=_Deleted)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._note(Failed("A line of the EHR's file of what was deleted cannot be read."))
                continue
            for one in found.entry or ():
                key = one.request.url if one.request and one.request.method == "DELETE" and one.request.url else ""
                if key.count("/") >= 1:
                    yield "/".join(key.split("?")[0].rstrip("/").split("/")[-2:])

    def _lines(self, file: File) -> Iterator[tuple[bytes, bool]]:
        read = 0
        response = self._opened(file)
        try:
            for line in lines(unpacked(_parts(response))):
                if line.is_too_long:
                    read += 1
                    self._note(Refused(f"A line of the EHR's file of {file.type} is larger than {LONGEST >> 20} MB."))
                    continue
                raw = clean(line.raw.removeprefix(BYTE_ORDER_MARK) if not read else line.raw).strip()
                if raw:
                    read += 1
                    yield raw, line.is_ended
        except ValueError as problem:
            raise Failed(f"The EHR's file of {file.type} cannot be unpacked: {problem}.") from problem
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise Failed(
                f"The connection broke in the middle of the EHR's file of {file.type}; try again."
            ) from problem
        finally:
            response.close()
        if file.count is not None and read < file.count:
            raise Fewer(f"The EHR says that a file of {file.type} holds {file.count} and gave {read}.", read)

    def _opened(self, file: File) -> requests.Response:
        url = file.url
        for _ in range(REDIRECTS + 1):
            address, proved = self._places.file(url, self._needs_token)
            try:
                response = self._wire.tried(partial(self._answered, address, proved))
            except TemporaryError as problem:  # it may be another server's: the EHR's own goes on being asked
                raise Failed(f"A file of the EHR's export cannot be had. {problem}") from problem
            if response.status_code == 200:
                return response
            response.close()
            if response.status_code not in (301, 302, 303, 307, 308):
                raise self._refusal(response, file, address, proved)
            url = urljoin(address, response.headers.get("Location", ""))
        raise Refused(f"The EHR sends us from address to address for its file of {file.type}.")

    def _answered(self, address: str, proved: bool) -> requests.Response:
        """One try; raises ``Again`` where it is worth another."""
        try:
            response = self._wire.open(address, HEADERS, proved)
        except FinalError as problem:  # of that host: what else is read of the EHR goes on
            raise Refused(f"A file of the EHR's export at {urlsplit(address).hostname}: {problem}") from problem
        if response.status_code == 429 or response.status_code >= 500:
            with response:
                what = failure(response, b"")
            if isinstance(what, Again):
                raise what
        return response

    def _refusal(self, response: requests.Response, file: File, address: str, proved: bool) -> OneRequest:
        status = response.status_code
        if status in (404, 410):
            return Expired(f"The EHR has a file of its export no more ({status}).")
        if status not in (401, 403):
            return Refused(f"The EHR refused a file of its export ({status}).")
        if self._needs_token and not proved and not self._places.may_have_token(address):
            host = urlsplit(address).hostname
            return Closed(
                f"The EHR keeps the files of its export at {host}, which gets no token: name it in bulk_hosts."
            )
        return Closed(f"The EHR refused us a file of {file.type} of its export ({status}).")


def _parts(response: requests.Response) -> Iterator[bytes]:
    until = time.monotonic() + LONGEST_READING
    for part in response.iter_content(PART):
        yield part
        if time.monotonic() > until:
            raise Failed("The EHR took too long to give a file of its export; try again.")


class _Request(msgspec.Struct):
    method: str | None = None
    url: str | None = None


class _Entry(msgspec.Struct):
    request: _Request | None = None


class _Deleted(msgspec.Struct):
    entry: list[_Entry] | None = None
