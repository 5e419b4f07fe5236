"""Who may be calling."""

import logging
from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.state import CallState
from shop.desk import Desk
from shop.errors import ShopError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IdentifyNode:
    """Note whose number it might be. Caller ID can be forged, so a match unlocks nothing."""

    desk: Desk

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        context = runtime.context or CallContext()
        number = context.caller_number
        unknown: dict[str, Any] = {"access": "unknown", "topic": "answer", "candidates": []}
        if not number:
            return unknown
        try:
            files = await self.desk.callers(number)
        except ShopError as error:
            logger.warning("caller look-up failed: %s", error.code)
            return unknown
        candidates = [str(file.customer.id) for file in files]
        return {**unknown, "candidates": candidates, "numbers": [number]}
