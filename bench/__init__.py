"""Measurements, each against a peer or a limit in the same run."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""The moment at which every measured practice stands."""
