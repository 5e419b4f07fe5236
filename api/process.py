"""What a process sets about itself before anything else is imported."""

import os
from pathlib import Path

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


def look_for_tokens(data_dir: Path, *, make: bool = False) -> Path:
    """Have `tiktoken` find the files that `make tokens` has fetched, unless it is told otherwise.

    Args:
        data_dir: Where the service keeps what it has fetched.
        make: Whether to begin that folder; else it is left out where nothing was ever fetched.
    """
    folder = data_dir.resolve() / "tokens"
    if make or folder.is_dir():
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(folder))
    return folder
