"""What a server may answer to one search: whatever can be read is read, whatever cannot is named and set aside."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from fhir_adapters.bundle import Page
from fhir_adapters.by_id import by_ids
from fhir_adapters.capabilities import read_capabilities
from fhir_adapters.client import FhirClient, Search
from fhir_adapters.errors import (
    FinalError,
    Gone,
    NotFound,
    OneRequest,
    PagesDoNotAddUp,
    PartialResults,
    Refused,
    SearchExpired,
    TemporaryError,
    Withheld,
)
from tests.unit.fhir_adapters.scripted import Answer, bundle, capabilities, encounter, ok, outcome, refused, scripted


def pages(client: FhirClient, kind: str = "Encounter", *params: tuple[str, str]) -> list[Page]:
    return list(client.search(kind, params))


def ids(found: list[Page]) -> list[str]:
    return [entry.id for page in found for entry in page.entries]


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        (encounter(7), "Encounter/odd-7"),
        ({"id": "x", "subject": {"reference": "Patient/p1"}}, "Encounter/x"),
        (encounter("x", meta={"lastUpdated": 1795500000000}), "Encounter/x"),
        ({"resourceType": "Encounter"}, "Encounter/odd-"),
        ({"resourceType": 3}, "Encounter/odd-"),
        (encounter("not an id"), "Encounter/odd-"),
        (encounter("a" * 200), "Encounter/odd-"),
        (None, "Encounter/odd-"),
        ("text", "Encounter/odd-"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_odd_entry_is_set_aside_with_a_reason_and_the_page_goes_on(odd: Any, named: str) -> None:
    with scripted(lambda _: ok(bundle(encounter("e1"), odd, encounter("e2"), total=3))) as (_, client):
        (page,) = pages(client)
    assert ids([page]) == ["e1", "e2"]
    (one,) = page.odd
    assert f"{one.type}/{one.id}".startswith(named) and one.odd


@pytest.mark.parametrize("entry", [None, "text", 3, {"fullUrl": "x"}, {"resource": None}])
def test_an_entry_that_is_none_is_set_aside(entry: Any) -> None:
    answer = bundle(encounter("e1"), encounter("e2"))
    answer["entry"].insert(1, entry)
    with scripted(lambda _: ok(answer)) as (_, client):
        (page,) = pages(client)
    assert ids([page]) == ["e1", "e2"] and len(page.odd) == 1


def test_a_resource_nested_without_end_is_set_aside() -> None:
    deep = json.dumps(encounter("deep", extension=None)).replace("null", "[" * 3000 + "]" * 3000)
    body = json.dumps(bundle(encounter("e1"), "DEEP", encounter("e2"))).replace('"DEEP"', deep).encode()
    with scripted(lambda _: ok(body)) as (_, client):
        (page,) = pages(client)
    assert ids([page]) == ["e1", "e2"] and [one.id for one in page.odd] == ["deep"]


@pytest.mark.parametrize(
    "more",
    [
        {"link": None},
        {"entry": None},
        {"total": None},
        {"total": "1"},
        {"total": "many"},
        {"link": [None]},
        {"link": 7, "entry": []},
    ],
)
def test_nulls_and_numbers_as_text_are_borne(more: dict[str, Any]) -> None:
    with scripted(lambda _: ok({**bundle(encounter("e1")), **more})) as (_, client):
        assert ids(pages(client)) == ([] if "entry" in more else ["e1"])


@pytest.mark.parametrize("sign", [b"\t", b"\n", b"\r\n"])
def test_a_tab_or_line_break_inside_a_text_is_read_as_a_space(sign: bytes) -> None:
    body = json.dumps(bundle(encounter("e1", text="A SIGN"), encounter("e2")), indent=1).encode()
    one = json.dumps(encounter("e3", text="A SIGN"), indent=1).encode()
    answers = {"Encounter/e3": one.replace(b" SIGN", sign + b"b")}
    with scripted(lambda path: ok(answers.get(path) or body.replace(b" SIGN", sign + b"b"))) as (_, client):
        (page,) = pages(client)
        alone = client.read_entry("Encounter", "e3")
    assert ids([page]) == ["e1", "e2"] and not page.odd and alone.odd is None
    assert [json.loads(entry.raw)["text"].split() for entry in (page.entries[0], alone)] == [["A", "b"]] * 2


@pytest.mark.parametrize(
    "answer", [b'{"resourceType": "Pat', b'{"resourceType": "Patient", "id": 7}', b'{"id": "x y"}']
)
def test_an_odd_answer_to_a_read_is_what_was_asked_for_and_no_survivor(answer: bytes) -> None:
    with scripted(lambda path: refused(400) if "?" in path else ok(answer)) as (_, client):
        found = by_ids(client, "Patient", ["a"])
    assert [(entry.type, entry.id, bool(entry.odd)) for entry in found.entries] == [("Patient", "a", True)]
    assert not found.survivors


def test_a_link_and_an_entry_that_stand_alone_are_lists_of_one() -> None:
    first = {**bundle(), "link": {"relation": "next", "url": "Encounter?at=2"}, "entry": {"resource": encounter("e1")}}
    with scripted(lambda path: ok(bundle(encounter("e2")) if "at=2" in path else first)) as (_, client):
        assert ids(pages(client)) == ["e1", "e2"]
    text = {**bundle(), "entry": "none"}
    with scripted(lambda _: ok(text)) as (_, client), pytest.raises(FinalError, match="no Bundle"):
        pages(client)


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00Z", "11/24/2026 10:00", "2020-01-01"])
def test_one_odd_time_of_change_is_no_ignored_filter(stamp: str) -> None:
    since = ("_lastUpdated", "ge2026-11-23T00:00:00Z")
    fresh = {"lastUpdated": "2026-11-24T08:00:00Z"}
    odd = encounter("odd", meta={"lastUpdated": stamp})
    with scripted(lambda _: ok(bundle(encounter("e1", meta=fresh), odd, encounter("e2", meta=fresh)))) as (_, client):
        assert ids(pages(client, "Encounter", since)) == ["e1", "odd", "e2"]
    old = [encounter(f"e{n}", meta={"lastUpdated": "2026-10-01T08:00:00Z"}) for n in range(3)]
    with scripted(lambda _: ok(bundle(*old))) as (_, client), pytest.raises(FinalError, match="ignored a filter"):
        pages(client, "Encounter", since)


def test_a_byte_order_mark_is_skipped() -> None:
    with scripted(lambda _: ok(b"\xef\xbb\xbf" + json.dumps(bundle(encounter("e1"))).encode())) as (_, client):
        assert ids(pages(client)) == ["e1"]


def test_no_content_is_nothing_found() -> None:
    with scripted(lambda _: (204, b"", {})) as (_, client):
        assert ids(pages(client)) == []


@pytest.mark.parametrize("text", [rb"A\u0000nn", rb"A\ud83dnn", b"A\x00nn", rb"\udc00Ann", rb"A\u000bnn"])
def test_what_no_text_may_hold_is_taken_out_and_said(text: bytes) -> None:
    body = json.dumps(bundle(encounter("e1", text="NAME"), encounter("e2"))).encode().replace(b"NAME", text)
    with scripted(lambda _: ok(body)) as (_, client):
        (page,) = pages(client)
        assert client.warnings
    name = json.loads(page.entries[0].raw)["text"]
    assert name.replace("\ufffd", "") == "Ann"
    name.encode()


def test_good_escapes_stay_as_they_are() -> None:
    body = json.dumps(bundle(encounter("e1", text="NAME"))).encode().replace(b"NAME", rb"\ud83d\ude00 \\u0000 \u0041\t")
    with scripted(lambda _: ok(body)) as (_, client):
        (page,) = pages(client)
        assert not client.warnings
    assert json.loads(page.entries[0].raw)["text"] == "\U0001f600 \\u0000 A\t"


def numbered(start: int, many: int) -> list[dict[str, Any]]:
    return [encounter(f"e{n}") for n in range(start, start + many)]


def three_pages(path: str, total: Any) -> Answer:
    at = int(path.partition("at=")[2] or 0)
    more = {"next": f"http://inner:8080:8080/fhir/Encounter?at={at + 20}"} if at < 40 else {}
    return ok(bundle(*numbered(at, 20), total=total(at), **more))


@pytest.mark.parametrize(
    "total", [lambda at: 60 - at, lambda at: 20, lambda at: str(60), lambda at: 0], ids=["left", "page", "text", "none"]
)
def test_next_links_decide_whatever_the_total_says(total: Any) -> None:
    with scripted(lambda path: three_pages(path, total)) as (script, client):
        assert len(ids(pages(client))) == 60 == len({*ids(pages(client))})
    assert len(script.asked) == 6


def test_a_total_that_counts_the_warning_is_no_reason_to_read_again() -> None:
    warning = outcome("informational", "information")
    with scripted(lambda _: ok(bundle(encounter("e1"), warning, total=2))) as (script, client):
        assert [found.problem for found in client.search_many([Search("Encounter", ())])] == [None]
    assert len(script.asked) == 1


def test_two_walks_that_agree_are_believed_and_the_server_is_warned_of() -> None:
    with scripted(lambda _: ok(bundle(encounter("e1"), total=3))) as (script, client):
        assert ids(pages(client)) == ["e1", "e1"]
        assert any("totals" in words for words in client.warnings)
    assert len(script.asked) == 2


def test_pages_to_which_no_link_leads_are_not_taken_for_a_wrong_total() -> None:
    everything = numbered(0, 30)

    def answer(path: str, most: int) -> Answer:
        asked = int(path.partition("_count=")[2].partition("&")[0])
        return ok(bundle(*everything[: min(most, asked)], total=32))

    with scripted(lambda path: answer(path, 20)) as (_, client), pytest.raises(PagesDoNotAddUp):
        pages(client)
    with scripted(lambda path: answer(path, 1)) as (_, client):
        assert len({*ids(pages(client))}) == 1  # nothing tells the two apart then


def test_a_wrong_total_is_believed_where_shorter_pages_give_the_same() -> None:
    with scripted(lambda path: three_pages(path, lambda _: 70)) as (script, client):
        assert len({*ids(pages(client))}) == 60
        assert any("totals" in words for words in client.warnings)
    assert len(script.asked) == 9


def test_walks_that_never_agree_do_not_add_up() -> None:
    count = itertools.count()
    with (
        scripted(lambda _: ok(bundle(encounter(f"e{next(count)}"), total=3))) as (script, client),
        pytest.raises(PagesDoNotAddUp, match="finds 3 and gave 1"),
    ):
        pages(client)
    assert len(script.asked) == 4


@pytest.mark.parametrize(
    "link",
    [
        "HTTPS://EHR.example/gw/fhir/Encounter?at=2",
        "http://inner:8080:8080/fhir/Encounter?at=2",
        "http://inner/Encounter?at=2",
        "/gw/fhir/Encounter?at=2",
        "?at=2",
        "Encounter?at=2",
        "//inner/gw/fhir/Encounter?at=2",
        "http://inner:8080/app/Encounter/_search?at=2",
    ],
)
def test_a_next_link_is_asked_at_the_configured_base(link: str) -> None:
    def answer(path: str) -> Answer:
        return ok(bundle(encounter("e2")) if "at=2" in path else bundle(encounter("e1"), next=link))

    with scripted(answer, "/gw/fhir") as (script, client):
        assert ids(pages(client)) == ["e1", "e2"]
    assert script.asked[1].startswith(("/gw/fhir/Encounter?at=2", "/gw/fhir/Encounter/_search?at=2"))


@pytest.mark.parametrize(
    "link",
    [
        "http://inner:8080/fhir?_page=at=2",
        "http://inner:8080/app/gw/fhir?_page=at=2",
        "http://inner:8080?_page=at=2",
        "http://inner:8080/baseR4?_getpages=at=2",
    ],
)
def test_a_page_that_stands_at_the_base_is_asked_there(link: str) -> None:
    def answer(path: str) -> Answer:
        return ok(bundle(encounter("e2")) if "at=2" in path else bundle(encounter("e1"), next=link))

    with scripted(answer, "/gw/fhir") as (script, client):
        assert ids(pages(client)) == ["e1", "e2"]
    assert script.asked[1].startswith("/gw/fhir?")


def test_an_empty_next_link_is_the_end() -> None:
    with scripted(lambda _: ok(bundle(encounter("e1"), next=""))) as (_, client):
        assert ids(pages(client)) == ["e1"]


@pytest.mark.parametrize("link", ["https://evil.example/collect?x=1", "http://inner/fhir/../x", "mailto:a@b"])
def test_a_next_link_that_means_nothing_here_is_never_followed(link: str) -> None:
    with (
        scripted(lambda _: ok(bundle(encounter("e1"), next=link))) as (script, client),
        pytest.raises(FinalError, match="another server") as told,
    ):
        pages(client)
    assert len(script.asked) == 1 and not isinstance(told.value, OneRequest)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_search_that_expired_begins_again(status: int) -> None:
    expired = itertools.count()

    def answer(path: str) -> Answer:
        if "at=20" in path and next(expired) == 0:
            return refused(status, "not-found", "search expired")
        return three_pages(path, lambda at: 60)

    with scripted(answer) as (_, client):
        assert len({*ids(pages(client))}) == 60


def test_a_search_that_always_expires_is_given_up_after_three_more() -> None:
    def answer(path: str) -> Answer:
        return refused(410, "deleted") if "at=20" in path else three_pages(path, lambda at: 60)

    with scripted(answer) as (script, client), pytest.raises(SearchExpired, match="forgot"):
        pages(client)
    assert sum("at=20" in path for path in script.asked) == 4


@pytest.mark.parametrize("date", ["Wed, 25 Nov 2026 10:00:05", "Wed, 25 Nov 2026 10:00:05 GMT"])
def test_a_date_without_a_zone_is_utc(date: str) -> None:
    tries = itertools.count()
    waited: list[float] = []

    def answer(_: str) -> Answer:
        if next(tries) == 0:
            return 503, b"{}", {"Retry-After": date, "Date": "Wed, 25 Nov 2026 10:00:00"}
        return ok(bundle())

    with scripted(answer) as (_, client):
        client._wire.pause = waited.append
        _ = client.vendor
        pages(client)
    assert waited == [5.0]


@pytest.mark.parametrize(
    "header",
    ["²", "", "soon", "-3", "3.5", "3, 3", "Fri, 31 Dec 9999 23:59:59 -0100", "Mon, 01 Jan 0001 00:00:00 GMT"],
)
def test_a_time_to_wait_that_is_none_is_answered_with_our_own(header: str) -> None:
    tries = itertools.count()
    waited: list[float] = []

    def answer(_: str) -> Answer:
        if next(tries) == 0:
            return 503, b"{}", {"Retry-After": header, "Date": header}
        return ok(bundle())

    with scripted(answer) as (_, client):
        client._wire.pause = waited.append
        _ = client.vendor
        pages(client)
    assert len(waited) == 1 and 0 <= waited[0] <= 1


def test_a_length_of_thousands_of_digits_is_larger_than_we_take() -> None:
    with scripted(lambda _: ok(bundle(), Content_Length="9" * 5000)) as (_, client), pytest.raises(Refused, match="MB"):
        pages(client)


def test_one_record_that_is_elsewhere_now_is_that_records_and_the_whole_server_is_not() -> None:
    moved = {
        "Practitioner/old": "/fhir/Practitioner/new",
        "Patient/older": "/fhir/Patient/old",
        "Patient/old": "/fhir/Patient/new",
        "Patient/out": "/fhir/login",
        "Patient/here": "/fhir/Patient/there",
        "Patient/there": "/fhir/Patient/here",
        "Patient/far": "/r4/fhir/Patient/far",
    }

    def answer(path: str) -> Answer:
        if path in moved:
            return 301, b"", {"Location": moved[path]}
        return ok(dict(zip(("resourceType", "id"), path.split("/"), strict=True)))

    with scripted(lambda path: refused(400) if "?" in path else answer(path)) as (_, client):
        found = by_ids(client, "Patient", ["a", "old", "older", "out", "here"])
        assert [entry.id for entry in found.entries] == ["a", "new", "new"]
        assert found.survivors == {"old": "new", "older": "new"}
        assert {*found.problems} == {"out", "here"}, "to another patient alone, and not for ever"
        assert all(isinstance(one, Refused) for one in found.problems.values())
        assert isinstance(by_ids(client, "Practitioner", ["old"]).problems["old"], Refused)
        with pytest.raises(FinalError, match="put the final one") as told:
            by_ids(client, "Patient", ["far"])
    assert not isinstance(told.value, OneRequest)


def test_one_refused_search_does_not_take_along_the_others() -> None:
    answers = {
        "p403": refused(403),
        "p404": refused(404),
        "p500": refused(500, "exception"),
        "poutcome": ok(outcome("forbidden", words="break the glass")),
        "pcut": ok(b'{"resourceType":"Bundle","entry":[{'),
    }

    def answer(path: str) -> Answer:
        patient = path.partition("Patient/")[2].partition("&")[0]
        return answers.get(patient) or ok(bundle(encounter("e1", subject={"reference": f"Patient/{patient}"})))

    asked = [Search("Encounter", (("patient", f"Patient/{one}"),)) for one in ("p1", *answers, "p2")]
    with scripted(answer) as (_, client):
        found = list(client.search_many(asked))
    assert [one.search for one in found] == asked
    assert not found[0].problem and not found[-1].problem and found[-1].entries
    assert all(isinstance(one.problem, OneRequest) and not one.entries for one in found[1:-1])
    assert isinstance(found[1].problem, Refused) and isinstance(found[3].problem, TemporaryError)
    assert "break the glass" in str(found[4].problem)


@pytest.mark.parametrize(
    "trouble", [(401, b"{}", {}), ok(b"<html>sign in</html>"), ok({"resourceType": "Patient", "id": "x"})]
)
def test_what_concerns_the_server_is_no_one_search_s(trouble: Answer) -> None:
    with scripted(lambda _: trouble) as (_, client), pytest.raises(FinalError) as told:
        list(client.search_many([Search("Encounter", ())]))
    assert not isinstance(told.value, OneRequest)


@pytest.mark.parametrize(
    ("beside", "partial"),
    [
        (outcome("incomplete", "warning", "results are incomplete"), True),
        (outcome("timeout", "warning", "slow source left out"), True),
        (outcome("processing", "error", "one source failed"), True),
        (outcome("informational", "information", "all is well"), False),
        (outcome("informational", "warning", "a parameter was ignored"), False),
        (outcome("throttled", "information", "hurry slowly"), False),
    ],
)
def test_results_that_the_server_calls_partial_are_no_whole(beside: dict[str, Any], partial: bool) -> None:
    with scripted(lambda _: ok(bundle(encounter("e1"), beside))) as (_, client):
        (found,) = client.search_many([Search("Encounter", ())])
        assert bool(pages(client)[0].partial) is partial
    assert isinstance(found.problem, PartialResults) is partial and len(found.entries) == 1


@pytest.mark.parametrize("code", ["suppressed", "security", "forbidden"])
def test_what_is_kept_from_us_is_told_apart_from_what_failed(code: str) -> None:
    with scripted(lambda _: ok(bundle(encounter("e1"), outcome(code, "warning", "no notes")))) as (_, client):
        (found,) = client.search_many([Search("Encounter", ())])
    assert isinstance(found.problem, Withheld) and len(found.entries) == 1 and "no notes" in str(found.problem)


def practitioner(path: str) -> Answer:
    return ok({"resourceType": "Practitioner", "id": path.partition("/")[2]})


@pytest.mark.parametrize("status", [400, 404, 405, 500])
def test_a_type_that_cannot_be_searched_is_read_by_id(status: int) -> None:
    with scripted(lambda path: refused(status) if "?" in path else practitioner(path)) as (_, client):
        found = by_ids(client, "Practitioner", ["a", "b"])
    assert [entry.id for entry in found.entries] == ["a", "b"] and not found.problems


def test_a_type_that_says_it_is_only_read_is_never_searched() -> None:
    with scripted(practitioner) as (script, client):
        script.statement = capabilities("Practitioner", Practitioner={"interaction": [{"code": "read"}]})
        found = by_ids(client, "Practitioner", ["a", "b"])
        assert not client.capabilities().finds_by("Practitioner", "_id")
    assert [entry.id for entry in found.entries] == ["a", "b"] and not any("?" in path for path in script.asked)


def test_ids_that_a_search_does_not_understand_together_are_read_one_by_one_and_it_is_said() -> None:
    with scripted(lambda path: ok(bundle()) if "?" in path else practitioner(path)) as (_, client):
        found = by_ids(client, "Practitioner", ["a", "b", "c"])
        assert any("by several ids" in words for words in client.warnings)
    assert [entry.id for entry in found.entries] == ["a", "b", "c"]


def test_what_one_of_many_ids_cannot_give_is_named_and_the_others_come() -> None:
    def answer(path: str) -> Answer:
        if "?" in path:
            return ok(bundle({"resourceType": "Patient", "id": "a"}))
        return {"Patient/b": refused(403), "Patient/c": refused(404), "Patient/d": refused(410)}[path]

    with scripted(answer) as (_, client):
        found = by_ids(client, "Patient", ["a", "b", "c", "d"])
    assert [entry.id for entry in found.entries] == ["a"]
    assert [type(found.problems[one]) for one in "bcd"] == [Refused, NotFound, Gone]


def test_a_merged_record_is_answered_with_its_survivor() -> None:
    survivor = {"resourceType": "Patient", "id": "new"}
    with scripted(lambda path: ok(bundle(survivor) if "?" in path else survivor)) as (_, client):
        found = by_ids(client, "Patient", ["old"])
    assert found.survivors == {"old": "new"} and not found.problems


def test_a_server_that_ignores_the_ids_is_told_apart_from_a_merge() -> None:
    everybody = bundle(*({"resourceType": "Patient", "id": name} for name in "abcdef"))
    with scripted(lambda _: ok(everybody)) as (_, client), pytest.raises(FinalError, match="ignored a filter"):
        by_ids(client, "Patient", ["a", "b"])


def test_a_server_that_is_down_is_not_asked_for_every_id() -> None:
    with scripted(lambda _: refused(500, "exception")) as (script, client), pytest.raises(TemporaryError):
        by_ids(client, "Patient", [f"p{n}" for n in range(50)])
    assert len(script.asked) < 140


def test_people_who_are_refused_one_and_all_are_not_asked_for_each() -> None:
    with scripted(lambda _: refused(403)) as (script, client):
        found = by_ids(client, "Practitioner", [f"p{n}" for n in range(60)])
    assert len(found.problems) == 60 and len(script.asked) < 40


def test_another_patient_in_an_answer_is_a_survivor_and_many_are_an_ignored_filter() -> None:
    def named(*patients: str) -> Answer:
        return ok(bundle(*(encounter(f"e-{one}", subject={"reference": f"Patient/{one}"}) for one in patients)))

    asked = ("patient", "Patient/old")
    with scripted(lambda _: named("new")) as (_, client):
        assert ids(pages(client, "Encounter", asked)) == ["e-new"]
    with scripted(lambda _: named("a", "b", "c")) as (_, client), pytest.raises(FinalError, match="ignored a filter"):
        pages(client, "Encounter", asked)


def test_a_statement_with_nulls_is_read() -> None:
    raw = b'{"resourceType":"CapabilityStatement","rest":[{"resource":[{"type":"Encounter","searchParam":null,'
    raw += b'"interaction":null},{"type":"Task","searchParam":[{"name":"patient"}]}]},{"resource":null}]}'
    found = read_capabilities(raw)
    assert found.finds_by("Encounter", "patient") and found.can_search("Task", "patient")


@pytest.mark.parametrize(
    "more",
    [
        {"rest": [None, {"resource": [None, {"type": "Encounter", "searchParam": [None, {"name": "patient"}, {}]}]}]},
        {"rest": {"resource": {"type": "Encounter", "searchParam": {"name": "patient"}, "interaction": [None]}}},
        {"fhirVersion": 4.0, "software": "HAPI", "rest": [{"resource": [{"type": 3}, {"type": "Encounter"}]}]},
    ],
)
def test_a_statement_is_read_as_far_as_it_is_one(more: dict[str, Any]) -> None:
    found = read_capabilities(json.dumps({**capabilities(), **more}).encode())
    assert found.finds_by("Encounter", "patient") and set(found.types) == {"Encounter"} and not found.read_only


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'["CapabilityStatement"]', FinalError),
        (b'{"resourceType":"Patient"}', FinalError),
        (b'{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}', FinalError),
        (b'{"resourceType":"Capab', TemporaryError),
    ],
)
def test_what_is_no_statement_of_r4_ends_the_run(raw: bytes, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        read_capabilities(raw)


@pytest.mark.parametrize("words", ["no\u0000t for\n you", "token=abc123 not for you", "x" * 900])
def test_what_a_server_says_is_told_in_one_short_line_that_any_database_holds(words: str) -> None:
    with scripted(lambda _: refused(403, words=words)) as (_, client), pytest.raises(Refused) as told:
        pages(client)
    assert str(told.value).isprintable() and len(str(told.value)) < 300 and "abc123" not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((200, b"<html>blocked</html>", {}), Refused, "web page"),
        (ok({"error": "not available"}), Refused, "no Bundle"),
        (ok(encounter("e1")), Refused, "no Bundle"),
        (ok(outcome("throttled")), TemporaryError, "try again"),
        (ok(outcome("timeout")), TemporaryError, "try again"),
    ],
)
def test_what_is_no_searchset_is_one_search_s_trouble_where_another_was_answered(
    answer: Answer, kind: type[Exception], words: str
) -> None:
    with scripted(lambda path: answer if "p2" in path else ok(bundle(encounter("e1")))) as (_, client):
        pages(client)
        (found,) = client.search_many([Search("Encounter", (("patient", "Patient/p2"),))])
        assert isinstance(found.problem, kind) and words in str(found.problem)
        assert pages(client)


@pytest.mark.parametrize(("status", "more"), [(408, {}), (425, {}), (429, {"Retry-After": "0"})])
def test_a_server_that_gave_up_waiting_is_asked_again_and_not_at_once(status: int, more: dict[str, str]) -> None:
    tries = itertools.count()
    waited: list[float] = []
    with scripted(lambda _: (status, b"", more) if next(tries) == 0 else ok(bundle(encounter("e1")))) as (_, client):
        client._wire.pause = waited.append
        assert ids(pages(client)) == ["e1"]
    assert waited and min(waited) > 0.1


def test_a_relation_is_next_in_whatever_letters() -> None:
    first = {**bundle(encounter("e1")), "link": [{"relation": " Next", "url": "Encounter?at=2"}]}
    with scripted(lambda path: ok(bundle(encounter("e2")) if "at=2" in path else first)) as (_, client):
        assert ids(pages(client)) == ["e1", "e2"]


@pytest.mark.parametrize("there", [19, 20, 21])
def test_a_full_page_without_a_total_or_a_link_may_be_cut(there: int) -> None:
    def answer(path: str, links: bool) -> Answer:
        most, at = (int(f"{path}&".partition(name)[2].partition("&")[0] or 0) for name in ("_count=", "at="))
        more = {"next": f"Encounter?_count={most}&at={at + most}"} if links and at + most < there else {}
        return ok(bundle(*numbered(0, there)[at : at + most], **more))

    with scripted(lambda path: answer(path, links=True)) as (_, client):
        assert len({*ids(pages(client))}) == there
    with scripted(lambda path: answer(path, links=False)) as (_, client):
        (found,) = client.search_many([Search("Encounter", ())])
    assert isinstance(found.problem, PagesDoNotAddUp) == (there >= 20)
