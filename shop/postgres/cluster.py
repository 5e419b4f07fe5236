"""One data directory and the server on it. Everything here blocks; call it under the start lock."""

import re
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from shop.postgres.account import Account
from shop.postgres.errors import PostgresUnavailable
from shop.postgres.places import SOCKET
from shop.postgres.reaper import serving_pid

OWNER = "sophie"
_START_ATTEMPTS = 10
_BETWEEN_ATTEMPTS_S = 0.3
_PASSING_COMPLAINTS = (
    "shared memory",  # held by the processes of a server that was killed a moment ago
    "lock file",  # of a server that somebody killed since has just started
)
_SETTINGS = (
    "listen_addresses=",  # the socket in a closed folder is the only door
    "dynamic_shared_memory_type=mmap",  # inside the data: /dev/shm is small in containers
    "timezone=UTC",
    "log_timezone=UTC",
    "deadlock_timeout=100ms",  # a caller waits on the line while a deadlock is looked for
    # A violated constraint quotes the row, and rows are callers: neither goes to the log.
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
)
_UNSAFE_SETTINGS = ("fsync=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data directory, the programs that serve it and the user they run as."""

    data: Path
    binaries: Path
    sockets: Path
    account: Account
    fsync: bool

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.data / "server.log"

    def create(self, start_lock: int) -> None:
        """Make the data directory if there is none.

        Args:
            start_lock: Inherited by `initdb`: if we are killed, the next one waits for it to end.
        """
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise PostgresUnavailable(
                f"{self.data} holds something else than a database", "Move it out of the way"
            )
        unfinished = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.own(unfinished)
        options = ["-A", "trust", "-E", "UTF8", "--no-locale", "--locale-provider=libc"]
        options += ["-U", OWNER, "--no-instructions", *([] if self.fsync else ["--no-sync"])]
        made = self.account.run(
            self.binaries / "initdb", "-D", unfinished, *options, keep=(start_lock,)
        )
        if made.returncode != 0:
            raise PostgresUnavailable(f"initdb failed: {_last_line(made.stderr)}")
        if self.data.exists():
            self.data.rmdir()
        unfinished.rename(self.data)

    def serve(self) -> None:
        """Start the server unless it runs, and clear away what a killed one left behind."""
        for attempt in range(_START_ATTEMPTS):
            if serving_pid(self.data) is not None or self._answers():
                return
            if attempt:
                time.sleep(_BETWEEN_ATTEMPTS_S)
            self._clear_remains()
            if self._try_start():
                return
            if not any(passing in self._complaint() for passing in _PASSING_COMPLAINTS):
                break
        raise PostgresUnavailable(f"the server does not start: {self._complaint()}")

    def _answers(self) -> bool:
        # A server in another container shares the folder, but not the process numbers.
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.sockets / SOCKET)) == 0

    def _clear_remains(self) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in self.sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _try_start(self) -> bool:
        if self.log.exists():
            self.log.rename(self.log.with_suffix(".old"))
        settings = _SETTINGS if self.fsync else _SETTINGS + _UNSAFE_SETTINGS
        options = " ".join(["-k", _quoted(str(self.sockets)), *(f"-c {each}" for each in settings)])
        started = self.account.run(
            self.binaries / "pg_ctl", "start", "-w", "-s", "-t", "60",
            "-D", self.data, "-l", self.log, "-o", options,
        )  # fmt: skip
        return started.returncode == 0

    def _complaint(self) -> str:
        if not self.log.exists():
            return f"{self.binaries / 'pg_ctl'} left no log"
        text = self.log.read_text(errors="replace")
        reasons = re.findall(r"(?:FATAL|PANIC|error while loading).*", text)
        return f"{reasons[-1] if reasons else _last_line(text)} (see {self.log})"


def _quoted(argument: str) -> str:
    # pg_ctl hands the options to a shell.
    return "'" + argument.replace("'", "'\\''") + "'"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
