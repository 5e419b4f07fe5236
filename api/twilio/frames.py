"""Media Streams messages ⇄ values, with no I/O.

Shapes: https://www.twilio.com/docs/voice/media-streams/websocket-messages. Audio is base64 of bare
mu-law at 8 kHz; sequence numbers, chunks and timestamps are JSON strings.
"""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

import orjson

MAX_BYTES = 64 * 1024
MULAW = "audio/x-mulaw"
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS = frozenset("0123456789*#ABCD")


class BadFrame(ValueError):
    """A message is not what Twilio sends. The text names the field and never quotes its content.

    Attributes:
        too_big: The message was refused for its size alone.
    """

    def __init__(self, message: str, *, too_big: bool = False) -> None:
        super().__init__(message)
        self.too_big = too_big


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is open; says nothing about the call."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream begins. Both sids hold letters, digits, `_` and `-` only."""

    stream_sid: str
    call_sid: str
    parameters: dict[str, str]
    encoding: str = MULAW
    sample_rate: int = 8000


@dataclass(frozen=True, slots=True)
class Media:
    """The caller's audio; `timestamp_ms` counts from the start of the stream."""

    ulaw: bytes
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything queued before this mark has been played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream has ended."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message this side has no use for; never a reason to end a call."""

    event: str


Frame = Connected | Started | Media | Digit | Mark | Stopped | Unknown
_Json = dict[str, object]


def is_sid(text: str) -> bool:
    """Whether a text may name a call or a stream: safe in logs, JSON and thread ids."""
    return _SID.fullmatch(text) is not None


def decode(message: str | bytes) -> Frame:
    """Read one message from the socket.

    Raises:
        BadFrame: It is larger than 64 KiB, not JSON, or a known event with a wrong field.
    """
    if len(message) > MAX_BYTES:
        raise BadFrame(f"message of more than {MAX_BYTES} bytes", too_big=True)
    try:
        frame = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise BadFrame("message is not JSON") from None
    if not isinstance(frame, dict):
        raise BadFrame("message is not a JSON object")
    event = frame.get("event")
    if not isinstance(event, str):
        raise BadFrame("event is missing or not a text")
    reader = _READERS.get(event)
    return reader(frame) if reader else Unknown(event[:40])


def media(stream_sid: str, ulaw: bytes) -> str:
    """Audio for the caller's ear. `stream_sid` is one that `Started` carried."""
    payload = binascii.b2a_base64(ulaw, newline=False).decode("ascii")
    return (
        '{"event":"media","streamSid":"' + stream_sid + '","media":{"payload":"' + payload + '"}}'
    )


def mark(stream_sid: str, name: str) -> str:
    """A request to be told when everything sent before has been played."""
    message = {"event": "mark", "streamSid": stream_sid, "mark": {"name": name}}
    return orjson.dumps(message).decode()


def clear(stream_sid: str) -> str:
    """A request to drop what has not been played; Twilio then returns the pending marks."""
    return orjson.dumps({"event": "clear", "streamSid": stream_sid}).decode()


def _started(frame: _Json) -> Started:
    start = _part(frame, "start")
    parameters = start.get("customParameters", {})
    if not isinstance(parameters, dict) or not all(isinstance(v, str) for v in parameters.values()):
        raise BadFrame("start.customParameters is not an object of texts")
    encoding, rate = _format(start)
    return Started(
        stream_sid=_sid("start.streamSid", start.get("streamSid", frame.get("streamSid"))),
        call_sid=_sid("start.callSid", start.get("callSid")),
        parameters=parameters,
        encoding=encoding,
        sample_rate=rate,
    )


def _format(start: _Json) -> tuple[str, int]:
    given = start.get("mediaFormat", {})
    if not isinstance(given, dict):
        raise BadFrame("start.mediaFormat is not an object")
    encoding = given.get("encoding", MULAW)
    rate = given.get("sampleRate", 8000)
    channels = given.get("channels", 1)
    if encoding != MULAW or _number(rate) != 8000 or _number(channels) != 1:
        raise BadFrame("start.mediaFormat is not audio/x-mulaw, 8000 Hz, one channel")
    return MULAW, 8000


def _media(frame: _Json) -> Media | Unknown:
    part = _part(frame, "media")
    if part.get("track", "inbound") != "inbound":
        return Unknown("media of another track")
    payload = part.get("payload")
    if not isinstance(payload, str):
        raise BadFrame("media.payload is missing or not a text")
    try:
        ulaw = binascii.a2b_base64(payload, strict_mode=True)
    except ValueError:
        raise BadFrame("media.payload is not base64") from None
    if not ulaw:
        raise BadFrame("media.payload is empty")
    timestamp = _number(part.get("timestamp", "0"))
    if timestamp is None:
        raise BadFrame("media.timestamp is not a whole number")
    return Media(ulaw, timestamp)


def _digit(frame: _Json) -> Digit:
    digit = _part(frame, "dtmf").get("digit")
    if not isinstance(digit, str) or digit not in _DIGITS:
        raise BadFrame("dtmf.digit is not a key of a telephone")
    return Digit(digit)


def _mark(frame: _Json) -> Mark:
    name = _part(frame, "mark").get("name")
    if not isinstance(name, str):
        raise BadFrame("mark.name is missing or not a text")
    return Mark(name)


def _part(frame: _Json, name: str) -> _Json:
    part = frame.get(name)
    if not isinstance(part, dict):
        raise BadFrame(f"{name} is missing or not an object")
    return part


def _sid(name: str, value: object) -> str:
    if not isinstance(value, str) or not is_sid(value):
        raise BadFrame(f"{name} is missing or has unexpected characters")
    return value


def _number(value: object) -> int | None:
    # Twilio sends numbers as texts except in mediaFormat; other carriers send either.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 15 and value.isascii() and value.isdigit():
        return int(value)
    return None


_READERS: dict[str, Callable[[_Json], Frame]] = {
    "connected": lambda _: Connected(),
    "start": _started,
    "media": _media,
    "dtmf": _digit,
    "mark": _mark,
    "stop": lambda _: Stopped(),
}
