"""Media Streams as Twilio speaks it: its messages made, the service's messages judged.

Written from https://www.twilio.com/docs/voice/media-streams/websocket-messages and apart from the
service's own reading of it, so that a misunderstanding shows.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

FRAME_MS = 20
FRAME_BYTES = 160
SILENCE = b"\xff" * FRAME_BYTES
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Audio:
    """The service speaks."""

    ulaw: bytes


@dataclass(frozen=True, slots=True)
class MarkAsked:
    """The service wants to know when it has been heard up to here."""

    name: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """The service wants the rest of its audio dropped."""


@dataclass(frozen=True, slots=True)
class Violation:
    """The service sent what Twilio would not understand."""

    what: str


Told = Audio | MarkAsked | Cleared | Violation


class StreamMessages:
    """Makes one stream's messages, with the counters Twilio keeps; numbers are texts, as there."""

    def __init__(self, *, stream_sid: str, call_sid: str, account_sid: str) -> None:
        self.stream_sid = stream_sid
        self._call_sid = call_sid
        self._account_sid = account_sid
        self._sequence = 0
        self._chunk = 0

    def connected(self) -> str:
        """The first message; it alone has neither a number nor a stream."""
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: dict[str, str]) -> str:
        """What the stream is, with the `<Parameter>`s of the TwiML."""
        start = {
            "accountSid": self._account_sid,
            "streamSid": self.stream_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }
        return self._message("start", start=start)

    def media(self, ulaw: bytes) -> str:
        """The caller's next 20 ms."""
        self._chunk += 1
        media = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str((self._chunk - 1) * FRAME_MS),
            "payload": base64.b64encode(ulaw).decode(),
        }
        return self._message("media", media=media)

    def dtmf(self, digit: str) -> str:
        """A key was pressed; here, and only here, the track has a suffix."""
        return self._message("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """A mark comes back."""
        return self._message("mark", mark={"name": name})

    def stop(self) -> str:
        """The stream has ended."""
        stop = {"accountSid": self._account_sid, "callSid": self._call_sid}
        return self._message("stop", stop=stop)

    def _message(self, event: str, **parts: object) -> str:
        self._sequence += 1
        numbered = {"event": event, "sequenceNumber": str(self._sequence), **parts}
        return json.dumps({**numbered, "streamSid": self.stream_sid})


def read(message: str | bytes, *, stream_sid: str) -> Told:
    """Judge one message of the service."""
    if isinstance(message, bytes):
        return Violation("a binary message")
    if len(message) > MOST_BYTES:
        return Violation("a message over 64 KiB")
    try:
        told = json.loads(message)
    except ValueError:
        return Violation("a message that is not JSON")
    if not isinstance(told, dict):
        return Violation("a message that is not an object")
    if told.get("streamSid") != stream_sid:
        return Violation("a message without this stream's streamSid")
    return _told(told)


def _told(told: dict[str, Any]) -> Told:
    match told:
        case {"event": "media", "media": {"payload": str(payload)}}:
            return _audio(payload)
        case {"event": "mark", "mark": {"name": str(name)}} if name:
            return MarkAsked(name)
        case {"event": "clear"}:
            return Cleared()
    return Violation(f"an event that is unknown or incomplete: {str(told.get('event'))[:40]}")


def _audio(payload: str) -> Told:
    try:
        ulaw = binascii.a2b_base64(payload, strict_mode=True)
    except ValueError:
        return Violation("a payload that is not base64")
    if not ulaw:
        return Violation("an empty payload")
    if ulaw[:4] in (b"RIFF", b"ID3\x03", b"OggS"):
        return Violation("a payload with a file header")
    return Audio(ulaw)
