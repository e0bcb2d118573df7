"""What somebody entered before their session ended, shown to them filled in: they send it, or drop it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from loopclose.domain.move import Move
from loopclose.domain.moves import MOVES
from loopclose.domain.roles import ACTIONS, may
from loopclose.flows import kept_forms
from loopclose.store import users
from loopclose.store.kept_forms import KeptForm
from loopclose.store.namesakes import namesakes
from loopclose.store.referrals import referrals_of
from loopclose.store.worklist import one
from loopclose.store.worklist_item import Item
from loopclose.web.access import audit, now, scope, work
from loopclose.web.home import home
from loopclose.web.needs import need_of, signed_in
from loopclose.web.session_over import page_above

blueprint = Blueprint("kept", __name__)
UNSEEN = frozenset({"seen", "listed", "tab", "does", "target", "section", "letter"})
"""Fields that nobody fills in: what was seen, and on which list."""
TICKS = {
    "internal": "It came from within the practice",
    "none": "It answers no referral",
    "for_requester": "It holds for everything that this requester asks",
}
ASKED = {"name": "Name of the clinician who asked", "npi": "NPI, if known", "words": "Patient, referrer or MRN"}


@dataclass(frozen=True)
class Offered:
    """One kept form, as it is shown."""

    form: KeptForm
    does: str
    """What sending it does, after the words *you wanted to*."""
    page: str
    """The address of the page it stood on."""
    move: Move | None
    item: Item | None
    """What it is about, where that is something owed."""
    labels: dict[str, str]
    """By id of a referral of that patient: what it is called."""

    @property
    def entered(self) -> dict[str, str]:
        """By field, where a field is one of a move."""
        return dict(self.form.fields)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form carries beside what was entered."""
        return [(name, text) for name, text in self.form.fields if name in UNSEEN]

    @property
    def ticked(self) -> list[tuple[str, str, str]]:
        """(words, field, value) of what was ticked or pressed."""
        flags = [(TICKS[name], name, text) for name, text in self.form.fields if name in TICKS]
        return [*flags, *((self._called(text), name, text) for name, text in self.form.fields if name == "referral")]

    def _called(self, referral: str) -> str:
        return f"The visit answers {self.labels.get(referral, referral)}"

    @property
    def written(self) -> list[tuple[str, str, str]]:
        """(words, field, value) of what was written and is no field of a move."""
        known = {one.name for one in self.move.fields} if self.move else set()
        known |= UNSEEN | TICKS.keys() | {"referral"}
        rest = [(name, text) for name, text in self.form.fields if name not in known]
        return [(ASKED.get(name, name.replace("_", " ").capitalize()), name, text) for name, text in rest]


@blueprint.get("/kept")
@signed_in
def show() -> str | Response:
    """Every form that is kept for whoever is signed in; nothing is sent by looking."""
    onward = session.get("onward", home(g.signed_in.user.role))
    rows = kept_forms.kept_for(work().db, work().clock, scope(), g.signed_in.user.id)
    offered = [found for row in rows if (found := _offered(row)) is not None]
    if not offered:
        return redirect(onward, 303)
    with work().db.read() as db:
        people = [one for one in users.of_practice(db, scope()) if may(one.role, "be_given")]
        alike = namesakes(db, scope(), [one.item.patient for one in offered if one.item])
    audit("view_kept_form")
    return render_template("kept.html", offered=offered, people=people, onward=onward, namesakes=alike)


@blueprint.post("/kept/<key>/drop")
@signed_in
def drop(key: str) -> Response:
    """Forget one."""
    kept_forms.drop(work().db, work().clock, scope(), g.signed_in.user.id, key)
    return redirect(url_for("kept.show"), 303)


def _offered(row: KeptForm) -> Offered | None:
    """None where its page is gone, or its sender's role may not send it any more."""
    try:
        endpoint, arguments = current_app.url_map.bind("").match(row.path, method="POST")
    except (HTTPException, RequestRedirect):
        return None
    action = need_of(current_app, endpoint).format(**arguments)
    if not may(g.signed_in.user.role, action):
        return None
    item, labels = _about(arguments)
    return Offered(row, ACTIONS[action].does, page_above(row.path), MOVES.get(arguments.get("move", "")), item, labels)


def _about(arguments: Mapping[str, Any]) -> tuple[Item | None, dict[str, str]]:
    """What a form was about, and what the referrals of that patient are called."""
    if "obligation_id" not in arguments:
        return None, {}
    with work().db.read() as db:
        item = one(db, scope(), now(), arguments["obligation_id"])
        if item is None:
            return None, {}
        rows = referrals_of(db, scope(), item.obligation.ehr, item.obligation.person)
    return item, {row.id: f"{row.label or 'the referral'} ({row.id})" for row in rows}
