"""Caller audio on its way to a recogniser: bounded, replayable, and never losing count of time."""

from bisect import bisect_right
from dataclasses import dataclass

BYTES_PER_MS = 8
SILENCE = b"\xff"


@dataclass(frozen=True, slots=True)
class _Step:
    """From here on, connection time and caller time run side by side."""

    connection: int
    caller: int


class Outbox:
    """Holds caller audio until it is sent, and for a while after.

    Positions are bytes. A recogniser counts the audio of its own connection, which has silence
    put in, audio left out, and begins anew with each connection; `caller_ms` translates.

    Args:
        waiting_ms: How much unsent audio is kept; the oldest is dropped beyond that.
        replay_ms: How much sent audio is kept for another connection.
    """

    def __init__(self, *, waiting_ms: int, replay_ms: int) -> None:
        self._waiting_most = waiting_ms * BYTES_PER_MS
        self._replay_most = replay_ms * BYTES_PER_MS
        self._held = bytearray()
        self._start = 0
        self._sent = 0
        self._connection = 0
        self._steps = [_Step(0, 0)]
        self._dropped = 0

    @property
    def waiting(self) -> int:
        """Bytes that have not been sent."""
        return self._start + len(self._held) - self._sent

    @property
    def dropped_ms(self) -> int:
        """How much audio was never sent, because too much was waiting."""
        return self._dropped // BYTES_PER_MS

    def put(self, ulaw: bytes) -> None:
        """Take the caller's next audio."""
        self._held += ulaw
        late = self.waiting - self._waiting_most
        if late > 0:
            self._sent += late
            self._dropped += late
        self._forget()

    def take(self, most: int) -> bytes:
        """The next bytes to send."""
        at = self._sent - self._start
        piece = bytes(self._held[at : at + most])
        if piece:
            self._keep_step()
            self._connection += len(piece)
            self._sent += len(piece)
            self._forget()
        return piece

    def silence(self, count: int) -> bytes:
        """Silence to send in place of audio that has not come."""
        self._connection += count
        return SILENCE * count

    def rewind(self, from_ms: int) -> None:
        """Begin another connection: send what is still held from a moment on once more."""
        at = max(self._start, min(from_ms * BYTES_PER_MS, self._sent))
        self._sent = at
        self._connection = 0
        self._steps = [_Step(0, at)]

    def caller_ms(self, connection_ms: int) -> int:
        """When in the caller's audio something happened, from when it did on the connection."""
        at = connection_ms * BYTES_PER_MS
        index = bisect_right(self._steps, at, key=lambda step: step.connection) - 1
        step = self._steps[max(index, 0)]
        caller = step.caller + max(at - step.connection, 0)
        if index + 1 < len(self._steps):
            caller = min(caller, self._steps[index + 1].caller)
        return min(caller, self._sent) // BYTES_PER_MS

    def _keep_step(self) -> None:
        last = self._steps[-1]
        if self._connection - last.connection != self._sent - last.caller:
            self._steps.append(_Step(self._connection, self._sent))

    def _forget(self) -> None:
        old = self._sent - self._replay_most - self._start
        if old > 0:
            del self._held[:old]
            self._start += old
