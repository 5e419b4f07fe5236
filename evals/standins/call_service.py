"""The service a recorded call is played into: the one that is running, or a fresh one."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

_START_S = 300.0
_STOP_S = 15.0


class CallFailed(Exception):
    """The call was not what it should have been; the text is one line to read."""


def say(line: str) -> None:
    """Print at once: this is what the program is for."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@asynccontextmanager
async def service(url: str, out: Path, *, given: bool) -> AsyncIterator[str]:
    """The service that answers at `url`, else a fresh one for as long as the block runs.

    Raises:
        CallFailed: It does not answer where it was said to be, or cannot be started.
    """
    if await _answers(url):
        say(f"calling the service at {url}")
        yield url
        return
    if given:
        raise CallFailed(f"nothing answers at {url}: start it with `make run`, or leave --url out")
    async with _fresh(out) as own:
        yield own


@asynccontextmanager
async def _fresh(out: Path) -> AsyncIterator[str]:
    port = _free_port()
    url, log = f"http://127.0.0.1:{port}", out / "service.log"
    say(f"starting a service for this call at {url} (its output: {log})")
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "api", env=environment, stdout=output, stderr=output
        )
        try:
            await _until_well(url, process, log)
            yield url
        finally:
            await _stop(process)


async def _until_well(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    try:
        async with asyncio.timeout(_START_S):
            while not await _answers(url):
                if process.returncode is not None:
                    raise CallFailed(f"the service stopped before it was ready; see {log}")
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise CallFailed(f"the service was not ready in {_START_S:.0f} s; see {log}") from None


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        try:
            return (await client.get(f"{url}/health")).is_success
        except httpx.HTTPError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
