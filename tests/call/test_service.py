"""Whole telephone calls: every vendor is a stand-in on the other end of a real socket."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from evals.standins.deepgram import SpeakFault
from evals.standins.openai import Fault, OpenAIScript, OpenAIStandIn, Reply
from evals.standins.openai_rulebook import answer as rulebook
from evals.standins.twilio import Faults
from evals.standins.verbatim import verbatim
from shop.db import Pool
from shop.seed.demo import demo_id
from tests.support.conversation import rows
from tests.support.service import (
    BOOKING,
    Caller,
    Clock,
    Service,
    a_caller,
    a_service,
    quick_speech,
)

pytestmark = pytest.mark.anyio
IN_THE_EVENING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
COUNTING = " ".join(
    f"This is number {number}."
    for number in ("one", "two", "three", "four", "five", "six", "seven", "eight")
)


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


def _by_the_rules(*, gap_ms: int = 0) -> OpenAIStandIn:
    return OpenAIStandIn(OpenAIScript(gap_ms=gap_ms), answer=rulebook)


def _saying(*replies: Reply) -> OpenAIStandIn:
    return OpenAIStandIn(OpenAIScript(replies=replies))


def _kinds(caller: Caller) -> list[str]:
    return [event.kind for event in caller.call.events]


async def _outcomes(pool: Pool) -> list[tuple[str, str]]:
    return [(log["call_sid"], log["outcome"]) for log in await rows(pool, "call_logs")]


async def _booked(service: Service) -> list[dict[str, Any]]:
    """What was booked, without what the demo shop begins with."""
    maria = str(demo_id("Maria Lopez"))
    made = await rows(service.pool, "appointments")
    return [one for one in made if one["customer_id"] != maria]


# A whole call


async def test_a_booking_by_telephone_ends_in_the_records(dsn: str) -> None:
    model = _by_the_rules()
    async with a_service(dsn, model=model, twilio=True) as service:
        async with a_caller(service) as caller:
            for text in BOOKING[:-1]:
                reply = await caller.say(text)
            assert "booked" in reply
            caller.speak(BOOKING[-1])
            await caller.call.over()
            assert caller.ear().endswith("Goodbye.")
        log = await service.log(caller.call_id)
        (made,) = await _booked(service)
        assert (made["service_type"], made["status"]) == ("oil_change", "scheduled")
        assert datetime.fromisoformat(made["scheduled_at"]) == datetime(
            2026, 11, 24, 16, 0, tzinfo=UTC
        )
        assert await _outcomes(service.pool) == [(caller.call_id, "appointment_booked")]
        assert str(log.appointment_id) == made["id"]
        assert (log.channel, log.caller_phone) == ("phone", "+12175550163")
        assert (log.llm_model_used, log.prompt_tokens > 0) == ("gpt-4o", True)
        assert [line["text"] for line in log.transcript if line["role"] == "caller"] == list(
            BOOKING
        )
        shown = await service.shown(caller.call_id)
        assert [turn["turn"] for turn in shown["turns"]] == [1, 2, 3, 4, 5, 6]
        await service.nothing_open()
    assert caller.call.violations == []
    assert caller.call.statuses == [200, 200]
    assert {request.outcome for request in model.requests} == {"answered"}


async def test_the_greeting_waits_for_nobody(dsn: str) -> None:
    speech = quick_speech(speak_faults=(None, None, SpeakFault("stall")))
    async with (
        a_service(dsn, speech=speech, twilio=True) as service,
        a_caller(service) as caller,
    ):
        assert _kinds(caller).index("start") < _kinds(caller).index("first audio")
        assert "automated assistant" in caller.ear()


async def test_four_calls_at_once_do_not_disturb_each_other(dsn: str) -> None:
    wanted = {"Daniel Brooks": "nine", "Ada Byron": "ten", "Paul Meyer": "one", "Lucy King": "two"}

    async def book(service: Service, name: str, hour: str) -> str:
        async with a_caller(service, pace=2.0) as caller:
            for text in (
                BOOKING[0],
                f"my name is {name}",
                BOOKING[2],
                f"tomorrow at {hour}",
                *BOOKING[4:-1],
            ):
                await caller.say(text)
            return caller.ear()

    async with a_service(dsn, model=_by_the_rules(), twilio=True) as service:
        heard = await asyncio.gather(*(book(service, *who) for who in wanted.items()))
        await service.nothing_open()
        assert [outcome for _, outcome in await _outcomes(service.pool)] == [
            "appointment_booked"
        ] * 4
        hours = sorted(made["scheduled_at"][11:16] for made in await _booked(service))
    assert hours == ["15:00", "16:00", "19:00", "20:00"]
    firsts = [name.split()[0] for name in wanted]
    for said, mine in zip(heard, firsts, strict=True):
        assert [name for name in firsts if name in said] == [mine]


async def test_garbage_on_one_socket_does_not_disturb_another_call(dsn: str) -> None:
    async with a_service(dsn, model=_by_the_rules(), twilio=True) as service:
        garbage = Faults(garbage_every_ms=20)
        async with service.twilio.call(pace=4, faults=garbage) as bad, a_caller(service) as good:
            for text in BOOKING[:-1]:
                await good.say(text)
            await bad.until(lambda: "stream closed" in [event.kind for event in bad.events])
        assert (await service.log(good.call_id)).outcome == "appointment_booked"
        await service.log(bad.call_sid)
        assert len(await _outcomes(service.pool)) == 2
        await service.nothing_open()
    assert good.call.violations == []


# The caller cuts in


async def test_cutting_in_silences_the_phone_and_the_model_and_keeps_what_was_heard(
    dsn: str,
) -> None:
    model = _saying(
        Reply(text=COUNTING, fault=Fault("stall_inside", after_chunks=30)), Reply(text="All right.")
    )
    speech = quick_speech(word_ms=150)
    patient = a_service(dsn, model=model, speech=speech, twilio=True, openai_stall_s=30)
    async with patient as service:
        async with a_caller(service) as caller:
            caller.speak("please count")
            await caller.hears("number three.")
            caller.speak("stop")
            await caller.hears("All right.")
            await asyncio.wait_for(model.requests[0].done.wait(), 5)
            assert model.requests[0].outcome == "abandoned"
            assert "clear" in _kinds(caller)
            assert "number eight" not in caller.ear()
            agent = service.calls.live[caller.call_id].agent
            await agent.settled()
            said = [m for m in agent.messages if isinstance(m, AIMessage)][1]
            other = service.calls.new_agent(agent.context)
            assert await other.resume()
        assert said.additional_kwargs["interrupted"]
        _agrees(said.text, caller.heard)
        assert [m.text for m in other.messages] == [m.text for m in agent.messages]
        asked = [m["content"] for m in model.requests[1].body["messages"]]
        assert said.text in asked
        log = await service.log(caller.call_id)
        assert {"role": "assistant", "text": said.text.strip()} in log.transcript
        await service.nothing_open()


def _agrees(remembered: str, heard: Sequence[str]) -> None:
    """What is remembered is what was heard; the last clause may have been heard in part."""
    clauses = [clause for clause in heard if clause.startswith("This is number")]
    assert " ".join(clauses).startswith(remembered.strip())
    assert remembered.strip().startswith(" ".join(clauses[:-2]))


async def test_noise_without_words_is_spoken_over(dsn: str) -> None:
    three = "This is number one. This is number two. This is number three."
    model = _saying(Reply(text=three))
    speech = quick_speech(word_ms=100)
    async with a_service(dsn, model=model, speech=speech, twilio=True) as service:
        async with a_caller(service) as caller:
            caller.speak("please count")
            await caller.hears("number one.")
            # The beginning of speech that is never finished: a cough.
            caller.call.say(verbatim("x" * 400)[:160])
            await caller.call.until(lambda: "clear" in _kinds(caller))
            await caller.answer()
        log = await service.log(caller.call_id)
    assert (
        log.transcript[-1]["text"]
        == "This is number one. This is number two. This is number three."
    )


# Somebody goes away


@pytest.mark.parametrize("turn", range(len(BOOKING)), ids=[f"at: {text}" for text in BOOKING])
async def test_hanging_up_leaves_one_record_and_nothing_open(dsn: str, turn: int) -> None:
    model = _by_the_rules()
    async with a_service(dsn, model=model, twilio=True) as service:
        broken = [await _hung_up(service, model, turn, before_she_speaks=False)]
        if turn < 5:
            broken.append(await _hung_up(service, model, turn, before_she_speaks=True))
        for call_id in broken:
            done = await _made_by(service, call_id)
            outcome = (await service.log(call_id)).outcome
            assert outcome == ("appointment_booked" if done else "abandoned")
            assert len(done) == (turn == 5) or turn == 4
        assert len(await _outcomes(service.pool)) == len(broken)


async def _hung_up(
    service: Service, model: OpenAIStandIn, turn: int, *, before_she_speaks: bool
) -> str:
    """A booking that is broken off in one of its turns; good-bye asks no model.

    Each by somebody else: nobody books one car twice for the same time.
    """
    model.script = OpenAIScript()
    number = "+12175550163" if before_she_speaks else "+12175550164"
    async with a_caller(service, caller=number) as caller:
        for text in BOOKING[:turn]:
            await caller.say(text)
        model.script = OpenAIScript(gap_ms=20)
        asked = len(model.requests)
        caller.speak(BOOKING[turn])
        if before_she_speaks:
            await caller.call.until(lambda: len(model.requests) > asked)
        else:
            await caller.call.until(lambda: caller.call.pending_ms > 0)
    await service.log(caller.call_id)
    await service.nothing_open()
    return caller.call_id


async def _made_by(service: Service, call_id: str) -> list[dict[str, Any]]:
    made = await rows(service.pool, "effects")
    return [one for one in made if one["call_sid"] == call_id]


async def test_hanging_up_during_the_greeting_leaves_one_record(dsn: str) -> None:
    async with a_service(dsn, twilio=True) as service:
        async with service.twilio.call(pace=4) as call:
            await call.until(lambda: call.pending_ms > 0)
        assert (await service.log(call.call_sid)).outcome == "abandoned"
        await service.nothing_open()


async def test_more_hang_ups_than_connections_exhaust_nothing(dsn: str) -> None:
    async with a_service(dsn, model=_by_the_rules(), twilio=True) as service:
        for _ in range(2):
            await asyncio.gather(*(_rings_and_leaves(service) for _ in range(6)))
        await service.nothing_open()
        assert len(await _outcomes(service.pool)) == 12


async def _rings_and_leaves(service: Service) -> None:
    async with a_caller(service, pace=2) as caller:
        caller.speak(BOOKING[0])
        await caller.call.until(lambda: caller.call.pending_ms > 0)


async def test_a_dropped_line_is_taken_up_where_it_was(dsn: str) -> None:
    async with a_service(dsn, model=_by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            await caller.say(BOOKING[0])
            caller.call.drop()
            await caller.hears("we were cut off")
            await caller.call.quiet(200)
            for text in BOOKING[1:-1]:
                await caller.say(text)
            assert caller.ear().count("automated assistant") == 1
        assert (await service.log(caller.call_id)).outcome == "appointment_booked"
        assert await _outcomes(service.pool) == [(caller.call_id, "appointment_booked")]
        await service.nothing_open()
    assert caller.call.statuses == [200, 200]


async def test_a_line_that_drops_in_the_middle_of_a_reply_is_taken_up(dsn: str) -> None:
    model = _saying(Reply(text=COUNTING), Reply(text="Going on."))
    speech = quick_speech(word_ms=150)
    async with a_service(dsn, model=model, speech=speech, twilio=True) as service:
        async with a_caller(service) as caller:
            caller.speak("please count")
            await caller.hears("number two.")
            caller.call.drop()
            await caller.hears("we were cut off")
            caller.speak("go on")
            await caller.hears("Going on.")
        said = [m["content"] for m in model.requests[1].body["messages"]]
        assert COUNTING not in said
        await service.nothing_open()


# A person, please


async def test_a_person_is_rung_once_the_last_word_was_heard(dsn: str) -> None:
    async with a_service(dsn, model=_by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            caller.speak("can I talk to a person please")
            await caller.call.over()
        assert caller.ear().endswith("One moment, please.")
        (update,) = service.twilio.updates
        assert update.call_sid == caller.call_id
        assert caller.call.dialed == ["+12175550101"]
        kinds = _kinds(caller)
        assert "clear" not in kinds
        last_mark = len(kinds) - 1 - kinds[::-1].index("mark played")
        assert last_mark < kinds.index("stream closed") < kinds.index("dial")
        assert (await service.log(caller.call_id)).outcome == "transferred"
        await service.nothing_open()


async def test_after_hours_a_call_back_is_offered(dsn: str) -> None:
    clock = Clock(IN_THE_EVENING)
    async with a_service(dsn, model=_by_the_rules(), twilio=True, clock=clock) as service:
        async with a_caller(service) as caller:
            offered = await caller.say("can I talk to a person please")
            assert "call you back" in offered
            for text in ("yes please", "Daniel Brooks", "about my brakes", "yes", "yes"):
                if await rows(service.pool, "callbacks"):
                    break
                await caller.say(text)
        assert service.twilio.updates == []
        (wanted,) = await rows(service.pool, "callbacks")
        assert wanted["phone"] == "+12175550163"
        assert (await service.log(caller.call_id)).outcome == "callback_requested"


async def test_without_a_carrier_nobody_is_promised_a_person(dsn: str) -> None:
    async with a_service(dsn, model=_by_the_rules()) as service, a_caller(service) as caller:
        assert "call you back" in await caller.say("can I talk to a person please")


# Something fails


@pytest.mark.parametrize(
    "fault",
    [Fault("stall_inside", after_chunks=4), Fault("drop"), Fault("malformed_chunk")],
    ids=lambda fault: fault.kind,
)
async def test_a_model_that_breaks_off_is_apologised_for_and_the_call_goes_on(
    dsn: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    model = _saying(Reply(text="This is what I think.", fault=fault), Reply(text="Here we are."))
    async with a_service(dsn, model=model, twilio=True, openai_stall_s=0.3) as service:
        async with a_caller(service) as caller:
            caller.speak("hello there")
            await caller.hears("Could you say that again?")
            await caller.call.quiet(200)
            caller.speak("hello again")
            await caller.hears("Here we are.")
        await service.log(caller.call_id)
        await service.nothing_open()
    assert "hello there" not in caplog.text
    assert "secret-key" not in caplog.text
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited"), Fault("unauthorized"), Fault("stall_head"),
        Fault("stall_first_token"),
    ],
    ids=lambda fault: fault.kind,
)  # fmt: skip
async def test_a_model_that_does_not_answer_is_stood_in_for(
    dsn: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    model = _saying(Reply(text="This is what I think.", fault=fault))
    async with a_service(dsn, model=model, twilio=True, openai_first_token_s=0.3) as service:
        async with a_caller(service) as caller:
            caller.speak("what are your hours")
            await caller.hears("eight AM")
        await service.log(caller.call_id)
        await service.nothing_open()
    assert "your hours" not in caplog.text
    assert "secret-key" not in caplog.text
    assert len(model.requests) == 1


async def test_a_model_whose_server_stumbles_is_asked_once_more(dsn: str) -> None:
    model = _saying(Reply(text="", fault=Fault("server_error")), Reply(text="Here we are."))
    async with a_service(dsn, model=model, twilio=True) as service, a_caller(service) as caller:
        caller.speak("hello there")
        await caller.hears("Here we are.")
    assert len(model.requests) == 2


async def test_a_voice_that_is_gone_leaves_a_record_and_nothing_open(dsn: str) -> None:
    refused = (SpeakFault("refuse", status=429),) * 20
    speech = quick_speech(speak_faults=(None, None, *refused))
    async with a_service(dsn, speech=speech, twilio=True, local_voice_fallback=False) as service:
        async with a_caller(service) as caller:
            caller.speak("hello")
            await caller.call.until(lambda: "stream closed" in _kinds(caller))
        assert (await service.log(caller.call_id)).outcome == "callback_requested"
        assert len(await _outcomes(service.pool)) == 1
        await service.nothing_open()


async def test_a_transfer_the_carrier_refuses_leaves_a_record(dsn: str) -> None:
    async with a_service(dsn, model=_by_the_rules(), twilio=True) as service:
        service.twilio.failures.extend([500] * 3)
        async with a_caller(service) as caller:
            caller.speak("can I talk to a person please")
            await caller.call.over()
        assert caller.call.dialed == []
        assert len(await _outcomes(service.pool)) == 1
        await service.nothing_open()
