"""The editor of a draft: pick a sentence, see what it rests on, and cut, change or move it; own words beside it.

Each form is kept at once. It names the edit that it was made upon: where somebody else was faster, the page comes back
with who that was, and with the words that were typed.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.drafting.wishes import Wish
from loopclose.flows.papers.behind import behind
from loopclose.flows.papers.editing import NotEdited, desk_of, edit, take_newer
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist import one
from loopclose.web.access import audit, now, scope, work, zone
from loopclose.web.needs import needs

blueprint = Blueprint("editor", __name__)
REFUSED = 422
"""The status of a page that comes back with what was typed, and why it was not taken."""
KINDS = frozenset({"consult-note", "prescription-sheet"})


@dataclass(frozen=True)
class Typed:
    """A form that was not taken."""

    does: str = ""
    target: str = ""
    section: str = ""
    text: str = ""


@blueprint.get("/obligation/<obligation_id>/draft/<kind>")
@needs("see_reports")
def show(obligation_id: str, kind: str) -> str:
    """The draft, every sentence to be picked; ``at`` names the one that is."""
    audit("view_draft", obligation_id)
    return _page(obligation_id, kind, request.args.get("at", ""), Typed())


@blueprint.post("/obligation/<obligation_id>/draft/<kind>")
@needs("edit")
def change(obligation_id: str, kind: str) -> Response | tuple[str, int]:
    """One edit; what is not taken comes back with why, and with what was typed."""
    form = request.form
    typed = Typed(form.get("does", ""), form.get("target", ""), form.get("section", ""), form.get("text", ""))
    wish = Wish(typed.does, typed.target, typed.text, typed.section)
    try:
        no = edit(work(), scope(), obligation_id, kind, wish, _seen(), g.signed_in.user.email)
    except NotEdited as problem:
        flash(str(problem), "refused")
        return _page(obligation_id, kind, typed.target, typed), REFUSED
    flash("Kept.")
    stays = typed.target if typed.does in ("change", "up", "down", "move") else ""
    anchor = f"s-{stays}" if stays else f"s-own-{no}" if typed.does == "add" else "done"
    return redirect(url_for("editor.show", obligation_id=obligation_id, kind=kind, _anchor=anchor), 303)


@blueprint.post("/obligation/<obligation_id>/draft/<kind>/newer")
@needs("edit")
def newer(obligation_id: str, kind: str) -> Response | tuple[str, int]:
    """Let the edits stand on what was drafted from the chart since."""
    try:
        take_newer(work(), scope(), obligation_id, kind, _seen(), g.signed_in.user.email)
    except NotEdited as problem:
        flash(str(problem), "refused")
        return _page(obligation_id, kind, "", Typed()), REFUSED
    flash("The edits stand on the newer draft now.")
    return redirect(url_for("editor.show", obligation_id=obligation_id, kind=kind, _anchor="done"), 303)


def _seen() -> int:
    found = request.form.get("seen", "")
    return int(found) if found.isascii() and found.isdigit() and len(found) < 10 else -1


def _page(obligation_id: str, kind: str, at: str, typed: Typed) -> str:
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind != "report" or kind not in KINDS:
            abort(404)
        desk = desk_of(session, scope(), zone(), item.obligation, kind)
        if desk is None:
            abort(404)
        picked = desk.edited.sentence(at)
        sources = picked[2].sentence.sources if picked else ()
        text = picked[2].sentence.text if picked else ""
        rests_on = behind(session, scope(), item.obligation.ehr, text, sources)
        alike = namesakes(session, scope(), [item.patient])
    return render_template(
        "editor.html",
        item=item,
        namesakes=alike,
        desk=desk,
        kind=kind,
        paper=desk.edited.paper,
        picked=picked,
        rests_on=rests_on,
        typed=typed,
        homeless=typed if typed.text and typed.does == "change" and picked is None else None,
        by_no={row.no: row for row in desk.rows},
        counts={made.no for made in desk.edited.live} | {unfit.made.no for unfit in desk.edited.unfit},
        titles={part.section.code: part.section.title for part in desk.edited.parts},
    )
