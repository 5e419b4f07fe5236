"""Work that goes on beside something else, and no longer than that."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work in a task of its own that is cancelled, and has ended, when the context ends.

    Whoever is cancelled while waiting for that end is cancelled: awaiting the task itself would
    not tell its cancellation from theirs.

    Raises:
        Exception: What the work failed with, if it did.
    """
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome
