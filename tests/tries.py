"""How long made-up input is tried: so many examples each, and no search for a smaller one after a failure.

That search took minutes of a processor and told little more: what failed is printed as it was made, with the line that
makes it again. ``SHRINK=1`` searches; ``EXAMPLES=200`` tries four times as many, as before a release.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("EXAMPLES", "50"))
_ALL = (Phase.explicit, Phase.reuse, Phase.generate)
settings.register_profile(
    "quick",
    phases=(*_ALL, Phase.shrink) if os.environ.get("SHRINK") else _ALL,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("quick")


def tried(examples: int) -> settings:
    """So many made-up examples, and more of them before a release."""
    return settings(settings.get_profile("quick"), max_examples=max(1, examples * EXAMPLES // 50))
