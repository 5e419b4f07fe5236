"""The caller's last seconds, for a recogniser that has to hear them again."""

from voice.playback import BYTES_PER_MS


class Ring:
    """Keeps the newest caller audio. Times are milliseconds of caller audio since the call began.

    Args:
        kept_ms: How much is kept.
    """

    def __init__(self, kept_ms: int) -> None:
        self._most = kept_ms * BYTES_PER_MS
        self._held = bytearray()
        self._start = 0

    @property
    def now_ms(self) -> int:
        """How much audio there has been."""
        return (self._start + len(self._held)) // BYTES_PER_MS

    def put(self, ulaw: bytes) -> None:
        """Take the caller's next audio."""
        self._held += ulaw
        old = len(self._held) - self._most
        if old > 0:
            del self._held[:old]
            self._start += old

    def since(self, at_ms: int) -> tuple[int, bytes]:
        """What was said from a moment on, or from the oldest that is kept; and when that begins."""
        start = max(at_ms * BYTES_PER_MS, self._start)
        return start // BYTES_PER_MS, bytes(self._held[start - self._start :])
