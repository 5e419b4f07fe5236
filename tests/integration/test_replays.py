"""Calls that somebody answered as the model, having read each request and nothing else.

The callers' lines were fixed before the first request was read. Each file of `evals/replays` holds
them with the replies they got, request by request; played again they must leave the same records.
"""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from evals.play import Result, Sophie, play
from evals.replay import FOLDER, RecordedModel, Replay, turn_of
from evals.worlds.databases import Databases
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

FILES = sorted(FOLDER.glob("*.json"))


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
    model = RecordedModel(replies=list(replay.replies))
    with caplog.at_level(logging.WARNING, logger="nodes.talk"):
        trial = await play(replay.scenario, 1, Sophie(model, "by hand"), demos)
    verdict = Result(replay.scenario, (trial,)).verdict
    wanted = "failed as expected" if replay.scenario.expected_to_fail else "passed"
    assert verdict == wanted, {one.check: one.why for one in trial.findings if one.why}
    assert tuple(turn_of(request) for request in model.requests) == replay.asked
    put_right = [one.getMessage() for one in caplog.records if one.name == "nodes.talk"]
    assert bool(put_right) == (verdict == "failed as expected"), put_right


def test_the_calls_that_a_reader_must_get_right_are_all_here() -> None:
    needed = {"H01", "H02", "H03", "H04", "E03", "E05", "E11", "A01", "A02", "A03", "A04", "A12"}
    assert needed <= {file.stem for file in FILES}
    assert all(Replay.read(file).scenario.id == file.stem for file in FILES)
