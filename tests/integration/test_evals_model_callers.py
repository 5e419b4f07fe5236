"""A language model plays the caller, over the wire; what it does wrong is never Sophie's fault."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from api.settings import Settings
from evals.callers import FactCaller
from evals.casting import Casting, CastRefused, callers, casting
from evals.model_caller import FOLDER, PERSONAS, Cast, ModelCaller, instructions
from evals.play import Sophie, Trial, play
from evals.scenario import CallerScript, Scenario, load_scenarios
from evals.standins.openai import Fault, OpenAIStandIn, Reply, ToolCall
from evals.worlds.databases import Databases
from graph.models.rulebook.model import RulebookModel
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

BOOKING = next(one for one in load_scenarios() if one.id == "H01")
RULEBOOK = Sophie(RulebookModel(), "rulebook")
Plays = Callable[[dict[str, Any]], Awaitable[Reply]]


@pytest.fixture
async def demos(postgres: EmbeddedServer) -> AsyncIterator[Databases]:
    """Fresh demo shops on the server of the tests."""
    made = Databases(postgres, load_shop())
    yield made
    await made.aclose()


def a_good_caller(script: CallerScript) -> Plays:
    """A model that does what it was told, as a table of the same facts would."""
    table = FactCaller(script)

    async def plays(body: dict[str, Any]) -> Reply:
        if len(body["messages"]) == 4:  # its instructions, the greeting, its opening, an answer
            await table.says("")
        words = await table.says(body["messages"][-1]["content"])
        if words is None or words.endswith("Goodbye."):
            return Reply(tool_calls=(ToolCall("hang_up", {"last_words": words or ""}),))
        return Reply(text=words)

    return plays


def says(words: str) -> Plays:
    """A model that always says the same."""

    async def plays(_: dict[str, Any]) -> Reply:
        return Reply(text=words)

    return plays


async def breaks(_: dict[str, Any]) -> Reply:
    """A model that is not there."""
    return Reply(fault=Fault(kind="server_error"))


@asynccontextmanager
async def _cast(
    plays: Plays, personas: tuple[str, ...] = ("brief",)
) -> AsyncIterator[tuple[OpenAIStandIn, Casting, Settings]]:
    vendor = OpenAIStandIn(answer=plays)
    async with vendor.running() as url:
        settings = Settings(_env_file=None, openai_api_key=SecretStr("sk-any"), openai_base_url=url)
        yield vendor, Casting("gpt-4o-mini", personas), settings


async def _tried(demos: Databases, scenario: Scenario, plays: Plays) -> tuple[Trial, OpenAIStandIn]:
    async with _cast(plays) as (vendor, who, settings), callers(settings, who) as speaking:
        trial = await asyncio.wait_for(play(scenario, 1, RULEBOOK, demos, speaking.side), 60)
        assert speaking.used.replies > 0 or plays is breaks
    return trial, vendor


def why(trial: Trial) -> dict[str, tuple[str, ...]]:
    """The broken rules."""
    return {finding.check: finding.why for finding in trial.findings if finding.why}


async def test_a_model_that_keeps_to_its_script_books_as_a_table_does(demos: Databases) -> None:
    trial, vendor = await _tried(demos, BOOKING, a_good_caller(BOOKING.caller))
    assert why(trial) == {}
    first = vendor.requests[0].body
    assert first["model"] == "gpt-4o-mini"
    assert [tool["function"]["name"] for tool in first["tools"]] == ["hang_up"]
    assert [message["role"] for message in first["messages"]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert first["messages"][2]["content"] == BOOKING.caller.opening
    assert trial.run is not None
    assert trial.run.lines[-1].text  # Sophie answers the last words too


async def test_a_number_that_the_model_made_up_makes_the_try_void(demos: Databases) -> None:
    trial, _ = await _tried(demos, BOOKING, says("It's two one seven, five five five, nine nine"))
    assert "caller" in why(trial)
    assert len(trial.invalid) == 3
    assert all("made up" in told for told in trial.invalid)


async def test_a_caller_who_cannot_speak_is_no_failure_of_sophies(demos: Databases) -> None:
    trial, _ = await _tried(demos, BOOKING, breaks)
    assert list(why(trial)) == ["caller"]
    assert "the caller's model failed" in why(trial)["caller"][0]
    assert not trial.broke


async def test_a_caller_who_never_hangs_up_is_taken_off_the_line(demos: Databases) -> None:
    script = BOOKING.caller.model_copy(update={"turns": 3})
    scenario = BOOKING.model_copy(update={"caller": script})
    trial, vendor = await _tried(demos, scenario, says("Well, what do you think?"))
    assert trial.run is not None
    assert len(trial.run.logs) == 1
    assert len(vendor.requests) == 2


async def test_a_model_that_says_nothing_is_told_from_one_that_hangs_up() -> None:
    script = CallerScript(opening="Hello?", facts={})
    for reply, said in (
        (Reply(tool_calls=(ToolCall("hang_up", {"last_words": "Bye."}),)), "Bye."),
        (Reply(tool_calls=(ToolCall("hang_up", {"last_words": " "}),)), None),
    ):

        async def plays(_: dict[str, Any], reply: Reply = reply) -> Reply:
            return reply

        async with _cast(plays) as (_, who, settings), callers(settings, who) as speaking:
            caller = speaking.side.caller(script)
            assert await caller.says("This is Sophie.") == "Hello?"
            assert await caller.says("How can I help?") == said
            assert await caller.says("Goodbye.") is None


def test_every_persona_has_its_words_and_every_script_one_of_them() -> None:
    cast = Cast(RulebookModel())
    scripts = [one.caller for one in load_scenarios() if one.caller.facts is not None]
    played = [cast(script) for script in scripts]
    assert {caller.persona for caller in played if isinstance(caller, ModelCaller)} == set(PERSONAS)
    assert played[0] == cast(scripts[0])
    told = {instructions(ModelCaller(cast, scripts[0], name)) for name in PERSONAS}
    assert len(told) == len(PERSONAS)
    assert {path.stem for path in FOLDER.glob("*.md")} == {"caller", *PERSONAS}


def test_a_model_is_told_all_of_its_script() -> None:
    script = CallerScript(
        number="+12175550163",
        opening="Hi, I need an oil change",
        facts={"name": "Ada Byron", "date_time": ["Sunday", "Monday at ten"]},
        wants=["Send me the price"],
        reactions=[{"hears": "Shall I book", "says": "make it ten"}],
        refuses=["birth_date"],
    )
    told = instructions(ModelCaller(Cast(RulebookModel()), script, "brief"))
    for line in (
        "- Why you call: Hi, I need an oil change",
        "- Your name: Ada Byron",
        "- When you want to come: Sunday, and asked again: Monday at ten",
        "- Another wish, once the one before is done: Send me the price",
        '- Once, when she says something like "Shall I book", say: make it ten',
        "- You will not tell: Your date of birth",
    ):
        assert line in told


@pytest.mark.parametrize(
    ("options", "key", "told"),
    [
        ({"caller": "model"}, None, "needs OPENAI_API_KEY"),
        ({"caller": "model", "noise": [5]}, "sk-any", "--noise needs callers who say the same"),
        ({"caller": "model", "against": "rulebook"}, "sk-any", "--against"),
        ({"persona": "brief"}, "sk-any", "go with --caller model"),
    ],
    ids=["no key", "with noise", "against a baseline", "a persona without a model"],
)
def test_what_would_make_no_difference_is_refused(
    options: dict[str, Any], key: str | None, told: str
) -> None:
    usual = Namespace(
        caller="facts", caller_model=None, persona="any", noise=None, against=None, seed=1
    )
    settings = Settings(_env_file=None, openai_api_key=SecretStr(key) if key else None)
    with pytest.raises(CastRefused, match=told):
        casting(settings, Namespace(**{**vars(usual), **options}))


def test_callers_are_priced_before_they_are_paid() -> None:
    scenarios = [BOOKING, replace_replies(BOOKING)]
    (expected,) = Casting("gpt-4o-mini", PERSONAS).estimate(scenarios, trials=2)
    assert (expected.requests, str(expected)[:20]) == (14, "callers, gpt-4o-mini")
    assert expected.dollars is not None
    assert Casting().estimate(scenarios, trials=2) == []


def replace_replies(scenario: Scenario) -> Scenario:
    """The same with fixed words, which cost nothing."""
    script = CallerScript(number="+12175550163", opening="Hello?", replies=["No."])
    return scenario.model_copy(update={"caller": script})
