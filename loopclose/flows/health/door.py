"""Whether people can sign in, and what signing in rests on."""

from __future__ import annotations

from collections.abc import Iterator

from loopclose.config.reach import is_https, nobody_can_sign_in
from loopclose.errors import USAGE
from loopclose.flows.health.check import Check
from loopclose.flows.web_key import web_key
from loopclose.flows.work import Work


def door(work: Work) -> Iterator[Check]:
    """The key that signs cookies, and the address at which people come."""
    key = web_key(work.config)
    if key.open_to_others:
        yield Check("web key", "Sign-in", f"others may read {key.made}", f"chmod 600 {key.made}", USAGE)
    elif key.made is not None:
        says = f"a made one, kept in {key.made}, which other machines do not share"
        yield Check("web key", "Sign-in", says, "set [web] secret_file")
    else:
        yield Check("web key", "Sign-in", "configured")
    web = work.config.web
    if is_https(web) and not web.trusted_proxies:
        says = "nobody's address is known behind the proxy, so wrong tries to sign in count as everybody's"
        yield Check("proxies", "Sign-in", says, "set [web] trusted_proxies to the proxy's address")
    problem = nobody_can_sign_in(web)
    if problem is not None:
        yield Check("web address", "Sign-in", problem[0].lower() + problem[1:].rstrip("."), exit_code=USAGE)
