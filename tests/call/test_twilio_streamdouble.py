"""A second opinion: an outside simulator, which nobody here wrote, calls the media socket.

It signs nothing and has no webhook, and drops marks on `clear` where Twilio returns them, so it
calls a service without Twilio's token, with a stream token fetched by hand.
"""

import xml.etree.ElementTree as ET

import httpx
import pytest
from streamdouble import scenario
from streamdouble.protocol import StreamIdentity
from streamdouble.session import Session, SessionConfig, SessionResult

from evals.standins.echo import GREETING, LONG, EchoDesk
from evals.standins.serve import serve

pytestmark = pytest.mark.anyio


async def _call(desk: EchoDesk, steps: list[object]) -> SessionResult:
    identity = StreamIdentity()
    async with serve(desk.app()) as url, httpx.AsyncClient(trust_env=False) as client:
        form = {"CallSid": identity.call_sid, "From": "+12175550142"}
        answer = await client.post(f"{url}/twilio/voice", data=form)
        stream = ET.fromstring(answer.text).find(".//Stream")  # noqa: S314 - our own answer
        assert stream is not None
        parameters = {p.attrib["name"]: p.attrib["value"] for p in stream}
        config = SessionConfig(
            custom_parameters=parameters, response_timeout_s=10, quiet_period_s=0.2, max_drain_s=1
        )
        script = scenario.parse({"steps": steps})
        session = Session(stream.attrib["url"], scenario=script, config=config, identity=identity)
        result: SessionResult = await session.run()
        if desk.calls:
            await desk.calls[0].closed.wait()
    return result


async def test_a_call_keeps_to_the_protocol() -> None:
    desk = EchoDesk()
    result = await _call(desk, [{"wait_for": "mark"}, {"wait": 0.1}])
    assert result.violations == []
    assert result.unknown_events == []
    assert bytes(result.audio_received) == GREETING
    assert result.marks_echoed == ["greeting"]
    assert desk.calls[0].marks == ["greeting"]
    assert desk.calls[0].times_closed == 1


async def test_a_long_reply_is_cleared() -> None:
    desk = EchoDesk()
    result = await _call(
        desk,
        [{"wait_for": "mark"}, {"dtmf": "5"}, {"wait": 0.1}, {"dtmf": "3"}, {"wait_for": "clear"}],
    )
    assert result.violations == []
    assert result.clears_received == 1
    assert bytes(result.audio_received) == GREETING + LONG
    assert desk.calls[0].digits == ["5", "3"]


async def test_a_line_that_breaks_without_a_word_is_closed() -> None:
    desk = EchoDesk()
    result = await _call(desk, [{"wait_for": "audio"}, "hangup"])
    assert result.violations == []
    assert desk.calls[0].times_closed == 1
    assert desk.calls[0].cancelled
