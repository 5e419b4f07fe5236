"""File locks that survive nothing: whoever holds one may die, and the kernel lets go for them."""

import fcntl
import os
import time
from pathlib import Path

from shop.postgres.errors import PostgresUnavailable

_POLL_S = 0.02


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Lock a file, made if it is missing. Returns a descriptor to close, or None if it is taken."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        # A file that was removed while we opened it locks nothing: somebody else makes a new one.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def lock(path: Path, *, patience_s: float, shared: bool = False) -> int:
    """Lock a file, waiting up to `patience_s` for whoever has it.

    Raises:
        PostgresUnavailable: It stayed taken.
    """
    deadline = time.monotonic() + patience_s
    while True:
        descriptor = try_lock(path, shared=shared)
        if descriptor is not None:
            return descriptor
        if time.monotonic() >= deadline:
            raise PostgresUnavailable(
                f"another process has held {path} for {patience_s:.0f} seconds",
                "See who has it with `fuser` or `lsof`",
            )
        time.sleep(_POLL_S)
