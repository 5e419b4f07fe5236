"""Which calls are on the line in this process: at most so many, and each of them once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar

_TAKEOVER_S = 5.0


class LineTaken(Exception):
    """The call already has a live stream."""


class Seat:
    """The place of a live stream.

    Attributes:
        wanted: Set once its call goes on in another stream.
        left: Set once everything it opened is closed.
        cut: Ends the stream as if its caller had gone; set once there is one to end.
    """

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self.left = asyncio.Event()
        self.cut: Callable[[], object] | None = None

    @property
    def superseded(self) -> bool:
        """Whether its call goes on in another stream."""
        return self.wanted.is_set()

    async def vacate(self) -> None:
        """Make the holder leave, and wait until everything it opened is closed.

        Raises:
            TimeoutError: It has not left in time.
        """
        self.wanted.set()
        if self.cut is not None:
            self.cut()
        async with asyncio.timeout(_TAKEOVER_S):
            await self.left.wait()


_held: ContextVar[Seat | None] = ContextVar("held_seat", default=None)


def held() -> Seat | None:
    """The place of the stream that this task carries; None where it carries none."""
    return _held.get()


class Lines:
    """Counts calls from the moment their webhook is answered, so none is let in to be refused."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}
        self._expected: dict[str, float] = {}
        self._emptied = asyncio.Event()
        self.closing = False

    def __len__(self) -> int:
        return len(self._seats)

    async def drain(self, *, patience_s: float) -> int:
        """Take no more calls and wait until those on the line have ended, or for so long.

        Returns:
            How many streams had to be ended, so that another process goes on with their calls.
        """
        self.closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self._seats:
                    self._emptied.clear()
                    await self._emptied.wait()
        left = list(self._seats.values())
        await asyncio.gather(*(seat.vacate() for seat in left), return_exceptions=True)
        return len(left)

    def expect(self, call_sid: str, *, most: int, patience_s: float) -> bool:
        """Keep a place for a call; false when `most` are taken.

        A call that never opens its stream gives the place back after `patience_s`.
        """
        now = asyncio.get_running_loop().time()
        self._expected = {sid: until for sid, until in self._expected.items() if until > now}
        if call_sid not in self._seats:
            others = len(self._seats) + len(self._expected.keys() - {call_sid})
            if others >= most:
                return False
        self._expected[call_sid] = now + patience_s
        return True

    def forget(self, call_sid: str) -> None:
        """Give the place of a call back that ended before its stream opened."""
        self._expected.pop(call_sid, None)

    async def gone(self, call_sid: str) -> None:
        """Wait, for some seconds at most, until a call's stream and all it opened are closed."""
        holder = self._seats.get(call_sid)
        if holder is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_TAKEOVER_S):
                    await holder.left.wait()

    @asynccontextmanager
    async def seat(self, call_sid: str, *, resumed: bool) -> AsyncIterator[Seat]:
        """Hold a call's one place while its stream is open.

        A resumed stream puts an earlier one out: Twilio asks for it only after that one has ended,
        so what still looks alive here is a connection whose loss has not been noticed yet.

        Raises:
            LineTaken: The call is on the line already.
        """
        holder = self._seats.get(call_sid)
        if holder is not None:
            if not resumed:
                raise LineTaken
            try:
                await holder.vacate()
            except TimeoutError:
                raise LineTaken from None
            if call_sid in self._seats:
                raise LineTaken
        self._expected.pop(call_sid, None)
        seat = self._seats[call_sid] = Seat()
        token = _held.set(seat)
        try:
            yield seat
        finally:
            _held.reset(token)
            del self._seats[call_sid]
            seat.left.set()
            if not self._seats:
                self._emptied.set()
