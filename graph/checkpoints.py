"""The saver a live call uses: answers from memory, writes behind, loses nothing.

`AsyncPostgresSaver` holds one lock per instance and adds several milliseconds to the first token.
A call has one writer (its own task), so its latest checkpoint may be answered from memory while
the database follows in order. `flush` waits until the database has caught up; it is called when a
turn is over, so a killed process loses at most the turn in flight.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)

logger = logging.getLogger(__name__)


async def _nowhere() -> bool:
    return False


class WriteBehindSaver(BaseCheckpointSaver[str]):
    """Wraps a saver for one thread. Use one instance per call and `flush` after each turn.

    Args:
        inner: Where the checkpoints go.
        elsewhere: Whether another process has taken the call up; then nothing more is stored, so
            that the last checkpoint there is stays the last.
    """

    def __init__(
        self,
        inner: BaseCheckpointSaver[str],
        elsewhere: Callable[[], Awaitable[bool]] = _nowhere,
    ) -> None:
        super().__init__(serde=inner.serde)
        self._inner = inner
        self._elsewhere = elsewhere
        self._lost = False
        self._asked = False
        self._latest: CheckpointTuple | None = None
        self._tail: asyncio.Task[None] | None = None

    def get_next_version(self, current: str | None, channel: None) -> str:
        """The wrapped saver's version scheme, since its rows are what another process reads."""
        return self._inner.get_next_version(current, channel)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The latest checkpoint from memory; anything older from the database."""
        wanted = config["configurable"].get("checkpoint_id")
        latest = self._latest
        if latest is not None and wanted in (None, _checkpoint_id(latest)):
            return latest
        if wanted is None and self._asked:
            return None
        await self.flush()
        found = await self._inner.aget_tuple(config)
        if wanted is None:
            self._latest, self._asked = found, True
        return found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Remember the checkpoint and queue its write."""
        configurable = config["configurable"]
        written: RunnableConfig = {
            "configurable": {
                "thread_id": configurable["thread_id"],
                "checkpoint_ns": configurable.get("checkpoint_ns", ""),
                "checkpoint_id": checkpoint["id"],
            }
        }
        parent = config if configurable.get("checkpoint_id") else None
        self._latest = CheckpointTuple(written, checkpoint, metadata, parent, [])
        # The run goes on changing the channel values in place of the ones it was given, so the
        # write works on a shallow copy of the moment.
        frozen = checkpoint.copy()
        frozen["channel_values"] = dict(checkpoint["channel_values"])
        self._enqueue(self._store, config, frozen, metadata, new_versions)
        return written

    async def _store(self, *checkpoint: Any) -> None:
        self._lost = self._lost or await self._elsewhere()
        if self._lost:
            logger.warning("a checkpoint was not stored: the call goes on elsewhere")
        else:
            await self._inner.aput(*checkpoint)

    async def _store_writes(self, *writes: Any) -> None:
        if not self._lost:
            await self._inner.aput_writes(*writes)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Remember the pending writes of the latest checkpoint and queue their write."""
        latest = self._latest
        if latest is not None and config["configurable"].get("checkpoint_id") == _checkpoint_id(
            latest
        ):
            pending = [*(latest.pending_writes or []), *((task_id, c, v) for c, v in writes)]
            self._latest = latest._replace(pending_writes=pending)
        self._enqueue(self._store_writes, config, writes, task_id, task_path)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The call's checkpoints, newest first, from the database."""
        await self.flush()
        async for item in self._inner.alist(config, filter=filter, before=before, limit=limit):
            yield item

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget the call, here and in the database."""
        await self.flush()
        self._latest = None
        await self._inner.adelete_thread(thread_id)

    async def of_another(self, thread_id: str) -> dict[str, Any]:
        """The last state of another call, from the database; empty if there is none."""
        found = await self._inner.aget_tuple({"configurable": {"thread_id": thread_id}})
        return dict(found.checkpoint["channel_values"]) if found is not None else {}

    async def flush(self) -> None:
        """Wait until everything put so far is in the database.

        Raises:
            psycopg.Error: The database refused a write; the run that made it must be told.
        """
        tail = self._tail
        if tail is None:
            return
        # Awaited itself, the write would be cancelled with whoever waits for it.
        await asyncio.wait({tail})
        if self._tail is tail:
            self._tail = None
        tail.result()

    def _enqueue(self, write: Any, *args: Any) -> None:
        before, self._tail = self._tail, None
        self._tail = asyncio.create_task(_after(before, write, *args))


class HeldSaver(WriteBehindSaver):
    """A saver for a turn that may never be real: keeps to itself what it would have passed on."""

    def __init__(self, inner: BaseCheckpointSaver[str]) -> None:
        super().__init__(inner)
        self._held: list[tuple[Any, tuple[Any, ...]]] | None = []

    def release(self) -> None:
        """The turn is real: pass on what was kept, and from now on everything."""
        held, self._held = self._held or [], None
        for write, args in held:
            self._enqueue(write, *args)

    def _enqueue(self, write: Any, *args: Any) -> None:
        if self._held is None:
            super()._enqueue(write, *args)
        else:
            self._held.append((write, args))


async def _after(before: asyncio.Task[None] | None, write: Any, *args: Any) -> None:
    if before is not None:
        await before
    await write(*args)


def _checkpoint_id(latest: CheckpointTuple) -> str:
    return str(latest.config["configurable"]["checkpoint_id"])
