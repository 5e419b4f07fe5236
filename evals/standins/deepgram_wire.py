"""What the Deepgram stand-in is told to do, and what it remembers of each connection."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from evals.standins.hearing import HearsBy, Utterance
from evals.standins.script import STRICT

Json = dict[str, Any]

PATIENCE_S = 30.0
"""How long a test may wait for a client before that is an error."""

ListenFaultKind = Literal[
    "refuse", "stall_handshake", "silent", "close", "error", "unknown_messages", "stop_reading",
    "no_ack", "refuse_change", "says",
]  # fmt: skip
SpeakFaultKind = Literal[
    "refuse", "stall_handshake", "stall", "stall_inside", "close", "unknown_messages",
    "stop_reading", "no_cleared", "says",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListenFault:
    """One way for a listening connection to go wrong.

    Attributes:
        kind: What goes wrong. "silent" goes on reading and says nothing more; "error" sends a
            fatal error and closes; "refuse_change" refuses the first Configure.
        after_ms: How much audio is heard first.
        in_turn: Wait for the caller to speak first.
        status: For "refuse", the HTTP status.
        code: For "close", the close code.
        text: For "says", the message sent as it is, once.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: ListenFaultKind
    after_ms: int = 0
    in_turn: bool = False
    status: int = 429
    code: int = 1011
    text: str = ""


@dataclass(frozen=True, slots=True)
class SpeakFault:
    """One way for a speaking connection to go wrong.

    Attributes:
        kind: What goes wrong. "stall" makes no audio, "stall_inside" and "close" come after some.
        after_flushes: How many flushes are served well first.
        after_chunks: For "stall_inside" and "close", how many pieces of audio come first.
        status: For "refuse", the HTTP status.
        code: For "close", the close code.
        text: For "says", the message sent as it is before each audio.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: SpeakFaultKind
    after_flushes: int = 0
    after_chunks: int = 1
    status: int = 429
    code: int = 1011
    text: str = ""


@dataclass(frozen=True, slots=True)
class DeepgramScript:
    """What the stand-in hears, says, and how it fails.

    Attributes:
        hears: "energy" ends an utterance of the script at each silence in real audio, "timed" at
            the script's own times, "dictated" a part of one between two silences, parts being
            divided by "|" in its text; "verbatim" hears what the audio bytes spell.
        utterances: What each caller says. Connections with the same `tag` share one caller.
        silence_ms: How much quiet ends a turn.
        eager_ms: How much quiet makes an early end of turn, for a client that wants those.
        idle_ms: How long a listening connection may send nothing before it is closed.
        configure_delay_ms: How long a Configure message takes to be answered.
        listen_faults: For the first listening connection, the second, and so on.
        speaks: "tone" sends a tone; "verbatim" spells the text before it, for readable tests.
        voice_delay_ms: How long after a flush the audio starts.
        word_ms: How much audio a word makes.
        chunk_ms: How much audio is sent at a time.
        gap_ms: How long between two pieces of audio.
        speak_faults: For the first speaking connection, the second, and so on.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    hears: HearsBy = "energy"
    utterances: tuple[Utterance, ...] = ()
    silence_ms: int = 200
    eager_ms: int | None = None
    idle_ms: int = 10_000
    configure_delay_ms: int = 0
    listen_faults: tuple[ListenFault | None, ...] = ()
    speaks: Literal["tone", "verbatim"] = "tone"
    voice_delay_ms: int = 0
    word_ms: int = 60
    chunk_ms: int = 100
    gap_ms: int = 0
    speak_faults: tuple[SpeakFault | None, ...] = ()


@dataclass(slots=True)
class Connection:
    """What a client sent on one connection. Its key is not kept.

    Attributes:
        path: Which endpoint.
        query: The query, every value of every name.
        audio: All audio, in order.
        messages: All JSON messages, in order.
        closed: Set when the connection is over.
    """

    path: str
    query: dict[str, list[str]]
    audio: bytearray = field(default_factory=bytearray)
    messages: list[Json] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, message: Json | bytes) -> None:
        """Remember what came in."""
        if isinstance(message, bytes):
            self.audio += message
        else:
            self.messages.append(message)
        async with self._changed:
            self._changed.notify_all()

    def of_type(self, kind: str) -> list[Json]:
        """The messages of one type."""
        return [message for message in self.messages if message.get("type") == kind]

    async def received(self, kind: str, count: int = 1) -> list[Json]:
        """Wait until so many messages of a type have come in.

        Raises:
            TimeoutError: They have not within `PATIENCE_S`.
        """
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(self.of_type(kind)) >= count)
        return self.of_type(kind)

    async def listened(self, ms: int) -> None:
        """Wait until so much audio has come in.

        Raises:
            TimeoutError: It has not within `PATIENCE_S`.
        """
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(self.audio) >= ms * 8)
