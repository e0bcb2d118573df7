"""What is measured, each in a process of its own: ``python -m bench.subjects NAME …`` prints one JSON line.

``seconds`` runs from the first request to the last resource in hand (for sync: to the last row committed), and
``cpu_seconds`` is what the process had of a processor in that time; starting the interpreter and importing are left
out for all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bench import NOW

PAGE = 200
PARALLEL = 4


def requests_orjson(base_url: str, searches: Sequence[str]) -> int:
    """The limit: the same pages, one after another, fetched and parsed, nothing kept."""
    import orjson
    import requests

    found = 0
    with requests.Session() as session:
        for search in searches:
            url: str | None = f"{base_url}/{search}"
            while url is not None:
                bundle = orjson.loads(session.get(url).content)
                found += len(bundle["entry"])
                url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
    return found


def requests_same_urls(base_url: str, searches: Sequence[str]) -> int:
    """The limit of reading by patient: exactly the addresses that sync asked for, as many side by side."""
    import orjson
    import requests

    with requests.Session() as session, ThreadPoolExecutor(PARALLEL) as pool:
        answers = pool.map(lambda search: orjson.loads(session.get(f"{base_url}/{search}").content), searches)
        return sum(len(bundle.get("entry", ())) for bundle in answers)


def requests_ndjson(base_url: str, searches: Sequence[str]) -> int:
    """The limit of reading an export: the same files line by line, parsed, nothing kept."""
    import orjson
    import requests

    found = 0
    with requests.Session() as session:
        for file in searches:
            with session.get(f"{base_url}/{file}", stream=True) as answer:
                for line in answer.iter_lines(1 << 16):
                    orjson.loads(line)
                    found += 1
    return found


def fhirpy(base_url: str, searches: Sequence[str]) -> int:
    """fhirpy's ``fetch_all``."""
    from fhirpy import SyncFHIRClient

    client = SyncFHIRClient(base_url)
    found = 0
    for search in searches:
        kind, params = _split(search)
        found += len(client.resources(kind).search(**params).fetch_all())
    return found


def fhir_pyrate(base_url: str, searches: Sequence[str]) -> int:
    """fhir-pyrate's bundles, one process; it makes a search by several ids into a read of one address, so not those."""
    from fhir_pyrate import Pirate

    pirate = Pirate(auth=None, base_url=base_url, num_processes=1, disable_multiprocessing_requests=True)
    found = 0
    for search in searches:
        kind, params = _split(search)
        if "_id" in params:
            continue
        bundles = pirate.steal_bundles(kind, request_params=params)
        found += sum(len(bundle.entry or ()) for bundle in bundles)
    return found


def fhirclient(base_url: str, searches: Sequence[str]) -> int:
    """fhirclient's iterator over pages."""
    from fhirclient import client
    from fhirclient.models.bundle import Bundle

    smart = client.FHIRClient(settings={"app_id": "bench", "api_base": f"{base_url}/"})
    found = 0
    for search in searches:
        bundle: Any = Bundle.read_from(search, smart.server)
        while bundle is not None:
            found += len(bundle.entry or ())
            url = next((link.url for link in bundle.link or () if link.relation == "next"), None)
            bundle = Bundle.read_from(url.removeprefix(f"{base_url}/"), smart.server) if url else None
    return found


def loopclose_sync(base_url: str, database: Path, practice: dict[str, Any], worklist: Any = None) -> dict[str, Any]:
    """Fetch, read, link, owe and store, into an empty database on disk; ``worklist``: the sources, where others."""
    from loopclose.config.loading import parse
    from loopclose.flows.reading.sync import sync
    from loopclose.flows.site import client_of, sites
    from loopclose.sandbox.model import Sandbox
    from loopclose.sandbox.settings import config_toml
    from loopclose.store.upgrade import open_database

    text = config_toml(Sandbox("tidy", NOW, practice=practice), base_url, f"sqlite:///{database}")
    settings = tomllib.loads(text)
    if worklist is not None:
        settings["ehr"]["main"]["worklist"] = worklist
    config = parse(settings)
    db, site = open_database(config.database.url), sites(config)[0]
    with client_of(site) as client:
        return timed(lambda: sync(db, lambda: NOW, site, client).as_json())


PEERS = {
    "requests + orjson": requests_orjson,
    "requests + orjson, same URLs": requests_same_urls,
    "requests + orjson, same NDJSON": requests_ndjson,
    "fhirpy": fhirpy,
    "fhir-pyrate": fhir_pyrate,
    "fhirclient": fhirclient,
}


def timed(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` gives, with the seconds it took by the clock on the wall and by the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    return {**work(), "seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def _split(search: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(search)
    return parts.path, dict(parse_qsl(parts.query))


def main() -> None:
    """Run one subject on the request found on standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    asked = json.load(sys.stdin)
    name = parser.parse_args().name
    if name == "loopclose sync":
        out = loopclose_sync(asked["base_url"], Path(asked["database"]), asked["practice"], asked.get("worklist"))
    else:
        out = timed(lambda: {"fetched": PEERS[name](asked["base_url"], asked["searches"])})
    out["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump(out, os.fdopen(3, "w"))


if __name__ == "__main__":
    main()
