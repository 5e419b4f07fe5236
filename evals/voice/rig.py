"""A telephone, a recogniser, a voice and an agent without sockets: honest, and instant."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field

from voice.events import Heard
from voice.manners import Manners
from voice.playback import BYTES_PER_MS
from voice.ports import Expectation, Sound

MS_PER_CHARACTER = 60


@dataclass
class Handset:
    """Plays what it is sent in real time, echoes marks when they are reached, forgets on clear."""

    played: bytearray = field(default_factory=bytearray)
    marks: list[tuple[float, str]] = field(default_factory=list)
    cleared_at: list[float] = field(default_factory=list)
    lose_marks: bool = False
    on_mark: Callable[[str], None] | None = None
    _free_at: float = 0.0
    _pending: list[tuple[float, bytes, str | None, asyncio.TimerHandle]] = field(
        default_factory=list
    )

    def play(self, ulaw: bytes) -> None:
        loop = asyncio.get_running_loop()
        begins = max(loop.time(), self._free_at)
        self._free_at = begins + len(ulaw) / BYTES_PER_MS / 1000
        self._pending.append((begins, ulaw, None, loop.call_at(begins, lambda: None)))
        loop.call_at(self._free_at, self._settle)

    def mark(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._free_at)
        self._pending.append((at, b"", name, loop.call_at(at, self._settle)))

    def clear(self) -> None:
        """What is half played is cut where it stands; marks that waited come back at once."""
        now = asyncio.get_running_loop().time()
        self.cleared_at.append(now)
        waiting, self._pending = self._pending, []
        for begins, ulaw, name, _ in waiting:
            if ulaw:
                self.played += ulaw[: max(0, int((now - begins) * 1000 * BYTES_PER_MS))]
            elif name is not None:
                self._echo(name)
        self._free_at = now

    def hang_up(self) -> None:
        self._free_at = 0.0

    def _settle(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._pending:
            begins, ulaw, name, _ = self._pending[0]
            if begins + len(ulaw) / BYTES_PER_MS / 1000 > now + 1e-9:
                return
            self._pending.pop(0)
            self.played += ulaw
            if name is not None:
                self._echo(name)

    def _echo(self, name: str) -> None:
        self.marks.append((asyncio.get_running_loop().time(), name))
        if self.on_mark is not None and not self.lose_marks:
            self.on_mark(name)

    @property
    def heard(self) -> str:
        """The characters that reached the ear: the voice spells one per so many bytes."""
        size = MS_PER_CHARACTER * BYTES_PER_MS
        return self.played[::size].decode("latin-1")


class ScriptedEars:
    """Reports what it is told was heard."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Heard | None] = asyncio.Queue()
        self.expected: list[Expectation] = []
        self.closed = False

    def feed(self, ulaw: bytes) -> None:
        """Audio means nothing here."""

    async def heard(self) -> AsyncIterator[Heard]:
        while (event := await self.events.get()) is not None:
            yield event

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        self.expected.append(expected)

    async def aclose(self) -> None:
        self.closed = True
        self.events.put_nowait(None)


class SpellingVoice:
    """Speaks one character per `MS_PER_CHARACTER`: the audio *is* the text."""

    def __init__(self) -> None:
        self.closed = False

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        async for clause in clauses:
            yield Sound(spelled(clause), completes=clause)

    async def aclose(self) -> None:
        self.closed = True


def spelled(text: str) -> bytes:
    """A text as the audio of `SpellingVoice`."""
    size = MS_PER_CHARACTER * BYTES_PER_MS
    return b"".join(bytes([code]) * size for code in text.encode("latin-1"))


def recordings(*lines: str, manners: Manners | None = None) -> dict[str, bytes]:
    """Lines that were voiced before the call: these, and what is said of one's own accord."""
    return {line: spelled(line) for line in (*lines, *(manners or Manners()).lines)}


@dataclass
class Parrot:
    """Answers from a list; remembers what it was asked and what of its words was heard."""

    replies: list[str]
    asked: list[str] = field(default_factory=list)
    was_heard: list[str] = field(default_factory=list)
    estimated: list[bool] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    retracted: list[str] = field(default_factory=list)
    confirms: bool = True
    closed_early: int = 0
    thinks_s: float = 0.0
    last: bool = False
    _early: str | None = None

    @property
    def expecting(self) -> Expectation:
        return "open"

    @property
    def vocabulary(self) -> tuple[str, ...]:
        return ()

    @property
    def doing(self) -> tuple[str, float] | None:
        return None

    @property
    def finished(self) -> bool:
        return self.last and not self.replies

    def listen(self) -> None:
        """Nothing is made ready."""

    async def respond(self, text: str) -> AsyncGenerator[str, None]:
        self.asked.append(text)
        reply, finished = self.replies.pop(0), False
        try:
            await asyncio.sleep(self.thinks_s)
            for word in reply.split(" "):
                yield word + " "
            finished = True
        finally:
            self.closed_early += not finished

    async def ahead(self, text: str) -> AsyncGenerator[str, None]:
        """A reply that is only used up once it is confirmed."""
        self._early = text
        reply = self.replies[0]
        await asyncio.sleep(self.thinks_s)
        for word in reply.split(" "):
            yield word + " "

    async def confirm(self) -> bool:
        early, self._early = self._early, None
        if early is None or not self.confirms:
            return False
        self.confirmed.append(early)
        self.replies.pop(0)
        return True

    async def retract(self) -> None:
        early, self._early = self._early, None
        if early is not None:
            self.retracted.append(early)

    def aside(self, text: str) -> None:
        self.asides.append(text)

    def heard(self, text: str, *, estimated: bool = False) -> None:
        self.was_heard.append(text)
        self.estimated.append(estimated)
