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


def interim_papers(session: Session, scope: Scope, obligation: str) -> dict[str, Document]:
    """The papers of the newest interim report that was signed, by kind; none where there is none, or they are not what
    was signed.
    """
    made = [one for one in signatures.signatures_of(session, scope, obligation) if one.interim]
    versions = {(row.kind, row.version): row for row in drafts.versions(session, scope, obligation)} if made else {}
    if not made or problems_of(made[-1], versions):
        return {}
    said = json.loads(made[-1].statement)["papers"]
    return {kind: versions[kind, paper["version"]] for kind, paper in sorted(said.items())}


def signed_as(session: Session, scope: Scope, obligation: str, no: int) -> SignedAs | None:
    """The letter under the signature of that number, an interim report, too; None where there is none that counts."""
    made = [one for one in signatures.signatures_of(session, scope, obligation) if one.counts or one.interim]
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
