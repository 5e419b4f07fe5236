"""What is remembered of a reply is what the caller's handset has played of it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage

from evals.standins.openai import OpenAIScript, OpenAIStandIn, Reply
from evals.standins.twilio import Faults
from tests.support.service import PATIENCE_S, Caller, Service, a_service, quick_speech
from tests.support.soak import sampled
from voice.playback import BYTES_PER_MS

pytestmark = pytest.mark.anyio

WORD_MS = 250
"""How long the voice takes for a word: four a second, faster than people do."""

STORY = (
    "The small green truck needs some brand new tires. "
    "Both front brake discs also feel quite worn. "
    "Most other parts look fine and work very well."
)
"""Words of about one length: this voice takes as long for each, and a real one by its letters."""

ANSWER = "All right."
AT_ONCE = 6
CUTS, ROUNDS = sampled(2, 5), sampled(1, 7)
"""How often each of the callers cuts in, and how often they all ring: 12 offsets, or 210.

More often on one call is more than a voice may be asked for in a minute.
"""

OVERLAPS, GREETING_MS = sampled(6, 60), 2000
"""How many times over the greeting somebody speaks, and about how long it takes."""

VOICED = b"\xcf"
"""Half of the bytes of whatever the voice says beyond what it spells; no text has it."""

_numbers = count(1)


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


async def _tell(request: dict[str, Any]) -> Reply:
    asked = [str(m["content"]) for m in request["messages"] if m["role"] == "user"][-1]
    return Reply(text=STORY if "story" in asked else ANSWER)


@dataclass
class Cut:
    """One reply that was cut short, as everybody has it.

    Attributes:
        played: Words the handset played of it, from their first sound to their last.
        said: The message as the model made it.
        stored: The same message as the checkpoint in the database has it.
        grown: By how many messages the conversation has grown, apart from what came after.
        claimed: The assistant's last message in the next request.
    """

    played: int
    said: AnyMessage
    stored: AIMessage
    grown: int
    claimed: str

    @property
    def remembered(self) -> int:
        """How many of the words the checkpoint claims."""
        return len(str(self.stored.text).split())

    def is_one_message(self) -> None:
        """It is the message it was, cut; the rest is kept beside it, and nobody claims more."""
        unheard = self.stored.additional_kwargs["unheard"]
        assert self.stored.additional_kwargs["interrupted"]
        assert f"{self.stored.text}{unheard}" == self.said.text
        assert self.claimed == self.stored.text
        assert self.grown == 0


def _voiced_ms(caller: Caller, since: int) -> float:
    """How much of the story was played, whatever followed it."""
    story = bytes(caller.call.tape.agent[since:]).partition(ANSWER.encode())[0]
    return story.count(VOICED) * 2 / BYTES_PER_MS


@asynccontextmanager
async def _no_greeting_please(service: Service, **plan: Any) -> AsyncIterator[Caller]:
    """Somebody who rings up and talks at once, on a telephone in real time."""
    async with service.twilio.call(pace=1.0, **plan) as call:
        await call.until(lambda: call.pending_ms > 0)
        yield Caller(call, service)


async def _cut_in(
    service: Service, model: OpenAIStandIn, caller: Caller, *, after_ms: float
) -> Cut:
    """Ask for the story, and cut in when so much of it has been played."""
    agent = service.calls.live[caller.call_id].agent
    since, number = len(caller.call.tape.agent), next(_numbers)
    caller.speak(f"tell me story {number}")
    await caller.call.until(lambda: _voiced_ms(caller, since) >= after_ms)
    await agent.settled()
    said, before = agent.messages[-1], len(agent.messages)
    caller.speak(f"wait {number}")
    await caller.hears(ANSWER)
    played = int(_voiced_ms(caller, since) / WORD_MS)
    caller.heard.clear()
    await caller.call.quiet(60)
    await agent.settled()
    other = service.calls.new_agent(agent.context)
    assert await other.resume()
    (stored,) = [m for m in other.messages if m.id == said.id]
    assert isinstance(stored, AIMessage)
    return Cut(played, said, stored, len(other.messages) - before - 2, _claimed(model, number))


def _claimed(model: OpenAIStandIn, number: int) -> str:
    """What the next request has between the two; nothing where not a word was heard."""
    story, wait = f"tell me story {number}", f"wait {number}"
    for request in model.requests:
        said = [str(m["content"]) for m in request.body["messages"]]
        if wait in said:
            return "".join(said[said.index(story) + 1 : said.index(wait)])
    raise AssertionError(f"no model was asked what to say to {wait!r}")


def _offsets(caller: int) -> list[float]:
    """When to cut in, in milliseconds of speech; the same at every run."""
    chosen = random.Random(caller)
    return [chosen.uniform(20, (len(STORY.split()) - 3) * WORD_MS) for _ in range(CUTS)]


async def test_the_checkpoint_claims_what_was_played_to_within_a_word(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(), answer=_tell)
    speech = quick_speech(word_ms=WORD_MS)

    async def cut_in_often(service: Service, number: int) -> list[Cut]:
        async with _no_greeting_please(service, caller=f"+12175550{100 + number}") as caller:
            return [await _cut_in(service, model, caller, after_ms=ms) for ms in _offsets(number)]

    async with a_service(dsn, model=model, speech=speech, twilio=True) as service:
        told = [
            await asyncio.gather(*(cut_in_often(service, n * ROUNDS + r) for n in range(AT_ONCE)))
            for r in range(ROUNDS)
        ]
    cuts = [cut for one_round in told for one in one_round for cut in one]
    assert len(cuts) == AT_ONCE * CUTS * ROUNDS
    for cut in cuts:
        cut.is_one_message()
        assert "estimated" not in cut.stored.additional_kwargs
    assert [cut for cut in cuts if abs(cut.remembered - cut.played) > 1] == []


async def test_without_marks_it_is_an_estimate_and_says_so(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(), answer=_tell)
    speech = quick_speech(word_ms=WORD_MS)
    lost = Faults(lose_marks=10_000)
    async with (
        a_service(dsn, model=model, speech=speech, twilio=True) as service,
        _no_greeting_please(service, faults=lost) as caller,
    ):
        cut = await _cut_in(service, model, caller, after_ms=8 * WORD_MS)
    cut.is_one_message()
    assert cut.stored.additional_kwargs["estimated"]
    assert abs(cut.remembered - cut.played) <= 3


async def test_speech_over_the_greeting_is_kept_and_answered_wherever_it_begins(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(), answer=_tell)
    speech = quick_speech(word_ms=100)

    async def speak_over(service: Service, number: int) -> None:
        plan: dict[str, Any] = {"pace": 2.0, "caller": f"+12175550{200 + number}"}
        async with service.twilio.call(**plan) as call:
            caller = Caller(call, service)
            begins = GREETING_MS * number / OVERLAPS
            await call.until(lambda: call.tape.ms >= begins and "start" in _kinds(caller))
            caller.speak(f"hello {number}")
            await caller.hears(ANSWER)
            assert call.violations == []

    async with a_service(dsn, model=model, speech=speech, twilio=True) as service:
        for first in range(0, OVERLAPS, AT_ONCE):
            some = range(first, min(first + AT_ONCE, OVERLAPS))
            await asyncio.gather(*(speak_over(service, number) for number in some))
    asked = [str(m["content"]) for r in model.requests for m in r.body["messages"]]
    assert all(asked.count(f"hello {number}") == 1 for number in range(OVERLAPS))


async def test_a_caller_who_speaks_over_the_good_bye_is_not_hung_up_on(dsn: str) -> None:
    async with (
        a_service(dsn, speech=quick_speech(word_ms=200), twilio=True) as service,
        _no_greeting_please(service) as caller,
    ):
        caller.speak("that's all, thank you, bye")
        await caller.hears("Goodbye")
        caller.speak("oh, what are your hours")
        await caller.hears("eight AM")
        assert "stream closed" not in _kinds(caller)


async def test_a_good_bye_whose_marks_are_lost_ends_the_call_all_the_same(dsn: str) -> None:
    lost = Faults(lose_marks=10_000)
    async with (
        a_service(dsn, speech=quick_speech(word_ms=100), twilio=True) as service,
        _no_greeting_please(service, faults=lost) as caller,
    ):
        caller.speak("that's all, thank you, bye")
        async with asyncio.timeout(PATIENCE_S):
            await caller.call.over()
        assert caller.ear().endswith("Goodbye.")


def _kinds(caller: Caller) -> list[str]:
    return [event.kind for event in caller.call.events]
