"""Every key of the configuration is tried with values that cannot be meant: each is refused at the start, by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from loopclose.config.loading import parse
from loopclose.config.sections import Config
from loopclose.errors import ConfigError

GOOD = """
[practice.main]
name = "Harbor"
timezone = "America/New_York"
[ehr.main]
practice = "main"
base_url = "https://ehr.example/fhir"
[sign_in.work]
issuer = "https://work.example"
client_id = "us"
client_secret = "s3cret"
label = "Sign in with work"
[fax.main]
gateway = "srfax"
user = "12345"
password = "s3cret"
sender = "(617) 555-0100"
sender_mail = "office@practice.example"
[printer.main]
uri = "ipp://10.0.0.7/ipp/print"
name = "front-desk"
[mail]
host = "mail.example"
sender = "loopclose@practice.example"
"""
for TABLE in ("direct", "encrypted_mail"):
    GOOD += f"""
[{TABLE}.main]
host = "mail.example"
sender = "letters@direct.practice.example"
certificate_file = '{__file__}'
key_file = "/nowhere/key.pem"
recipients = '{Path(__file__).parent}'
anchors_file = '{__file__}'
"""
LONG = "x" * 65
WRONG: dict[str, list[tuple[Any, str]]] = {
    "practice": [({}, "at least 1"), ({LONG: {}}, "name of letters"), ("main", "dictionary")],
    "practice.main.name": [("", "one line"), ("a\nb", "one line"), (7, "string")],
    "practice.main.timezone": [("Mars/Base", "time zone"), ("", "time zone"), ("../etc", "time zone")],
    "practice.main.holidays": [("US-ZZ", "US-MA"), ("", "US-MA"), (["2026-13-01"], "a date"), ([7], "a date")],
    "practice.main.closed": [(["Christmas"], "a date such as"), ("2026-12-24", "list"), ([20261224], "a date")],
    "practice.main.open": [(["24.12.2026"], "a date such as"), (["2026-12-26"], 'hours for "sat"')],
    "practice.main.hours": [({}, "at least one"), ({"mon": "9-17"}, "08:00-17:00"), ({"Monday": "08:00-17:00"}, "mon")],
    "practice.main.specialty": [("", "one line")],
    "practice.main.phone": [("", "one line of text"), (6175550140, "string")],
    "practice.main.live_from": [("soon", "a date such as"), (20261224, "a date"), ("2026-02-30", "a date")],
    "practice.main.rehearsal": [("maybe", "boolean")],
    "practice.main.organizations": [(["harbor"], "reference such as"), (["https://e.example/Organization/1"], "NPI")],
    "practice.main.residents": [(["Practitioner/"], "reference such as"), (["123456789"], "ten digits")],
    "practice.main.clinicians": [(["Practitioner/"], "reference such as"), (["123456789"], "ten digits")],
    "practice.main.part2": [("maybe", "boolean")],
    "practice.main.part2_clinicians": [(["heart"], "reference such as"), ("Practitioner/heart", "list")],
    "practice.main.hold_codes": [(["F11.20"], "a code with its system"), (["a b|c"], "a code with its system")],
    "practice.main.visit_classes": [(["AMBULATORY"], "AMB"), ([], "at least 1")],
    "practice.main.draft_ahead": [("sometimes", "boolean"), (7, "boolean")],
    "practice.main.paper": [("letter", "us-letter"), ("A4", "a4")],
    "practice.main.letter_templates": [
        ({"heart": "/etc/passwd"}, "Practitioner/heart"),
        ({"Practitioner/h": "/nowhere/h.typ"}, "can be read"),
    ],
    "practice.main.letter_template_tried": [("/nowhere/letter.typ", "can be read"), (7, "path")],
    "practice.main.letter_template": [("/nowhere/letter.typ", "can be read"), (7, "path")],
    "ehr": [({"a/b": {}}, "name of letters")],
    "ehr.main.practice": [("other", "no such")],
    "ehr.main.base_url": [
        ("ftp://ehr.example", "http or https"),
        ("https://u:s3cret@ehr.example", "without user"),
        ("https://ehr.example/fhir?x=1", "query"),
        ("https://ehr.example:port", "http or https"),
        ("https://", "http or https"),
        ("https://ehr.example/\nX: y", "http or https"),
    ],
    "ehr.main.also_known_as": [(["ehr.example"], "http or https")],
    "ehr.main.auth": [
        ("digest", "none"),
        ("bearer", "needs a token"),
        ("basic", "user and password"),
        ("smart-backend", "needs key_file"),
    ],
    "ehr.main.worklist": [
        ([], "orders"),
        ("order", "orders"),
        (7, "orders"),
        ("roster", "needs roster"),
        ("events", "events_secret"),
    ],
    "ehr.main.events_secret": [("", "one line"), ("too short", "32"), ("x" * 32, "expected together")],
    "ehr.main.events_next_secret": [("too short", "32"), ("x" * 32, "beside events_secret")],
    "ehr.main.requests_per_minute": [(0, "1"), ("many", "integer"), (1_000_000, "100000")],
    "ehr.main.requests_per_day": [(99, "100"), ("many", "integer"), (1_000_000_000, "100000000")],
    "ehr.main.locations": [
        (["rooms"], "Location/rooms"),
        ("Location/rooms", "list"),
        (["Practitioner/a"], "Location/rooms"),
    ],
    "ehr.main.roster": [(7, "path")],
    "ehr.main.bulk_group": [("Group/cohort", "id of a Group"), ("", "id of a Group"), ("a?b=c", "id of a Group")],
    "ehr.main.bulk_kick_off": [("put", "get"), (7, "get")],
    "ehr.main.bulk_every_hours": [(0, "greater"), (169, "less"), ("daily", "integer")],
    "ehr.main.bulk_hosts": [("https://files.example", "list"), (["files.example"], "http or https")],
    "ehr.main.token": [("", "one line"), ("a\nb", "one line")],
    "ehr.main.user": [("", "one line")],
    "ehr.main.password": [("", "one line"), ("s3cret\n", "one line")],
    "ehr.main.client_id": [("", "one line"), (7, "string")],
    "ehr.main.key_file": [(7, "path"), ("/etc/passwd", "owner alone"), ("/", "owner alone")],
    "ehr.main.token_url": [("sign-in.example", "http or https"), ("https://e.example/t?x=1", "query")],
    "ehr.main.scopes": [
        ("system/Task.read", "list"),
        (["system/*.read"], "type to be read"),
        (["system/Task.cruds"], "type to be read"),
        (["user/Task.read"], "type to be read"),
        (["openid"], "type to be read"),
    ],
    "ehr.main.vendor": [("cerner", "oracle"), ("", "auto")],
    "ehr.main.ca": [("/nowhere/ca.pem", "can be read")],
    "ehr.main.page_size": [(0, "greater"), (1001, "less"), ("many", "integer")],
    "ehr.main.parallel": [(0, "greater"), (17, "less")],
    "ehr.main.max_megabytes": [(0, "greater"), (10**9, "less")],
    "ehr.main.timeout_seconds": [(0, "greater"), (float("inf"), "less"), (float("nan"), "less")],
    "ehr.main.code_map": [("/nowhere/map.toml", "can be read")],
    "ehr.main.write_back": [("yes", "none"), (True, "deliver"), ("", "file")],
    "ehr.main.launch_client_id": [("", "one line"), ("us", "launch_key_file or launch_secret")],
    "ehr.main.launch_key_file": [("/etc/passwd", "owner alone"), ("/nowhere/key.pem", "launch_client_id, and with it")],
    "ehr.main.launch_secret": [("", "one line"), ("s3cret", "launch_client_id, and with it")],
    "ehr.main.frame_origins": [
        (["ehr.example"], "http or https"),
        (["https://ehr.example/app"], "without a path"),
        (["https://*.example"], "without a path"),
        (["https://e.example;script-src *"], "http or https"),
    ],
    "ehr.main.hooks_issuers": [([""], "one line"), (["https://ehr.example"], "expected together")],
    "ehr.main.hooks_key_urls": [(["ehr.example/keys"], "http or https"), (["https://ehr.example/keys"], "together")],
    "database.url": [(7, "string")],
    "delivery.automatic": [("sometimes", "boolean")],
    "delivery.page_address": [("confirm.example", "http"), (7, "string")],
    "delivery.page_port": [(0, "greater"), ("many", "integer")],
    "mail.host": [("", "machine"), ("mail example", "machine"), ("smtp://mail.example", "machine")],
    "mail.port": [(0, "greater"), (65536, "less")],
    "mail.tls": [("ssl", "starttls")],
    "mail.user": [("", "one line"), ("loopclose", "together")],
    "mail.password": [("", "one line"), ("s3cret", "together")],
    "mail.sender": [(7, "string")],
    "mail.ca": [("/nowhere/ca.pem", "can be read")],
    "log.format": [("xml", "json")],
    "ehr.main.routes_notes": [("perhaps", "boolean")],
    "linking.docstatus_absent_counts": [("perhaps", "boolean")],
    "deadlines.stat_hours": [(0, "greater"), (337, "less")],
    "deadlines.urgent_days": [(0, "greater"), (61, "less")],
    "deadlines.asap_days": [(0, "greater"), (61, "less")],
    "deadlines.routine_days": [(0, "greater"), (61, "less"), (1.5, "integer")],
    "deadlines.ceiling_days": [(0, "greater"), (367, "less")],
    "escalation.offsets": [
        ([], "at least 1"),
        ([-1, 0, 2, 5, 7, 9], "at most 4"),
        ([-1, 0, 2], "roles for each"),
        ([0, 0, 2, 5], "rise"),
        ([5, 2, 0, -1], "rise"),
        ([-1, 0, 2, 500], "less"),
        (["soon", 0, 2, 5], "integer"),
    ],
    "escalation.roles": [([["author"], [], ["lead"], ["manager"]], "at least 1"), ([["boss"]] * 4, "coordinator")],
    "escalation.night": [
        ("25:00", "23:59"),
        ("soon", "23:59"),
        ("2:00", "23:59"),
        ("02:00:00", "23:59"),
        ("", "23:59"),
    ],
    "sign_in.work.issuer": [("work.example", "http or https"), ("http://work.example", "an https address")],
    "sign_in.work.client_id": [("", "one line")],
    "sign_in.work.client_secret": [("", "one line")],
    "sign_in.work.key_file": [("/etc/passwd", "owner alone"), ("/nowhere/key.pem", "either client_secret")],
    "sign_in.work.label": [("", "one line")],
    "sign_in.work.practice": [("other", "no such")],
    "sign_in.work.ehr": [("other", "no such")],
    "sign_in.work.scopes": [(["profile"], '"openid" in it'), ("openid", "list")],
    "sign_in.work.claims": [("name", "list"), ([""], "one line")],
    "sign_in.work.max_age_minutes": [(-1, "greater"), (1441, "less"), ("soon", "integer")],
    "sign_in.work.ca": [("/nowhere/ca.pem", "can be read")],
    "fax.main.gateway": [("hylafax", "srfax"), ("mail", "needs address_template")],
    "fax.main.url": [("fax.example", "http or https"), ("http://fax.example", "an https address")],
    "fax.main.user": [("", "one line")],
    "fax.main.password": [("", "one line")],
    "fax.main.sender": [("911", "emergency"), ("617-555-0100 x2", "extension"), (6175550100, "string")],
    "fax.main.sender_mail": [("office", "an @")],
    "fax.main.address_template": [("fax@fax.example", '"{number}" in it'), ("{number}{number}@f.example", "{number}")],
    "fax.main.webhook_secret": [("short", "at least 32")],
    "fax.main.confirmation_counts": [("maybe", "boolean")],
    "fax.main.listing_minutes": [(5, "greater"), (1441, "less"), ("soon", "integer")],
    "fax.main.ca": [("/nowhere/ca.pem", "can be read")],
    "fax.main.timeout_seconds": [(0, "greater"), (601, "less")],
    "fax.other": [({"gateway": "documo", "password": "k"}, "no such [practice")],
    "printer.main.uri": [
        ("http://10.0.0.7/ipp", "the address of a printer"),
        ("ipp://printer.example/ipp/print", "an ipps address"),
        ("ipp://8.8.8.8/ipp/print", "an ipps address"),
        ("ipps://user@printer.example/", "the address of a printer"),
        ("ipp:///ipp/print", "the address of a printer"),
    ],
    "printer.main.name": [("", "letters, digits"), ("Front desk", "letters, digits")],
    "printer.main.ca": [("/nowhere/ca.pem", "can be read")],
    "printer.main.wait_minutes": [(0, "greater"), (1441, "less")],
    "printer.other": [({"uri": "ipp://127.0.0.1/p", "name": "p"}, "no such [practice")],
    "web.host": [("", "machine"), ("a b", "machine")],
    "web.port": [(-1, "greater"), (65536, "less")],
    "web.secret": [(7, "string")],
    "web.address": [("loopclose.example", "http or https"), ("https://x.example/?a=b", "query")],
    "web.trusted_proxies": [(["proxy.example"], "network"), ("10.0.0.1", "list")],
    "web.metrics_token": [(7, "string")],
    "web.session_idle_minutes": [(0, "greater"), (1441, "less")],
    "web.mail_folder": [(7, "path")],
}
OF_ENCRYPTED: dict[str, list[tuple[Any, str]]] = {
    **{key.removeprefix("mail."): cases for key, cases in WRONG.items() if key.startswith("mail.")},
    "sender": [("letters", "an @"), (7, "string")],
    "certificate_file": [("/nowhere/us.pem", "can be read")],
    "key_file": [("/etc/passwd", "owner alone"), (7, "path")],
    "recipients": [("/nowhere", "a folder"), ("/etc/passwd", "a folder")],
    "anchors_file": [("/nowhere/anchors.pem", "can be read")],
    "mailbox_host": [("a b", "machine"), ("imap.example", "together")],
    "mailbox_port": [(0, "greater"), (65536, "less")],
    "mailbox_user": [("", "one line"), ("letters", "together")],
    "mailbox_password": [("", "one line"), ("s3cret", "together")],
    "oid": [("1.2.x", "an OID"), ("", "an OID"), (12, "string")],
    "answers_requests": [("maybe", "boolean"), (True, "needs oid")],
    "mailbox_folder": [("", "one line"), ("Eingänge", "ASCII")],
}
for TABLE in ("direct", "encrypted_mail"):
    WRONG |= {f"{TABLE}.main.{key}": cases for key, cases in OF_ENCRYPTED.items()}
    WRONG[f"{TABLE}.other"] = [(tomllib.loads(GOOD)[TABLE]["main"], "no such [practice")]
CASES = [(key, value, words) for key, cases in WRONG.items() for value, words in cases]


def with_value(key: str, value: Any) -> dict[str, Any]:
    values = tomllib.loads(GOOD)
    table = values
    *tables, last = key.split(".")
    for name in tables:
        table = table.setdefault(name, {})
    table[last] = value
    return values


@pytest.mark.parametrize(("key", "value", "words"), CASES, ids=lambda one: str(one)[:40])
def test_a_value_that_cannot_be_meant_is_refused_by_name(key: str, value: Any, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        parse(with_value(key, value), "loopclose.toml")
    said = str(told.value)
    assert said.startswith("loopclose.toml: ") and words in said, said
    assert "\n" not in said and "s3cret" not in said, said
    section, _, last = key.rpartition(".")
    assert last in said or section in said, said


def test_every_key_is_tried() -> None:
    missing = []
    for name, field in Config.model_fields.items():
        section = next((key.split(".")[:-1] for key in WRONG if key.startswith(f"{name}.")), None)
        assert section is not None, name
        of = parse(tomllib.loads(GOOD))
        shown = getattr(of, name)
        shown = next(iter(shown.values())) if isinstance(shown, dict) else shown
        missing += [one for one in type(shown).model_fields if ".".join([*section, one]) not in WRONG]
        assert field is not None
    assert missing == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("practice.main.holiday", "the key practice.main.holiday is not known: did you mean holidays?"),
        ("ehr.main.tokn_file", "did you mean token_file?"),
        ("escalation.offset", "did you mean offsets?"),
        ("mail.pasword", "did you mean password?"),
        ("maill.host", "the key maill is not known: did you mean mail?"),
        ("web.colour", "the key web.colour is not known; see docs/configuration.md"),
    ],
)
def test_an_unknown_key_is_refused_with_what_was_probably_meant(key: str, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        parse(with_value(key, "x"))
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"password": "s3cret", "user": "u", "tls": "none"}, False),
        ({"password": "s3cret", "user": "u", "tls": "none", "host": "10.0.0.1"}, False),
        ({"password": "s3cret", "user": "u", "tls": "none", "host": "127.0.0.1"}, True),
        ({"password": "s3cret", "user": "u", "tls": "none", "host": "::1"}, True),
        ({"password": "s3cret", "user": "u", "tls": "none", "host": "localhost"}, True),
        ({"password": "s3cret", "user": "u", "tls": "starttls"}, True),
        ({"tls": "none"}, True),
    ],
)
def test_a_password_leaves_in_the_clear_for_this_machine_alone(changes: dict[str, str], taken: bool) -> None:
    values = tomllib.loads(GOOD)
    values["mail"] |= changes
    if taken:
        assert parse(values).mail is not None
        return
    with pytest.raises(ConfigError, match=r'^configuration: mail: a password needs tls = "starttls" or "tls"') as told:
        parse(values)
    assert "s3cret" not in str(told.value)


def test_an_ehrs_token_goes_over_tls_or_to_this_machine() -> None:
    values = with_value("ehr.main.base_url", "http://ehr.example/fhir")
    values["ehr"]["main"] |= {"auth": "bearer", "token": "s3cret"}
    with pytest.raises(ConfigError, match="needs an https base_url"):
        parse(values)
    values["ehr"]["main"]["base_url"] = "http://127.0.0.1:8080/fhir"
    assert parse(values).ehr["main"].token is not None


def backend(**more: Any) -> dict[str, Any]:
    values = tomllib.loads(GOOD)
    values["ehr"]["main"] |= {"auth": "smart-backend", "client_id": "us", "key_file": "/nowhere/key.pem", **more}
    return values


def test_a_key_that_is_not_made_yet_is_no_reason_to_stop() -> None:
    taken = parse(backend(token_url="https://e.example/token/")).ehr["main"]
    assert taken.token_url == "https://e.example/token/", "told on to the letter: it is the audience of what we sign"


@pytest.mark.parametrize(
    ("key", "address", "taken"),
    [
        ("base_url", "http://ehr.example/fhir", False),
        ("base_url", "http://127.0.0.1:8080/fhir", True),
        ("token_url", "http://ehr.example/token", False),
        ("token_url", "http://localhost:8080/token", True),
    ],
)
def test_an_assertion_and_a_token_go_over_tls_or_to_this_machine(key: str, address: str, taken: bool) -> None:
    if taken:
        assert parse(backend(**{key: address}))
        return
    with pytest.raises(ConfigError, match=f"needs an https {key}"):
        parse(backend(**{key: address}))


def test_a_closing_day_may_not_be_an_opening_day() -> None:
    values = with_value("practice.main.closed", ["2026-12-24"])
    values["practice"]["main"]["open"] = ["2026-12-24"]
    with pytest.raises(ConfigError, match="2026-12-24 stands in closed and in open"):
        parse(values)


def test_dates_may_be_written_as_text_or_as_dates() -> None:
    values = tomllib.loads(
        GOOD.replace('name = "Harbor"', 'name = "Harbor"\nclosed = [2026-12-24, "2026-12-31"]\nlive_from = 2026-11-01')
    )
    practice = parse(values).practice["main"]
    assert [str(day) for day in practice.closed] == ["2026-12-24", "2026-12-31"] and practice.live_from is not None
