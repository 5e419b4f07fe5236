"""Processes that die of SIGKILL at a chosen statement.

    test ── Doomed ──line──▶ a warm process (this module) ──fork──▶ one child for each deed
                     ◀─line── how it ended                          dies at its n-th statement

Also a program: `python -m tests.support.crashing` is the warm process. It forks and never touches a
database itself, so that a child begins in milliseconds and inherits no connection.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import orjson
from psycopg.waiting import Wait

from shop.db import Pool, open_pool
from tests.support.deeds import DEEDS, desk_on

_ROOT = Path(__file__).parents[2]


class Moment(StrEnum):
    """When a statement is struck: before it is sent, or when the server has it but we no answer."""

    UNSENT = "unsent"
    SENT = "sent"


class Tap:
    """Counts what the connections of a pool say, and strikes once at one of the statements.

    A statement is one round trip: what a pipeline sends together counts once.
    """

    def __init__(self, strike: Callable[[], None]) -> None:
        self._strike = strike
        self._at: int | None = None
        self._moment = Moment.UNSENT
        self.seen = 0

    def arm(self, statement: int | None, moment: Moment = Moment.UNSENT) -> None:
        """Count from now on, and strike at the n-th statement, the first being 1."""
        self._at, self._moment, self.seen = statement, moment, 0

    def put_on(self, pool: Pool) -> Pool:
        """Count what this pool's connections say; it must not be open yet."""
        tap = self

        class Tapped(pool.connection_class):  # type: ignore[name-defined, misc]  # known only now
            async def wait(self, gen: Any, *args: Any, **more: Any) -> Any:
                return await super().wait(tap.watch(gen), *args, **more)

        pool.connection_class = Tapped
        return pool

    def watch(self, talk: Generator[Wait, Any, Any]) -> Generator[Wait, Any, Any]:
        """Let a statement take its course, with the stroke where it belongs."""
        self.seen += 1
        here = self.seen == self._at
        if here and self._moment is Moment.UNSENT:
            self._strike()
        sent = False
        try:
            wanted = next(talk)
            while True:
                # What there was to send is with the server once only an answer is waited for.
                if here and not sent and wanted == Wait.R:
                    sent = True
                    if self._moment is Moment.SENT:
                        self._strike()
                wanted = talk.send((yield wanted))
        except StopIteration as done:
            return done.value


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do, with what is on file already, and where it dies."""

    dsn: str
    deed: str
    given: dict[str, str]
    statement: int
    moment: Moment


class Doomed:
    """The warm process, seen from a test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def perform(self, order: Order) -> str | None:
        """Have a child do it; its answer, or None if it was killed at the statement.

        Raises:
            AssertionError: It ended in some other way; its standard error says how.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(asdict(order)) + b"\n")
        ending = orjson.loads(await self._process.stdout.readline())
        assert ending["answer"] is not None or ending["code"] == -signal.SIGKILL, ending
        answer: str | None = ending["answer"]
        return answer


@asynccontextmanager
async def doomed(program: str = "tests.support.crashing") -> AsyncIterator[Doomed]:
    """The warm process, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", program,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=_ROOT,
    )  # fmt: skip
    try:
        yield Doomed(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _perform(order: Order, client: httpx.AsyncClient, answer: int) -> None:
    tap = Tap(_die)
    async with tap.put_on(open_pool(order.dsn, max_size=1)) as pool:
        await pool.wait()
        tap.arm(order.statement, order.moment)
        done = await DEEDS[order.deed](desk_on(pool, client), order.given)
        os.write(answer, done.encode())
        # It is done, and nobody who waits for it was told.
        _die()


def _fork(order: Order, client: httpx.AsyncClient) -> dict[str, object]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            asyncio.run(_perform(order, client, writing))
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as answers:
        answer = answers.read()
    _, status = os.waitpid(child, 0)
    return {"answer": answer or None, "code": os.waitstatus_to_exitcode(status)}


def main() -> None:
    """One order a line on standard input, one ending a line on standard output."""
    client = httpx.AsyncClient()
    for line in sys.stdin:
        wished = orjson.loads(line)
        ending = _fork(Order(**{**wished, "moment": Moment(wished["moment"])}), client)
        sys.stdout.write(orjson.dumps(ending).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
