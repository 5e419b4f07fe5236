"""Keys a caller presses: 0 asks for a person, # ends a number, a pause does too."""

import asyncio
from dataclasses import dataclass, field

from voice.manners import A_PERSON


@dataclass(slots=True)
class Keypad:
    """Collects digits into what they say."""

    last_key_s: float
    _digits: str = ""
    _due: asyncio.TimerHandle | None = None
    _said: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def press(self, digit: str, *, in_number: bool = False) -> None:
        """Take one key. `in_number`: a number was asked for, which may begin with 0."""
        self.close()
        if digit == "0" and not self._digits and not in_number:
            self._said.put_nowait(A_PERSON)
        elif digit in "#*":
            self._complete()
        else:
            self._digits += digit
            self._due = asyncio.get_running_loop().call_later(self.last_key_s, self._complete)

    async def said(self) -> str:
        """The next thing said by keys."""
        return await self._said.get()

    def close(self) -> None:
        """Wait for no further key."""
        if self._due is not None:
            self._due.cancel()

    def _complete(self) -> None:
        number, self._digits = self._digits, ""
        if number:
            self._said.put_nowait(" ".join(number))
