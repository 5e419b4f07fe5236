"""Calls of the datasets held by voice over the whole service, and the audio matrix as a command."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from evals.scenario import Scenario, load_scenarios
from evals.standins.deepgram import DeepgramScript, DeepgramStandIn, Utterance
from evals.voice.effects import effects
from evals.voice.hold import held
from evals.voice.matrix import load_sentences
from evals.voice.measures import measures
from evals.voice.observed import Turn
from evals.voice.plans import AGAIN, SLOW_MS, Chosen, Intrudes, Plan
from evals.voice.stage import MODEL_MS, VOICE_MS
from evals.worlds.databases import Databases, own_server
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
ASKS_WHEN = next(one for one in load_scenarios() if one.id == "H13")
BUSY = Plan(
    "H13",
    "cuts in, nods and coughs",
    (
        Intrudes(1, "cuts in", 250, AGAIN),
        Intrudes(2, "back-channel", 150, "mm-hm"),
        Intrudes(2, "cough", 1_000, ms=200),
    ),
    word_ms=SLOW_MS,
)


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="module")
async def databases() -> AsyncIterator[Databases]:
    async with own_server() as server:
        yield Databases(server, load_shop())


def never_so() -> Scenario:
    """The same call, but with an appointment that nobody makes."""
    expect = {"appointments": {"added": [{"status": "scheduled"}]}}
    whole = {**ASKS_WHEN.model_dump(mode="json"), "expect": expect}
    return Scenario.model_validate_json(orjson.dumps(whole))


def what_is_waited_for_is_told_apart(turn: Turn) -> None:
    """The model's time, the voice's and our own, of a turn in which the model is asked twice."""
    spent = dict.fromkeys(("model", "voice", "own"), 0.0)
    for part in turn.parts:
        spent[part.kind] += part.end_ms - part.start_ms
    assert spent["model"] > MODEL_MS
    assert spent["voice"] > VOICE_MS - 1
    assert turn.own_ms == pytest.approx(spent["own"])
    assert turn.response_ms is not None
    assert sum(spent.values()) < turn.response_ms


async def test_a_call_is_held_observed_and_judged_by_its_records(databases: Databases) -> None:
    plain = Plan("H13", "asks when")
    busy, wrong, lost = await asyncio.gather(
        held(Chosen(BUSY, ASKS_WHEN), databases),
        held(Chosen(plain, never_so()), databases),
        held(Chosen(plain, ASKS_WHEN.model_copy(update={"world": "atlantis"})), databases),
    )
    assert busy.observed.wrong == ()
    kinds = [(one.kind, one.gave_up) for one in busy.observed.intrusions]
    assert kinds == [("cuts in", True), ("back-channel", False), ("cough", False)]
    (cut,) = busy.observed.cuts
    assert abs(cut.played - cut.kept) <= 1
    assert [turn.said for turn in busy.observed.turns][:2] == ["When is my appointment?", AGAIN]
    assert {turn.kind for turn in busy.observed.turns} == {"plain", "tool"}
    assert any(step.tool == "verify_identity" for step in busy.steps)
    what_is_waited_for_is_told_apart(next(t for t in busy.observed.turns if t.kind == "tool"))
    found = measures([busy.observed], "whole service")
    broken = [one.name for one in found if one.broken]
    assert broken == []
    assert any("should have added" in why for why in wrong.observed.wrong)
    assert any("the call broke" in why for why in lost.observed.wrong)


async def test_a_booking_that_is_interrupted_anywhere_is_done_exactly_once(
    databases: Databases,
) -> None:
    found = await effects(databases, moments=6)
    assert (found.once, found.tried, found.wrong) == (6, 6, ())


async def test_the_audio_matrix_is_heard_by_the_configured_recogniser(tmp_path: Path) -> None:
    said = load_sentences()[0].said
    script = DeepgramScript(utterances=(Utterance(said),), word_ms=150)
    async with DeepgramStandIn(script).running() as url:
        done = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "evals", "audio", "--sentences", "1"),
            cwd=ROOT,
            env={
                **os.environ,
                "DEEPGRAM_API_KEY": "dg-secret-key",
                "DEEPGRAM_BASE_URL": url,
                "DATA_DIR": str(tmp_path),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(done.communicate(), 60)
    assert done.returncode == 0, err.decode()
    assert "| clean | 0.0% (0 of 6) |" in out.decode()
    assert "Heard by flux-general-en, spoken by aura-2-thalia-en" in out.decode()
    (folder,) = (tmp_path / "evals").glob("*-audio")
    told = orjson.loads((folder / "audio.json").read_bytes())
    assert len(told["heard"]) == 7
    assert {row["condition"] for row in told["rows"]} >= {"clean", "muffled", "hands-free echo"}
    assert b"dg-secret-key" not in out + err + (folder / "audio.json").read_bytes()
