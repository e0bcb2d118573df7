"""Every behaviour of real servers that a week of syncs is to bear, where it was seen, and how it comes about here.

Sources: ``servers`` and ``vendors`` are our notes on real servers and on vendors (with the section), ``ehr`` those on
connecting EHRs, ``wire`` the table of what servers did to one patient's search, ``skew`` what a run of weeks adds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """``faults``: kinds of the catalogue, with their forms; ``happens``: what ``Weeks`` lets happen; ``ehrs``: those
    that are like this all the time; ``elsewhere``: the test that tries it, where it does not fit a run of syncs.
    """

    words: str
    source: str
    faults: tuple[str, ...] = ()
    happens: tuple[str, ...] = ()
    ehrs: tuple[str, ...] = ()
    elsewhere: str = ""


BEHAVIOURS = (
    Behaviour("a Bundle without links though more pages exist", "servers 2", ("null-link",)),
    Behaviour("no total", "servers 2", ("total absent",)),
    Behaviour("an unknown parameter refused with 400, 405, 422 or 501", "servers 2", ("status 400", "status 405",
        "status 422", "status 501")),
    Behaviour("an unknown parameter ignored, everything found", "servers 2", ("unfiltered",)),
    Behaviour("an unknown parameter taken, nothing found", "servers 2", elsewhere="tests/interop/test_real_servers.py"),
    Behaviour("an identical search answered from a cache for a minute", "servers 2",
        elsewhere="tests/store/test_marks.py"),
    Behaviour("the token refused in mid-sync, once or for good, in plain text or JSON", "servers 2", ("status 401",)),
    Behaviour("token errors", "servers 2, ehr 5", elsewhere="tests/unit/fhir_adapters/smart/test_refused_tokens.py"),
    Behaviour("500 with JSON that is no OperationOutcome, with HTML, or for what is final", "servers 2",
        ("status 500",)),
    Behaviour("502, 503, 504", "servers 2", ("status 502", "status 503", "status 504")),
    Behaviour("200 with a web page", "servers 2", ("html",)),
    Behaviour("429 with and without Retry-After, in seconds and too long", "servers 2, ehr 5", ("status 429",)),
    Behaviour("so many requests a minute, then 429 until the next", "ehr 5", elsewhere="tests/store/test_requests.py"),
    Behaviour("Retry-After as a date without a zone, or as no time", "wire", ("status 503",)),
    Behaviour("next links to another host", "servers 2", ("elsewhere",)),
    Behaviour("next links by another scheme, port or inner host, with the port twice", "servers 2, vendors 4, wire",
        ("next scheme", "next port", "next inner", "next twice")),
    Behaviour("next links relative to the root or the base, or a query alone", "vendors 4, wire",
        ("next root", "next relative", "next query")),
    Behaviour("a next link that is lost", "skew", ("null-link",)),
    Behaviour("next links that lead in a circle, or on for ever", "skew", ("next first", "endless")),
    Behaviour("pages by a cursor, by number, by a word of the vendor's", "ehr 5", ehrs=("athena", "ecw", "meditech")),
    Behaviour("a search that the server forgot: 410, 404 or 400 on next", "ehr 5, wire", ("expired",)),
    Behaviour("an entry on two pages", "skew", ("repeats",)),
    Behaviour("entries that shift between pages", "skew", ("shifts",)),
    Behaviour("total counts the outcome, shrinks from page to page, is the page's size, is too large, is text", "wire",
        ("total outcome", "total shrinks", "total page", "short", "total string")),
    Behaviour("link or searchParam null, a byte order mark", "wire", ("null-link", "null-params", "bom")),
    Behaviour("an entry with a numeric id, without id or type, null, with a numeric time, of a type not asked for",
        "wire", ("odd numeric-id", "odd no-id", "odd no-type", "odd null", "odd null-resource", "odd numeric-updated",
        "odd unasked")),
    Behaviour("one patient refused: 403, 500, 200 with an OperationOutcome", "wire",
        ("status 403", "status 500", "outcome")),
    Behaviour("an OperationOutcome beside the entries: some are missing, or kept from us", "wire, ehr 5",
        ("partial", "partial drops", "withheld", "withheld drops")),
    Behaviour("an OperationOutcome beside the entries: a parameter was ignored", "ehr 5", ehrs=("epic",)),
    Behaviour("a merged patient answered with the survivor, or sent on to", "wire, ehr 5",
        ("merged", "merged redirect"), ("merge",)),
    Behaviour("Practitioner or Task read, never searched; of several ids the first is found", "wire, ehr 5",
        ("read-only", "first-id"), ehrs=("nextgen-office", "meditech")),
    Behaviour("no search without a patient; schedule or roster instead", "vendors 1, ehr 5",
        ehrs=("epic", "oracle", "athena", "ecw", "meditech")),
    Behaviour("a class, codes and NPIs of the vendor's own", "vendors 1, vendors 4", ehrs=("epic", "oracle")),
    Behaviour("times without a zone", "vendors 4", happens=("_visit",)),
    Behaviour("a class that is missing, an NPI under an OID", "vendors 4",
        elsewhere="tests/interop/test_reading_cases.py"),
    Behaviour("the note is in another resource", "vendors 1", elsewhere="tests/interop/test_vendor_notes.py"),
    Behaviour("references with the server's address", "servers 2", ("absolute",)),
    Behaviour("references by identifier, conditional, contained, display only", "servers 2",
        elsewhere="tests/store/test_spellings.py"),
    Behaviour("one id in two EHRs", "servers 2", elsewhere="tests/store/test_two_ehrs.py"),
    Behaviour("bulk exports", "ehr 5", elsewhere="tests/store/test_bulk.py"),
    Behaviour("a redirect that leads nowhere", "skew", ("status 301",)),
    Behaviour("404 or 410 for a search or a read that is good", "skew", ("status 404", "status 410")),
    Behaviour("a connection reset before the answer or in the middle of it, JSON cut short", "skew",
        ("reset", "reset mid-body", "truncated")),
    Behaviour("latency beyond our patience", "skew", ("slow",)),
    Behaviour("an answer of gigabytes", "skew", ("huge", "announced")),
    Behaviour("a Date that is wrong by ten minutes, or missing", "skew", ("dateless",), ("skew_by",)),
    Behaviour("times of a last change that are behind or ahead, by minutes or by decades", "wire, skew",
        happens=("_moment", "_slipped")),
    Behaviour("a resource deleted, and another day there again under its id", "wire",
        happens=("_deleted", "_came_back")),
    Behaviour("a resource that is not shown any more (404), and is shown again", "wire",
        happens=("_hidden", "_shown_as_it_was", "calm")),
    Behaviour("entered in error, another status, another signature", "wire", happens=("_another_status", "_signed")),
    Behaviour("a version that goes back, with the time of its last change", "skew", happens=("_went_back",)),
    Behaviour("what comes late", "skew", happens=("_arrives", "_visit")),
)  # fmt: skip
