"""A wrong configuration stops the start with one sentence: the key, its value, and what was expected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loopclose.config.loading import load
from loopclose.config.section import Section
from loopclose.config.sections import Config
from loopclose.errors import ConfigError

GOOD = """
[practice.main]
name = "Harbor"
timezone = "America/New_York"
[ehr.main]
practice = "main"
base_url = "https://ehr.example/fhir"
"""


def at(folder: Path, text: str, **environ: str) -> Config:
    (folder / "loopclose.toml").write_text(text)
    return load({"LOOPCLOSE_CONFIG": str(folder / "loopclose.toml"), **environ})


def test_defaults_are_enough(tmp_path: Path) -> None:
    config = at(tmp_path, GOOD)
    assert config.database.url == f"sqlite:///{tmp_path / 'loopclose.db'}"
    assert config.ehr["main"].worklist == "auto" and config.ehr["main"].sources == ()


def test_a_variable_overrides_and_a_file_holds_a_secret(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    text = GOOD + 'auth = "bearer"\ntoken_file = "token"\n'
    config = at(tmp_path, text, LOOPCLOSE_EHR__MAIN__BASE_URL="https://other.example/fhir")
    assert config.ehr["main"].base_url == "https://other.example/fhir"
    token = config.ehr["main"].token
    assert token is not None and token.get_secret_value() == "s3cret" and "s3cret" not in repr(config)


def test_the_address_of_the_database_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("postgresql://us:s3cret@db.example/loopclose\n")
    named = GOOD + '[database]\nurl_file = "address"\n'
    assert at(tmp_path, named).database.url == "postgresql://us:s3cret@db.example/loopclose"
    file = str(tmp_path / "address")
    by_variable = {"LOOPCLOSE_DATABASE__URL_FILE": file}
    for text in (GOOD, GOOD + '[database]\nurl = "sqlite:///other.db"\n', named.replace("address", "nowhere")):
        assert at(tmp_path, text, **by_variable).database.url.endswith("@db.example/loopclose")
    assert at(tmp_path, named, LOOPCLOSE_DATABASE__URL="sqlite:///a.db").database.url == f"sqlite:///{tmp_path}/a.db"
    (tmp_path / "address").write_text("sqlite:///beside.db")
    assert at(tmp_path, named).database.url == f"sqlite:///{tmp_path}/beside.db"


def test_a_variable_wins_over_a_secret_of_the_file_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("of the file")
    text = GOOD + 'auth = "bearer"\ntoken_file = "token"\n'
    token = at(tmp_path, text, LOOPCLOSE_EHR__MAIN__TOKEN="of the variable").ehr["main"].token
    assert token is not None and token.get_secret_value() == "of the variable"


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        (GOOD + "colour = 1\n", {}, "ehr.main.colour is not known"),
        (GOOD.replace("America/New_York", "Mars/Base"), {}, "Mars/Base.*time zone"),
        (GOOD, {"LOOPCLOSE_EHRR__MAIN__TOKEN": "s3cret"}, "LOOPCLOSE_EHRR__MAIN__TOKEN is not known"),
        (GOOD + 'auth = "bearer"\n', {}, "needs a token"),
        (GOOD.replace('"main"', '"other"'), {}, "other"),
        (GOOD + "[practice", {}, "not valid TOML"),
        (GOOD.replace("https://", "ftp://"), {}, "http or https"),
        (GOOD + 'token_file = "nowhere"\n', {}, "cannot be read"),
        (GOOD + '[database]\nurl_file = "nowhere"\n', {}, "database.url_file: .*nowhere cannot be read"),
        (GOOD + '[database]\nurl_file = "a"\nurl = "sqlite://"\n', {}, "url and database.url_file are both there"),
        (GOOD + '[database]\nurl = "mysql://u:s3cret@host/x"\n', {}, "database.url: an address such as"),
        (GOOD, {"LOOPCLOSE_DATABASE__URL": "s3cret"}, "LOOPCLOSE_DATABASE__URL: database.url: an address"),
        (GOOD + '[web]\ntrusted_proxies = ["10.0.0.5/8"]\n', {}, "trusted_proxies.*10.0.0.5/8.*network"),
        (GOOD + '[mail]\nhost = "mail"\nsender = "loopclose"\n', {}, "mail.sender.*name@practice.example"),
        (GOOD + '[mail]\nhost = "mail"\nsender = "l@p.example\\nBcc: x@y"\n', {}, "mail.sender.*line break"),
    ],
    ids=[
        "key",
        "zone",
        "variable",
        "credentials",
        "practice",
        "toml",
        "url",
        "secret",
        "no address",
        "two addresses",
        "kind",
        "no url",
        "proxy",
        "sender",
        "header",
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, text: str, environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as told:
        at(tmp_path, text, **environ)
    assert "\n" not in str(told.value) and "s3cret" not in str(told.value)


def test_a_key_file_stands_beside_the_configuration_and_is_its_owners_alone(tmp_path: Path) -> None:
    text = GOOD + 'auth = "smart-backend"\nclient_id = "us"\nkey_file = "key.pem"\n'
    assert at(tmp_path, text).ehr["main"].key_file == tmp_path / "key.pem"
    (tmp_path / "key.pem").write_text("a key")
    (tmp_path / "key.pem").chmod(0o600)
    assert at(tmp_path, text)
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(
        ConfigError, match=r"ehr\.main\.key_file is .* but a key that its owner alone may read .*chmod 600"
    ):
        at(tmp_path, text)


def test_every_key_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    keys: set[str] = set()
    sections = Section.__subclasses__()
    for section in sections:
        keys |= set(section.model_fields)
        sections += section.__subclasses__()
    missing = {key for key in keys if not re.search(rf"`{key}`", page)}
    assert not missing


def test_an_unknown_key_of_a_variable_names_the_variable_and_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "loopclose.toml"
    path.write_text(GOOD)
    with pytest.raises(ConfigError, match=r"^LOOPCLOSE_WEB__COLOUR: the key web\.colour is not known"):
        load({"LOOPCLOSE_CONFIG": str(path), "LOOPCLOSE_WEB__COLOUR": "red"})
