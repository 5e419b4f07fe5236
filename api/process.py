"""What a process sets about itself before anything else is imported."""

import os

_DEFAULTS = {
    # A checkpoint is data: nothing in it may name code to be run.
    "LANGGRAPH_STRICT_MSGPACK": "true",
    # Callers' words go to no tracing service unless somebody asked for it.
    "LANGSMITH_TRACING": "false",
}


def harden() -> None:
    """Set the safe defaults that libraries read at import; what is set already stays."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
