"""Long tests are sampled in `make test` and run whole in `make soak`."""

import os


def sampled(few: int, many: int) -> int:
    """How many of something to try."""
    return many if os.environ.get("SOAK") else few
