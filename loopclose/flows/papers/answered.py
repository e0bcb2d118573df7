"""The answer to the referrer's question as it was signed, put into the papers that are shown and written out.

It stands in the statement that was signed, not in the paper: the paper is what was drafted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.signing import QUESTION, UNANSWERED
from loopclose.drafting.answer import with_answer
from loopclose.drafting.paper import ADDED, PERSON, Item, Paper, Sentence, Source
from loopclose.store import signatures
from loopclose.store.base import Scope
from loopclose.store.signatures import SignatureRow


def answered(session: Session, scope: Scope, obligation: str, papers: Mapping[str, Paper]) -> dict[str, Paper]:
    """The papers of a report; once it is signed here, with the answer that was signed with them."""
    answer = answer_of(session, scope, obligation)
    return {kind: with_answer(paper, answer) for kind, paper in papers.items()}


def answer_of(session: Session, scope: Scope, obligation: str) -> tuple[Item, ...]:
    """The answer that was signed; nothing where there is none, or the report is not signed here."""
    made = [one for one in signatures.signatures_of(session, scope, obligation) if one.counts]
    return answer_in(made[-1]) if made else ()


def answer_in(signature: SignatureRow) -> tuple[Item, ...]:
    """The answer in what that signature says."""
    statement: dict[str, Any] = json.loads(signature.statement)
    said = statement["answers"].get(QUESTION)
    if said is None:
        return ()
    why, words = UNANSWERED.get(said["code"]), said["words"]
    text = ". ".join(one.rstrip(".") for one in (why, words) if one) + "."
    source = Source(PERSON, ADDED, f"{signature.name}, {statement['at']}")
    return ((Sentence(text if not text.endswith(("?.", "!.")) else text[:-1], (source,)),),)
