"""How hard to try: in the suite a few examples, the same each time; by `make fuzz` many times more, at random."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

FUZZ = int(os.environ.get("FUZZ") or 0)
"""How many times as many examples as in the suite; 0 in the suite."""


def effort(examples: int) -> Any:
    """Settings of a test with so many examples in the suite. At random its failure is made small, and printed."""
    return settings(
        max_examples=examples * max(1, FUZZ),
        derandomize=not FUZZ,
        database=None,
        deadline=None,
        print_blob=bool(FUZZ),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
