"""Keys a caller presses: 0 asks for a person, # ends a number, a pause does too."""

import asyncio
from dataclasses import dataclass, field

from voice.manners import A_PERSON, ASKED_TO_LOOK_UP
from voice.ports import Expectation

_WHOLE_DATE = 8
_YES_NO = {"1": "Yes.", "2": "No."}


@dataclass(slots=True)
class Keypad:
    """Collects digits into what they say."""

    last_key_s: float
    _digits: str = ""
    _expecting: Expectation = "open"
    _due: asyncio.TimerHandle | None = None
    _said: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    @property
    def collects(self) -> bool:
        """Whether a number has begun and may go on."""
        return bool(self._digits)

    def press(self, digit: str, expecting: Expectation = "open") -> None:
        """Take one key. A 0 may begin a number that was asked for, so then a pause decides."""
        self.close()
        self._expecting = expecting
        if digit == "0" and not self._digits and expecting not in ASKED_TO_LOOK_UP:
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
            self._said.put_nowait(_as_said(number, self._expecting))


def _as_said(number: str, expecting: Expectation) -> str:
    """What a caller would have said instead of these keys."""
    if number == "0":
        return A_PERSON
    if expecting == "yes_no" and number in _YES_NO:
        return _YES_NO[number]
    if expecting == "birth_date" and len(number) == _WHOLE_DATE:
        return f"{number[:2]}/{number[2:4]}/{number[4:]}"
    return " ".join(number)
