"""Who is in charge: whole conversations that turn, come back, and want several things."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field

from evals.models import Says, ScriptedModel
from evals.play import Sophie, play
from evals.replay import Replay
from evals.scenario import Scenario, load_scenarios
from evals.worlds.databases import Databases
from graph.models.rulebook.model import RulebookModel
from shop.db import Pool
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import load_shop
from tests.integration.test_replays import FILES
from tests.support.conversation import MARIA, Conversation, a_call
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

RING = "transfer_to_human"
CALL_BACK: tuple[str, dict[str, Any]] = (
    "request_callback",
    {"topic": "the bill", "summary": "The bill was double the estimate."},
)
NAMED: tuple[str, dict[str, Any]] = (CALL_BACK[0], {**CALL_BACK[1], "name": "Priya Raman"})


def topic(call: Conversation) -> str | None:
    return call.agent.state.get("topic")


def facts(request: list[BaseMessage]) -> str:
    """What a request tells the model of the call."""
    return str(request[-1].content).rsplit("<call_facts>", 1)[-1]


async def test_anger_starts_no_second_transfer_and_the_read_back_is_made_again(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(text="I'm sorry, nobody is free. Shall I have someone call you back?"),
            Says(calls=[CALL_BACK]),
            Says(calls=[NAMED]),
            Says(text="Thank you, Priya. Someone from the shop will call you back."),
        ]
    )
    async with a_call(pool, model=model) as call:
        await call.say("I want to talk to the manager about my bill")
        assert call.tools == [RING]
        await call.say("fine, have him call me")
        read_back = await call.say("Priya Raman, the bill was double the estimate and I'm furious")
        assert call.tools == ["request_callback"]
        assert "call you back" in read_back
        assert "put you through" not in read_back
        await call.say("yes")
        assert [row["name"] for row in await call.rows("callbacks")] == ["Priya Raman"]


@pytest.mark.parametrize("angry", ["this is ridiculous", "you people ripped me off", "I'm upset"])
async def test_who_is_angry_once_nobody_was_there_is_not_rung_through_again(
    pool: Pool, angry: str
) -> None:
    async with a_call(pool) as call:
        await call.say("let me talk to a person")
        assert call.tools == [RING]
        await call.say(angry)
        assert RING not in call.tools
        assert topic(call) == "escalate"


async def test_a_person_asked_for_again_is_tried_once_more_and_then_no_more(pool: Pool) -> None:
    async with a_call(pool) as call:
        rung = []
        for _ in range(3):
            await call.say("I want to speak to a manager")
            rung.append(call.tools.count(RING))
        assert rung == [1, 1, 0]
        assert topic(call) == "escalate"


async def test_what_is_said_to_whoever_takes_a_message_is_part_of_it(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say("can someone call me back")
        await call.say("the bill was wrong and I'm upset")
        assert RING not in call.tools


async def test_the_owners_words_need_a_person(pool: Pool) -> None:
    assert "lemon law" in load_shop().person_words
    async with a_call(pool) as call:
        await call.say("I need an oil change, and it's about the Lemon-Law buyback")
        assert call.tools == [RING]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("hay fuego en el carro", "Cuelgue y llame al nueve uno uno"),
        ("help, hay dos heridos aquí", "Cuelgue y llame al nueve uno uno"),
        ("los frenos no sirven", "Por favor, no maneje el carro"),
    ],
)
async def test_danger_in_spanish_is_answered_in_spanish_first(
    pool: Pool, words: str, first: str
) -> None:
    async with a_call(pool) as call:
        reply = await call.say(words)
        assert reply.startswith(first)
        assert "nine one one" in reply
        assert await call.rows("callbacks") == []


@pytest.mark.parametrize("words", ["necesito una cita", "no hablo inglés", "hola buenos días"])
async def test_a_call_back_is_read_back_in_both_languages(pool: Pool, words: str) -> None:
    async with a_call(pool) as call:
        reply = await call.say(words)
        assert "I'll have someone from the shop call you back" in reply
        assert "termina en cero, uno, seis, tres. ¿Está bien?" in reply
        await call.say("sí, está bien")
        assert [row["topic"] for row in await call.rows("callbacks")] == ["spanish"]


async def test_an_english_caller_hears_no_spanish(pool: Pool) -> None:
    async with a_call(pool) as call:
        replies = await call.say_all(
            "this is Maria de la Cruz from El Camino Real in San Jose",
            "have someone call me back about a quote",
        )
        assert "¿" not in " ".join(replies)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sorry, wrong number", "a car repair shop"),
        ("is this the pizza place", "a car repair shop"),
        ("hi I'm calling about solar panels for your shop", "no offers or surveys"),
        ("I'm conducting a short survey", "no offers or surveys"),
        ("congratulations, you have been selected, press one", "no offers or surveys"),
    ],
)
async def test_strangers_get_a_short_close(pool: Pool, words: str, said: str) -> None:
    async with a_call(pool) as call:
        reply = await call.say(words)
        assert said in reply
        assert reply.endswith("Goodbye.")
        assert call.agent.finished


async def test_a_wrong_number_that_needs_an_oil_change_goes_on(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say("oh sorry, wrong number")
        await call.say("wait, you fix cars? I need an oil change")
        assert topic(call) == "booking"
        assert not call.agent.finished


@pytest.mark.parametrize("words", ["hello? hello?", "is your refrigerator running"])
async def test_noise_is_asked_about_and_nothing_is_ended(pool: Pool, words: str) -> None:
    async with a_call(pool) as call:
        assert (await call.say(words)).endswith("?")
        assert not call.agent.finished


@pytest.mark.parametrize(
    ("first", "question", "back"),
    [
        ("I need an oil change", "and is it cheaper on a small car", "booking"),
        ("I need a tow", "how much is the tow", "triage"),
        ("can someone call me back", "what time do you close", "escalate"),
    ],
)
async def test_a_question_in_between_is_answered_and_returned_from(
    pool: Pool, first: str, question: str, back: str
) -> None:
    model = ScriptedModel(replies=[Says(text="Sure."), Says(text="It is."), Says(text="Well?")])
    async with a_call(pool, model=model) as call:
        await call.say(first)
        assert topic(call) == back
        await call.say(question)
        assert topic(call) == "answer"
        await call.say("okay")
        assert topic(call) == back


async def test_a_question_before_the_proof_does_not_skip_the_proof(pool: Pool) -> None:
    async with a_call(pool, caller=MARIA) as call:
        await call.say_all("I need to move my appointment", "what time do you close", "okay")
        assert topic(call) == "verify"


BORN = {"factor": "birth_date", "value": "april 12 1985"}
TWO = "cancel my appointment and book an oil change for my other car"


async def test_a_second_wish_is_told_to_the_model_and_taken_up_when_the_first_is_done(
    pool: Pool,
) -> None:
    model = ScriptedModel(
        replies=[
            Says(text="Sure. What's your date of birth?"),
            Says(calls=[("verify_identity", BORN)]),
            Says(calls=[("get_upcoming_appointments", {"customer_id": "c1"})]),
            Says(calls=[("cancel_appointment", {"appointment_id": "a1", "reason": "other"})]),
            Says(text="It's cancelled. You also wanted an oil change. Which car is it for?"),
            Says(text="Got it. What day works best?"),
            Says(text="Sure."),
        ]
    )
    async with a_call(pool, caller=MARIA, model=model) as call:
        await call.say(TWO)
        assert topic(call) == "verify"
        assert "also_wanted: book an oil change for my other car (when this is done)" in facts(
            model.requests[-1]
        )
        await call.say("April twelfth nineteen eighty five")
        await call.say("yes")
        assert [deed["outcome"] for deed in call.agent.state["deeds"]] == ["appointment_cancelled"]
        assert "book an oil change for my other car (now)" in facts(model.requests[-1])
        await call.say("the Honda Civic")
        assert topic(call) == "booking"
        assert "book an oil change for my other car (now)" in facts(model.requests[-1])
        await call.say("tomorrow")
        assert topic(call) == "booking"
        assert "also_wanted" not in facts(model.requests[-1])


async def test_a_question_beside_a_wish_is_to_be_answered_at_once(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="We close at six. What's your date of birth?")])
    async with a_call(pool, model=model) as call:
        await call.say("I need to cancel my appointment, and what time do you close?")
        assert "also_wanted: what time do you close? (now)" in facts(model.requests[-1])


class Counted(RulebookModel):
    """The rulebook, with the requests it got."""

    requests: list[list[BaseMessage]] = Field(default_factory=list)

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.requests.append(messages)
        async for chunk in super()._astream(messages, *args, **kwargs):
            yield chunk


def unasked_for(requests: Iterable[list[BaseMessage]]) -> list[str]:
    """The turns in which a model was asked more than once without a tool result in between."""
    asked: Counter[str] = Counter()
    for request in requests:
        said = [one for one in request if not isinstance(one, SystemMessage)]
        turn = next((one for one in reversed(said) if isinstance(one, HumanMessage)), None)
        if turn is not None and not isinstance(said[-1], ToolMessage):
            asked[f"{turn.id}: {turn.text}"] += 1
    return [turn for turn, times in asked.items() if times > 1]


@pytest.fixture
async def demos(postgres: EmbeddedServer) -> AsyncIterator[Databases]:
    """Fresh demo shops on the server of the tests."""
    made = Databases(postgres, load_shop())
    yield made
    await made.aclose()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
async def test_whoever_is_in_charge_costs_no_request_in_a_replay(
    demos: Databases, file: Path
) -> None:
    replay = Replay.read(file)
    model = ScriptedModel(replies=list(replay.replies))
    await play(replay.scenario, 1, Sophie(model, "by hand"), demos)
    assert model.requests
    assert unasked_for(model.requests) == []


@pytest.mark.parametrize(
    "scenario", load_scenarios()[:: sampled(5, 1)], ids=lambda one: str(one.id)
)
async def test_whoever_is_in_charge_costs_no_request_in_an_eval(
    demos: Databases, scenario: Scenario
) -> None:
    model = Counted()
    trial = await play(scenario, 1, Sophie(model, "rulebook"), demos)
    assert trial.run is not None
    assert unasked_for(model.requests) == []
