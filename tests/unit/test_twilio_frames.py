"""Media Streams messages are read strictly and never bring anything down."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.twilio import frames
from api.twilio.frames import BadFrame

SID = "MZ" + "0" * 32
CALL = "CA" + "1" * 32
START: dict[str, Any] = {
    "accountSid": "AC" + "2" * 32,
    "streamSid": SID,
    "callSid": CALL,
    "tracks": ["inbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    "customParameters": {"token": "t"},
}
SILENCE = base64.b64encode(b"\xff" * 160).decode()


def _frame(event: str, **parts: object) -> str:
    return json.dumps({"event": event, "sequenceNumber": "2", "streamSid": SID, **parts})


@pytest.mark.parametrize(
    ("message", "value"),
    [
        (_frame("connected", protocol="Call", version="1.0.0"), frames.Connected()),
        (_frame("start", start=START), frames.Started(SID, CALL, {"token": "t"})),
        (
            _frame("start", start={"streamSid": SID, "callSid": CALL}),
            frames.Started(SID, CALL, {}),
        ),
        (
            _frame("media", media={"track": "inbound", "timestamp": "40", "payload": SILENCE}),
            frames.Media(b"\xff" * 160, 40),
        ),
        (_frame("dtmf", dtmf={"track": "inbound_track", "digit": "#"}), frames.Digit("#")),
        (_frame("mark", mark={"name": "m1"}), frames.Mark("m1")),
        (_frame("stop", stop={"accountSid": "AC", "callSid": CALL}), frames.Stopped()),
        (_frame("media", media={"track": "outbound"}), frames.Unknown("media of another track")),
        (_frame("transcription"), frames.Unknown("transcription")),
    ],
    ids=[
        "connected", "start", "a start with nothing optional", "media", "dtmf", "mark", "stop",
        "audio of another track is no audio of the caller", "an unknown event",
    ],
)  # fmt: skip
def test_a_message_is_read(message: str, value: frames.Frame) -> None:
    assert frames.decode(message) == value
    assert frames.decode(message.encode()) == value


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("{", "not JSON"),
        ("\ud800", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ("[" * 5000, "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "event"),
        ('{"event": 1}', "event"),
        (_frame("start"), "start is missing"),
        (_frame("start", start={**START, "callSid": 7}), "start.callSid"),
        (_frame("start", start={**START, "streamSid": 'MZ"}'}), "start.streamSid"),
        (_frame("start", start={**START, "customParameters": {"a": 1}}), "customParameters"),
        (_frame("start", start={**START, "mediaFormat": {"encoding": "audio/l16"}}), "mediaFormat"),
        (_frame("start", start={**START, "mediaFormat": {"sampleRate": 16000}}), "mediaFormat"),
        (_frame("media", media="x"), "media is missing"),
        (_frame("media", media={"timestamp": "0"}), "media.payload"),
        (_frame("media", media={"payload": "###", "timestamp": "0"}), "not base64"),
        (_frame("media", media={"payload": "é", "timestamp": "0"}), "not base64"),
        (_frame("media", media={"payload": "", "timestamp": "0"}), "empty"),
        (_frame("media", media={"payload": SILENCE, "timestamp": "soon"}), "media.timestamp"),
        (_frame("media", media={"payload": SILENCE, "timestamp": "٣"}), "media.timestamp"),
        (_frame("dtmf", dtmf={"digit": "12"}), "dtmf.digit"),
        (_frame("mark", mark={}), "mark.name"),
    ],
)
def test_a_bad_message_is_refused_by_what_is_wrong(message: str | bytes, wrong: str) -> None:
    with pytest.raises(BadFrame, match=wrong) as caught:
        frames.decode(message)
    assert not caught.value.too_big


def test_a_message_over_64_kib_is_refused_for_its_size() -> None:
    with pytest.raises(BadFrame) as caught:
        frames.decode(" " * (frames.MAX_BYTES + 1))
    assert caught.value.too_big


@given(st.one_of(st.binary(), st.text()))
def test_no_bytes_raise_anything_else(message: str | bytes) -> None:
    _read_or_refuse(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["streamSid", "callSid", "customParameters", "mediaFormat", "payload", "timestamp", "track"]
)
PARTS = st.dictionaries(FIELDS, JSON | st.just(SID) | st.just(SILENCE), max_size=5)


@given(st.sampled_from(["start", "media", "dtmf", "mark", "stop", "connected"]), PARTS | JSON)
def test_no_fields_raise_anything_else(event: str, part: object) -> None:
    _read_or_refuse(json.dumps({"event": event, event: part}))


def _read_or_refuse(message: str | bytes) -> None:
    with suppress(BadFrame):
        frames.decode(message)


@given(st.binary(min_size=1, max_size=400))
def test_audio_goes_out_as_it_was(ulaw: bytes) -> None:
    message = json.loads(frames.media(SID, ulaw))
    assert message["event"] == "media"
    assert message["streamSid"] == SID
    assert base64.b64decode(message["media"]["payload"]) == ulaw


def test_marks_and_clears_are_escaped() -> None:
    name = 'a "quoted" é'
    assert json.loads(frames.mark(SID, name)) == {
        "event": "mark",
        "streamSid": SID,
        "mark": {"name": name},
    }
    assert json.loads(frames.clear(SID)) == {"event": "clear", "streamSid": SID}
