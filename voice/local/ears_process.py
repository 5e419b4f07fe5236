"""The recogniser's process: a seat for each call, one call's audio after another's."""

import json
import logging
from pathlib import Path

from voice.local.hearing import Hearing
from voice.local.language import prepare
from voice.local.serving import Pipes
from voice.local.wire import Kind, Message, pack_event
from voice.local.words import ShopWords


def main() -> None:
    """Serve until the starter closes the pipe."""
    logging.basicConfig(level=logging.WARNING)
    pipes = Pipes()
    incoming = pipes.messages()
    begin = json.loads(next(incoming).payload)
    words = ShopWords(**{name: tuple(listed) for name, listed in begin["words"].items()})
    language = prepare(words, Path(begin["cache"]))
    free = [Hearing(language) for _ in range(begin["calls"])]
    taken: dict[int, Hearing] = {}
    pipes.send(Message(Kind.READY))
    for message in incoming:
        match message.kind:
            case Kind.OPEN:
                taken[message.stream] = free.pop()
            case Kind.AUDIO:
                for event in taken[message.stream].feed(message.payload):
                    pipes.send(Message(Kind.HEARD, message.stream, pack_event(event)))
            case Kind.EXPECT:
                taken[message.stream].expect(json.loads(message.payload))
            case Kind.CLOSE:
                seat = taken.pop(message.stream)
                seat.reset()
                free.append(seat)
            case other:
                raise AssertionError(f"the ears are not told {other.name}")
