"""What Deepgram's recognisers have in common, seen from one call's transcriber."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from voice.deepgram.changes import Changes
from voice.events import Heard
from voice.ports import Expectation


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The recogniser has answered a change of settings."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """The recogniser has given up, and says why with a code."""

    code: str


Report = Heard | Acknowledged | Failed


class Dialect(Protocol):
    """What differs between Deepgram's recognisers. Times are those of the connection."""

    def connect(self) -> AbstractAsyncContextManager[Any]:
        """Open a stream with the settings wanted by now."""

    def take(self, message: Any) -> Iterator[Report]:
        """Say what a message means; nothing, for a message not known.

        Raises:
            Malformed: A message that is known is not what it should be.
        """

    def expect(self, expected: Expectation, phrases: tuple[str, ...]) -> None:
        """Want the settings that suit what the caller was asked."""

    @property
    def changes(self) -> Changes[Any]:
        """Which settings the stream has, and which it is asked for."""

    async def tell(self, socket: Any) -> None:
        """Ask for the settings wanted."""

    async def force_end(self, socket: Any) -> None:
        """Ask for the end of the turn, whatever was heard of it."""
