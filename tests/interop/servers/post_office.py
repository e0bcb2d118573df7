"""Debian's Postfix and Dovecot in a folder of their own on loopback, as the mail system between two practices.

Both drop their rights to users of their own, so the folder lies where these may go, and root is needed to start them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

HOLDER = 65534
"""The user "nobody", to whom the mailboxes belong."""
PATIENCE_SECONDS = 30
MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file_prefixes = {home}
maillog_file = {home}/postfix.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {home}/server.pem
smtp_tls_security_level = none
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
disable_dns_lookups = yes
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_minimum_uid = 100
virtual_uid_maps = static:{holder}
virtual_gid_maps = static:{holder}
transport_maps = inline:{{ {{ {gone} = gone: }} }}
bounce_queue_lifetime = 1m
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
gone unix - n n - - pipe flags=R user=nobody argv=/bin/sh -c {{exit 67}}
"""
DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
ssl = required
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.pem
mail_location = maildir:{home}/mail/%u
first_valid_uid = 100
auth_failure_delay = 0 secs
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = static
  args = password=made-up
}}
userdb {{
  driver = static
  args = uid={holder} gid={holder} home={home}/mail/%u
}}
"""


@dataclass(frozen=True)
class PostOffice:
    """Where it is, and where the mailboxes lie."""

    smtp: int
    imaps: int
    ca: Path
    mail: Path

    def letters(self, box: str) -> list[Path]:
        """The mails in a mailbox, the oldest first, read or not."""
        found = [one for part in ("new", "cur") for one in (self.mail / box / part).glob("*")]
        return sorted(found, key=lambda one: one.stat().st_mtime_ns)

    def wait_for(self, box: str, number: int) -> list[Path]:
        """The mails once there are so many."""
        _until(lambda: len(self.letters(box)) >= number, f"{number} mails in {box}")
        return self.letters(box)


@contextmanager
def post_office(boxes: dict[str, str], gone: str) -> Iterator[PostOffice]:
    """Listen while the block runs; ``boxes``: the mailbox of each address, ``gone``: an address that is taken for and
    then cannot be delivered to.
    """
    for command in ("postfix", "dovecot"):
        if shutil.which(command) is None:
            raise RuntimeError(f"{command} is not installed, and these tests need it")
    if os.geteuid() != 0:
        raise RuntimeError("Postfix and Dovecot are started by root, and these tests need them")
    with tempfile.TemporaryDirectory(prefix="post-office-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        office = PostOffice(_free(), _free(), home / "ca.pem", home / "mail")
        _laid_out(home, office, boxes, gone)
        postfix, dovecot = ["postfix", "-c", str(home / "postfix")], ["-c", str(home / "dovecot.conf")]
        with (
            _running([*postfix, "start-fg"], [*postfix, "stop"], office.smtp, home / "postfix.log"),
            _running(["dovecot", "-F", *dovecot], ["dovecot", *dovecot, "stop"], office.imaps, home / "dovecot.log"),
        ):
            yield office


def _laid_out(home: Path, office: PostOffice, boxes: dict[str, str], gone: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(office.ca))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(home / "server.pem"))
    for name in ("postfix", "queue", "data", "mail", "run", "state"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "mail", HOLDER, HOLDER)
    told = " ".join(f"{{ {address} = {box}/ }}" for address, box in [*boxes.items(), (gone, "gone")])
    domains = " ".join(sorted({one.partition("@")[2] for one in [*boxes, gone]}))
    about = {"home": home, "boxes": told, "domains": domains, "gone": gone, "holder": HOLDER}
    (home / "postfix" / "main.cf").write_text(MAIN.format(**about))
    (home / "postfix" / "master.cf").write_text(MASTER.format(port=office.smtp))
    (home / "dovecot.conf").write_text(DOVECOT.format(home=home, port=office.imaps, holder=HOLDER))


@contextmanager
def _running(command: Sequence[str], stop: Sequence[str], port: int, log: Path) -> Iterator[None]:
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:

            def listens() -> bool:
                if process.poll() is not None:
                    said.seek(0)
                    told = said.read() + (log.read_text() if log.exists() else "")
                    raise RuntimeError(f"{command[0]} ended before it listened: {told[-2000:]}")
                with socket.socket() as probe:
                    return probe.connect_ex(("127.0.0.1", port)) == 0

            _until(listens, command[0])
            yield
        finally:
            subprocess.run(
                stop, capture_output=True, check=False
            )  # what it started ends with it, as by no signal to it
            process.wait(PATIENCE_SECONDS)


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come in {PATIENCE_SECONDS} seconds")
        time.sleep(0.05)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
