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
        """Whether it has come to its end, is stored if it was real, and nothing broke."""
        task = self._task
        return task is None or (task.done() and not task.cancelled() and task.exception() is None)

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


@dataclass(slots=True)
class Runs:
    """The runs of one call, one after the other, of which one at most is not real yet.

    Attributes:
        think: Takes a run through the graph.
        saver: A new saver for each of them.
        early: The one that knows its words, while nobody knows whether the caller has finished.
    """

    think: Callable[[Run], Coroutine[Any, Any, None]]
    saver: Callable[[], HeldSaver]
    early: Run | None = None
    _last: Run | None = None
    _listening: Run | None = None

    def listen(self) -> None:
        """Have one ready that waits for the words, once the last has come to its end."""
        rests = self._last is None or self._last.done
        if rests and self._listening is None and self.early is None:
            self._listening = Run.waiting(self.saver())
            self._listening.start(self.think)

    async def next(self, asked: Callable[[], tuple[CallState, tuple[object, ...]]]) -> Run:
        """One that knows the words: the one that waits, or a new one when the last has settled.

        Args:
            asked: What is said and to be remembered by then, and what that takes for given.
        """
        run, self._listening = self._listening, None
        if run is not None and not run.failed:
            run.hear(*asked())
        else:
            self._listening = run
            await self.settled()
            words, based_on = asked()
            run = Run(self.saver(), words, based_on=based_on)
            run.start(self.think)
        self._last = run
        return run

    async def retract(self) -> None:
        """Drop the one that is not known to be real, if there is one."""
        early, self.early = self.early, None
        if early is not None:
            await early.drop()
            self._last = None

    async def settled(self) -> None:
        """Wait until the last one that was real has done everything; drop what is not."""
        await self.retract()
        listening, self._listening = self._listening, None
        if listening is not None:
            await listening.drop()
        if self._last is not None:
            await self._last.finished()
