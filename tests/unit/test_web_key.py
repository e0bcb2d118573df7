"""Without a configured key one is made, once, for its owner alone; and that nobody can sign in is said at the start."""

from __future__ import annotations

import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from loopclose.config.loading import parse
from loopclose.config.reach import cookie_is_secure, nobody_can_sign_in
from loopclose.config.sections import Config, WebConfig
from loopclose.errors import ConfigError
from loopclose.flows.health.door import door
from loopclose.flows.web_key import place, web_key
from loopclose.flows.work import Work
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.line import NOW
from tests.unit.test_config import GOOD

ONE = """
import sys, tomllib
from loopclose.config.loading import parse
from loopclose.flows.web_key import web_key
config = parse(tomllib.loads(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(web_key(config).value.decode())
"""


def toml(url: str, more: str = "") -> str:
    return f'{GOOD}[database]\nurl = "{url}"\n{more}'


def config(url: str, more: str = "") -> Config:
    return parse(tomllib.loads(toml(url, more)))


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'loopclose.db'}"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ONE, toml(url)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert all(one.stdout is not None and one.stdout.readline() == "ready\n" for one in started)
    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    keys = {one.communicate()[0] for one in started}
    assert len(keys) == 1 and len(keys.pop().strip()) >= 32
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_process_and_a_restart_take_the_cookies_of_the_first(tmp_path: Path) -> None:
    found = config(f"sqlite:///{tmp_path / 'loopclose.db'}")
    work = Work(found, open_database(found.database.url), lambda: NOW)
    apps = [create_app(work), create_app(work)]
    assert apps[0].secret_key == apps[1].secret_key
    work.db.close()


def test_a_key_is_beside_the_database_or_in_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept = place("postgresql://user:pw@db.example/loopclose")
    assert kept is not None and kept.parent == tmp_path / "loopclose" and "pw" not in str(kept)
    assert place("sqlite://") is None
    assert web_key(config("sqlite://")).made is None
    assert web_key(config("sqlite://", '[web]\nsecret = "s3cret"\n')).value == b"s3cret"


def test_a_key_that_cannot_be_kept_or_used_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be kept .* set \[web\] secret_file"):
        web_key(config("sqlite:////proc/nowhere/loopclose.db"))
    (tmp_path / "loopclose.db.web-secret").write_text("")
    with pytest.raises(ConfigError, match="too short: remove the file"):
        web_key(config(f"sqlite:///{tmp_path / 'loopclose.db'}"))


def test_doctor_warns_of_a_made_key(tmp_path: Path) -> None:
    found = config(f"sqlite:///{tmp_path / 'loopclose.db'}")
    work = Work(found, open_database("sqlite://"), lambda: NOW)
    (check,) = door(work)
    assert check.ok and check.what_to_do == "set [web] secret_file" and "a made one, kept in" in check.sentence
    assert not list(tmp_path.iterdir()), "asking makes none: who asks may be another account than who serves"
    web_key(found)
    (tmp_path / "loopclose.db.web-secret").chmod(0o640)
    (check,) = door(work)
    assert not check.ok and "others may read" in check.sentence
    work.config = config("sqlite://", '[web]\nsecret = "s3cret"\nhost = "10.0.0.4"\n')
    key, address = door(work)
    assert key.what_to_do is None and not address.ok and "10.0.0.4" in address.words
    work.db.close()


@pytest.mark.parametrize(
    ("host", "address", "secure", "works"),
    [
        ("127.0.0.1", None, False, True),
        ("127.0.0.2", None, False, True),
        ("localhost", None, False, True),
        ("::1", None, False, True),
        ("127.0.0.1", "http://localhost:9000", False, True),
        ("127.0.0.1", "https://loopclose.example", True, True),
        ("0.0.0.0", "https://loopclose.example", True, True),
        ("0.0.0.0", "http://localhost:8020", True, True),
        ("0.0.0.0", None, True, False),
        ("10.0.0.4", None, True, False),
        ("loopclose.example", None, True, False),
        ("127.0.0.1", "http://loopclose.example", True, False),
        ("127.0.0.1", "http://127.0.0.1.example", True, False),
    ],
)
def test_the_cookie_is_for_https_but_on_this_machine_alone(
    host: str, address: str | None, secure: bool, works: bool
) -> None:
    web = WebConfig(host=host, address=address)
    assert cookie_is_secure(web) is secure
    told = nobody_can_sign_in(web)
    assert (told is None) is works
    if told is not None:
        assert (address or host) in told and "[web] address" in told and told.count(". ") <= 1


@pytest.mark.parametrize(("host", "words"), [("127.0.0.2", ""), ("0.0.0.0", "Nobody can sign in at http://0.0.0.0")])
def test_serve_says_at_the_start_that_nobody_can_sign_in(
    host: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from loopclose.cli import serving

    found = config(f"sqlite:///{tmp_path / 'loopclose.db'}", f'[web]\nhost = "{host}"\nport = 0\n')
    work = Work(found, open_database(found.database.url), lambda: NOW)

    class Interrupted:
        effective_port = 1

        def run(self) -> None:
            raise KeyboardInterrupt

        def close(self) -> None:
            pass

    monkeypatch.setattr(serving.waitress.server, "create_server", lambda *_, **__: Interrupted())
    serving.run(work)
    assert words in capsys.readouterr().err
    work.db.close()


def test_somebody_without_a_cookie_is_told_about_cookies(tmp_path: Path) -> None:
    found = config("sqlite://", '[web]\nhost = "10.0.0.4"\nsecret = "s3cret"\n')
    work = Work(found, open_database("sqlite://"), lambda: NOW)
    client = create_app(work).test_client(use_cookies=False)
    client.get("/sign-in", base_url="http://10.0.0.4:8020")  # the browser keeps a cookie for https back
    answer = client.post("/sign-in", data={"email": "a"}, base_url="http://10.0.0.4:8020")
    assert answer.status_code == 400 and "sent no cookie back" in answer.get_data(as_text=True)
    work.db.close()
