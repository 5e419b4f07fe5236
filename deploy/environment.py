"""Makes .venv hold what a requirements file says. `make` runs this before every verb.

It runs under the system's bare Python, so it may import the standard library only. When .venv is
up to date it says nothing and ends at once.

    usage: environment.py run|dev
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
_SHOWN_EVERY = 10
_WITHOUT_WHEEL = "forbiddenfruit"
"""Published as source only, in plain Python. All else comes built: there may be no compiler."""
_SHOWN_OF_A_FAILURE = 15


class CannotPrepare(Exception):
    """The environment cannot be made. The text says why and how to mend it."""


def lock_file(kind: str) -> Path:
    """The requirements of a kind: `run`, or `dev`, which holds all of `run` too."""
    return ROOT / "requirements" / f"{kind}.txt"


def stamp_of(kind: str) -> str:
    """What is written down once everything in a lock file is installed, here."""
    digest = hashlib.sha256(lock_file(kind).read_bytes()).hexdigest()
    # An environment that was moved or copied has paths in it that lead elsewhere.
    return f"{kind} {digest} {ROOT}\n"


def up_to_date(kind: str) -> bool:
    """Whether .venv holds what the kind needs."""
    if not (STAMP.exists() and PYTHON.exists()):
        return False
    installed = STAMP.read_text(encoding="utf-8")
    return installed == stamp_of(kind) or installed == stamp_of("dev")


def prepare(kind: str, guard: int) -> None:
    """Make .venv, install the lock file, and let Python find our packages; the stamp comes last."""
    before = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
    if before.startswith("dev "):
        kind = "dev"  # what is there for `make test` stays there
    if not usable(before):
        make_venv()
    STAMP.unlink(missing_ok=True)
    install(lock_file(kind), guard)
    point_at_repository()
    STAMP.write_text(stamp_of(kind), encoding="utf-8")
    say("ready")


def usable(before: str) -> bool:
    """Whether what is in .venv can be built upon.

    What was interrupted cannot, and has no stamp: pip takes a package for installed as soon as its
    description is there. It is made anew, from what pip has already downloaded.
    """
    if not (before.endswith(f" {ROOT}\n") and PYTHON.exists()):
        return False
    probe = [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own interpreter


def make_venv() -> None:
    """An empty environment in place of whatever is there."""
    try:
        import ensurepip  # noqa: F401 - Debian leaves it out of python3, and venv needs it
        import venv
    except ImportError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CannotPrepare(
            f"{sys.executable} comes without venv and pip; on Debian and Ubuntu install "
            f"python{version}-venv, or name another Python: make PYTHON=/path/to/python3"
        ) from error
    say(f"making .venv with Python {sys.version.split()[0]}")
    venv.create(VENV, clear=True, with_pip=True, symlinks=True)


def install(requirements: Path, guard: int) -> None:
    """Install exactly the locked files, checked against their hashes, and compile nothing.

    Modules become bytecode when they are first imported: most of what is installed never is.

    Args:
        requirements: The lock file.
        guard: A locked descriptor for pip to inherit. If we are killed, the next one waits for pip.
    """
    total = sum("==" in line for line in requirements.read_text(encoding="utf-8").splitlines())
    say(f"installing {total} packages from {requirements.relative_to(ROOT)}")
    command = [
        str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
        "--no-color", "--only-binary", ":all:", "--no-binary", _WITHOUT_WHEEL, "--use-pep517",
        "--no-compile", "--require-hashes", "-r", str(requirements),
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        pass_fds=(guard,),
    ) as pip:  # fmt: skip
        assert pip.stdout is not None
        latest: deque[str] = deque(maxlen=_SHOWN_OF_A_FAILURE)
        for line in shortened(pip.stdout, total, latest):
            say(line)
    if pip.returncode != 0:
        sys.stderr.writelines(latest)
        raise CannotPrepare("pip could not install the packages; mend that and start again")


def shortened(lines: Iterable[str], total: int, latest: deque[str]) -> Iterator[str]:
    """How far pip is, in a few lines. All it said lately is kept for the case that it fails."""
    done = 0
    for line in lines:
        latest.append(line)
        if line.startswith("Collecting "):
            done += 1
            if done % _SHOWN_EVERY == 0:
                yield f"  {done} of {total}: {line.split()[1]}"
        elif line.startswith("Installing collected"):
            yield "  unpacking"


def point_at_repository() -> None:
    """Let this Python import the folders of the repository.

    A path file does what an editable installation would, and needs no build tool: nothing more to
    download, pin and run on a bare machine. Ours come after the installed packages either way.
    """
    query = [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    answer = subprocess.run(query, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    path_file = Path(answer.stdout.strip()) / "barts_sophie.pth"
    path_file.write_text(f"{ROOT}\n", encoding="utf-8")


def take_turns(guard: int) -> None:
    """Wait until no other set-up is under way."""
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another set-up to end")
        fcntl.flock(guard, fcntl.LOCK_EX)


def say(text: str) -> None:
    """Progress goes to standard error: the output of a verb is its own."""
    sys.stderr.write(f"[set-up] {text}\n")
    sys.stderr.flush()


def main(kind: str) -> int:
    if up_to_date(kind):
        return 0
    # Two verbs may be started at once. A folder can be locked as well as a file.
    guard = os.open(lock_file(kind).parent, os.O_RDONLY)
    try:
        take_turns(guard)
        if not up_to_date(kind):
            prepare(kind, guard)
    except CannotPrepare as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; start again to go on")
        return 130
    finally:
        os.close(guard)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
