"""The repository tells one story: names, paths and files agree with each other."""

import importlib.metadata
import importlib.util
import json
import re
from pathlib import Path

import pytest

from api.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "voice", "graph", "nodes", "tools", "shop", "evals")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_are_ours(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


@pytest.mark.parametrize("name", PACKAGES)
def test_no_installed_distribution_brings_a_package_of_that_name(name: str) -> None:
    providers = importlib.metadata.packages_distributions().get(name, [])
    assert [p for p in providers if p != "barts-sophie"] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_inits_are_empty(package: str) -> None:
    inits = list((ROOT / package).rglob("__init__.py"))
    assert inits
    assert [str(i) for i in inits if i.read_text(encoding="utf-8")] == []


def test_every_folder_with_code_is_a_package() -> None:
    folders = {f.parent for p in PACKAGES for f in (ROOT / p).rglob("*.py")}
    assert [str(f) for f in folders if not (f / "__init__.py").exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_paths_named_in_the_documents_exist(page: Path) -> None:
    named = re.findall(r"`((?:\.?[a-z_]+/)+[\w./-]*)`", page.read_text(encoding="utf-8"))
    ours = [path for path in named if path.split("/")[0] in {*PACKAGES, "tests", "docs", "deploy"}]
    assert [path for path in ours if not (ROOT / path).exists()] == []


def test_the_locks_name_no_index_and_hash_everything() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index-url" not in text
        pins = re.findall(r"^[a-z0-9][\w.-]*==", text, re.M)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)


def test_the_server_is_told_the_graph_by_module_name() -> None:
    config = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    (where,) = config["graphs"].values()
    assert "/" not in where
    module, _, name = where.partition(":")
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    assert f"def {name}(" in Path(spec.origin).read_text(encoding="utf-8")


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^([A-Z0-9_]+)=", example, re.M))
    assert named == {name.upper() for name in Settings.model_fields}
