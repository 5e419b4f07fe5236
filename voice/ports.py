"""The outside parts a call needs, as the call sees them.

Audio is always G.711 mu-law, 8 kHz, one channel: what the telephone speaks, so a frame is carried
from the handset to the recogniser, and from the voice to the handset, without being touched.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from voice.events import Heard

Expectation = Literal[
    "open",
    "yes_no",
    "name",
    "phone",
    "vehicle",
    "vin",
    "plate",
    "service",
    "date_time",
    "birth_date",
    "address",
    "location",
]
"""What the agent has just asked for. A recogniser may use it to listen more narrowly."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of speech.

    Attributes:
        ulaw: Mu-law bytes, eight to the millisecond.
        completes: The clause whose audio ends with this piece, where the voice can tell.
    """

    ulaw: bytes
    completes: str | None = None


class Transcriber(Protocol):
    """Listens to one call."""

    def feed(self, ulaw: bytes) -> None:
        """Take the caller's next audio. Never blocks and never raises."""

    def heard(self) -> AsyncIterator[Heard]:
        """What was made out, as it is made out; ends when the transcriber is closed.

        Raises:
            VoiceError: The recogniser is gone and will not come back.
        """

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Say what the caller is likely to answer, and words that may occur in it."""

    async def aclose(self) -> None:
        """Release everything the transcriber opened."""


class Synthesizer(Protocol):
    """Speaks on one call, one reply at a time."""

    def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        """Voice the clauses in order. Closing the iterator stops the voice and drops the rest.

        Raises:
            VoiceError: The voice is gone.
        """

    async def aclose(self) -> None:
        """Release everything the synthesizer opened."""


class Ears(Protocol):
    """Makes a transcriber for each call; opened once for the process."""

    async def open(self, call_sid: str) -> Transcriber: ...

    async def aclose(self) -> None: ...


class Mouths(Protocol):
    """Makes a synthesizer for each call; opened once for the process."""

    async def open(self, call_sid: str) -> Synthesizer: ...

    async def aclose(self) -> None: ...


class Agent(Protocol):
    """Whoever the caller is talking to."""

    @property
    def expecting(self) -> Expectation:
        """What the last reply asked for."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Words that the answer to it may hold; for recognisers only."""

    @property
    def doing(self) -> tuple[str, float] | None:
        """What takes its time just now, as a line to be said, and since when by the loop's clock.

        None while nothing does, or nothing that is certain to be wanted.
        """

    @property
    def finished(self) -> bool:
        """Whether the call should end once the last reply has been heard."""

    def listen(self) -> None:
        """The caller begins to speak; what can be made ready for their words may be."""

    def respond(self, text: str) -> AsyncGenerator[str, None]:
        """Answer a turn, token by token. Closing the iterator stops the mouth, never the hands."""

    def ahead(self, text: str) -> AsyncGenerator[str, None]:
        """Answer what the caller has probably said, without any effect until `confirm`."""

    async def confirm(self) -> bool:
        """The turn answered ahead is real. If this says no, it is forgotten and asked again."""

    async def retract(self) -> None:
        """The turn answered ahead never was, if there is one."""

    def aside(self, text: str) -> None:
        """Note what was said to the caller in between, in the agent's name but not by it."""

    def heard(self, text: str, *, estimated: bool = False) -> None:
        """Take what the caller has actually heard of a reply that was cut short.

        Args:
            estimated: The telephone does not confirm what it plays, so this is by the clock.
        """


class Line(Protocol):
    """The telephone, as the call sees it."""

    def play(self, ulaw: bytes) -> None:
        """Queue audio for the caller's ear."""

    def mark(self, name: str) -> None:
        """Ask to be told when everything queued before has been played."""

    def clear(self) -> None:
        """Silence the caller's ear at once."""

    def hang_up(self) -> None:
        """End the call."""


CallBackReason = Literal["too_long", "unhearable", "asked", "voiceless"]
"""Why a call ends before the caller has got what they wanted."""

CallBack = Callable[[CallBackReason], Awaitable[bool]]
"""Asks the shop to call this caller back. Whether it will."""


class VoiceError(Exception):
    """A recogniser or a voice failed. The message names the part and never holds a secret."""
