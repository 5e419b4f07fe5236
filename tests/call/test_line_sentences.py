"""Orders of events on the line that no other test has: coughs in fillers, keys, a second stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from websockets.asyncio.client import connect

from evals.standins.echo import EchoDesk
from evals.standins.serve import serve
from evals.standins.twilio_wire import StreamMessages
from tests.support.service import Caller, a_service
from tests.support.speech import Handset, Parrot, ScriptedEars, SpellingVoice, recordings
from tests.support.virtual_time import run_virtually
from voice.call import VoiceCall
from voice.events import EarlyTurn, SpeechStarted
from voice.manners import A_PERSON, Manners

GREETING = "Hello, this is the shop's assistant."
BRIDGE = Manners().filler
ANSWER = "Tomorrow at ten is free."
PATIENT = Manners(silence_s=30.0)
WITHHELD = "+266696687"
BREAK_OFF = ("I need an oil change", "my name is Daniel Brooks", "it's a 2018 Honda Civic")


@asynccontextmanager
async def _on_the_line(agent: Parrot) -> AsyncIterator[tuple[VoiceCall, ScriptedEars, Handset]]:
    """A call whose fixed lines are recorded, from the first sound of its greeting on."""
    ears, handset = ScriptedEars(), Handset()
    recorded = recordings(GREETING, manners=PATIENT)
    call = VoiceCall(agent, ears, SpellingVoice(), GREETING, recorded, manners=PATIENT)
    handset.on_mark = call.marked
    running = asyncio.create_task(call.run(handset))
    try:
        yield call, ears, handset
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await call.aclose()


def _virtually(test: Callable[[], Awaitable[None]]) -> None:
    run_virtually(test())  # type: ignore[arg-type]  # tests are coroutines


@pytest.mark.parametrize("after_s", [1.7, 2.0, 2.3, 2.9, 3.1, 3.4])
def test_after_a_cough_in_a_filler_it_and_the_answer_are_heard_whole_and_once(
    after_s: float,
) -> None:
    async def scenario() -> None:
        async with _on_the_line(Parrot([ANSWER], thinks_s=2.6)) as (call, ears, handset):
            await asyncio.sleep(3)
            call.digit("5")
            call.digit("#")
            await asyncio.sleep(after_s)
            ears.events.put_nowait(SpeechStarted(0))
            await asyncio.sleep(12)
            assert handset.heard == GREETING + BRIDGE + ANSWER

    _virtually(scenario)


@pytest.mark.parametrize("after_s", [0.0, 0.4, 1.3])
def test_zero_over_the_greeting_asks_for_a_person_and_the_rest_is_not_remembered(
    after_s: float,
) -> None:
    async def scenario() -> None:
        agent = Parrot(["One moment."])
        async with _on_the_line(agent) as (call, _, handset):
            await asyncio.sleep(after_s)
            call.digit("0")
            await asyncio.sleep(0.01)
            (claimed,) = agent.was_heard
            assert handset.heard.startswith(claimed)
            assert len(handset.heard.split()) - len(claimed.split()) <= 1
            await asyncio.sleep(2)
            assert agent.asked == [A_PERSON]
            assert handset.heard.endswith("One moment.")

    _virtually(scenario)


@pytest.mark.parametrize("cut", ["by a key", "by words that may be a turn"])
@pytest.mark.parametrize("after_s", [0.3, 0.75, 1.2])
def test_a_reply_is_remembered_as_heard_whatever_cuts_it(cut: str, after_s: float) -> None:
    async def scenario() -> None:
        agent = Parrot([ANSWER, "Right."])
        async with _on_the_line(agent) as (call, ears, handset):
            await asyncio.sleep(3)
            call.digit("5")
            call.digit("#")
            await asyncio.sleep(after_s)
            if cut == "by a key":
                call.digit("0")
            else:
                ears.events.put_nowait(SpeechStarted(0))
                ears.events.put_nowait(EarlyTurn("another day", 0))
            await asyncio.sleep(0.01)
            played = handset.heard.removeprefix(GREETING)
            (claimed,) = agent.was_heard
            assert played.startswith(claimed)
            assert len(played.split()) - len(claimed.split()) <= 1

    _virtually(scenario)


@pytest.mark.anyio
async def test_a_stream_that_goes_on_with_a_call_puts_out_the_one_before() -> None:
    """The carrier asks for it once the first has ended, of which this side may not know yet."""
    desk, call_sid = EchoDesk(), "CA" + "7" * 32
    async with serve(desk.app()) as url, AsyncExitStack() as stack:
        address = f"{url.replace('http', 'ws', 1)}/twilio/media"
        sockets = []
        for streams in range(2):
            claims = {"from": "", "to": "", "streams": str(streams), "transfer": ""}
            wire = StreamMessages(stream_sid=f"MZ{streams}", call_sid=call_sid, account_sid="AC1")
            socket = await stack.enter_async_context(connect(address))
            await socket.send(wire.start({"token": desk.tokens.issue(call_sid, claims)}))
            sockets.append((socket, wire))
            await socket.recv()  # it is greeted
        (first, _), (second, wire) = sockets
        await first.wait_closed()
        assert desk.calls[0].closed.is_set()
        await second.send(wire.media(b"\xff" * 160))
        await second.send(wire.stop())
        await desk.calls[1].closed.wait()
        assert desk.calls[1].audio_bytes == 160


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("number", "offered"),
    [("+12175550163", True), (WITHHELD, False)],
    ids=["whose number is shown", "whose number is withheld"],
)
async def test_who_rings_back_is_offered_to_go_on_only_if_the_number_is_known(
    dsn: str, number: str, offered: bool
) -> None:
    async with a_service(dsn, twilio=True) as service:
        for script in (BREAK_OFF, BREAK_OFF[:2]):
            async with service.twilio.call(caller=number, pace=4) as call:
                caller = Caller(call, service)
                await caller.hears("How can I help you today?")
                await call.quiet(200)
                for words in script:
                    await caller.say(words)
                told = caller.ear()
            await service.log(caller.call_id)
        assert ("We were cut off before" in told) == offered
