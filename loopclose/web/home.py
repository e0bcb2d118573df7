"""Where somebody begins: the first page that their role comes for."""

from __future__ import annotations

from flask import url_for

from loopclose.domain.roles import CLINICIAN, may


def home(role: str) -> str:
    """The address of that page: a clinician's own reports, everybody's, or how the runs are."""
    if not may(role, "see_reports") and may(role, "see_health"):
        return url_for("health.show")
    return url_for("reports.pending", mine="1") if role == CLINICIAN else url_for("reports.pending")


def by_link(role: str) -> str:
    """Where a link that signs in once leads: a clinician, who has a minute, straight to her most pressing report."""
    return url_for("mine.first") if role == CLINICIAN else home(role)
