"""Who runs the server's programs: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shop.postgres.errors import PostgresUnavailable

_NOBODY = 65534
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group of this machine; `borrowed` when we are root and become them."""

    uid: int
    gid: int
    borrowed: bool

    def run(
        self, *command: str | Path, keep: tuple[int, ...] = (), patience_s: float = 90
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, with nothing of our environment, away from our terminal.

        Args:
            command: The program and its arguments.
            keep: Descriptors the program inherits.
            patience_s: When to give up on it.

        Raises:
            PostgresUnavailable: It could not be run, or did not end in time.
        """
        try:
            return subprocess.run(  # noqa: S603 - no shell, and every caller is in this package
                [str(part) for part in command],
                capture_output=True, text=True, check=False, timeout=patience_s,
                cwd="/", env=_ENVIRONMENT, pass_fds=keep, start_new_session=True,
                user=self.uid if self.borrowed else None,
                group=self.gid if self.borrowed else None,
                extra_groups=[] if self.borrowed else None,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PostgresUnavailable(
                f"{command[0]} did not run ({type(error).__name__})"
            ) from error

    def reaches(self, directory: Path) -> bool:
        """Whether this user may enter a directory."""
        return self.run("/bin/sh", "-c", 'cd "$1"', "sh", directory).returncode == 0

    def own(self, path: Path) -> None:
        """Give a file or directory to this user."""
        if self.borrowed:
            os.chown(path, self.uid, self.gid)


def account_for(data: Path) -> Account:
    """The user that serves a data directory: its owner if it exists, else us; nobody for root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), borrowed=False)
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid, borrowed=True)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(_NOBODY, _NOBODY, borrowed=True)
    return Account(nobody.pw_uid, nobody.pw_gid, borrowed=True)
