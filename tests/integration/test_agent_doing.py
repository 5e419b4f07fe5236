"""What the agent says of a turn while it runs, and what its caller is likely to say next."""

import pytest

from evals.models import Says, ScriptedModel
from graph.context import CallContext
from graph.speech import ToolStarted
from graph.vocabulary import Vocabulary, cars_on_file
from shop.db import Pool
from tests.support.conversation import MARIA, MONDAY_MORNING, a_call, a_desk, answering

pytestmark = pytest.mark.anyio

AS_MARIA = {"first_name": "Maria", "last_name": "Lopez", "phone_number": "217 555 0142"}


def _model() -> ScriptedModel:
    return ScriptedModel(
        replies=[Says(calls=[("create_customer", AS_MARIA)]), Says(text="Hello, Maria.")]
    )


async def test_while_a_tool_runs_there_is_a_line_that_fits_it(pool: Pool) -> None:
    async with a_call(pool, model=_model(), caller=MARIA) as call:
        assert call.agent.doing is None
        lines: list[str | None] = []
        async for event in call.agent.turn("this is Maria Lopez"):
            if isinstance(event, ToolStarted):
                doing = call.agent.doing
                lines.append(doing[0] if doing is not None else None)
        assert lines == ["One moment, let me check that."]
        assert call.agent.doing is None


async def test_a_turn_thought_ahead_is_not_spoken_of(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[("get_service_info", {"topic": "hours"})]),
            Says(text="We open at eight."),
        ]
    )
    async with a_call(pool, model=model) as call:
        async for _ in call.agent.ahead("when do you open"):
            assert call.agent.doing is None
        assert await call.agent.confirm()
        await call.agent.settled()


async def test_the_cars_of_a_recognized_caller_are_known_and_not_told(pool: Pool) -> None:
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        maker = await answering(desk, pool, _model())
        agent = maker(CallContext(call_sid="CA-cars", caller_number=MARIA, channel="phone"))
        agent.known_words = Vocabulary(cars_on_file(desk))
        assert not agent.vocabulary
        async for _ in agent.turn("this is Maria Lopez"):
            pass
        await agent.settled()
        assert agent.vocabulary == ("Honda Civic", "Toyota Tacoma")
        assert "Civic" not in "".join(str(m.content) for m in agent.messages)
        await agent.aclose()
