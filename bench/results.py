"""Where figures go: bench/results/latest.json, and a table for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

LATEST = Path(__file__).parent / "results" / "latest.json"


def add(bench: str, subject: str, value: float, unit: str, ratio: Mapping[str, float], peak_mb: float | None) -> None:
    """Write one figure, in place of the one of the same name."""
    LATEST.parent.mkdir(exist_ok=True)
    kept = json.loads(LATEST.read_text()) if LATEST.exists() else []
    kept = [one for one in kept if (one["bench"], one["subject"]) != (bench, subject)]
    rounded = {name: round(times, 3) for name, times in ratio.items()}
    figure = {"value": round(value, 3), "unit": unit, "ratio": rounded, "peak_mb": peak_mb and round(peak_mb, 1)}
    kept.append({"bench": bench, "subject": subject, **figure})
    LATEST.write_text(json.dumps(kept, indent=1) + "\n")


def table(
    rates: Mapping[str, float], ratios: Mapping[str, float], cpu: Mapping[str, float], peaks: Mapping[str, float]
) -> str:
    """Rates, our multiple of each, processor time, and peak memory."""
    lines = [f"{'':32}{'resources/s':>12}{'ours ÷ it':>11}{'CPU s':>8}{'peak MB':>9}"]
    for name, rate in rates.items():
        ratio = f"{ratios[name]:.2f}" if name in ratios else ""
        lines.append(f"{name:32}{rate:>12,.0f}{ratio:>11}{cpu[name]:>8.2f}{peaks[name]:>9.0f}")
    return "\n".join(lines)
