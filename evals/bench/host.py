"""The machine: cores, processes started on one of them, and what the kernel says of them."""

import asyncio
import importlib.metadata
import os
import platform
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.settings import Settings

ROOT = Path(__file__).parents[2]
_START_S, _STOP_S = 180.0, 20.0
_NAMED = ("fastapi", "uvicorn", "uvloop", "websockets", "httpx", "langgraph", "langchain-openai",
          "openai", "deepgram-sdk", "psycopg")  # fmt: skip


class NotStarted(Exception):
    """A process of the benchmark did not come up; the message says where its output is."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core the measured processes get and which the rest; none where they share."""

    served: int | None
    rig: int | None

    @classmethod
    def choose(cls) -> "Cores":
        """Two cores of those this process may use, if the system lets it choose."""
        if not hasattr(os, "sched_getaffinity"):
            return cls(None, None)
        free = sorted(os.sched_getaffinity(0))
        return cls(free[0], free[1]) if len(free) > 1 else cls(None, None)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """What is started in the block, and its children, run on the measured core."""
        self._pin(self.served)
        try:
            yield
        finally:
            self._pin(self.rig)

    def _pin(self, core: int | None) -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a process has used: CPU in seconds, memory resident now in MB.

    `core_busy_s` is how long its core has been busy with anybody's work; none if it has no own.
    """

    cpu_s: float
    rss_mb: float
    core_busy_s: float | None


@dataclass(frozen=True, slots=True)
class Served:
    """A running process that takes calls.

    Attributes:
        webhook: Whether its calls begin with Twilio's webhook.
        core: Where it runs, if it is bound to one.
        flushes: Whether it tells its voice to begin as soon as it may.
    """

    url: str
    pid: int
    webhook: bool
    core: int | None = None
    flushes: bool = True

    def reading(self) -> Reading | None:
        """Its use so far; none where there is no `/proc`."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8")
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
            machine_stat = Path("/proc/stat").read_text(encoding="utf-8")
        except OSError:
            return None
        ticks = os.sysconf("SC_CLK_TCK")
        busy = busy_seconds(machine_stat, self.core, ticks)
        return Reading(cpu_seconds(stat, ticks), resident_mb(status), busy)


def cpu_seconds(stat: str, ticks_a_second: int) -> float:
    """User and system time out of `/proc/<pid>/stat` (proc_pid_stat(5), fields 14 and 15)."""
    # The second field is the program's name in parentheses and may hold spaces.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / ticks_a_second


def busy_seconds(stat: str, core: int | None, ticks_a_second: int) -> float | None:
    """How long a core was busy, stolen time included, out of `/proc/stat` (proc_stat(5))."""
    for line in stat.splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, _, _, *interrupts = map(int, fields[:8])
            return (user + nice + system + sum(interrupts)) / ticks_a_second
    return None


def resident_mb(status: str) -> float:
    """The resident set out of `/proc/<pid>/status`, which gives it in KiB."""
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@asynccontextmanager
async def process(
    name: str,
    command: tuple[str, ...],
    *,
    port: int,
    webhook: bool,
    settings: Mapping[str, str],
    folder: Path,
    cores: Cores,
) -> AsyncIterator[Served]:
    """Run a program on the measured core until the block ends.

    Args:
        name: What its output is called.
        command: An interpreter, and what it runs.
        port: Where it will answer `/health`.
        webhook: Whether its calls begin with Twilio's webhook.
        settings: The environment's part that is the project's; nothing of ours is inherited.
        folder: Where it works and its output is left.
        cores: Where it runs.

    Raises:
        NotStarted: It ended, or did not answer in time.
    """
    log = folder / f"{name}.log"
    ours = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    environment = {**inherited, "PYTHONPATH": str(ROOT), **settings}
    with log.open("wb") as output:
        with cores.starting():
            started = await asyncio.create_subprocess_exec(
                *command, env=environment, cwd=folder, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            served = Served(f"http://127.0.0.1:{port}", started.pid, webhook, cores.served)
            await _until_well(served, started, log)
            yield served
        finally:
            await _stop(started)


async def _until_well(served: Served, started: asyncio.subprocess.Process, log: Path) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        try:
            async with asyncio.timeout(_START_S):
                while not await _well(client, served.url):
                    if started.returncode is not None:
                        raise NotStarted(f"a process ended at its start:\n{_tail(log)}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise NotStarted(f"no answer within {_START_S:.0f} s:\n{_tail(log)}") from None


async def _well(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/health")).is_success
    except httpx.HTTPError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])


async def _stop(started: asyncio.subprocess.Process) -> None:
    if started.returncode is not None:
        return
    started.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_STOP_S):
            await started.wait()
    except TimeoutError:
        started.kill()
        await started.wait()


def free_port() -> int:
    """A port of loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def machine() -> dict[str, str]:
    """What the numbers were measured on."""
    return {
        "cpu": f"{_cpu_name()}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _NAMED},
    }


def _cpu_name() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()
