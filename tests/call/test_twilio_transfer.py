"""A caller who wants a person is put through, or comes back, or is called back: no dead end."""

import asyncio

import httpx
import pytest
from twilio.request_validator import RequestValidator

from api.twilio.dialing import DialOutcome
from api.twilio.signature import HEADER
from evals.standins.openai import OpenAIScript, OpenAIStandIn
from evals.standins.openai_rulebook import answer as rulebook
from evals.standins.twilio_dial import Picks
from tests.support.conversation import rows
from tests.support.service import (
    AUTH_TOKEN,
    PUBLIC_URL,
    Caller,
    Service,
    a_caller,
    a_service,
)

pytestmark = pytest.mark.anyio
PERSON = "can I talk to a person please"
OFFER = "I can have someone call you back. Would you like that?"
ADVISOR = "+12175550101"
AGREEING = ("yes please", "about my brakes", "yes", "yes")


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


def by_the_rules() -> OpenAIStandIn:
    return OpenAIStandIn(OpenAIScript(), answer=rulebook)


async def _comes_back(caller: Caller, *picks: Picks) -> str:
    """Ask for a person; the offer that is heard when nobody was reached."""
    caller.call.picks.extend(picks)
    offers = caller.ear().count(OFFER)
    caller.speak(PERSON)
    await caller.call.until(lambda: caller.ear().count(OFFER) > offers)
    await caller.call.quiet(200)
    return caller.ear()


async def _post(service: Service, path: str, form: dict[str, str], key: str) -> httpx.Response:
    signed = RequestValidator(key).compute_signature(PUBLIC_URL + path, form)
    return await service.http.post(path, data=form, headers={HEADER: signed})


async def test_whoever_answers_is_told_why_and_talks_to_the_caller(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            caller.speak(PERSON)
            await caller.call.over()
        assert caller.call.dialed == [ADVISOR]
        assert caller.call.whispered == [
            "A caller is waiting on the shop's line. They asked for a person."
            " Press one to take the call."
        ]
        ((told, status),) = caller.call.told
        assert (told["DialBridged"], status) == ("true", 200)
        log = await service.log(caller.call_id)
        assert log.outcome == "transferred"
        assert (log.summary or "").startswith("Transfer to service_advisor: answered.")
        assert PERSON in (log.summary or "")
        assert await rows(service.pool, "callbacks") == []
        await service.nothing_open()
    assert caller.call.violations == []
    assert caller.call.statuses == [200]


@pytest.mark.parametrize(
    ("picks", "outcome", "words"),
    [
        ("busy", "busy", "the line is busy"),
        ("no-answer", "no_answer", "nobody is free"),
        ("failed", "failed", "couldn't get through"),
        ("declines", "declined", "nobody is free"),
        ("machine", "voicemail", "nobody is free"),
    ],
)
async def test_a_caller_nobody_takes_comes_back_and_is_offered_a_call_back(
    dsn: str, picks: Picks, outcome: DialOutcome, words: str
) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            assert words in await _comes_back(caller, picks)
            for text in AGREEING:
                if await rows(service.pool, "callbacks"):
                    break
                await caller.say(text)
            assert caller.ear().count("automated assistant") == 1
        (wanted,) = await rows(service.pool, "callbacks")
        assert (wanted["phone"], wanted["urgency"]) == ("+12175550163", "normal")
        log = await service.log(caller.call_id)
        assert log.outcome == "callback_requested"
        assert (log.summary or "").startswith(f"Transfer to service_advisor: {outcome}.")
        assert {"role": "caller", "text": PERSON} in log.transcript
        assert len(await rows(service.pool, "call_logs")) == 1
        await service.nothing_open()
    assert caller.call.violations == []


async def test_a_caller_who_leaves_while_it_rings_is_called_back(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            caller.call.picks.append("rings")
            caller.speak(PERSON)
            await caller.call.until(lambda: caller.call.dialed == [ADVISOR])
        (wanted,) = await rows(service.pool, "callbacks")
        assert (wanted["phone"], wanted["urgency"]) == ("+12175550163", "urgent")
        assert PERSON in wanted["summary"]
        log = await service.log(caller.call_id)
        assert log.outcome == "callback_requested"
        assert (log.summary or "").startswith("Transfer to service_advisor: caller_left.")
        await service.nothing_open()
        # The carrier tells it again: nothing happens twice, and nobody is put through.
        ((told, _),) = caller.call.told
        path = "/twilio/dialed?again=1"
        for _ in range(2):
            again = await _post(service, path, told, AUTH_TOKEN)
            assert "<Hangup/>" in again.text
        assert len(await rows(service.pool, "callbacks")) == 1
        assert (await service.log(caller.call_id)).summary == log.summary


async def test_a_caller_who_leaves_after_the_process_was_replaced_is_called_back(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            caller.call.picks.append("rings")
            caller.speak(PERSON)
            await caller.call.until(lambda: caller.call.dialed == [ADVISOR])
            await service.log(caller.call_id)
            service.calls.ended.clear()  # as a new process, which has the records alone
        (wanted,) = await rows(service.pool, "callbacks")
        assert (wanted["phone"], wanted["urgency"]) == ("+12175550163", "urgent")
        await service.nothing_open()


async def test_a_withheld_number_cannot_be_called_back(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service, caller="Restricted") as caller:
            caller.call.picks.append("rings")
            caller.speak(PERSON)
            await caller.call.until(lambda: caller.call.dialed == [ADVISOR])
        assert await rows(service.pool, "callbacks") == []
        assert (await service.log(caller.call_id)).outcome == "abandoned"
        await service.nothing_open()


async def test_a_caller_who_comes_back_and_leaves_without_a_word_is_called_back(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            await _comes_back(caller, "no-answer")
        log = await service.log(caller.call_id)
        assert log.outcome == "callback_requested"
        (wanted,) = await rows(service.pool, "callbacks")
        assert wanted["urgency"] == "urgent"
        await service.nothing_open()


async def test_a_caller_who_declines_the_call_back_is_not_called(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            await _comes_back(caller, "busy")
            caller.speak("no thanks")
            await caller.call.over()
        assert (await service.log(caller.call_id)).outcome == "abandoned"
        assert await rows(service.pool, "callbacks") == []


async def test_a_transfer_the_carrier_refuses_comes_back(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        service.twilio.failures.append(500)
        async with a_caller(service) as caller:
            assert "couldn't get through" in await _comes_back(caller)
            assert caller.call.dialed == []
            await caller.say("yes please")
        log = await service.log(caller.call_id)
        assert "Transfer to service_advisor: failed." in (log.summary or "")
        await service.nothing_open()


async def test_nobody_is_rung_a_third_time(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            await _comes_back(caller, "busy")
            await _comes_back(caller, "no-answer")
            assert "I can't put you through" in await caller.say(PERSON)
        assert caller.call.dialed == [ADVISOR] * 2
        log = await service.log(caller.call_id)
        assert "service_advisor: busy. Transfer to service_advisor: no_answer." in (
            log.summary or ""
        )
        await service.nothing_open()


async def test_a_line_that_drops_after_coming_back_is_taken_up_as_any_other(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as caller:
            await _comes_back(caller, "busy")
            await caller.say("what are your hours")
            caller.call.drop()
            await caller.hears("we were cut off")
            assert caller.ear().count(OFFER) == 1
        await service.nothing_open()


@pytest.mark.parametrize("path", ["/twilio/dialed?again=1", "/twilio/whisper?about=complaint"])
async def test_only_twilio_tells_how_a_transfer_ended(dsn: str, path: str) -> None:
    async with (
        a_service(dsn, model=by_the_rules(), twilio=True) as service,
        a_caller(service) as caller,
    ):
        caller.call.picks.append("rings")
        caller.speak(PERSON)
        await caller.call.until(lambda: caller.call.dialed == [ADVISOR])
        form = {"CallSid": caller.call_id, "DialCallStatus": "busy"}
        assert (await _post(service, path, form, "another key")).status_code == 403
        assert (await service.http.post(path, data=form)).status_code == 403
        known = service.calls.find(caller.call_id)
        assert known is not None
        assert known.transfers[0].outcome is None


async def test_transfers_of_two_calls_do_not_meet(dsn: str) -> None:
    async with a_service(dsn, model=by_the_rules(), twilio=True) as service:
        async with a_caller(service) as one, a_caller(service, caller="+12175550164") as other:
            one.call.picks.append("busy")
            one.speak(PERSON)
            other.speak(PERSON)
            await asyncio.gather(one.hears(OFFER), other.call.over())
        assert (await service.log(other.call_id)).outcome == "transferred"
        assert (await service.log(one.call_id)).outcome == "callback_requested"
        await service.nothing_open()
