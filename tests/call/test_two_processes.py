"""Two processes at one address: what one of them has ended, the other does not begin again."""

import pytest

from evals.standins.deepgram import SpeakFault
from tests.call.test_twilio_transfer import OFFER, PERSON, by_the_rules
from tests.support.service import a_caller, a_service, quick_speech

pytestmark = pytest.mark.anyio


async def test_a_call_that_said_good_bye_is_not_begun_again_elsewhere(dsn: str) -> None:
    async with (
        a_service(dsn, twilio=True) as one,
        a_service(dsn, twilio=True) as two,
        a_caller(one) as caller,
    ):
        await caller.hears("How can I help you today?")
        caller.speak("no that's all, thank you, goodbye")
        await caller.hears("Have a")
        caller.call.reaches(str(two.http.base_url))
        await caller.call.over()
        assert "cut off" not in caller.ear()
        assert two.calls.live == {}
        assert caller.call_id not in two.calls.ended
        await one.nothing_open()


async def test_a_call_without_a_voice_gets_the_carriers_words_from_the_other_process(
    dsn: str,
) -> None:
    refused = (SpeakFault("refuse", status=429),) * 40
    speech = quick_speech(speak_faults=(None, None, *refused))
    async with (
        a_service(dsn, speech=speech, twilio=True, local_voice_fallback=False) as one,
        a_service(dsn, twilio=True) as two,
        a_caller(one) as caller,
    ):
        caller.call.reaches(str(two.http.base_url))
        caller.speak("when do you open")
        await caller.call.over()
        (spoken,) = caller.call.spoken
        assert "a problem with our line" in spoken
        assert two.calls.live == {}
        await one.nothing_open()


async def test_who_comes_back_from_ringing_hears_so_from_the_other_process(dsn: str) -> None:
    """The process that rang for them was told to stop meanwhile; nobody is rung twice."""
    async with (
        a_service(dsn, model=by_the_rules(), twilio=True) as one,
        a_service(dsn, model=by_the_rules(), twilio=True) as two,
        a_caller(one) as caller,
    ):
        caller.call.picks.append("busy")
        one.app.state.lines.closing = True
        caller.speak(PERSON)
        caller.call.reaches(str(two.http.base_url), redirected=True)
        await caller.hears(OFFER)
        assert "cut off" not in caller.ear()
        assert len(caller.call.dialed) == 1
        assert caller.call_id in two.calls.live
