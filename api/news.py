"""News from the carrier that somebody waits for: they come in any order, or never."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

What = Literal["dialed", "ended"]


@dataclass(frozen=True, slots=True)
class News:
    """Passes on what the carrier tells of a call to whoever waits for it just then."""

    _awaited: dict[tuple[str, What], set[asyncio.Event]] = field(default_factory=dict)

    def tell(self, call_sid: str, what: What) -> None:
        """It has come."""
        for heard in self._awaited.get((call_sid, what), ()):
            heard.set()

    async def hears(self, call_sid: str, what: What, *, within_s: float) -> bool:
        """Wait for it. Whether it came in time."""
        heard = asyncio.Event()
        awaited = self._awaited.setdefault((call_sid, what), set())
        awaited.add(heard)
        try:
            async with asyncio.timeout(within_s):
                await heard.wait()
        except TimeoutError:
            return False
        finally:
            awaited.discard(heard)
            if not awaited:
                del self._awaited[call_sid, what]
        return True
