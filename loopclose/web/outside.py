"""What every door over somebody else's sign-in shares: the way out, the way back, and the page of who is not let in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, render_template, request, session, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from loopclose.config.reach import address_of
from loopclose.flows.identities import commands_for, enter, is_account_of
from loopclose.flows.openid import coming, refusing
from loopclose.flows.openid.coming import Context, Presented
from loopclose.flows.openid.doors import Door
from loopclose.flows.openid.providers import Providers
from loopclose.flows.openid.refusals import SignInRefused
from loopclose.flows.proving import note_proof
from loopclose.flows.sign_in import SignedIn, resume
from loopclose.web import begun
from loopclose.web.access import enter as enter_here
from loopclose.web.access import work
from loopclose.web.words import wait_words


@dataclass(frozen=True)
class Arrived:
    """Somebody who was let in, and what was open where they come from."""

    signed_in: SignedIn
    context: Context
    onward: str


def providers() -> Providers:
    """What this application knows of providers."""
    found: Providers = current_app.extensions["providers"]
    return found


def our_address(endpoint: str, **values: Any) -> str:
    """The address of a page of ours as others know it: by the configuration, never by what a request says."""
    return address_of(work().config.web) + url_for(endpoint, **values)


def away(door: Door, back: str, onward: str, **more: str) -> Response:
    """To the provider, with a question; ``back``: the endpoint at which it answers."""
    try:
        _not_too_many()
        begin = coming.begin(providers(), work().clock, door, our_address(back, name=door.name), onward, more)
    except SignInRefused as problem:
        return refused(problem, door)
    begun.keep(begin[0])
    return redirect(begin[1], 303)


def back_again(door: Door, back: str, action: str, onward: Callable[[Arrived], str]) -> Response:
    """The answer of a provider: somebody is let in, or a page says why not. It leads nowhere by itself then."""
    started = begun.take(request.args.get("state"))
    try:
        _not_too_many()
        address = our_address(back, name=door.name)
        proven = coming.finish(providers(), work().clock, door, started, request.args, address)
        found = enter(work().db, work().clock, work().config, door.scope, proven.who, action)
    except SignInRefused as problem:
        return refused(problem, door)
    if found is None:
        return _unknown(door, proven.who)
    under_way = session.get(begun.KEPT)
    answer = enter_here(found, onward(Arrived(found, proven.context, started.onward if started else "/")))
    if under_way:
        session[begun.KEPT] = under_way  # of another tab
    return answer


def proved(door: Door, back: str) -> Response:
    """The answer of a provider that was asked anew: it must be about whoever is signed in here."""
    started = begun.take(request.args.get("state"))
    idle = timedelta(minutes=work().config.web.session_idle_minutes)
    token = session.get("token")
    here = resume(work().db, work().clock, token, idle) if token else None
    try:
        _not_too_many()
        address = our_address(back, name=door.name)
        proven = coming.finish(providers(), work().clock, door, started, request.args, address)
        if here is None or not is_account_of(work().db, work().config, here, proven.who):
            raise SignInRefused("somebody_else")
    except SignInRefused as problem:
        return refused(problem, door)
    note_proof(work().db, work().clock, here, "provider")
    return redirect(started.onward if started else "/", 303)


def refused(problem: SignInRefused, door: Door | None, **detail: Any) -> Response:
    """A page with one sentence and a way to the sign-in page, which nobody follows but the person."""
    here, left = request.remote_addr or "", None
    if problem.code == "too_many":
        left = refusing.left_to_wait(work().db, work().clock, here)
    else:
        told = {"by": door.key if door else "launch", "why": problem.code, **detail}
        refusing.note_refused(work().db, work().clock, door.scope if door else None, "sign_in_refused", here, told)
    page = render_template("refused.html", words=problem.sentence, wait=wait_words(left) if left else "")
    return Response(page, 429 if left else 403, mimetype="text/html")


def _not_too_many() -> None:
    if refusing.left_to_wait(work().db, work().clock, request.remote_addr or ""):
        raise SignInRefused("too_many")


def _unknown(door: Door, who: Presented) -> Response:
    told = {"by": door.key, "issuer": who.issuer, "subject": who.subject, "fhir_user": who.fhir_user}
    refusing.note_refused(work().db, work().clock, door.scope, "sign_in_unknown", request.remote_addr or "", told)
    practice = work().config.practice[door.scope.practice_id].name
    page = render_template("unknown_identity.html", who=who, practice=practice, commands=commands_for(who))
    return Response(page, 403, mimetype="text/html")
