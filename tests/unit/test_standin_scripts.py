"""The example scripts in docs/standins.md are scripts."""

import re
from pathlib import Path

import pytest

from evals.standins.deepgram import DeepgramScript
from evals.standins.nhtsa import NhtsaScript
from evals.standins.openai import OpenAIScript
from evals.standins.script import load

DOCS = Path(__file__).parents[2] / "docs" / "standins.md"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(0, OpenAIScript), (1, DeepgramScript), (2, NhtsaScript)],
    ids=["openai", "deepgram", "nhtsa"],
)
def test_the_documented_script_can_be_loaded(number: int, kind: type, tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    path = tmp_path / "example.toml"
    path.write_text(examples[number])
    assert load(path, kind) != kind()


@pytest.mark.parametrize("kind", [OpenAIScript, DeepgramScript, NhtsaScript])
def test_without_a_file_there_is_a_script_with_nothing_in_it(kind: type) -> None:
    assert load(None, kind) == kind()
