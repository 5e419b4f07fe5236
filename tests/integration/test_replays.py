"""Calls that somebody answered as the model, having read each request and nothing else.

The callers' lines were fixed before the first request was read. Each file of `evals/replays` holds
them with the replies they got, request by request; played again they must leave the same records.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson
import pytest
from langchain_core.messages import HumanMessage

from evals.models import Says, ScriptedModel
from evals.play import Result, Sophie, play
from evals.scenario import Scenario
from evals.worlds.databases import Databases
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

REPLAYS = Path(__file__).parents[2] / "evals" / "replays"


@dataclass(frozen=True, slots=True)
class Replay:
    """A call with its lines fixed on both sides.

    Attributes:
        asked: In which of the caller's turns each request is made, the opening being the first.
    """

    scenario: Scenario
    replies: tuple[Says, ...]
    asked: tuple[int, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """A file's keys are those of a scenario, with `number` and `turns` for its `caller`."""
        line: dict[str, Any] = orjson.loads(file.read_bytes())
        turns, number = line.pop("turns"), line.pop("number")
        opening, *others = (turn["caller"] for turn in turns)
        caller = {"number": number, "opening": opening, "replies": others}
        made = [
            (at, Says.model_validate(reply))
            for at, turn in enumerate(turns, start=1)
            for reply in turn["model"]
        ]
        return cls(
            Scenario.model_validate_json(orjson.dumps({**line, "caller": caller})),
            tuple(reply for _, reply in made),
            tuple(at for at, _ in made),
        )


FILES = sorted(REPLAYS.glob("*.json"))


@pytest.fixture
async def demos(postgres: EmbeddedServer) -> AsyncIterator[Databases]:
    """Fresh demo shops on the server of the tests."""
    made = Databases(postgres, load_shop())
    yield made
    await made.aclose()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
async def test_a_call_answered_by_an_honest_reader_leaves_its_records(
    demos: Databases, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    replay = Replay.read(file)
    model = ScriptedModel(replies=list(replay.replies))
    with caplog.at_level(logging.WARNING, logger="nodes.talk"):
        trial = await play(replay.scenario, 1, Sophie(model, "by hand"), demos)
    verdict = Result(replay.scenario, (trial,)).verdict
    wanted = "failed as expected" if replay.scenario.expected_to_fail else "passed"
    assert verdict == wanted, {one.check: one.why for one in trial.findings if one.why}
    assert _turns(model) == replay.asked
    put_right = [one.getMessage() for one in caplog.records if one.name == "nodes.talk"]
    assert bool(put_right) == (verdict == "failed as expected"), put_right


def _turns(model: ScriptedModel) -> tuple[int, ...]:
    """In which of the caller's turns each request was made."""
    heard = ([one for one in asked if isinstance(one, HumanMessage)] for asked in model.requests)
    return tuple(len(words) for words in heard)


def test_the_calls_that_a_reader_must_get_right_are_all_here() -> None:
    needed = {"H01", "H02", "H03", "H04", "E03", "E05", "E11", "A01", "A02", "A03", "A04", "A12"}
    assert needed <= {file.stem for file in FILES}
    assert all(Replay.read(file).scenario.id == file.stem for file in FILES)
