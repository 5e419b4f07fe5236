"""A caller made of recordings: listens to the agent, and answers with the clip that fits.

A script is a TOML file beside its clips (8 kHz mu-law WAV files):

    caller = "+12175550163"          # the number that is shown; optional

    [[clips]]
    file = "oil_change.wav"
    text = "I need an oil change please"
    answers = ["how can I help", "what can I do"]   # patterns of what the agent has just said
    spare = false                    # true: only when its patterns fit, never merely next
    barge_in_ms = 800                # said when the agent has been speaking for so long; optional

    [expect]                         # what an appointment must show afterwards; optional
    service_type = "oil_change"
"""

import re
import struct
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.standins.twilio_call import CallEnded, PhoneCall

Transcript = list[dict[str, str]]
Ending = Literal["the agent hung up", "nothing left to say", "too many turns"]
_MOST_REPEATS = 3
_MULAW_FORMAT = 7


class ScriptRefused(ValueError):
    """A caller's script, or one of its clips, cannot be used; says which and why."""


class ClipEntry(BaseModel):
    """One clip as the script has it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str
    text: str
    answers: tuple[re.Pattern[str], ...] = ()
    spare: bool = False
    barge_in_ms: Annotated[int, Field(ge=0)] | None = None


class _ScriptFile(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    clips: Annotated[tuple[ClipEntry, ...], Field(min_length=1)]
    caller: str | None = None
    expect: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Clip:
    """Something the caller can say."""

    entry: ClipEntry
    ulaw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallerScript:
    """Everything one caller can say, and what should come of it."""

    name: str
    clips: tuple[Clip, ...]
    caller: str | None = None
    expect: dict[str, str] = field(default_factory=dict)


def load_script(path: Path) -> CallerScript:
    """Read a script and its clips.

    Raises:
        ScriptRefused: The file or a clip is missing or malformed.
    """
    try:
        read = _ScriptFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ScriptRefused(f"{path}: {where}: {first['msg']}") from exc
    except (OSError, ValueError) as exc:
        raise ScriptRefused(f"{path}: {exc}") from exc
    clips = tuple(Clip(entry, read_ulaw(path.parent / entry.file)) for entry in read.clips)
    return CallerScript(path.stem, clips, read.caller, read.expect)


def read_ulaw(path: Path) -> bytes:
    """The samples of an 8 kHz, one-channel, mu-law WAV file.

    Raises:
        ScriptRefused: It is missing or of another kind.
    """
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise ScriptRefused(f"{path}: {exc.strerror}") from exc
    chunks = _chunks(raw) if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE" else {}
    kind = chunks.get(b"fmt ", b"")[:8]
    fits = len(kind) == 8 and struct.unpack("<HHI", kind) == (_MULAW_FORMAT, 1, 8000)
    if not fits or not chunks.get(b"data"):
        raise ScriptRefused(f"{path}: not a WAV file of mu-law, 8000 Hz, one channel")
    return chunks[b"data"]


def _chunks(raw: bytes) -> dict[bytes, bytes]:
    found, at = {}, 12
    while at + 8 <= len(raw):
        name, size = struct.unpack_from("<4sI", raw, at)
        found[name] = raw[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


class Answers:
    """Chooses what to say: the clip that fits what was heard, else the next one in order."""

    def __init__(self, clips: tuple[Clip, ...]) -> None:
        self._clips = clips
        self._said = [0] * len(clips)

    def barging_in(self) -> Clip | None:
        """The next clip in order, if it is one that interrupts."""
        at = self._next()
        clip = None if at is None else self._clips[at]
        return clip if clip is not None and clip.entry.barge_in_ms is not None else None

    def choose(self, heard: str) -> Clip | None:
        """What to say to that; none when there is nothing left."""
        fits = [
            at
            for at, clip in enumerate(self._clips)
            if any(re.search(p.pattern, heard, re.IGNORECASE) for p in clip.entry.answers)
            and self._said[at] < _MOST_REPEATS
        ]
        # Unsaid before said, and in order: a question asked twice is answered twice.
        at = min(fits, key=lambda at: (self._said[at], at), default=self._next())
        return None if at is None else self.take(self._clips[at])

    def take(self, clip: Clip) -> Clip:
        """Note that a clip is said."""
        self._said[self._clips.index(clip)] += 1
        return clip

    def _next(self) -> int | None:
        unsaid = (
            at
            for at, clip in enumerate(self._clips)
            if self._said[at] == 0 and not clip.entry.spare
        )
        return next(unsaid, None)


@dataclass(slots=True)
class ScriptedCaller:
    """Holds one end of a conversation.

    Attributes:
        call: The line.
        script: What the caller can say.
        hear: The conversation so far, as the service has it: the caller's ears.
        tell: Told what is said, and by whom, as it happens.
        quiet_ms: How long the agent must have been silent before the caller speaks.
        most_turns: How often the caller speaks before giving up.
    """

    call: PhoneCall
    script: CallerScript
    hear: Callable[[], Awaitable[Transcript]]
    tell: Callable[[str, str], None] = lambda who, text: None
    quiet_ms: int = 600
    most_turns: int = 30

    async def run(self) -> Ending:
        """Talk until the agent hangs up, or hang up when there is nothing left to say.

        Raises:
            TimeoutError: The agent has said nothing for a minute.
        """
        answers = Answers(self.script.clips)
        try:
            for _ in range(self.most_turns):
                clip = await self._turn(answers)
                if clip is None:
                    return "nothing left to say"
                self.tell("caller", clip.entry.text)
                self.call.say(clip.ulaw)
                await self.call.said()
        except CallEnded:
            return "the agent hung up"
        finally:
            self.call.hang_up()
        return "too many turns"

    async def _turn(self, answers: Answers) -> Clip | None:
        interruption = answers.barging_in()
        if interruption is not None and interruption.entry.barge_in_ms is not None:
            await self.call.speaking(interruption.entry.barge_in_ms)
            return answers.take(interruption)
        await self.call.quiet(self.quiet_ms)
        heard = last_words(await self.hear())
        self.tell("agent", heard)
        return answers.choose(heard)


def last_words(transcript: Transcript) -> str:
    """What the agent has said since the caller last spoke."""
    said: list[str] = []
    for line in reversed(transcript):
        if line["role"] == "caller":
            break
        said.append(line["text"])
    return " ".join(reversed(said))
