"""Files of an export: where our token goes, and that nothing that cannot be read goes by in silence."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fhir_adapters.bulk.begin import Order, begin, cancel
from fhir_adapters.bulk.files import Files
from fhir_adapters.bulk.places import Places
from fhir_adapters.bulk.problems import Closed, Expired, Fewer, NotYet
from fhir_adapters.bulk.status import File, Manifest, read_manifest
from fhir_adapters.errors import Failed, OneRequest, Refused
from tests.unit.fhir_adapters.bulk.server import TOKEN, Answer, Request, lines, two

VISIT = {"resourceType": "Encounter", "id": "e1"}


def ok(body: bytes, **headers: str) -> Answer:
    return 200, body, headers


def ids(files: Files, file: File) -> list[str]:
    return [one.id for one in files.entries(file)]


@pytest.mark.parametrize("needs", [True, False])
@pytest.mark.parametrize(
    ("where", "named", "gets"),
    [("own", False, True), ("other", False, False), ("other", True, True)],
)
def test_the_token_goes_where_the_manifest_and_the_origin_allow_it(
    needs: bool, where: str, named: bool, gets: bool
) -> None:
    with two(lambda _: ok(lines(VISIT)), lambda _: ok(lines(VISIT))) as (ehr, store, wire):
        server = ehr if where == "own" else store
        places = Places(wire.base_url, [store.origin] if named else [])
        assert ids(Files(wire, places, needs, [].append), File("Encounter", f"{server.origin}/files/1")) == ["e1"]
        assert [one.token for one in server.asked] == [TOKEN if needs and gets else None]


def test_a_redirection_to_another_origin_leaves_the_token_behind() -> None:
    with two(lambda _: (302, b"", {}), lambda _: ok(lines(VISIT))) as (ehr, store, wire):
        ehr.answer = lambda _: (302, b"", {"Location": f"{store.origin}/signed"})
        files = Files(wire, Places(wire.base_url), True, [].append)
        assert ids(files, File("Encounter", f"{ehr.origin}/fhir/file")) == ["e1"]
        assert [one.token for one in ehr.asked] == [TOKEN] and [one.token for one in store.asked] == [None]


def test_a_foreign_host_that_wants_a_token_is_named_with_the_key_to_set() -> None:
    with two(lambda _: ok(b""), lambda _: (401, b"", {})) as (_, store, wire):
        with pytest.raises(Closed, match="name it in bulk_hosts"):
            ids(Files(wire, Places(wire.base_url), True, [].append), File("Encounter", f"{store.origin}/1"))
        assert [one.token for one in store.asked] == [None]


def test_what_is_not_safe_on_its_way_is_asked_at_the_base_or_not_at_all() -> None:
    places = Places("https://ehr.example/fhir")
    assert places.file("http://10.0.0.7:8080/fhir/Binary/1", True) == ("https://ehr.example/fhir/Binary/1", True)
    with pytest.raises(Refused, match="no https"):
        places.file("http://files.example/1", False)
    assert places.file("https://files.example/1?sig=x", True) == ("https://files.example/1?sig=x", False)
    assert places.status(
        "http://inner:8080/fhir/$export-poll?_jobId=1", "https://ehr.example/fhir/Group/1/$export"
    ) == ("https://ehr.example/fhir/$export-poll?_jobId=1")
    with pytest.raises(Refused, match="name it in bulk_hosts"):
        places.status("https://other.example/jobs/1", "https://ehr.example/fhir/Group/1/$export")


@pytest.mark.parametrize("pack", [lambda one: (one, {}), lambda one: (gzip.compress(one), {"Content-Encoding": "gzip"}),
                                  lambda one: (gzip.compress(one), {"Content-Type": "application/gzip"})])  # fmt: skip
def test_empty_lines_a_missing_end_and_packing_are_borne(
    pack: Callable[[bytes], tuple[bytes, dict[str, str]]],
) -> None:
    body, headers = pack(b"\xef\xbb\xbf" + lines(VISIT) + b"\r\n\n" + json.dumps({**VISIT, "id": "e2"}).encode())
    with two(lambda _: (200, body, headers), lambda _: ok(b"")) as (ehr, _, wire):
        files = Files(wire, Places(wire.base_url), True, [].append)
        assert ids(files, File("Encounter", f"{ehr.origin}/1", 2)) == ["e1", "e2"]


def test_a_broken_line_is_an_odd_entry_and_the_others_are_read() -> None:
    body = lines(VISIT) + b'{"resourceType":"Encounter","id":\n' + lines({**VISIT, "id": "e3"}, {"id": "no-type"})
    with two(lambda _: ok(body), lambda _: ok(b"")) as (ehr, _, wire):
        found = [*Files(wire, Places(wire.base_url), True, [].append).entries(File("Encounter", f"{ehr.origin}/1"))]
    assert [one.odd is not None for one in found] == [False, True, False, True]
    assert {one.type for one in found} == {"Encounter"}


def test_a_file_that_was_cut_short_or_holds_too_few_is_no_whole_one() -> None:
    with two(lambda _: ok(lines(VISIT)[:-9]), lambda _: ok(lines(VISIT))) as (ehr, store, wire):
        files = Files(wire, Places(wire.base_url), True, [].append)
        with pytest.raises(Failed, match="cut short"):
            ids(files, File("Encounter", f"{ehr.origin}/1"))
        with pytest.raises(Fewer, match="holds 2 and gave 1"):
            ids(files, File("Encounter", f"{store.origin}/1", 2))
        ehr.answer = lambda _: (200, lines(VISIT), {"Content-Length": "900"})
        with pytest.raises(Failed, match="connection broke"):
            ids(files, File("Encounter", f"{ehr.origin}/1"))


@pytest.mark.parametrize(("status", "error"), [(404, Expired), (410, Expired), (403, Closed), (401, Closed)])
def test_what_is_gone_and_what_is_refused_are_told_apart(status: int, error: type[OneRequest]) -> None:
    with two(lambda _: (status, b"", {}), lambda _: ok(b"")) as (ehr, _, wire), pytest.raises(error):
        ids(Files(wire, Places(wire.base_url), False, [].append), File("Encounter", f"{ehr.origin}/1"))


def test_a_failure_of_the_moment_is_tried_again() -> None:
    left = [503, 502, 200]
    with two(lambda _: (left.pop(0), lines(VISIT), {}), lambda _: ok(b"")) as (ehr, _, wire):
        assert ids(Files(wire, Places(wire.base_url), True, [].append), File("Encounter", f"{ehr.origin}/1")) == ["e1"]


def test_a_file_store_that_is_down_is_the_exports_trouble_alone() -> None:
    with two(lambda _: ok(b""), lambda _: ok(b"")) as (_, _store, wire):
        with pytest.raises(Failed, match="refused the connection") as told:
            ids(Files(wire, Places(wire.base_url), False, [].append), File("Encounter", "http://127.0.0.1:1/file"))
        assert isinstance(told.value, OneRequest)


def test_what_was_deleted_is_read_from_bundles() -> None:
    gone = [{"request": {"method": "DELETE", "url": url}} for url in ("Encounter/a", "https://e.example/fhir/Task/b")]
    body = lines({"resourceType": "Bundle", "entry": [*gone, {"request": {"method": "PUT", "url": "Patient/c"}}, {}]})
    notes: list[OneRequest] = []
    with two(lambda _: ok(body + b"{nonsense\n"), lambda _: ok(b"")) as (ehr, _, wire):
        files = Files(wire, Places(wire.base_url), True, notes.append)
        assert [*files.deletions(File("Bundle", f"{ehr.origin}/1"))] == ["Encounter/a", "Task/b"]
    assert len(notes) == 1


def test_names_of_files_outlast_new_signatures_and_a_mark_does_not_pass_the_servers_clock() -> None:
    now = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

    def manifest(signature: str) -> Manifest:
        files = [{"type": "Encounter", "url": f"https://s.example/{no}?sig={signature}"} for no in (1, 2)]
        body = {"transactionTime": "2062-01-01T00:00:00Z", "requiresAccessToken": "true", "output": files}
        return read_manifest(json.dumps(body).encode(), now)

    assert manifest("a").names().keys() == manifest("b").names().keys() and len(manifest("a").names()) == 2
    assert manifest("a").up_to == now and not manifest("a").needs_token  # the word is not the value
    same = {"output": [{"type": "A", "url": f"https://s.example/f?no={no}"} for no in (1, 2)]}
    assert len(read_manifest(json.dumps(same).encode(), now).names()) == 2


ORDER = Order("g1", ("Encounter", "ServiceRequest"), "2026-11-01T00:00:00Z", ("Encounter?date=ge2026-01-01",))
BEGUN = (202, b"", {"Content-Location": "/fhir/jobs/1", "Retry-After": "9"})


def test_an_export_is_begun_by_get_or_post_with_what_was_ordered() -> None:
    with two(lambda _: BEGUN, lambda _: ok(b"")) as (ehr, _, wire):
        begun = begin(wire, Places(wire.base_url), ORDER)
        assert (begun.status_url, begun.wait) == (f"{ehr.origin}/fhir/jobs/1", 9)
        begin(wire, Places(wire.base_url), Order("g1", post=True))
        begin(wire, Places(wire.base_url), Order(None, ("Encounter",), "2026-11-01T00:00:00Z", (), post=True))
        cancel(wire, begun.status_url)
    first, bare, posted, deleted = ehr.asked
    assert first.path == (
        "/fhir/Group/g1/$export?_type=Encounter,ServiceRequest&_since=2026-11-01T00:00:00Z"
        "&_typeFilter=Encounter%3Fdate%3Dge2026-01-01"
    )
    assert first.headers["Prefer"] == "respond-async" and first.headers["Accept"] == "application/fhir+json"
    assert (bare.method, json.loads(bare.body)) == ("POST", {"resourceType": "Parameters"})
    assert posted.path == "/fhir/Patient/$export" and json.loads(posted.body)["parameter"] == [
        {"name": "_type", "valueString": "Encounter"},
        {"name": "_since", "valueInstant": "2026-11-01T00:00:00Z"},
    ]
    assert (deleted.method, deleted.path, deleted.token) == ("DELETE", "/fhir/jobs/1", TOKEN)


def test_a_parameter_that_is_refused_by_name_is_left_out_unless_it_is_needed() -> None:
    def picky(request: Request) -> Answer:
        named = next((one for one in ("_typeFilter", "_since") if one in request.path), None)
        said = {"issue": [{"code": "not-supported", "diagnostics": f"{named} is not supported"}]}
        return BEGUN if named is None else (400, json.dumps(said).encode(), {})

    with two(picky, lambda _: ok(b"")) as (ehr, _, wire):
        begun = begin(wire, Places(wire.base_url), ORDER)
        assert begun.order == Order("g1", ORDER.types) and len(ehr.asked) == 3
        with pytest.raises(Refused, match="_since is not supported"):
            begin(wire, Places(wire.base_url), Order("g1", since="2026-11-01T00:00:00Z", needs_since=True))


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((404, b"", {}), Refused, "check bulk_group"),
        ((401, b"", {}), Refused, "begins no export"),
        ((429, b"{}", {"Retry-After": "4000"}), NotYet, "no export now"),
        ((202, b"", {}), Failed, "where to ask"),
        ((200, b"{}", {}), Refused, "begins no export"),
    ],
)
def test_a_refusal_concerns_the_export_alone(answer: Answer, error: type[OneRequest], words: str) -> None:
    with two(lambda _: answer, lambda _: ok(b"")) as (_, _store, wire), pytest.raises(error, match=words) as told:
        begin(wire, Places(wire.base_url), Order("g1"))
    assert isinstance(told.value, OneRequest)
    assert not isinstance(told.value, NotYet) or told.value.wait == 4000
