"""Write the spec tables into docs/rules: the same rows that the tests run."""

from __future__ import annotations

import importlib
from pathlib import Path

from loopclose.domain import codes

DOCS = Path(__file__).parents[2] / "docs" / "rules"
CHAPTERS = (
    "business_time",
    "deadlines",
    "admission",
    "linking",
    "referrer",
    "owing",
    "evidence",
    "states",
    "escalation",
)


def pages() -> dict[str, str]:
    """By file name: what it must hold."""
    found = {"codes.md": _codes()}
    for name in CHAPTERS:
        module = importlib.import_module(f"tests.spec.test_{name}")
        rows = [module.COLUMNS, ["---"] * len(module.COLUMNS), *module.ROWS]
        table = "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
        found[f"{name}.md"] = f"# {module.TITLE}\n{module.TEXT.strip()}\n\n{table}\n"
    return found


def _codes() -> str:
    parts = ["# Closed lists of codes\nNothing else ever stands in these places.\n"]
    for title, table in (
        ("Kinds of obligation", codes.KINDS),
        ("Why a request is ignored", codes.REFERRAL_IGNORED),
        ("Why an encounter is ignored", codes.VISIT_IGNORED),
        ("Why a visit owes nothing", codes.NOTHING_OWED),
        ("Waivers", codes.WAIVERS),
    ):
        rows = "\n".join(f"| `{code}` | {words} |" for code, words in table.items())
        parts.append(f"## {title}\n| code | meaning |\n| --- | --- |\n{rows}\n")
    for title, names in (
        ("States of a report", codes.REPORT_STATES),
        ("Deadline rules", codes.RULES),
        ("Link methods", codes.METHODS),
        ("Bands", codes.BANDS),
        ("How the referrer was found", codes.HOW),
    ):
        parts.append(f"## {title}\n" + " ".join(f"`{name}`" for name in names) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
