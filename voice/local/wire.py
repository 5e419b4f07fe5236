"""What goes through the pipes between this process and a speech worker.

    length, stream (4 bytes each) · kind (1 byte) · payload

Nothing that is run: texts, numbers and audio only.
"""

import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum

from voice.events import CallerTurn, Heard, Interim, SpeechStarted

HEADER = struct.Struct("<IIB")


class Kind(IntEnum):
    """What a message is, and in which direction it may go."""

    BEGIN = 1  # to the worker: everything it needs to start
    READY = 2  # from the worker: it has started
    OPEN = 3  # to the ears: a call takes a seat
    AUDIO = 4  # to the ears: mu-law from the caller; from the mouth: mu-law of a whole clause
    EXPECT = 5  # to the ears: what the agent has asked for
    HEARD = 6  # from the ears: an event
    CLOSE = 7  # to the ears: the call leaves its seat
    SAY = 8  # to the mouth: a clause
    FAILED = 9  # from a worker: this stream cannot be served, with the reason


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `stream` is the call, or the clause, it belongs to."""

    kind: Kind
    stream: int = 0
    payload: bytes = b""

    def packed(self) -> bytes:
        """The message as bytes."""
        return HEADER.pack(len(self.payload), self.stream, self.kind) + self.payload


EVENTS: dict[str, type[SpeechStarted] | type[Interim] | type[CallerTurn]] = {
    kind.__name__: kind for kind in (SpeechStarted, Interim, CallerTurn)
}


def pack_event(event: Heard) -> bytes:
    """An event as a payload."""
    return json.dumps([type(event).__name__, asdict(event)]).encode()


def unpack_event(payload: bytes) -> Heard:
    """The event of a payload."""
    name, fields = json.loads(payload)
    return EVENTS[name](**fields)
