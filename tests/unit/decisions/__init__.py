"""Decisions, as far as they need no store."""
