"""One run of the graph: a turn that may begin before its words are known, and before it is certain.

    started ──► waits for the words ──► thinks ──► waits until it is real ──► stored
    (they come in)      hear(asked)                        release()

Until it is released nothing of it is kept and nothing has an effect; dropped, it never was.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from graph.checkpoints import HeldSaver
from graph.speech import Mouth
from graph.state import CallState
from graph.tentative import Tentative

_CANCEL_AGAIN_S = 0.02


@dataclass(slots=True)
class Run:
    """A turn on its way through the graph.

    Attributes:
        input: What the graph is given to begin with; without the caller's words while it waits
            for them.
        based_on: What was still to be remembered when its words came; else it answers something
            else.
        result: The state it led to, once it has come to its end.
        failed: Whether it broke; then it is thought again.
    """

    saver: HeldSaver
    input: CallState
    turn: Tentative = field(default_factory=Tentative)
    mouth: Mouth = field(default_factory=Mouth)
    based_on: tuple[object, ...] = ()
    result: CallState | None = None
    failed: bool = False
    _task: asyncio.Task[None] | None = None

    @classmethod
    def waiting(cls, saver: HeldSaver) -> "Run":
        """A run that has yet to be told what the caller says."""
        said = asyncio.get_running_loop().create_future()
        return cls(saver, CallState(messages=[]), Tentative(said=said))

    @property
    def done(self) -> bool:
        """Whether it has come to its end, and is stored if it was real."""
        return self._task is None or self._task.done()

    def start(self, think: Callable[["Run"], Coroutine[Any, Any, None]]) -> None:
        """Begin, in a task of its own."""
        self._task = asyncio.create_task(think(self))

    def hear(self, asked: CallState, based_on: tuple[object, ...] = ()) -> None:
        """Take the caller's words, and what is to be remembered before them."""
        self.input, self.based_on = asked, based_on
        if self.turn.said is not None:
            self.turn.said.set_result(asked)

    def release(self) -> None:
        """It is real: what it does counts, and what it keeps is kept."""
        self.turn.real.set()
        self.saver.release()

    async def finished(self) -> None:
        """Wait for its end. Whoever waits may be cancelled, the run goes on.

        Raises:
            Exception: Whatever broke the agent's own side of it.
        """
        if self._task is not None:
            # Awaited itself, it would be cancelled with whoever waits for it: a tool in mid-air.
            await asyncio.wait({self._task})
            self._task.result()

    async def drop(self) -> None:
        """Cancel it, until it takes."""
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_CANCEL_AGAIN_S)
