"""Whole calls from the stand-in Twilio through the telephone routes, over real sockets."""

import asyncio
import logging
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from evals.standins.echo import GREETING, EchoCall, EchoDesk, tone
from evals.standins.serve import serve
from evals.standins.twilio import Faults, PhoneCall, StandInTwilio
from evals.standins.twilio_wire import StreamMessages

pytestmark = pytest.mark.anyio
PUBLIC = "https://shop.example"
TOKEN = "the auth token"
QUICK = 5.0


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


@asynccontextmanager
async def _twilio(
    desk: EchoDesk, *, configured: bool = True, **settings: Any
) -> AsyncIterator[StandInTwilio]:
    public, token = (PUBLIC, TOKEN) if configured else (None, None)
    async with (
        serve(desk.app(public_url=public, auth_token=token, **settings)) as url,
        StandInTwilio(auth_token=token, public_url=public, reach=url) as twilio,
    ):
        yield twilio


def _kinds(call: PhoneCall) -> list[str]:
    return [event.kind for event in call.events]


async def _greeted(call: PhoneCall, desk: EchoDesk) -> EchoCall:
    await call.until(lambda: "mark played" in _kinds(call))
    return next(c for c in desk.calls if c.incoming.call_sid == call.call_sid)


@pytest.mark.parametrize("configured", [True, False], ids=["with Twilio", "on this machine alone"])
async def test_a_call_is_heard_and_answered(configured: bool) -> None:
    desk = EchoDesk()
    async with _twilio(desk, configured=configured) as twilio:
        async with twilio.call(pace=QUICK) as call:
            live = await _greeted(call, desk)
            said = tone(300, code=0x95)
            call.say(said)
            await call.until(lambda: said in call.tape.agent_sound)
            call.press("5")
            await call.until(lambda: call.pending_ms > 1000)
        assert call.tape.agent_sound.startswith(GREETING)
        assert said in bytes(call.tape.caller)
        assert call.violations == []
        assert live.incoming.caller_number == "+12175550142"
        assert live.incoming.called_number == "+12175550100"
        assert not live.incoming.resumed
        assert live.marks == ["greeting"]
        assert live.digits == ["5"]
        assert live.cancelled
        await live.closed.wait()
        assert live.times_closed == 1
    assert [(status.call_sid, status.status) for status in desk.statuses] == [
        (call.call_sid, "completed")
    ]


async def test_audio_is_carried_without_being_touched() -> None:
    desk = EchoDesk()
    every_code = bytes(range(128, 255)) * 5
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK) as call:
        live = await _greeted(call, desk)
        call.say(every_code[:480])
        await call.until(lambda: every_code[:480] in call.tape.agent_sound)
        assert live.audio_bytes % 160 == 0


async def test_clear_silences_the_phone_and_returns_its_marks() -> None:
    desk = EchoDesk()
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK) as call:
        live = await _greeted(call, desk)
        call.press("5")
        await call.until(lambda: call.pending_ms > 0)
        call.press("3")
        await call.until(lambda: "clear" in _kinds(call))
        assert call.pending_ms == 0
        await call.until(lambda: live.marks == ["greeting", "long"])
        assert "mark played" not in _kinds(call)[_kinds(call).index("clear") :]


@pytest.mark.parametrize(
    "key",
    ["1", "4", "6"],
    ids=["hanging up", "ending the conversation", "hanging up and not coming to an end"],
)
async def test_the_service_ends_the_call(key: str) -> None:
    desk = EchoDesk()
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK) as call:
        live = await _greeted(call, desk)
        call.press(key)
        await call.over()
    assert live.times_closed == 1
    assert call.statuses == [200, 200]
    assert ("stream closed", "1000") in [(event.kind, event.detail) for event in call.events]
    assert len(desk.calls) == 1


async def test_a_dropped_stream_is_opened_again_as_the_same_call() -> None:
    desk = EchoDesk()
    faults = Faults(drop_at_ms=(1000, 2000))
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK, faults=faults) as call:
        await call.until(lambda: call.statuses == [200, 200, 200])
        await call.until(lambda: len(desk.calls) == 3)
        await call.until(lambda: desk.calls[2].marks == ["greeting"])
    assert [c.incoming.resumed for c in desk.calls] == [False, True, True]
    assert {c.incoming.call_sid for c in desk.calls} == {call.call_sid}
    assert {c.incoming.caller_number for c in desk.calls} == {"+12175550142"}
    assert [c.times_closed for c in desk.calls] == [1, 1, 1]


async def test_one_failing_call_leaves_the_others_alone(caplog: pytest.LogCaptureFixture) -> None:
    desk = EchoDesk()
    with caplog.at_level(logging.DEBUG):
        async with (
            _twilio(desk) as twilio,
            twilio.call(pace=QUICK) as good,
            twilio.call(pace=QUICK, caller="+12175550199") as bad,
        ):
            await _greeted(good, desk)
            live = await _greeted(bad, desk)
            bad.press("2")
            await bad.until(lambda: "stream closed" in _kinds(bad))
            good.say(tone(100, code=0x95))
            await good.until(lambda: tone(100, code=0x95) in good.tape.agent_sound)
        assert live.times_closed == 1
    assert ("stream closed", "1011") in [(event.kind, event.detail) for event in bad.events]
    assert "EchoFailed at echo.py" in caplog.text
    assert "5550199" not in caplog.text


async def test_a_call_that_cannot_be_opened_ends_with_an_apology() -> None:
    desk = EchoDesk()
    desk.refuse_to_open = True
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK) as call:
        await call.over()
    assert len(call.spoken) == 1
    assert "sorry" in call.spoken[0]
    assert _kinds(call).count("start") == 8


async def test_garbage_is_skipped() -> None:
    desk = EchoDesk()
    faults = Faults(garbage_every_ms=60, lose_marks=1, mark_delay_ms=40)
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK, faults=faults) as call:
        live = await _greeted(call, desk)
        said = tone(200, code=0x95)
        call.say(said)
        await call.until(lambda: said in call.tape.agent_sound)
        call.press("5")
        await call.until(lambda: live.marks == ["long"])
    assert "mark lost" in _kinds(call)


@pytest.mark.parametrize(
    ("garbage", "code"),
    [(("x" * 70_000,), "1009"), (("{",) * 101, "1003")],
    ids=["a message over 64 KiB", "nothing but garbage"],
)
async def test_too_much_garbage_ends_the_stream(garbage: tuple[str, ...], code: str) -> None:
    desk = EchoDesk()
    faults = Faults(garbage_every_ms=20, garbage=garbage)
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK, faults=faults) as call:
        await call.until(lambda: "stream closed" in _kinds(call))
    assert ("stream closed", code) in [(event.kind, event.detail) for event in call.events]
    assert desk.calls == []


async def test_a_stream_without_a_start_is_not_kept() -> None:
    desk = EchoDesk()
    faults = Faults(no_start=True)
    async with (
        _twilio(desk, start_patience_s=0.05) as twilio,
        twilio.call(pace=QUICK, faults=faults) as call,
    ):
        await call.until(lambda: "stream closed" in _kinds(call))
    assert ("stream closed", "1008") in [(event.kind, event.detail) for event in call.events]
    assert desk.calls == []


async def test_several_calls_at_once_hear_only_themselves() -> None:
    desk = EchoDesk()
    voices = [tone(160, code=0xA0 + number) for number in range(12)]

    async def talk(twilio: StandInTwilio, voice: bytes) -> PhoneCall:
        async with twilio.call(pace=2.0) as call:
            await _greeted(call, desk)
            call.say(voice)
            await call.until(lambda: voice in call.tape.agent_sound)
            return call

    async with _twilio(desk) as twilio:
        calls = await asyncio.gather(*(talk(twilio, voice) for voice in voices))
    for call, mine in zip(calls, voices, strict=True):
        others = [voice for voice in voices if voice != mine]
        assert not any(other in call.tape.agent_sound for other in others)
    assert [live.times_closed for live in desk.calls] == [1] * 12


async def test_beyond_the_limit_callers_are_told_that_the_lines_are_busy() -> None:
    desk = EchoDesk()
    async with _twilio(desk, most_calls=1) as twilio:
        async with twilio.call(pace=QUICK) as first:
            await _greeted(first, desk)
            async with twilio.call(pace=QUICK) as second:
                await second.over()
            assert len(second.spoken) == 1
            assert "busy" in second.spoken[0]
        async with twilio.call(pace=QUICK) as third:
            await _greeted(third, desk)
    assert len(desk.calls) == 2


async def test_the_recording_holds_both_sides_on_one_time_line() -> None:
    desk = EchoDesk()
    async with _twilio(desk) as twilio, twilio.call(pace=QUICK) as call:
        await _greeted(call, desk)
        call.say(tone(100, code=0x95))
        await call.said()
        await call.quiet(100)
    with wave.open(BytesIO(call.tape.wav())) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        assert file.getnframes() == len(call.tape.caller) == len(call.tape.agent)


SIZES = (1, 159, 160, 161, 4_000, 30_000)


@asynccontextmanager
async def _socket(desk: EchoDesk) -> AsyncIterator[tuple[ClientConnection, StreamMessages]]:
    """A stream of one call, of which a test writes every message itself."""
    call_sid = "CA" + "7" * 32
    claims = {"from": "+12175550142", "to": "", "streams": "0", "transfer": ""}
    token = desk.tokens.issue(call_sid, claims)
    async with serve(desk.app()) as url:
        wire = StreamMessages(stream_sid="MZ1", call_sid=call_sid, account_sid="AC1")
        async with connect(f"{url.replace('http', 'ws', 1)}/twilio/media") as socket:
            await socket.send(wire.connected())
            await socket.send(wire.start({"token": token}))
            yield socket, wire


async def _until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if wanted():
                return
            await asyncio.sleep(0.01)


async def test_frames_of_any_size_number_and_order_are_carried_as_they_come() -> None:
    desk = EchoDesk()
    async with _socket(desk) as (socket, wire):
        frames = [wire.media(b"\xff" * size) for size in SIZES]
        for frame in [*reversed(frames), *frames, frames[0]]:
            await socket.send(frame)
        await _until(lambda: bool(desk.calls) and desk.calls[0].audio_bytes >= 2 * sum(SIZES) + 1)
        await socket.send(wire.stop())
        await desk.calls[0].closed.wait()
    assert desk.calls[0].audio_bytes == 2 * sum(SIZES) + 1
    assert socket.close_code == 1000


async def test_marks_that_come_twice_or_were_never_asked_for_are_passed_on() -> None:
    desk = EchoDesk()
    async with _socket(desk) as (socket, wire):
        for name in ("greeting", "greeting", "nobody's"):
            await socket.send(wire.mark(name))
        await _until(lambda: bool(desk.calls) and len(desk.calls[0].marks) == 3)


async def test_a_second_socket_for_a_call_is_refused_and_the_first_goes_on() -> None:
    desk = EchoDesk()
    call_sid = "CA" + "8" * 32
    claims = {"from": "", "to": "", "streams": "0", "transfer": ""}
    async with serve(desk.app()) as url, AsyncExitStack() as stack:
        sockets = []
        for number in (1, 2):
            wire = StreamMessages(stream_sid=f"MZ{number}", call_sid=call_sid, account_sid="AC1")
            address = f"{url.replace('http', 'ws', 1)}/twilio/media"
            socket = await stack.enter_async_context(connect(address))
            token = desk.tokens.issue(call_sid, claims)
            await socket.send(wire.start({"token": token}))
            sockets.append((socket, wire))
            await _until(lambda: bool(desk.calls))
        (first, wire), (second, _) = sockets
        await second.wait_closed()
        assert second.close_code == 1008
        await first.send(wire.media(b"\xff" * 160))
        await _until(lambda: desk.calls[0].audio_bytes == 160)
    assert len(desk.calls) == 1


@pytest.mark.parametrize("early", ["stop", "media", "mark", "dtmf"])
async def test_messages_before_the_start_open_nothing(early: str) -> None:
    desk = EchoDesk()
    async with serve(desk.app(start_patience_s=0.1)) as url:
        wire = StreamMessages(stream_sid="MZ1", call_sid="CA1", account_sid="AC1")
        async with connect(f"{url.replace('http', 'ws', 1)}/twilio/media") as socket:
            message = {
                "stop": wire.stop(), "media": wire.media(b"\xff" * 160),
                "mark": wire.mark("m"), "dtmf": wire.dtmf("0"),
            }[early]  # fmt: skip
            await socket.send(message)
            await socket.wait_closed()
    assert socket.close_code == (1000 if early == "stop" else 1008)
    assert desk.calls == []


@pytest.mark.parametrize("pace", [0.5, 2.0], ids=["at half speed", "at double speed"])
async def test_a_caller_at_another_speed_is_carried(pace: float) -> None:
    desk = EchoDesk()
    async with _twilio(desk) as twilio, twilio.call(pace=pace) as call:
        await _greeted(call, desk)
        said = tone(100, code=0x95)
        call.say(said)
        await call.until(lambda: said in call.tape.agent_sound)
