"""The worker's side of the pipes: blocking, one message after another."""

import os
import sys
from collections.abc import Iterator

from voice.local.wire import HEADER, Kind, Message


class Pipes:
    """Standard input and output of a worker, as messages.

    Standard output is moved aside, so that a library that prints cannot break the protocol.
    """

    def __init__(self) -> None:
        self._from = sys.stdin.buffer
        self._to = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def messages(self) -> Iterator[Message]:
        """What the starter says, until it closes the pipe or dies."""
        while len(header := self._from.read(HEADER.size)) == HEADER.size:
            length, stream, kind = HEADER.unpack(header)
            yield Message(Kind(kind), stream, self._from.read(length))

    def send(self, message: Message) -> None:
        """Say something to the starter; the process ends if nobody is there to listen."""
        try:
            self._to.write(message.packed())
            self._to.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody is left to tell, and the interpreter's own flush would complain
