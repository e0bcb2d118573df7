"""Showing again who one is before signing: in the form of the letter, or at a provider and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from loopclose.flows.openid.doors import Door, proving_door, sign_in_doors
from loopclose.flows.proving import Proof, proof_of, prove_by_code, prove_by_password
from loopclose.flows.second_factor import Authenticator
from loopclose.flows.sign_in_tries import Refused
from loopclose.flows.web_key import web_key
from loopclose.web.access import scope, work
from loopclose.web.inside import inside
from loopclose.web.needs import needs
from loopclose.web.outside import away
from loopclose.web.words import wait_words

blueprint = Blueprint("proving", __name__)


@dataclass(frozen=True)
class Ways:
    """How whoever is signed in can show again who they are."""

    password: bool
    code: bool
    doors: tuple[Door, ...]

    @property
    def any(self) -> bool:
        """Whether there is a way at all."""
        return self.password or self.code or bool(self.doors)


def authenticator() -> Authenticator:
    """The authenticators of this application's users."""
    return Authenticator(work().db, work().clock, web_key(work().config).value)


def ways() -> Ways:
    """By code where they have an authenticator, else by password; and at every provider of their practice."""
    code = authenticator().is_ready(g.signed_in)
    doors = tuple(door for door in sign_in_doors(work().config).values() if door.scope == scope())
    return Ways(not code and g.signed_in.user.password_hash is not None, code, doors)


def prove(form: Mapping[str, str]) -> tuple[Proof | None, str]:
    """The proof that holds, or that the form gives now; and why that one is not taken."""
    known = proof_of(g.signed_in, work().clock())
    if known is not None:
        return known, ""
    found: Proof | Refused | None = None
    address, can = request.remote_addr or "", ways()
    if can.code and form.get("one_time_code"):
        found = prove_by_code(work().db, work().clock, g.signed_in, form["one_time_code"], address, authenticator())
    elif can.password and form.get("password"):
        found = prove_by_password(work().db, work().clock, g.signed_in, form["password"], address)
    if not isinstance(found, Refused):
        return found, ""
    wrong = "That code does not count, or counted already." if can.code else "The password does not fit."
    words = wrong if found.checked else "Too many wrong tries: this one was not looked at."
    return None, f"{words} Try again in {wait_words(found.wait)}." if found.wait else words


@blueprint.get("/letters/prove/<name>")
@needs("sign")
def begin(name: str) -> Response:
    """To the provider, which asks anew who is there. Nothing is written down but in this browser's cookie."""
    door = next((door for door in ways().doors if door.name == name), None)
    if door is None:
        abort(404)
    return away(proving_door(door), "openid.back", inside(request.args.get("next")))
