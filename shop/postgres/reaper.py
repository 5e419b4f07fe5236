"""Watches over the embedded server from outside the processes that use it.

Also a program: it runs detached, by its path, under a bare interpreter (`python -I -S`), so that it
starts quickly and stays small. It may import the standard library only.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_POLL_S = 0.02
_FAST_STOP_S = 60.0


def serving_pid(data: Path) -> int | None:
    """The process that serves a data directory now, if there is one.

    The number in `postmaster.pid` proves nothing: the server may have been killed, may be a zombie,
    or its number may belong to another process by now. A server works in its data directory, and
    nobody else does.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _working_directory(pid) == str(data) else None


def _working_directory(pid: int) -> str | None:
    if Path("/proc/self/cwd").exists():
        try:
            return str(Path(f"/proc/{pid}/cwd").readlink())
        except OSError:
            return None
    return working_directory_by_lsof(pid)


def working_directory_by_lsof(pid: int) -> str | None:
    """Where a process works, on systems without /proc (macOS)."""
    lsof = shutil.which("lsof", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if lsof is None:
        return None
    command = [lsof, "-a", "-d", "cwd", "-p", str(pid), "-Fn"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed program, numeric argument
    names = [line[1:] for line in answer.stdout.splitlines() if line.startswith("n")]
    return names[0] if names else None


def stop_when_unused(data: Path, sockets: Path, users: Path, *, throwaway: bool) -> None:
    """Wait until no process holds `users` any more, then stop the server of `data`.

    A folder of its own for the socket goes too. The lock is kept until the server is down, so that
    a new user waits and then starts a fresh one.
    """
    lock = os.open(users, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    _stop(data)
    if sockets != data:
        with suppress(OSError):
            sockets.rmdir()
    if throwaway:
        shutil.rmtree(data, ignore_errors=True)


def _stop(data: Path) -> None:
    # https://www.postgresql.org/docs/current/server-shutdown.html: SIGINT rolls back and closes
    # cleanly, SIGQUIT leaves the rest to crash recovery.
    for request, patience_s in ((signal.SIGINT, _FAST_STOP_S), (signal.SIGQUIT, _FAST_STOP_S)):
        pid = serving_pid(data)
        if pid is None:
            return
        try:
            os.kill(pid, request)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience_s
        while serving_pid(data) == pid and time.monotonic() < deadline:
            time.sleep(_POLL_S)


def _detach() -> None:
    # The starter waits for its child, so nobody is left with a process to collect.
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    # The starter reads our output to its end: it must not be ours to keep open.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def main(arguments: list[str]) -> None:
    """`reap DATA SOCKETS USERS keep|throwaway`, or `hold SECONDS`; what we inherit stays open."""
    _detach()
    if arguments[0] == "hold":
        time.sleep(float(arguments[1]))
        return
    data, sockets, users = (Path(each) for each in arguments[1:4])
    stop_when_unused(data, sockets, users, throwaway=arguments[4] == "throwaway")


if __name__ == "__main__":
    main(sys.argv[1:])
