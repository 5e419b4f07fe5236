"""How late the event loop wakes up: on a machine too busy for real time nothing can be measured."""

import asyncio

TOO_LATE_MS = 60.0
"""Three frames of a telephone."""

_EVERY_S = 0.02


class Lateness:
    """Watches the loop it runs on."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []

    async def watch(self) -> None:
        """Note every late awakening, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            now = loop.time()
            if now - due > _EVERY_S:
                self._seen.append((now, (now - due) * 1000))

    def worst_ms(self, since: float) -> float:
        """The latest awakening since a time of the loop's clock."""
        return max((late for at, late in self._seen if at >= since), default=0.0)
