"""Which settings a stream has, which it is asked for, and when. No clock, no I/O."""

from typing import Generic, TypeVar

# Whatever it was refused for may have passed; what is refused for good is not asked for all the
# time. Doubled each time, up to the second.
AGAIN_AFTER_S = 2.0
AGAIN_AFTER_MOST_S = 60.0

SettingsT = TypeVar("SettingsT")


class Changes(Generic[SettingsT]):
    """Asks for one change at a time.

    Deepgram refuses a change while another is unanswered
    (https://developers.deepgram.com/docs/flux/configure), and answers each with exactly one message
    (https://developers.deepgram.com/changelog/2026/10/19). So however late an answer is, nothing
    is asked before it; another connection begins with what is wanted.

    Args:
        settings: What is wanted to begin with.
    """

    def __init__(self, settings: SettingsT) -> None:
        self.wanted = settings
        self._has = settings
        self._asked: SettingsT | None = None
        self._refused: SettingsT | None = None
        self._again_at = 0.0
        self._again_after_s = AGAIN_AFTER_S

    def connecting(self) -> SettingsT:
        """Another stream begins, with these."""
        self._has = self.wanted
        self._asked = self._refused = None
        self._again_after_s = AGAIN_AFTER_S
        return self._has

    def due(self, now: float) -> bool:
        """Whether to ask for what is wanted."""
        if self._asked is not None or self.wanted == self._has:
            return False
        return self.wanted != self._refused or now >= self._again_at

    def asking(self) -> SettingsT:
        """The stream is asked for these."""
        self._asked = self.wanted
        return self._asked

    def answered(self, now: float, *, accepted: bool) -> None:
        """The stream has answered; nothing, where it was asked nothing."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        if accepted:
            self._has, self._refused, self._again_after_s = asked, None, AGAIN_AFTER_S
        else:
            self._refused, self._again_at = asked, now + self._again_after_s
            self._again_after_s = min(self._again_after_s * 2, AGAIN_AFTER_MOST_S)
