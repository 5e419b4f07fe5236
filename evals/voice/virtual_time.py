"""A clock that jumps: a minute of silence on the line takes no time, and always the same way."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _NeverWaiting(selectors.DefaultSelector):
    """Reports what is ready now; instead of waiting for more, lets time jump."""

    jump: float = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing will ever happen again: every task waits for another")
        if not ready and timeout is not None and timeout > 0:
            self.jump += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while everybody waits."""

    def __init__(self) -> None:
        self._virtual = _NeverWaiting()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual.jump


def run_virtually(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in virtual time. It must wait for nothing outside the process."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
