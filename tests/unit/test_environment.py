"""The set-up that `make` runs first, on a copy of it with nothing to install."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    root = tmp_path / "shop of Bart"
    (root / "requirements").mkdir(parents=True)
    (root / "deploy").mkdir()
    shutil.copy(REPOSITORY / "deploy" / "environment.py", root / "deploy")
    shutil.copy(REPOSITORY / "Makefile", root)
    for kind in ("run", "dev"):
        (root / "requirements" / f"{kind}.txt").write_text("# nothing\n")
    return root


def set_up(root: Path, kind: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    script = f"import runpy, sys; {before}; sys.argv = ['environment.py', {kind!r}]; "
    script += "runpy.run_path('deploy/environment.py', run_name='__main__')"
    return run([sys.executable, "-I", "-c", script], root)


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run([shutil.which("make") or "make", *arguments], root)


def run(command: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own programs


def test_the_environment_is_made_once_and_again_only_when_there_is_a_reason(copy: Path) -> None:
    first = set_up(copy, "dev")
    assert first.returncode == 0, first.stderr
    assert "making .venv" in first.stderr
    (copy / "found.py").write_text("here = True")
    elsewhere = [str(copy / ".venv" / "bin" / "python"), "-c", "import found; print(found.here)"]
    assert run(elsewhere, copy.parent).stdout == "True\n"

    for kind in ("dev", "run"):
        again = set_up(copy, kind)
        assert (again.returncode, again.stderr) == (0, "")

    (copy / "requirements" / "dev.txt").write_text("# still nothing\n")
    changed = set_up(copy, "run")
    assert "requirements/dev.txt" in changed.stderr, "what was installed for tests is kept up"
    assert "making .venv" not in changed.stderr


def test_a_set_up_that_was_cut_short_says_why_and_begins_anew(copy: Path) -> None:
    (copy / "requirements" / "run.txt").write_text("./missing.whl --hash=sha256:00\n")
    failed = set_up(copy, "run")
    assert failed.returncode == 1
    assert "missing.whl" in failed.stderr
    assert "mend that and start again" in failed.stderr

    (copy / "requirements" / "run.txt").write_text("# nothing\n")
    assert "making .venv" in set_up(copy, "run").stderr


def test_a_python_without_venv_is_told_apart(copy: Path) -> None:
    failed = set_up(copy, "run", before="sys.modules['ensurepip'] = None")
    assert failed.returncode == 1
    assert "install python3." in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("python", "said"),
    [
        pytest.param("/nowhere/python3", "There is no /nowhere/python3 here", id="no Python"),
        pytest.param("/bin/false", "/bin/false is too old", id="an old Python"),
    ],
)
def test_a_python_that_will_not_do_is_refused_in_one_line(
    copy: Path, python: str, said: str
) -> None:
    if python == "/bin/false":
        python = shutil.which("false") or python
        said = f"{python} is too old"
    refused = make(copy, "run", f"PYTHON={python}")
    assert refused.returncode != 0
    assert refused.stderr.startswith(said)


def test_make_alone_lists_the_verbs(copy: Path) -> None:
    listed = [line.split()[0] for line in make(copy).stdout.splitlines()[1:]]
    expected = "run chat call test check evals bench studio seed db-url lock format clean"
    assert set(expected.split()) <= set(listed)
