"""Whether people can sign in, and what signing in rests on."""

from __future__ import annotations

from collections.abc import Iterator

from loopclose.config.reach import is_https, nobody_can_sign_in
from loopclose.errors import USAGE
from loopclose.flows.health.check import Check
from loopclose.flows.web_key import open_to_others, place
from loopclose.flows.work import Work


def door(work: Work) -> Iterator[Check]:
    """The key that signs cookies, which only ``serve`` makes, and the address at which people come."""
    path = place(work.config.database.url)
    if work.config.web.secret is not None:
        yield Check("web key", "Sign-in", "the key that signs cookies is configured")
    elif path is not None and open_to_others(path):
        yield Check("web key", "Sign-in", f"others may read the key in {path.name}", "run chmod 600 on it", USAGE)
    else:
        where = f"kept in {path.name}, which other machines do not share" if path else "which ends with the server"
        yield Check("web key", "Sign-in", f"the key that signs cookies is a made one, {where}", "set [web] secret_file")
    web = work.config.web
    if is_https(web) and not web.trusted_proxies:
        says = "nobody's address is known behind the proxy, so wrong tries to sign in count as everybody's"
        yield Check("proxies", "Sign-in", says, "set [web] trusted_proxies to the proxy's address")
    problem = nobody_can_sign_in(web)
    if problem is not None:
        yield Check("web address", "Sign-in", problem[0].lower() + problem[1:].rstrip("."), exit_code=USAGE)
