"""The papers that stand under one signature, whatever was signed after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from loopclose.drafting.paper import Item
from loopclose.flows.papers.answered import answer_in
from loopclose.flows.papers.sheet import problems_of
from loopclose.store import drafts, signatures
from loopclose.store.base import Scope
from loopclose.store.obligations import Document
from loopclose.store.signatures import SignatureRow


@dataclass(frozen=True)
class SignedAs:
    """One signature and its papers."""

    signature: SignatureRow
    documents: Sequence[Document]
    answer: tuple[Item, ...]
    problems: tuple[str, ...]
    """What is not as it was when it was signed; nothing is where it stands."""
    replaced: bool
    """Whether a later signature counts."""


def signed_as(session: Session, scope: Scope, obligation: str, no: int) -> SignedAs | None:
    """The letter under the signature of that number; None where there is none that counts."""
    made = [one for one in signatures.signatures_of(session, scope, obligation) if one.counts]
    one = next((one for one in made if one.no == no), None)
    if one is None:
        return None
    versions = {(row.kind, row.version): row for row in drafts.versions(session, scope, obligation)}
    problems = tuple(problems_of(one, versions))
    if problems:
        return SignedAs(one, (), (), problems, one is not made[-1])
    said = json.loads(one.statement)["papers"]
    documents = [versions[kind, said[kind]["version"]] for kind in sorted(said)]
    return SignedAs(one, documents, answer_in(one), (), one is not made[-1])
