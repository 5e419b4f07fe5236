"""What is being said: one thing at a time, in a task that is owned."""

import asyncio
from collections.abc import Awaitable, Callable

from voice.mouth import SpeakingMouth
from voice.ports import VoiceError

Speak = Callable[[], Awaitable[None]]


class Speaking:
    """A new thing to say begins when the one before has let go of the voice.

    Attributes:
        is_reply: It is the agent's, and what was heard of it matters to the conversation.
    """

    def __init__(self, mouth: SpeakingMouth) -> None:
        self.is_reply = False
        self._mouth = mouth
        self._task: asyncio.Task[None] | None = None
        self._follows = False

    def __bool__(self) -> bool:
        """Whether something was begun and not stopped; it may have come to its end."""
        return self._task is not None

    @property
    def under_way(self) -> bool:
        """Whether something is still being said."""
        return self._task is not None and not self._task.done()

    @property
    def has_next(self) -> bool:
        """Whether a reply waits for what is being said to come to its end."""
        return self._follows and self.under_way

    def begin(self, speak: Speak, *, is_reply: bool = False) -> None:
        """Say this instead of what is being said."""
        self._mouth.begin()
        self.is_reply, self._follows = is_reply, False
        self._task = asyncio.create_task(_after(self._task, speak))

    def reply(self, speak: Speak) -> None:
        """Say this of the agent's instead of what is being said."""
        self.begin(speak, is_reply=True)

    def follow(self, speak: Speak) -> None:
        """Say this reply once what is being said has come to its end; one that waits is kept."""
        if not self.has_next:
            self._follows = True
            self._task = asyncio.create_task(self._following(self._task, speak))

    async def stop(self) -> None:
        """Say nothing more."""
        task, self._task = self._task, None
        if task is None:
            return
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    def check(self) -> None:
        """Notice that something could not be said.

        Raises:
            VoiceError: It could not.
        """
        if self._task is None or not self._task.done() or self._task.cancelled():
            return
        error = self._task.exception()
        if error is not None:
            raise VoiceError("a reply could not be spoken") from error

    async def _following(self, previous: "asyncio.Task[None] | None", speak: Speak) -> None:
        if previous is not None:
            await previous  # cancelling this cancels it
        self._mouth.begin()
        self.is_reply, self._follows = True, False
        await speak()


async def _after(previous: "asyncio.Task[None] | None", speak: Speak) -> None:
    if previous is not None and not previous.done():
        previous.cancel()
        await asyncio.gather(previous, return_exceptions=True)
    await speak()
