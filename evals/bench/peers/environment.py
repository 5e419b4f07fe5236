"""A Python environment for a peer, beside ours: its dependencies are not ours.

Made once and kept under `.data/bench`; made anew when the list of what belongs in it changes.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
_PYTHON = Path("bin") / "python"


class NoEnvironment(Exception):
    """It could not be made; the message says why, and the comparison is left out."""


async def environment(peer: str, folder: Path) -> Path:
    """The interpreter that runs a peer.

    Args:
        peer: Its name; what it needs is in `<peer>.txt` beside this file, locked with hashes.
        folder: Where environments are kept.

    Raises:
        NoEnvironment: A package index cannot be reached, or a package does not fit this machine.
    """
    needs = HERE / f"{peer}.txt"
    digest = hashlib.sha256(needs.read_bytes()).hexdigest()[:12]
    made = (folder / f"{peer}-{digest}").absolute()
    python = made / _PYTHON
    if (made / "whole").exists():
        return python
    await _run(sys.executable, "-m", "venv", "--clear", str(made))
    installing = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    await _run(str(python), *installing, "--require-hashes", "--requirement", str(needs))
    (made / "whole").touch()
    return python


async def _run(*command: str) -> None:
    started = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await started.communicate()
    if started.returncode:
        lines = complaint.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise NoEnvironment(lines[-1])
