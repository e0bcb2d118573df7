"""Every table, in one place for migrations and export."""

from __future__ import annotations

from loopclose.store import (
    absences,
    code_assignments,
    decisions,
    draft_charts,
    edits,
    events,
    exports,
    holds,
    hook_tokens,
    identities,
    job_runs,
    jobs,
    kept_forms,
    letter_choices,
    loop,
    obligations,
    outbox,
    people,
    requester_answers,
    requests,
    resources,
    restores,
    second_factors,
    sign_in_tries,
    signatures,
    unmapped,
    unread,
)
from loopclose.store.base import Base

__all__ = [
    "TABLES",
    "absences",
    "code_assignments",
    "decisions",
    "draft_charts",
    "edits",
    "events",
    "exports",
    "holds",
    "hook_tokens",
    "identities",
    "job_runs",
    "jobs",
    "kept_forms",
    "letter_choices",
    "loop",
    "metadata",
    "obligations",
    "outbox",
    "people",
    "requester_answers",
    "requests",
    "resources",
    "restores",
    "second_factors",
    "sign_in_tries",
    "signatures",
    "unmapped",
    "unread",
]

metadata = Base.metadata
TABLES = {table.name: table for table in metadata.sorted_tables}
