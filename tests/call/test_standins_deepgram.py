"""The stand-in for Deepgram over a real socket, judged by Deepgram's own SDK and types."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.listen.v1.types import ListenV1Metadata, ListenV1Results, ListenV1UtteranceEnd
from deepgram.listen.v2.types import ListenV2ConfigureSuccess, ListenV2Connected, ListenV2TurnInfo
from deepgram.speak.v1.types import SpeakV1Text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from evals.standins.deepgram import (
    DeepgramScript,
    DeepgramStandIn,
    ListenFault,
    ListenFaultKind,
    SpeakFault,
    Utterance,
    verbatim,
)
from voice.deepgram.client import Deepgram

pytestmark = pytest.mark.anyio

FLUX = {"model": "flux-general-en", "encoding": "mulaw", "sample_rate": 8000}
NOVA: dict[str, Any] = {
    "model": "nova-3", "encoding": "mulaw", "sample_rate": 8000, "interim_results": True,
    "vad_events": True, "utterance_end_ms": 1000,
}  # fmt: skip
AURA = {"model": "aura-2-thalia-en", "encoding": "mulaw", "sample_rate": 8000}
QUIET = b"\xff" * 160
SOUND = (b"\xa0" * 20 + b"\x20" * 20) * 4
CALLER = (Utterance("I need an oil change please", for_ms=1000), Utterance("Yes"))


@asynccontextmanager
async def _sdk(stand_in: DeepgramStandIn) -> AsyncIterator[AsyncDeepgramClient]:
    async with stand_in.running() as url:
        deepgram = Deepgram("secret", url)
        yield deepgram.sdk
        await deepgram.aclose()


async def _until(socket: Any, kind: str, **fields: object) -> list[Any]:
    """Messages up to the first of a type with certain fields."""
    seen = []
    async for message in socket:
        seen.append(message)
        if getattr(message, "type", None) == kind and all(
            getattr(message, name) == value for name, value in fields.items()
        ):
            return seen
    raise AssertionError(f"no {kind} among {[getattr(message, 'type', None) for message in seen]}")


@pytest.mark.parametrize("hears", ["energy", "timed", "verbatim"])
async def test_flux_tells_of_a_turn(hears: Any) -> None:
    stand_in = DeepgramStandIn(DeepgramScript(hears=hears, utterances=CALLER))
    said = verbatim(CALLER[0].text) if hears == "verbatim" else SOUND * 50
    async with _sdk(stand_in) as sdk, sdk.listen.v2.connect(**FLUX, tag="call:1") as socket:
        for start in range(0, len(said), 640):
            await socket.send_media(said[start : start + 640])
        await socket.send_media(QUIET * 30)
        messages = await _until(socket, "TurnInfo", event="EndOfTurn")
    ListenV2Connected.model_validate(messages[0].model_dump(), strict=True)
    turns = [
        ListenV2TurnInfo.model_validate(message.model_dump(), strict=True)
        for message in messages
        if message.type == "TurnInfo"
    ]
    assert [message.sequence_id for message in messages] == list(range(len(messages)))
    spoken = [turn for turn in turns if turn.event != "Update"]
    assert [turn.event for turn in spoken] == ["StartOfTurn", "EndOfTurn"]
    assert (spoken[1].transcript, spoken[1].trigger) == (CALLER[0].text, "model")
    assert spoken[0].audio_window_end < spoken[1].audio_window_end
    assert stand_in.listening[0].query["tag"] == ["call:1"]


async def test_flux_reports_silence_too_and_takes_an_early_end_back() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(utterances=CALLER, silence_ms=400, eager_ms=100))
    async with (
        _sdk(stand_in) as sdk,
        sdk.listen.v2.connect(**FLUX, eager_eot_threshold=0.4) as socket,
    ):
        await socket.send_media(QUIET * 25 + SOUND * 20 + QUIET * 10 + SOUND * 20 + QUIET * 30)
        messages = await _until(socket, "TurnInfo", event="EndOfTurn")
    events = [message.event for message in messages[1:] if message.event != "Update"]
    assert events == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EagerEndOfTurn", "EndOfTurn"]
    assert messages[-1].transcript == messages[-2].transcript


async def test_flux_can_be_configured_and_forced_and_refuses_what_is_out_of_range() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(utterances=CALLER))
    async with _sdk(stand_in) as sdk, sdk.listen.v2.connect(**FLUX, keyterm=["Bart"]) as socket:
        await socket.send_configure(
            {"type": "Configure", "thresholds": {"eot_threshold": 0.8}, "keyterms": ["Honda"]}
        )
        told = (await _until(socket, "ConfigureSuccess"))[-1]
        await socket.send_configure({"type": "Configure", "thresholds": {"eot_threshold": 3}})
        await _until(socket, "ConfigureFailure")
        await socket.send_media(SOUND * 20)
        await _until(socket, "TurnInfo", event="StartOfTurn")
        await socket.send_force_end_turn()
        ended = (await _until(socket, "TurnInfo", event="EndOfTurn"))[-1]
    ListenV2ConfigureSuccess.model_validate(told.model_dump(), strict=True)
    assert (told.thresholds.eot_threshold, told.keyterms) == (0.8, ["Honda"])
    assert ended.trigger == "manual"
    assert stand_in.listening[0].query["keyterm"] == ["Bart"]


async def test_flux_has_no_keep_alive() -> None:
    async with _sdk(DeepgramStandIn()) as sdk, sdk.listen.v2.connect(**FLUX) as socket:
        await socket._send({"type": "KeepAlive"})
        messages = await _until(socket, "Error")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert messages[-1].code == "UNPARSABLE_CLIENT_MESSAGE"


async def test_two_changes_at_once_are_refused() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(configure_delay_ms=50))
    async with _sdk(stand_in) as sdk, sdk.listen.v2.connect(**FLUX) as socket:
        await socket.send_configure({"type": "Configure", "keyterms": ["a"]})
        await socket.send_configure({"type": "Configure", "keyterms": ["b"]})
        refused = (await _until(socket, "ConfigureFailure"))[-1]
        told = (await _until(socket, "ConfigureSuccess"))[-1]
    assert refused.code == "CONFIGURE_ALREADY_PENDING"
    assert told.keyterms == ["a"]


async def test_nova_tells_of_results() -> None:
    long = Utterance("one two three four five six seven eight nine ten", for_ms=1000)
    stand_in = DeepgramStandIn(DeepgramScript(utterances=(long,)))
    async with _sdk(stand_in) as sdk, sdk.listen.v1.connect(**NOVA) as socket:
        await socket.send_keep_alive()
        await socket.send_media(SOUND * 50 + QUIET * 20)
        messages = await _until(socket, "UtteranceEnd")
        await socket.send_close_stream()
        messages += await _until(socket, "Metadata")
    results = [message for message in messages if message.type == "Results"]
    for result in results:
        ListenV1Results.model_validate(result.model_dump(), strict=True)
    ListenV1UtteranceEnd.model_validate(messages[-2].model_dump(), strict=True)
    ListenV1Metadata.model_validate(messages[-1].model_dump(), strict=True)
    finals = [result for result in results if result.is_final]
    assert messages[0].type == "SpeechStarted"
    assert any(not result.is_final for result in results)
    assert [result.speech_final for result in finals] == [False, True]
    text = " ".join(result.channel.alternatives[0].transcript for result in finals)
    assert text == long.text


async def test_connections_of_one_call_share_its_caller() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(utterances=CALLER))
    heard = []
    async with _sdk(stand_in) as sdk:
        for tag in ("call:1", "call:1", "call:2"):
            async with sdk.listen.v2.connect(**FLUX, tag=tag) as socket:
                await socket.send_media(SOUND * 20 + QUIET * 20)
                heard.append((await _until(socket, "TurnInfo", event="EndOfTurn"))[-1].transcript)
    assert heard == [CALLER[0].text, CALLER[1].text, CALLER[0].text]


async def test_aura_speaks_as_long_as_the_text_and_says_when_it_is_done() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(word_ms=50))
    async with _sdk(stand_in) as sdk, sdk.speak.v1.connect(**AURA) as socket:
        await socket.send_text(SpeakV1Text(text="one two "))
        await socket.send_text(SpeakV1Text(text="three four"))
        await socket.send_flush()
        messages = await _until(socket, "Flushed")
    audio = b"".join(message for message in messages if isinstance(message, bytes))
    assert messages[0].type == "Metadata"
    assert len(audio) == 4 * 50 * 8
    assert audio.count(b"\xff") == 0


async def test_aura_clears_what_it_was_about_to_say() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(gap_ms=20))
    async with _sdk(stand_in) as sdk, sdk.speak.v1.connect(**AURA) as socket:
        await socket.send_text(SpeakV1Text(text="word " * 200))
        await socket.send_flush()
        async for message in socket:
            if isinstance(message, bytes):
                break
        await socket.send_clear()
        before = await _until(socket, "Cleared")
        await socket.send_text(SpeakV1Text(text="one"))
        await socket.send_flush()
        after = await _until(socket, "Flushed")
    assert sum(len(message) for message in before if isinstance(message, bytes)) < 200 * 60 * 8
    assert sum(len(message) for message in after if isinstance(message, bytes)) == 60 * 8


async def test_aura_warns_of_the_twenty_first_flush_and_does_not_serve_it() -> None:
    async with _sdk(DeepgramStandIn()) as sdk, sdk.speak.v1.connect(**AURA) as socket:
        for _ in range(21):
            await socket.send_flush()
        await socket.send_close()
        kinds = [getattr(message, "type", None) async for message in socket]
    assert (kinds.count("Flushed"), kinds.count("Warning")) == (20, 1)


@pytest.mark.parametrize("path", ["/v1/listen", "/v2/listen", "/v1/speak"])
@pytest.mark.parametrize("header", [None, "Basic x", "Token"])
async def test_without_a_key_nothing_is_opened(path: str, header: str | None) -> None:
    stand_in = DeepgramStandIn()
    headers = {} if header is None else {"authorization": header}
    async with stand_in.running() as url:
        with pytest.raises(InvalidStatus) as caught:
            await connect(url.replace("http", "ws") + path, additional_headers=headers)
    assert caught.value.response.status_code == 401
    assert json.loads(caught.value.response.body or b"")["err_code"] == "INVALID_AUTH"


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_handshake_can_be_refused(status: int) -> None:
    stand_in = DeepgramStandIn(
        DeepgramScript(
            listen_faults=(ListenFault("refuse", status=status), None),
            speak_faults=(SpeakFault("refuse", status=status),),
        )
    )
    async with _sdk(stand_in) as sdk:
        for opening in (sdk.listen.v2.connect(**FLUX), sdk.speak.v1.connect(**AURA)):
            with pytest.raises(ApiError) as caught:
                async with opening:
                    pass
            assert caught.value.status_code == status
        async with sdk.listen.v2.connect(**FLUX) as socket:
            await _until(socket, "Connected")
    assert stand_in.refused == [status, status]


@pytest.mark.parametrize(
    "change",
    [{"model": "nova-3"}, {"encoding": "linear16"}, {"eot_threshold": 7}],
    ids=["another family", "another encoding", "a threshold out of range"],
)
async def test_a_query_that_flux_does_not_take_is_refused(change: dict[str, Any]) -> None:
    async with _sdk(DeepgramStandIn()) as sdk:
        with pytest.raises(ApiError) as caught:
            async with sdk.listen.v2.connect(**(FLUX | change)):
                pass
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("kind", "code"), [("close", 1011), ("error", 1011)], ids=["closed", "a fatal error"]
)
async def test_a_stream_can_break_in_a_turn(kind: ListenFaultKind, code: int) -> None:
    fault = ListenFault(kind, in_turn=True, code=code)
    stand_in = DeepgramStandIn(DeepgramScript(utterances=CALLER, listen_faults=(fault,)))
    seen: list[Any] = []
    async with _sdk(stand_in) as sdk, sdk.listen.v2.connect(**FLUX) as socket:
        await socket.send_media(SOUND * 20)
        with pytest.raises(ConnectionClosed) as caught:  # noqa: PT012 - the loop is the statement
            async for message in socket:
                seen.append(message)
        await stand_in.listening[0].closed.wait()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == code
    assert (seen[-1].type == "Error") is (kind == "error")


async def test_a_client_that_sends_nothing_is_closed() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(idle_ms=50))
    async with _sdk(stand_in) as sdk, sdk.listen.v1.connect(**NOVA) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert "net0001" in caught.value.rcvd.reason


async def test_a_silent_stand_in_reads_on() -> None:
    stand_in = DeepgramStandIn(
        DeepgramScript(utterances=CALLER, listen_faults=(ListenFault("silent"),))
    )
    async with _sdk(stand_in) as sdk, sdk.listen.v2.connect(**FLUX) as socket:
        await socket.send_media(SOUND * 20 + QUIET * 20)
        await stand_in.listening[0].listened(800)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await socket.recv()
