"""What a process sets about itself before anything else is imported."""

import os

_DEFAULTS = {
    # A checkpoint is data: nothing in it may name code to be run.
    "LANGGRAPH_STRICT_MSGPACK": "true",
}
_FORCED = {
    # LangSmith's own switches, the newest names first: what they turn on sends callers' words as
    # they are. LANGSMITH_TRACE_CALLS is ours, and sends none.
    "LANGSMITH_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
}


def harden() -> None:
    """Set what libraries read at import: safe defaults, where nothing else is set; and no leaks."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ.update(_FORCED)
