"""What is made of what callers want, on labelled sentences that nothing was learned from."""

from collections import Counter
from pathlib import Path

import orjson

from nodes.understand import understand

HELD_OUT = Path(__file__).parent / "utterances" / "held_out.jsonl"

Confusion = Counter[tuple[str, str]]
"""How many sentences with a label (first) were judged as what (second)."""


def confusion(file: Path = HELD_OUT) -> Confusion:
    """Judge every sentence of a file by rules and weights together, as a call does."""
    counts: Confusion = Counter()
    for line in file.read_bytes().splitlines():
        one = orjson.loads(line)
        heard = understand(one["said"], topic=one["topic"], asked=one["asked"])
        route = "emergency" if heard.emergency else "triage" if heard.danger else heard.intent
        counts[one["route"], route] += 1
    return counts
