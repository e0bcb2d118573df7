"""Superscripts and subscripts in words, so that no number changes."""

from __future__ import annotations

SUPERSCRIPTS, SUBSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def raised(text: str, before: str) -> str:
    """A superscript so that no number changes: ``10^6``, ``5²``, ``1st``; ``before`` is what stands before it."""
    if not text.strip("0123456789+-−.,") and text:
        tight = text.replace("−", "-")
        return (
            f"^{tight}"
            if before.endswith("10") or len(tight) > 2 or tight.strip("0123456789+-")
            else (tight.translate(SUPERSCRIPTS))
        )
    return f"^{text}" if text and before[-1:].isdigit() and not text[:1].isalpha() and text[0] not in "®™°*" else text


def lowered(text: str, before: str) -> str:
    """A subscript so that no number changes: ``H2O``, but ``5₂``; ``1¹/₂``."""
    return text.translate(SUBSCRIPTS) if before[-1:].isdigit() or before[-1:] in ("/", "⁄") else text
